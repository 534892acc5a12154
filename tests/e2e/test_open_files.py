"""haul get where few files may be open: a run is slower then, and fails
nothing. What is fetched streams, so that each transfer has two: its connection
and its part."""

import json
import os
import resource
import subprocess
import unittest

from support import DEADLINE, HAUL, HaulTest

SIZE = 300_000


class OpenFiles(HaulTest):
    def get(self, limit, files, *options, latency="10ms", hosts=None,
            pass_fds=()):
        """Fetches files, from as many hosts unless told, with so many open at
        most."""
        port = self.serve("--bind", "0.0.0.0", "--latency", latency)
        port = port.rsplit(":")[-1]
        urls = []
        for n in range(1251, 1251 + files):
            host = 1251 + n % (hosts or files)
            urls.append(f"http://127.0.{host // 250}.{host % 250}:{port}"
                        f"/bytes/{SIZE}?{n}")
        (self.scratch / "list").write_text("\n".join(urls))
        self.dir = self.scratch / f"files-{limit}-{''.join(options)}"
        result = subprocess.run(
            [HAUL, "get", "-i", "list", "-d", self.dir, "-o", "{query}", "-x",
             "0", "--report", "report", *options],
            capture_output=True, text=True, cwd=self.scratch, timeout=DEADLINE,
            env=self.environment(), pass_fds=pass_fds, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (limit, limit)))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.names()), files)
        for name in self.names():
            self.assertEqual((self.dir / name).stat().st_size, SIZE)
        return result.stderr

    def assert_fits(self, *arguments, **more):
        """No file was asked for in vain."""
        said = self.get(*arguments, **more)
        self.assertRegex(said, r"needs more than the limit of \d+ open files")
        self.assertNotIn("too few open files, ports or memory", said)

    def test_a_small_limit_has_few_at_a_time(self):
        for limit in (22, 24, 32, 64):
            with self.subTest(limit=limit):
                self.assert_fits(limit, 60)

    def test_the_limit_is_named_where_it_held_the_run_back(self):
        said = self.get(64, 60, latency="300ms")
        self.assertIn("the limit of 64 open files held it back", said)
        self.assertIn("-j 256 needs more than the limit of 64 open files: "
                      "using -j", said)
        self.assertNotIn("waits for more at a time", said)

    def test_files_that_are_open_already_change_no_number(self):
        inherited = [os.open("/dev/null", os.O_RDONLY) for _ in range(3)]
        try:
            said = self.get(64, 60, latency="300ms", pass_fds=inherited)
        finally:
            for fd in inherited:
                os.close(fd)
        self.assertIn("-j 256 needs more than the limit of 64 open files (3 "
                      "are open already): using -j", said)
        self.assertIn("the limit of 64 open files held it back", said)

    def test_transfers_that_fit_are_kept_to(self):
        self.assert_fits(300, 250, "-j", "250")
        self.assert_fits(300, 250, "-j", "250", "--loops", "2")
        self.assert_fits(110, 250, "-m", "threads", "-j", "100")

    def test_many_loops_have_files_too(self):
        self.assert_fits(900, 450, "-j", "450", "--loops", "64",
                         latency="500ms")

    def test_many_transfers_have_bodies_wait_for_parts(self):
        """680 connections leave 452 files for parts."""
        said = self.get(1200, 680, "-j", "680")
        self.assertNotIn("open files", said)

    def test_one_at_a_time_closes_what_it_kept_when_that_is_all(self):
        # For longer than connections are not kept after a shortage.
        said = self.get(18, 60, "-j", "1", latency="100ms")
        self.assertIn("the limit of 18 open files is low: with fewer than "
                      "22 a run may fail", said)

    def test_a_worker_process_has_the_limit_for_itself(self):
        """It keeps a connection to each of two hosts, as its files allow."""
        self.get(64, 40, "-m", "processes", hosts=2)
        rows = (self.scratch / "report").read_text().splitlines()[:-1]
        fresh = [row for row in rows if not json.loads(row)["reused"]]
        self.assertLessEqual(len(fresh), 5 * 2)


if __name__ == "__main__":
    unittest.main()
