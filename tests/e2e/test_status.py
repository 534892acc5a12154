"""haul status, and a run that ends when nothing is under way any more."""

import unittest

from support import HaulTest


class Status(HaulTest):
    def test_counts_lists_and_exit_statuses(self):
        origin = self.serve("--fault", "404=50", "--seed", "3")
        urls = [f"{origin}/bytes/{100 + i}" for i in range(20)]
        run = self.haul("-d", self.dir, *urls)
        self.assertEqual(run.returncode, 8, run.stderr)
        failed = self.haul("status", self.dir, "--list", "failed")
        self.assertEqual(failed.returncode, 8)
        ok = self.haul("status", self.dir, "--list", "ok").stdout.split()
        self.assertEqual(sorted(failed.stdout.split() + ok), sorted(urls))
        self.assertEqual(len(ok), len(self.names()))
        text = self.haul("status", self.dir).stdout
        self.assertIn(f"{len(ok)} ok, {20 - len(ok)} failed (http", text)
        (self.dir / self.names()[0]).unlink()
        left = self.haul("status", self.dir)
        self.assertEqual(left.returncode, 7)
        self.assertIn(f"{len(ok) - 1} ok", left.stdout)
        self.assertIn("1 left", left.stdout)

    def test_a_directory_without_a_journal_is_named(self):
        self.dir.mkdir()
        self.assert_one_line(self.haul("status", self.dir), 3, str(self.dir))
        self.assert_one_line(self.haul("status", "nowhere"), 3, "nowhere")
        self.assert_one_line(self.haul("status"), 2, "status")


class Held(HaulTest):
    def test_a_transfer_that_was_held_back_and_failed_ends_the_run(self):
        origin = self.serve()
        run = self.haul("-d", self.dir, "--limit-rate", "1", "--max-time", "1",
                        "--retry", "0", f"{origin}/bytes/100000", timeout=20)
        self.assertEqual(run.returncode, 8, run.stderr)


if __name__ == "__main__":
    unittest.main()
