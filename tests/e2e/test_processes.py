"""haul get -m processes: workers are killed, the parent is, and both at once."""

import os
import signal
import unittest

from support import DEADLINE, wait_for
from workers import WorkersTest, children_of, is_alive


class ProcessesTest(WorkersTest):
    def arguments(self, url, count, *options):
        """A run over count files of 3000 bytes, named by their lines."""
        listing = self.scratch / "list.txt"
        listing.write_text(
            "".join(f"{url}/bytes/3000?n={n}\n" for n in range(count))
        )
        return [
            "get", "-m", "processes", "-i", listing,
            "-d", self.dir, "-o", "{n}", *options,
        ]

    def start_run(self, *args):
        return self.start(*self.arguments(*args))

    def read_until(self, run, words, times=1):
        """Reads the trace up to the line that has the words for that time."""
        while times > 0:
            line = run.stderr.readline()
            self.assertTrue(line, f"ended before: {words}")
            times -= words in line

    def assert_all_files(self, count):
        names = self.names()
        self.assertEqual(set(names), {str(n + 1) for n in range(count)})
        for name in names:
            self.assertEqual((self.dir / name).stat().st_size, 3000)

    def assert_left_when_told(self, messages, count):
        """No worker died of a signal."""
        exits = [l for l in messages.splitlines() if "worker exits" in l]
        self.assertEqual(len(exits), count, messages)
        for line in exits:
            self.assertIn("signal=0", line)

    def test_a_killed_worker_costs_no_file(self):
        url = self.serve("--latency", "100ms")
        run = self.start_run(url, 60, "-j", "4")
        workers = self.workers_in_mid_run(run, 4)
        os.kill(workers[0], signal.SIGKILL)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assert_all_files(60)

    def test_killing_one_worker_after_another_costs_no_file(self):
        url = self.serve("--latency", "100ms")
        run = self.start_run(url, 60, "-j", "3")
        for _ in range(3):
            # The oldest each time: the youngest would be the one that took
            # over the job of the last, and a job's third death is its end.
            oldest = min(self.workers_in_mid_run(run, 3))
            os.kill(oldest, signal.SIGKILL)
            wait_for(lambda: not is_alive(oldest))
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assert_all_files(60)

    def test_no_worker_outlives_its_parent(self):
        url = self.serve("--fault", "stall=100")
        run = self.start_run(url, 4, "-j", "4", "--debug", "transfer")
        self.read_until(run, "request sent", 4)
        workers = children_of(run.pid)
        self.assertEqual(len(workers), 4)
        run.kill()
        run.wait()
        gone = wait_for(lambda: not any(map(is_alive, workers)), 2.0)
        self.assertTrue(gone, "workers are left")

    def test_the_next_run_goes_on_after_a_kill(self):
        url = self.serve("--latency", "50ms")
        run = self.start_run(url, 60, "-j", "4")
        workers = self.workers_in_mid_run(run, 4)
        run.kill()
        run.wait()
        wait_for(lambda: not any(map(is_alive, workers)))
        again = self.haul(*self.arguments(url, 60, "-j", "4"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assert_all_files(60)

    def test_two_interrupts_of_the_group_end_stalled_transfers(self):
        url = self.serve("--fault", "stall=100")
        run = self.start_run(url, 4, "-j", "4", "--debug", "all")
        self.read_until(run, "request sent", 4)
        workers = children_of(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        # A second signal that meets the first one waiting would be lost.
        self.read_until(run, "cancel level=1")
        os.killpg(run.pid, signal.SIGINT)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 7, messages)
        self.assertFalse(any(map(is_alive, workers)))
        self.assert_left_when_told(messages, 4)

    def test_a_terminated_group_ends_by_the_parents_word(self):
        url = self.serve("--latency", "200ms")
        run = self.start_run(url, 100, "-j", "4", "--debug", "worker")
        self.workers_in_mid_run(run, 4)
        os.killpg(run.pid, signal.SIGTERM)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 7, messages)
        self.assert_left_when_told(messages, 4)

    def test_a_worker_that_is_still_starting_heeds_its_parent_alone(self):
        url = self.serve()
        run = self.start_run(url, 4, "-j", "2", "--debug", "worker")
        for pid in wait_for(lambda: children_of(run.pid)):
            os.kill(pid, signal.SIGTERM)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assert_all_files(4)
        self.assert_left_when_told(messages, 2)


if __name__ == "__main__":
    unittest.main()
