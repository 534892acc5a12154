"""haul get -m processes where workers stand still or die, at any step of their
lives. tests/support/fault.c sees to it that they do."""

import os
import signal
import unittest

from faults import TIMEOUT_S, FaultTest
from support import DEADLINE
from workers import is_alive

STEPS = ("start", "write", "name", "named", "reply", "half", "end")


class Workers(FaultTest):
    def check_each_step(self, *hows):
        url = self.serve()
        runs = {}
        for how in hows:
            for step in STEPS:
                run = self.begin(url, 8, "-j", "2", AT=step, HOW=how, TIMES=1)
                runs[step, how] = run, self.dir
        for (step, how), (run, directory) in runs.items():
            with self.subTest(step=step, how=how):
                self.assert_ends_well(run, directory, 8)

    def test_one_that_stops_or_hangs_at_any_step_costs_no_file(self):
        self.check_each_step("stop", "hang")

    def test_one_that_is_killed_at_any_step_costs_no_file(self):
        self.check_each_step("kill")

    def test_one_of_five_stops_in_mid_run(self):
        run = self.begin(self.serve("--latency", "100ms"), 40, "-j", "5")
        stopped = self.workers_in_mid_run(run, 5)[2]
        os.kill(stopped, signal.SIGSTOP)
        self.assert_ends_well(run, self.dir, 40)
        self.assertFalse(is_alive(stopped))

    def test_all_stop_in_mid_run(self):
        run = self.begin(self.serve("--latency", "100ms"), 40, "-j", "5")
        for worker in self.workers_in_mid_run(run, 5):
            os.kill(worker, signal.SIGSTOP)
        self.assert_ends_well(run, self.dir, 40)

    def test_a_job_that_stops_three_workers_is_given_up(self):
        run = self.begin(self.serve(), 3, "-j", "1", AT="write", HOW="hang",
                         TIMES=3)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 8, messages)
        self.assertIn("3 workers in a row died of it, the last by standing "
                      f"still for {TIMEOUT_S} s", messages)

    def test_a_job_that_cannot_be_written_goes_to_another_worker(self):
        run = self.begin(self.serve(), 8, "-j", "2", JOB=1, TIMES=1)
        self.assert_ends_well(run, self.dir, 8)

    def test_less_than_three_seconds_are_refused(self):
        result = self.haul("get", "-m", "processes", "--worker-timeout", "2",
                           "http://127.0.0.1/x")
        self.assert_one_line(result, 2, "--worker-timeout")


if __name__ == "__main__":
    unittest.main()
