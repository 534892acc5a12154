"""haul get --mode async on a slow disk: whatever waits for a file waits on the
pool, and the loop goes on. The disk is made slow by tests/support/slow_disk.c,
which tells of each call that changes a file and of the thread that made it, so
no time is looked at but by haul, which has to tell that it is the disk."""

import collections
import os
import pathlib
import re
import subprocess
import unittest
import urllib.request

from support import DEADLINE, HAUL, MODES, HaulTest

PRELOAD = os.environ["HAUL_SLOW_DISK"]
DELAY_MS = 30

# Written by the loop itself, in one write for many files.
REPORT = "write report"
# Once, when all is done and the loop has nothing else to do.
LAST_WRITE = "write .haul/journal"


class Call:
    def __init__(self, line, disk):
        thread, waits, what, path = line.split(" ", 3)
        self.thread = int(thread)
        self.waits = int(waits)
        name = str(pathlib.Path(path).relative_to(disk))
        name = name.removeprefix("files/")
        self.told = f"{what} {name}"
        # However many files there are, they are of two kinds.
        self.kind = re.sub(r"\d+(\.\w{8}(?=\.part$))?(?=(\.part)?$)", "FILE",
                           self.told)


class SlowDisk(HaulTest):
    def setUp(self):
        super().setUp()
        self.disk = self.scratch / "disk"
        self.disk.mkdir()
        self.log = self.scratch / "calls"

    def slow_environment(self):
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        return self.environment(
            LD_PRELOAD=PRELOAD, SLOW_DISK_DIR=str(self.disk),
            SLOW_DISK_LOG=str(self.log), SLOW_DISK_MS=str(DELAY_MS),
            # The preload stands before the sanitizers' library.
            ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0")

    def get(self, urls, *options, status=0):
        """Fetches them all; returns the calls of the loop while it ran, and
        those of the pool."""
        self.dir = self.disk / "files"
        env = self.slow_environment()
        report = self.disk / "report"
        result = self.haul(
            "get", "--mode", "async", "--loops", "1", "-x", "0", "-d", self.dir,
            "--report", report, "--loop-stats", *options, "-i", "-",
            stdin="\n".join(urls), env=env)
        self.assertEqual(result.returncode, status, result.stderr)
        _, summary = self.read_report(report)
        loop = summary["loop"]
        print(f"lag p99 {loop['lag_p99_ms']} ms, max {loop['lag_max_ms']} ms, "
              f"longest callback {loop['longest_ms']} ms; a call takes "
              f"{DELAY_MS} ms", flush=True)
        return self.read_calls()

    def read_calls(self):
        calls = [Call(line, self.disk)
                 for line in self.log.read_text().splitlines()]
        last_wait = collections.Counter()
        for call in calls:
            last_wait[call.thread] = max(last_wait[call.thread], call.waits)
        # What comes before the first wait and after the last is before and
        # after the run.
        return (
            [c for c in calls if 0 < c.waits < last_wait[c.thread]],
            [c for c in calls if last_wait[c.thread] == 0])

    def check_loop(self, calls):
        wrong = collections.Counter(c.kind for c in calls)
        del wrong[REPORT]
        wrong -= collections.Counter([LAST_WRITE])
        self.assertEqual(wrong, {})

    def check(self, sizes, *options, origin=()):
        """Files that are named by their sizes."""
        url = self.serve(*origin)
        on_loop, on_pool = self.get([f"{url}/bytes/{n}" for n in sizes],
                                    "-j", len(sizes), *options)
        self.check_loop(on_loop)
        named = {c.told for c in on_pool}
        for n in sizes:
            self.assertIn(f"rename {n}", named)

    def test_many_small_files(self):
        self.check(range(10_000, 10_100), "--fsync")

    def test_answers_that_take_their_time(self):
        self.check(range(100, 160), origin=("--latency", "300ms", "--jitter",
                                            "300ms"))

    def test_few_large_files(self):
        self.check(range(8_000_000, 8_000_008))

    def test_answers_without_a_file(self):
        url = self.serve()
        on_loop, _ = self.get([f"{url}/bytes/1000"], "-j", 20,
                              *(f"{url}/no-such/{n}" for n in range(100)),
                              status=8)
        self.check_loop(on_loop)

    def test_a_part_has_no_bytes_after_missing_ones(self):
        """The disk refuses a piece in its midst, and would take the next."""
        size, limit = 4_000_000, 200_000
        url = f"{self.serve()}/bytes/{size}"
        self.dir = self.disk / "files"
        with urllib.request.urlopen(url) as response:
            whole = response.read()
        get = (HAUL, "get", "--no-config", "-d", self.dir, "--retry", "0",
               url)
        limited = subprocess.run(
            ["prlimit", f"--fsize={limit}", *get],
            env=self.slow_environment(), capture_output=True, text=True,
            timeout=DEADLINE)
        self.assertEqual(limited.returncode, 3, limited.stderr)
        self.assertIn(f"{size}: larger than a file may be here", limited.stderr)
        part = self.part_of(size).read_bytes()
        self.assertGreater(len(part), 0, limited.stderr)
        self.assertEqual(part, whole[:len(part)])
        again = self.haul(*get[1:])
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.dir / str(size)).read_bytes(), whole)

    def diagnose(self, urls, *options):
        """Runs; returns what the last line blames, and the report's rows."""
        report = self.scratch / "report"
        self.dir = self.disk / "-".join(options)
        result = self.haul(
            "get", "-x", "0", "-d", self.dir, "-o", "{query}", "--report",
            report, *options, "-i", "-", env=self.slow_environment(),
            stdin="\n".join(f"{url}?{n}" for n, url in enumerate(urls)))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows, _ = self.read_report(report)
        return result.stderr.splitlines()[-1], rows

    def check_diagnosis(self, *arguments):
        last, rows = self.diagnose(*arguments)
        self.assertIn("storing files; the disk sets the pace", last)
        phases = ("queued", "dns", "connect", "tls", "wait", "body", "ready",
                  "work", "file")
        for row in rows:
            self.assertAlmostEqual(sum(row[p + "_ms"] for p in phases),
                                   row["total_ms"], delta=0.1)
            self.assertGreater(row["file_ms"], row["body_ms"])

    def test_what_streams_tells_of_the_disk(self):
        url = f"{self.serve()}/bytes/2000000"
        for mode in MODES:
            with self.subTest(mode=mode):
                self.check_diagnosis([url] * 3, "-m", mode)
        self.check_diagnosis([url] * 3, "--loops", "2")

    def test_files_that_wait_for_the_disk_tell_of_it(self):
        """Longer, for each other, than for the server."""
        url = f"{self.serve('--latency', '300ms')}/bytes/1000"
        self.check_diagnosis([url] * 100, "-j", "100")


if __name__ == "__main__":
    unittest.main()
