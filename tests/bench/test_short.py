"""The benchmark in a short size, as a test: every tool delivers every file,
and what is kept of the runs is whole. No time is looked at."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import server
from report import MEASURES

HERE = pathlib.Path(__file__).parent
NEEDED = ("curl", "wget2", "aria2c", "time", "setpriv", "openssl")
PEERS = {"curl", "wget2", "aria2"}
# By workload: its contests, and who takes part beside haul.
CONTESTS = {
    "a": {"a": PEERS},
    "b": {"b": PEERS},
    "c": {"c": PEERS},
    "d": {"d1": PEERS | {"cp"}, "d8": PEERS | {"cp"}},
    "e": {"e": PEERS, "e-100": set()},
    "g": {"g": PEERS},
    "lag-a": {"lag-a": set()},
    "lag-d": {"lag-d1": set(), "lag-d8": set()},
    "lag-e": {"lag-e": set()},
}
LONG_CONTESTS = {
    "f": {"f": PEERS - {"curl"}},
    "lines": {f"lines-{n}": set() for n in ("start", 1, 10, 100, 1_000)},
}


class Short(unittest.TestCase):
    def setUp(self):
        missing = [p for p in NEEDED if shutil.which(p) is None]
        if missing or server.NGINX is None or not server.ECHO_MODULE.exists():
            print(f"not here: {missing or 'nginx with its echo module'}")
            sys.exit(77)
        kept = tempfile.TemporaryDirectory(prefix="haul-bench-")
        self.addCleanup(kept.cleanup)
        self.kept = pathlib.Path(kept.name) / "kept.json"

    def bench(self, scale, contests):
        result = subprocess.run(
            [sys.executable, HERE / "bench.py",
             "--haul", os.environ["HAUL_BIN"], "--rounds", "1",
             "--scale", str(scale), "--large", "16", "--json", self.kept, *contests],
            capture_output=True, text=True, timeout=100)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        data = json.loads(self.kept.read_text())
        self.assertEqual(set(data["workloads"]), set(contests))
        for name, workload in data["workloads"].items():
            self.check(workload, contests[name])
        self.assertIn("haul", data["versions"])

    def check(self, workload, contests):
        self.assertEqual(set(workload["contests"]), set(contests))
        for run in workload["runs"]:
            self.assertEqual((run["failed"], run["timed_out"]), (0, False), run)
            for measure in MEASURES:
                self.assertGreaterEqual(run[measure], 0, run)
            self.assertGreater(run["peak"], 0, run)
        for contest, others in contests.items():
            kept = workload["contests"][contest]
            self.assertEqual(set(kept["medians"]), others | {"haul"})
            self.assertEqual(set(kept["ratios"]), others)
            for ratio in kept["ratios"].values():
                self.assertGreater(ratio["speed"], 0)
                self.assertGreater(ratio["cpu"], 0)

    def test_each_tool_delivers_each_file(self):
        self.bench(0.015, CONTESTS)

    def test_long_lists(self):
        self.bench(0.001, LONG_CONTESTS)


if __name__ == "__main__":
    unittest.main()
