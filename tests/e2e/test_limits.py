"""Limits of processes and threads, of open files, of a file's size and of the
stack, and systems without some of their calls: a run is smaller or refused in one
line, and never ends in the middle. libuv would call abort()."""

import errno
import os
import pathlib
import resource
import shutil
import unittest

from limited import WAYS, LimitedTest, needs_numbers, needs_root, refuse

THREADS = "processes and threads (ulimit -u)"
UNLIMITED = resource.RLIM_INFINITY


@needs_root
class Threads(LimitedTest):
    def test_a_run_has_as_many_threads_as_there_may_be(self):
        self.check_all("NPROC", (1, 3, 4, 5, 8, 30), THREADS)

    def test_what_a_smaller_run_does_is_said(self):
        result = self.get("-m", "threads", limits={"NPROC": 6})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(
            result.stderr.splitlines()[0],
            f"the limit of 6 {THREADS} is low: using -j 3, --dns-jobs 1 and 1 "
            "thread for files")

    def test_the_named_number_of_threads_is_enough(self):
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                refusal = self.get(*options, limits={"NPROC": 1}).stderr
                needed = int(refusal.split("needs ")[1].split()[0])
                self.assertFalse(self.check(THREADS, *options,
                                            limits={"NPROC": needed}))
                self.assertTrue(self.check(THREADS, *options,
                                           limits={"NPROC": needed + 1}))

    def test_files_on_record_are_read_again(self):
        self.assertEqual(self.get().returncode, 0)
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.touch_all()
                result = self.get(*options, limits={"NPROC": 5})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("8 ok (8 were there)", result.stderr)
                self.assert_all_there()

    def test_names_are_looked_up(self):
        port = self.origin.rsplit(":")[-1]
        self.write_list(f"http://localhost:{port}")
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                self.assertTrue(self.check(THREADS, *options,
                                           limits={"NPROC": 5}))

    def test_lookups_leave_the_threads_that_files_need(self):
        """There may be fewer than as many names would have. Whether there are
        hosts of these names is for the system to say."""
        port = self.origin.rsplit(":")[-1]
        with open(self.scratch / "list", "a") as lines:
            lines.writelines(f"http://{n}.localhost:{port}/bytes/9?name-{n}\n"
                             for n in range(16))
        for number in (7, 9, 12):
            self.dir = self.scratch / str(number)
            result = self.get(limits={"NPROC": number})
            self.assertIn(result.returncode, (0, 8), result.stderr)
            self.assertNotIn("is low", result.stderr)
            self.assertLessEqual(set(self.sizes),
                                 {p.name for p in self.dir.iterdir()})

    def test_a_run_of_one_file_starts_few_threads(self):
        self.write_list(self.origin, files=1)
        result = self.get(limits={"NPROC": 4})
        self.assertEqual((result.returncode, "is low" in result.stderr),
                         (0, False), result.stderr)
        self.assert_all_there()

    def test_the_timeline_has_its_thread(self):
        for number in (3, 4, 5):
            self.dir = self.scratch / str(number)
            self.check(THREADS, "--trace", self.scratch / f"trace-{number}",
                       limits={"NPROC": number})

    def test_the_other_commands_say_so_too(self):
        self.assertEqual(self.get().returncode, 0)
        for number in (1, 2, 4, 6, 8):
            limits = {"NPROC": number}
            with self.subTest(number=number):
                for command in (("verify", self.dir),
                                ("get", "--local", "-n", "2", "-d",
                                 self.scratch / f"local-{number}"),
                                ("compare", "--local", "-n", "2", "--modes",
                                 "async", "--latency", "0")):
                    result = self.limited(*command, limits=limits)
                    if result.returncode != 0:
                        self.assert_says(result, 1, THREADS, "is too low")

    def test_a_container_limits_its_threads(self):
        folder = make_group(self)
        def join():
            (folder / "cgroup.procs").write_text("0")
        # As root no other limit counts; the group is left at the end.
        (folder / "pids.max").write_text("5")
        result = self.limited(
            "get", "-i", "list", "-d", self.dir, "-o", "{query}", "-m",
            "threads", wrap=("env",), before=join)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("the limit of threads of the system or the container is "
                      "low: using -j 2", result.stderr)
        self.assert_all_there()


def make_group(test):
    """A group of processes whose number may be limited."""
    for top in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        folder = pathlib.Path(top) / f"haul-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        test.addCleanup(folder.rmdir)
        if (folder / "pids.max").exists():
            return folder
    raise unittest.SkipTest("no control group that limits processes can be "
                            "made here")


class Files(LimitedTest):
    """The commands that make no run; test_few_files.py has those that do."""

    def test_verify_needs_some_files(self):
        self.assertEqual(self.get().returncode, 0)
        for number in (*range(4, 12), 13, 16, 20):
            with self.subTest(number=number):
                result = self.limited("verify", self.dir,
                                      limits={"NOFILE": number})
                if result.returncode != 0:
                    self.assert_says(result, 3, "open files is too low")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_status_does_not_take_for_missing_what_it_cannot_reach(self):
        result = self.get("-o", "a/b/c/{query}")
        self.assertEqual(result.returncode, 0, result.stderr)
        for number in (4, 5, 6, 7, 9, 12):
            with self.subTest(number=number):
                result = self.limited("status", self.dir,
                                      limits={"NOFILE": number})
                if result.returncode != 0:
                    self.assert_says(result, 3, "open files is too low")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_an_origin_that_could_answer_nobody_is_refused(self):
        self.assert_says(self.limited("serve", limits={"NOFILE": 7}), 3,
                         "open files is too low: haul needs 10 (ulimit -n 10)")

    def test_compare_needs_some_files(self):
        self.assert_says(
            self.limited("compare", "--local", limits={"NOFILE": 12}), 3,
            "open files is too low: haul needs 20 (ulimit -n 20)")

    def test_a_file_may_not_be_as_large_as_that(self):
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                result = self.get(*options, limits={"FSIZE": 100_000})
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("io: 1: larger than a file may be here (ulimit -f", result.stderr)
                self.assertIn("4 ok, 4 failed (io 4)", result.stderr)
                self.assertEqual(self.get(*options).returncode, 0)
                self.assert_all_there()

    def test_a_journal_may_not_be_as_large_as_that(self):
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                result = self.get(*options, limits={"FSIZE": 512})
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn(f"haul: {self.dir}: the journal would be larger "
                              "than a file may be (ulimit -f)", result.stderr)
                self.assertEqual(self.get(*options).returncode, 0)
                self.assert_all_there()

    @needs_root
    def test_without_an_inode_the_disk_is_full(self):
        script = ('mount -t tmpfs -o nr_inodes=3,mode=777 none "$1" || exit 77;'
                  'shift; exec "$@"')
        disk = self.scratch / "disk"
        disk.mkdir()
        if shutil.which("unshare") is None:
            self.skipTest("no unshare here")
        self.dir = disk / "files"
        result = self.get(wrap=("unshare", "-m", "sh", "-c", script, "sh",
                                disk))
        if result.returncode == 77:
            self.skipTest("no file system may be mounted here")
        self.assert_says(result, 9, "no space left")


class Stacks(LimitedTest):
    def test_one_that_must_be_small_is_refused(self):
        self.assert_says(self.get(limits={"STACK": 128 << 10}), 1,
                         "the limit of the stack is too low: haul needs 256 kB "
                         "(ulimit -s 256)")
        self.assertFalse(self.dir.exists())

    def test_a_stack_larger_than_the_memory_is_not_used(self):
        for way, options in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / way
                result = self.get(*options,
                                  limits={"STACK": (1 << 46, UNLIMITED)})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_all_there()


class Systems(LimitedTest):
    @needs_numbers
    def test_workers_need_pidfd_open(self):
        for code in (errno.ENOSYS, errno.EPERM):
            result = self.get("-m", "processes",
                              before=lambda: refuse("pidfd_open", code))
            self.assert_says(result, 1, "-m processes: this system has no "
                             "pidfd_open()", "use another mode")
            self.assertFalse(self.dir.exists())

    @needs_numbers
    def test_a_pipe_that_the_system_refuses_ends_no_command_in_the_middle(self):
        self.assertEqual(self.get().returncode, 0)
        for arguments in (("verify", self.dir),
                          ("get", "-i", "list", "-d", self.scratch / "new")):
            result = self.limited(
                *arguments, before=lambda: refuse("pipe2", errno.ENFILE))
            self.assertIn(result.returncode, (1, 3), result.stderr)
            self.assertIn("file table overflow", result.stderr)
        self.assertEqual(list(self.scratch.glob("new/*")), [])


if __name__ == "__main__":
    unittest.main()
