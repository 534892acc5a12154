"""haul get -j auto: how many transfers are in flight follows goodput, below all
other limits."""

import json
import pathlib
import subprocess
import sys
import unittest

from support import HAUL, HaulTest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from trace_check import Trace


class AutoJobs(HaulTest):
    def list_of(self, origin, count, size=1000):
        list_ = self.scratch / "list"
        list_.write_text("".join(f"{origin}/bytes/{size}?{n:05}\n"
                                 for n in range(count)))
        return list_

    def fetch(self, list_, *options):
        result = self.haul("get", "-j", "auto", "-i", list_, "-d", self.dir,
                           *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def slots(self):
        """The counter of the timeline t.json, from its first value on."""
        trace = Trace(self.scratch / "t.json")
        self.assertEqual(trace.errors, [])
        return [value for _, value in trace.counters["slots"]]

    def in_flight(self):
        trace = Trace(self.scratch / "t.json")
        return [value for _, value in trace.counters["in flight"]]

    def test_it_grows_while_goodput_does(self):
        origin = self.serve("--latency", "100ms")
        told = self.fetch(self.list_of(origin, 1500), "-x", "0", "--trace",
                          "t.json")
        slots = self.slots()
        self.assertEqual(slots[0], 16)
        self.assertGreaterEqual(max(slots), 64)
        self.assertLessEqual(max(slots), 1024)
        self.assertGreater(max(self.in_flight()), 48)
        came_to = min(slots[-1], max(self.in_flight()))
        self.assertIn(f"-j auto came to {came_to} at a time", told)

    def test_more_loops_follow_too(self):
        origin = self.serve("--latency", "100ms")
        self.fetch(self.list_of(origin, 1000), "-x", "0", "--loops", "2",
                   "--trace", "t.json")
        self.assertGreaterEqual(max(self.slots()), 64)
        self.assertGreater(max(self.in_flight()), 48)

    def test_hosts_with_one_url_each_let_it_grow_too(self):
        port = self.serve("--latency", "100ms", "--bind",
                          "0.0.0.0").rsplit(":", 1)[1]
        list_ = self.scratch / "list"
        list_.write_text("".join(f"http://127.1.{n // 200}.{n % 200 + 1}:{port}"
                                 f"/bytes/100?{n}\n" for n in range(1000)))
        self.fetch(list_, "--trace", "t.json")
        self.assertGreater(max(self.slots()), 32)

    def test_failing_answers_are_no_gain(self):
        origin = self.serve("--latency", "20ms", "--fault", "500=100",
                            "--fault-times", "0")
        result = self.haul("get", "-j", "auto", "-x", "0", "--retry", "0", "-i",
                           self.list_of(origin, 600), "-d", self.dir,
                           "--trace", "t.json")
        self.assertIn("600 failed", result.stderr)
        self.assertEqual(set(self.slots()), {16})

    def test_the_hosts_cap_holds(self):
        # The origin refuses what is above the cap.
        origin = self.serve("--latency", "20ms", "--busy-above", "5")
        told = self.fetch(self.list_of(origin, 300), "-x", "5", "--trace",
                          "t.json", "--report", "r.jsonl")
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        self.assertEqual({row["attempts"] for row in rows}, {1})
        self.assertEqual(max(self.in_flight()), 5)
        # What cannot be used is not added.
        self.assertEqual(set(self.slots()), {16})
        self.assertIn("-j auto came to 5 at a time", told)

    def test_errors_bring_it_down(self):
        origin = self.serve("--latency", "50ms", "--busy-above", "24")
        told = self.fetch(self.list_of(origin, 1500), "-x", "0", "--no-adapt",
                          "--retry-delay", "0.05", "--retry", "50",
                          "--trace", "t.json", "--report", "r.jsonl")
        slots = self.slots()
        self.assertGreater(max(slots), 24)
        self.assertLess(slots[-1], max(slots))
        self.assertLessEqual(slots[-1], 32)
        # Connections that have become too many are closed meanwhile.
        trace = Trace(self.scratch / "t.json")
        end = max(ns for ns, value in trace.counters["in flight"] if value)
        sockets = [value for ns, value in trace.counters["open sockets"]
                   if ns <= end]
        self.assertLess(sockets[-1], max(sockets))
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        self.assertGreater(max(row["attempts"] for row in rows), 1)
        self.assertIn("-j auto came to", told)

    def test_without_a_transfer_no_number_is_told(self):
        (self.scratch / "list").write_text("")
        self.assertNotIn("-j auto", self.fetch(self.scratch / "list"))

    def test_fewer_by_errors_is_no_lack_of_open_files(self):
        origin = self.serve("--latency", "50ms", "--busy-above", "6")
        told = self.fetch(self.list_of(origin, 100), "-x", "0", "--no-adapt",
                          "--retry-delay", "0.05", "--retry", "50",
                          "--trace", "t.json")
        self.assertLess(min(self.slots()), 16)
        self.assertNotIn("open files", told)

    def test_files_that_may_be_open_are_its_limit(self):
        origin = self.serve("--latency", "30ms")
        list_ = self.list_of(origin, 400)
        result = subprocess.run(
            ["prlimit", "--nofile=96:96", HAUL, "get", "-j", "auto", "-x", "0",
             "-i", list_, "-d", self.dir, "--progress", "json"],
            cwd=self.scratch, env=self.environment(), capture_output=True,
            text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stderr.splitlines()
                if line.startswith("{")]
        self.assertLess(max(row["slots"] for row in rows), 48)
        self.assertEqual(rows[-1]["done"], 400)

    def test_other_modes_need_a_number(self):
        for mode in ("threads", "processes", "sequential"):
            with self.subTest(mode=mode):
                result = self.haul("get", "-m", mode, "-j", "auto",
                                   "http://127.0.0.1:9/a")
                self.assert_one_line(result, 2, "-j auto", f"-m {mode}")
        result = self.haul("get", "-j", "many", "http://127.0.0.1:9/a")
        self.assert_one_line(result, 2, "neither auto nor a number")

    def test_a_dry_run_tells_the_most(self):
        result = self.haul("get", "--dry-run", "-j", "auto", "-x", "0",
                           "http://127.0.0.1:9/a")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("with -j auto, up to 1024 and", result.stdout)

    def test_a_config_file_may_ask_for_it(self):
        config = self.scratch / "config"
        config.write_text("jobs = auto\n")
        origin = self.serve("--latency", "0")
        result = self.haul("get", "--config", config, "-d", self.dir,
                           f"{origin}/bytes/10")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("-j auto came to 1 at a time", result.stderr)
        result = self.haul("get", "--config", config, "-j", "3", "-d",
                           self.dir, f"{origin}/bytes/10")
        self.assertNotIn("-j auto", result.stderr)


if __name__ == "__main__":
    unittest.main()
