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
ALL = PEERS | {"probe"}
LARGE = ALL | {"splice", "cp"}
# By workload: its contests, and who takes part beside haul.
CONTESTS = {
    "a": {"a": ALL},
    "b": {"b": ALL},
    "c": {"c": ALL},
    "d": {"d1": LARGE, "d8": LARGE},
    "e": {"e": PEERS, "e-100": set()},
    "g": {"g": ALL},
    "start": {f"start-{n}": PEERS for n in (1, 10, 100)},
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

    def run_bench(self, scale, *arguments, probe=os.environ["BENCH_PROBE"]):
        # A leak is looked for by a thread that traces, as strace does.
        env = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
        return subprocess.run(
            [sys.executable, HERE / "bench.py",
             "--haul", os.environ["HAUL_BIN"], "--probe", probe,
             "--rounds", "1", "--scale", str(scale), "--large", "16",
             "--json", self.kept, *arguments],
            capture_output=True, text=True, timeout=100, env=env)

    def bench(self, scale, contests):
        result = self.run_bench(scale, *contests)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        data = json.loads(self.kept.read_text())
        self.assertEqual(set(data["workloads"]), set(contests))
        for name, workload in data["workloads"].items():
            self.check(workload, contests[name])
        self.assertIn("haul", data["versions"])
        return result.stdout

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
                self.assertGreater(ratio["wall"], 0)
                self.assertGreater(ratio["cpu"], 0)

    def test_each_tool_delivers_each_file(self):
        said = self.bench(0.015, CONTESTS)
        # a, b, c and g; of d two probes in both contests.
        self.assertEqual(said.count("floor by a bare probe"), 8, said)
        self.assertIn("curl: of the first 3 files", said)  # of c's 30

    def test_long_lists(self):
        self.bench(0.001, LONG_CONTESTS)

    def test_a_probe_with_wrong_files_fails(self):
        """They have their names, and are a byte short."""
        probe = self.kept.with_name("probe")
        probe.write_text('#!/bin/sh\nwhile read url; do '
                         'head -c 9999 /dev/zero >"$4/${url##*/}"; done <"$3"')
        probe.chmod(0o755)
        result = self.run_bench(0.001, "a", probe=probe)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("probe delivered 0 of 20", result.stderr)

    def test_without_probes(self):
        result = self.run_bench(0.001, "a", "--no-probes")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("floor", result.stdout)

    def test_system_calls_and_the_table(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not here")
        result = self.run_bench(0.01, "g", "--syscalls", "--readme")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        data = json.loads(self.kept.read_text())
        calls = data["workloads"]["g"]["contests"]["g"]["syscalls"]
        self.assertEqual(set(calls), ALL | {"haul"})
        # 20 hosts with five files each, one connection a host.
        self.assertEqual(calls["probe"]["sockets"], 0.2)
        self.assertGreaterEqual(calls["haul"]["calls"], 5)
        self.assertIn("| g: 20 hosts x 5 files", result.stdout)


if __name__ == "__main__":
    unittest.main()
