"""Inputs that never end: haul says so, and keeps none of it in memory."""

import gzip
import resource
import subprocess

from support import HAUL, HaulTest

MEMORY_KB = 300_000  # with the sanitizers' own
TOO_LONG = "a line longer than 16 MB"


class Endless(HaulTest):
    def run_flat(self, *arguments):
        """Runs haul; returns status and stderr, and fails where it takes much
        memory or long."""
        with subprocess.Popen(
                [HAUL, *map(str, arguments)], cwd=self.scratch, text=True,
                env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                _, err = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                self.fail(f"{arguments} does not end")
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(largest, MEMORY_KB)
        return process.returncode, err

    def assert_ends(self, words, status, *arguments):
        code, err = self.run_flat(*arguments)
        self.assertEqual(code, status, err)
        self.assertIn(words, err)

    def test_a_list_of_zeros_in_every_format(self):
        for format in ("auto", "plain", "aria2", "csv", "tsv", "jsonl"):
            for more in ((), ("--dry-run",)):
                with self.subTest(format=format, more=more):
                    self.assert_ends(f"/dev/zero: the list cannot be read: "
                                     f"{TOO_LONG}", 3, "-d", self.dir,
                                     "--input-format", format, *more,
                                     "-i", "/dev/zero")

    def test_what_came_before_is_fetched(self):
        origin = self.serve()
        with open(self.scratch / "list", "wb") as file:
            file.write(f"{origin}/bytes/10\n".encode())
            file.truncate(1 << 40)
        self.assert_ends("after line 1: " + TOO_LONG, 3, "-d", self.dir,
                         "-i", "list")
        self.assertEqual(self.names(), ["10"])

    def test_a_gzip_that_unpacks_to_a_gigabyte_of_zeros(self):
        block = bytes(1 << 24)
        with gzip.open(self.scratch / "bomb.gz", "wb", compresslevel=1) as file:
            for _ in range(64):
                file.write(block)
        self.assert_ends(TOO_LONG, 3, "-d", self.dir, "-i", "bomb.gz")

    def test_status_and_checksums_and_pages(self):
        origin = self.serve()
        self.haul("-d", self.dir, f"{origin}/bytes/10")
        self.assert_ends(TOO_LONG, 3, "status", self.dir, "-i", "/dev/zero")
        self.assert_ends("file too large", 3, "-d", self.dir,
                         "--checksum-file", "/dev/zero", f"{origin}/bytes/20")
        self.assert_ends("file too large", 3, "page", "/dev/zero", "-o", "x")
