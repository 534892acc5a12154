"""What cannot be tried with sanitizers, as they need much memory, and /proc.
Limits of memory (ulimit -v and -d): a run is smaller or refused in one line, and
never ends in the middle. A small stack. A system without
/proc."""

import resource
import shutil
import unittest

from limited import WAYS, LimitedTest, needs_root

MB = 1 << 20
UNLIMITED = resource.RLIM_INFINITY


class Memory(LimitedTest):
    def least(self, limit):
        """From so many megabytes on the program is loaded."""
        for number in range(4, 100):
            result = self.limited("--version", limits={limit: number * MB})
            if result.returncode == 0:
                return number
        raise AssertionError(result.stderr)

    def numbers(self, limit, *more):
        least = self.least(limit)
        return [(least + number) * MB for number in more]

    def test_a_run_has_as_much_memory_as_there_may_be(self):
        self.check_all("AS", self.numbers("AS", 1, 2, 4, 8, 40, 120),
                       "MB of memory (ulimit -v)")

    def test_so_it_is_with_the_memory_for_data(self):
        self.check_all("DATA", self.numbers("DATA", 1, 4, 20, 60),
                       "MB of memory (ulimit -d)")

    def test_the_stack_has_no_limit_where_memory_has_one(self):
        limits = {"AS": self.numbers("AS", 10)[0],
                  "STACK": (UNLIMITED, UNLIMITED)}
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                self.assertTrue(self.check("ulimit -v", *options,
                                           limits=limits))

    def test_files_on_record_are_read_again(self):
        self.assertEqual(self.get().returncode, 0)
        number = self.numbers("AS", 4)[0]
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.touch_all()
                result = self.get(*options, limits={"AS": number})
                self.assertEqual(result.returncode, 0, result.stderr)
        result = self.limited("verify", self.dir, limits={"AS": number})
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_transfers_that_find_no_memory_wait_for_others(self):
        self.write_list(self.origin, (5_000_000,), 24)
        for way in ("async", "loops"):
            for number in self.numbers("AS", 3, 9):
                self.dir = self.scratch / f"{way}-{number}"
                options = ("-x", "0", *WAYS[way])
                with self.subTest(way=way, number=number):
                    result = self.get(*options, limits={"AS": number})
                    # A transfer that is alone, or the journal, may lack it.
                    self.assertIn(result.returncode, (0, 1, 3), result.stderr)
                    if result.returncode != 0:
                        self.assertIn("memory\n", result.stderr)
                    result = self.get(*options)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assert_all_there()

    def test_compare_makes_its_rows_smaller(self):
        number = self.numbers("AS", 40)[0]
        result = self.limited("compare", "--local", "-n", "3", "--latency",
                              "0", limits={"AS": number})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("MB of memory (ulimit -v) is low: using -j",
                      result.stderr)


class Stacks(LimitedTest):
    def test_a_small_stack_is_enlarged(self):
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                result = self.get(*options,
                                  limits={"STACK": (64 << 10, UNLIMITED)})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_all_there()


class Systems(LimitedTest):
    @needs_root
    def test_workers_and_the_origin_start_without_proc(self):
        script = ('mount -t tmpfs none /proc || exit 77; exec "$@"')
        if shutil.which("unshare") is None:
            self.skipTest("no unshare here")
        inside = ("unshare", "-m", "sh", "-c", script, "sh")
        result = self.get("-m", "processes", wrap=inside)
        if result.returncode == 77:
            self.skipTest("no file system may be mounted here")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_all_there()
        result = self.limited("get", "--local", "-n", "2", "-d",
                              self.scratch / "local", wrap=inside)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
