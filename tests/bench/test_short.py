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

    def bench(self, scale, *names):
        result = subprocess.run(
            [sys.executable, HERE / "bench.py", "--haul", os.environ["HAUL_BIN"],
             "--rounds", "1", "--scale", str(scale), "--large", "16",
             "--json", self.kept, *names],
            capture_output=True, text=True, timeout=100)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        data = json.loads(self.kept.read_text())
        self.assertEqual(set(data["workloads"]), set(names))
        for name in names:
            self.check(name, data["workloads"][name])
        self.assertLessEqual(PEERS | {"haul"}, set(data["versions"]))

    def check(self, name, workload):
        self.assertEqual(set(workload["contests"]), set(CONTESTS[name]))
        for run in workload["runs"]:
            self.assertEqual((run["failed"], run["timed_out"]), (0, False), run)
            for measure in MEASURES:
                self.assertGreaterEqual(run[measure], 0, run)
            self.assertGreater(run["peak"], 0, run)
        for contest, others in CONTESTS[name].items():
            kept = workload["contests"][contest]
            self.assertEqual(set(kept["medians"]), others | {"haul"})
            self.assertEqual(set(kept["ratios"]), others)
            for ratio in kept["ratios"].values():
                self.assertGreater(ratio["speed"], 0)
                self.assertGreater(ratio["cpu"], 0)

    def test_each_tool_delivers_each_file(self):
        self.bench(0.025, *CONTESTS)


if __name__ == "__main__":
    unittest.main()
