"""haul get -m processes: who is taken for a worker that stands still, and who is
not; and workers that not even SIGKILL ends, as in an uninterruptible sleep."""

import os
import signal
import time
import unittest

from faults import SMALL, TIMEOUT_S, FaultTest
from support import DEADLINE, wait_for
from workers import is_alive


class Patience(FaultTest):
    def test_who_waits_is_not_standing_still(self):
        """For a server, or for the rate."""
        slow = self.serve("--latency", f"{TIMEOUT_S + 2}s")
        fast = self.serve()
        rate = str(3 * SMALL // (TIMEOUT_S + 2))
        runs = [
            (self.begin(url, 3, "-j", "3", "--debug", "worker", *options),
             self.dir)
            for url, *options in ((slow,), (fast, "--limit-rate", rate))
        ]
        for run, directory in runs:
            messages = self.assert_ends_well(run, directory, 3)
            self.assertNotIn("signal=9", messages)

    def test_a_long_stop_of_all_or_of_the_parent_kills_no_worker(self):
        url = self.serve("--latency", "300ms")
        runs = []
        for stop in (os.killpg, os.kill):
            run = self.begin(url, 12, "-j", "2", "--debug", "worker")
            self.workers_in_mid_run(run, 2)
            stop(run.pid, signal.SIGSTOP)
            runs.append((run, self.dir, stop))
        time.sleep(TIMEOUT_S + 1)  # what is tried, not a way to wait
        for run, directory, go_on in runs:
            go_on(run.pid, signal.SIGCONT)
        for run, directory, _ in runs:
            messages = self.assert_ends_well(run, directory, 12)
            self.assertNotIn("signal=9", messages)

    def test_two_interrupts_end_a_run_whose_worker_stands_still(self):
        run = self.begin(self.serve("--latency", "100ms"), 200, "-j", "3",
                         "--worker-timeout", "60", "--debug", "schedule")
        workers = self.workers_in_mid_run(run, 3)
        os.kill(workers[0], signal.SIGSTOP)
        run.send_signal(signal.SIGINT)
        while "cancel level=1" not in run.stderr.readline():
            pass
        run.send_signal(signal.SIGINT)
        begin = time.monotonic()
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 7, messages)
        # Without the second interrupt it would take the worker's 60 s.
        self.assertLess(time.monotonic() - begin, 20)
        self.assertFalse(any(map(is_alive, workers)))

    def end_all(self, workers):
        """Those that their parent could not kill."""
        for worker in filter(is_alive, workers):
            os.kill(worker, signal.SIGKILL)
        wait_for(lambda: not any(map(is_alive, workers)))

    def assert_does_not_wait(self, run, workers, status):
        """It ends before them; they hold its standard error until then."""
        self.addCleanup(self.end_all, workers)
        self.assertEqual(run.wait(DEADLINE), status)
        self.assertTrue(all(map(is_alive, workers)))

    def test_one_that_cannot_be_killed_keeps_its_file_alone(self):
        run = self.begin(self.serve("--latency", "100ms"), 30, "-j", "3",
                         "--report", "report", KILL=1)
        stopped = self.workers_in_mid_run(run, 3)[:1]
        os.kill(stopped[0], signal.SIGSTOP)
        self.assert_does_not_wait(run, stopped, 7)
        self.end_all(stopped)
        messages = run.communicate()[1]
        self.assertIn("its worker stands still and cannot be killed", messages)
        rows, summary = self.read_report(self.scratch / "report")
        left = [row for row in rows if row["outcome"] == "left"]
        self.assertEqual([row["error"] for row in left], ["worker"])
        self.assertEqual(summary["ok"], 29)

    def test_when_none_can_be_killed_the_rest_is_left(self):
        run = self.begin(self.serve("--latency", "100ms"), 60, "-j", "2",
                         KILL=1)
        workers = self.workers_in_mid_run(run, 2)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        self.assert_does_not_wait(run, workers, 7)
        # The directory is theirs until they have ended.
        again = ("get", "-i", f"list-{self.runs}", "-d", self.dir, "-o", "{n}")
        self.assertEqual(self.haul(*again).returncode, 5)
        self.end_all(workers)
        self.assertIn("the same command goes on where this one stopped",
                      run.communicate()[1])
        self.assertEqual(self.haul(*again).returncode, 0)
        self.assert_all_there(self.dir, 60)

    def test_two_interrupts_end_a_run_that_cannot_kill(self):
        run = self.begin(self.serve("--fault", "stall=100"), 2, "-j", "2",
                         "--debug", "all", KILL=1)
        while "request sent" not in run.stderr.readline():
            pass
        workers = self.children(run, 2)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        for level in (1, 2):
            run.send_signal(signal.SIGINT)
            while f"cancel level={level}" not in run.stderr.readline():
                pass
        self.assert_does_not_wait(run, workers, 7)

    def test_one_that_cannot_be_killed_does_not_hold_the_end_of_a_run(self):
        run = self.begin(self.serve("--latency", "300ms"), 4, "-j", "1",
                         AT="end", HOW="stop", TIMES=1, KILL=1)
        self.assert_does_not_wait(run, self.children(run, 1), 0)
        self.assert_all_there(self.dir, 4)


if __name__ == "__main__":
    unittest.main()
