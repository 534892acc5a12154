"""haul get --loops: an interrupted run goes on, and every loop is told of."""

import os
import pathlib
import signal
import sys
import unittest

from support import MODES, HaulTest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from trace_check import Trace

FILES = 120


class Interrupted(HaulTest):
    def test_the_next_run_fetches_what_is_left(self):
        origin = self.serve("--latency", "50ms")
        list_ = self.scratch / "list"
        list_.write_text("".join(f"{origin}/bytes/{n}\n"
                                 for n in range(1, FILES + 1)))
        command = ("get", "--loops", "2", "-i", list_, "-d", self.dir,
                   "-j", "12", "-x", "0", "--report", "r.jsonl")
        run = self.start(*command, "--debug", "schedule")
        done = 0
        while done < 10:
            line = run.stderr.readline()
            self.assertNotEqual(line, "")
            done += " done " in line
        # Two of the same may come as one.
        os.killpg(run.pid, signal.SIGINT)
        os.killpg(run.pid, signal.SIGTERM)
        run.communicate(timeout=20)
        self.assertEqual(run.returncode, 7)
        rows, summary = self.read_report(self.scratch / "r.jsonl")
        first = sum(row["outcome"] == "ok" for row in rows)
        self.assertGreaterEqual(first, 10)
        self.assertLess(first, FILES)
        self.assertEqual({row["outcome"] for row in rows}, {"ok", "left"})
        self.assertEqual(len({row["n"] for row in rows}), len(rows))
        result = self.haul(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows, summary = self.read_report(self.scratch / "r.jsonl")
        self.assertEqual(summary["ok"], FILES)
        self.assertEqual(sum(row["attempts"] for row in rows), FILES - first)
        self.assertEqual(sorted(os.stat(self.dir / name).st_size
                                for name in self.names()),
                         list(range(1, FILES + 1)))


class Watched(HaulTest):
    def run_two(self, *options):
        result = self.haul("get", "--local", "-n", "60", "--latency", "5ms",
                           "--loops", "2", "-x", "0", "-d", self.dir, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_a_timeline_has_a_lane_for_each_loop(self):
        self.run_two("--trace", "t.json")
        trace = Trace(self.scratch / "t.json")
        self.assertEqual(trace.errors, [])
        self.assertEqual(trace.lanes, {1: "loop", 2: "loop 1", 3: "loop 2"})
        for tid in trace.lanes:
            names = {event["name"] for lane, _, _, event in trace.spans
                     if lane == tid}
            self.assertLessEqual({"turn", "poll wait"}, names)
            self.assertEqual("socket ready" in names, tid > 1)

    def test_the_figures_of_each_are_told(self):
        told = self.run_two("--loop-stats", "--report", "r.jsonl").stderr
        for which in ("loop: ", "loop 1: ", "loop 2: "):
            self.assertRegex(told, f"(?m)^{which}" r"\d+ turns in .* idle ")
        self.assertEqual(told.count("lag: p50 "), 3)
        _, summary = self.read_report(self.scratch / "r.jsonl")
        loops = summary["loops"]
        self.assertEqual([loop["n"] for loop in loops], [0, 1, 2])
        busiest = max(loops, key=lambda loop: loop["seconds"] - loop["idle"])
        self.assertEqual(summary["loop"]["n"], busiest["n"])
        self.assertIn("poll", loops[2]["callbacks"])


class Asked(HaulTest):
    def test_other_modes_refuse(self):
        for mode in MODES[:3]:
            for loops in ("2", "auto"):
                result = self.haul("get", "--local", "-m", mode, "-d", self.dir,
                                   "--loops", loops)
                self.assert_one_line(result, 2, f"--loops {loops}", mode,
                                     "-m async")
            result = self.haul("get", "--local", "-n", "2", "-m", mode,
                               "--latency", "1ms", "-d", self.dir,
                               "--loops", "1")
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_number_from_1_or_auto(self):
        for value in ("0", "257", "-1", "two", ""):
            result = self.haul("get", "--local", "-d", self.dir,
                               f"--loops={value}")
            self.assert_one_line(result, 2, "--loops", "auto")
        result = self.haul("get", "--local", "-n", "2", "--latency", "1ms",
                           "-d", self.dir, "--loops", "auto")
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
