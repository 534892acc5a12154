"""haul get --loops: an interrupted run goes on, and every loop is told of."""

import os
import pathlib
import signal
import sys
import unittest

from real import NGINX, Certificates, Nginx
from support import DEADLINE, MODES, HaulTest, free_port

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from trace_check import Trace

FILES = 120
HANDSHAKES = 3000
JOBS = 16


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


@unittest.skipUnless(NGINX, "no nginx")
class Auto(HaulTest):
    """A server that closes each connection, one that keeps them, and one
    without TLS."""

    def setUp(self):
        super().setUp()
        certificates = Certificates(self.scratch / "made")
        certificates.signed("server", certificates.authority("ca"))
        self.ca = certificates.path("ca")
        self.ports = {name: free_port() for name in ("closes", "keeps", "plain")}
        ssl = (f"ssl; ssl_certificate {certificates.path('server')}; "
               f"ssl_certificate_key {certificates.key('server')}")
        more = {"closes": f"{ssl}; keepalive_timeout 0",
                "keeps": f"{ssl}; keepalive_requests 1000000",
                "plain": "; keepalive_timeout 0"}
        nginx = Nginx(self, "".join(
            f"server {{ listen 127.0.0.1:{port} {more[name]}; "
            'location / { return 200 "this is $uri"; } }'
            for name, port in self.ports.items()))
        nginx.start(port=self.ports["closes"])

    def options(self, kind, *more):
        scheme = "http" if kind == "plain" else "https"
        list_ = self.scratch / f"{kind}.list"
        list_.write_text("".join(
            f"{scheme}://127.0.0.1:{self.ports[kind]}/{n}\n"
            for n in range(HANDSHAKES)))
        return ("get", "-i", list_, "-d", self.dir, "--cacert", self.ca, "-j",
                JOBS, "-x", "0", "--report", "r.jsonl", *more)

    def assert_all_there(self):
        for n in range(HANDSHAKES):
            self.assertEqual((self.dir / str(n)).read_text(), f"this is /{n}")

    def need(self, has_opened):
        """The second loop opens only while a processor is idle and the loop is
        busy, which depends on what else the machine does; the decision itself
        has a unit test, test_handshakes."""
        if not has_opened:
            self.skipTest("no second loop opened: the machine has other work")

    def test_one_loop_is_enough_where_handshakes_are_few(self):
        for kind in ("keeps", "plain"):
            result = self.haul(*self.options(kind, "--restart"))
            self.assertEqual(result.returncode, 0, result.stderr)
            _, summary = self.read_report(self.scratch / "r.jsonl")
            self.assertNotIn("loops", summary)
            self.assert_all_there()

    @unittest.skipIf(os.cpu_count() < 2, "needs two processors")
    def test_another_opens_where_each_file_takes_a_handshake(self):
        result = self.haul(*self.options("closes", "--trace", "t.json",
                                         "--loop-stats"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_all_there()
        rows, summary = self.read_report(self.scratch / "r.jsonl")
        self.need("loops" in summary)
        numbers = [loop["n"] for loop in summary["loops"]]
        self.assertEqual(numbers, list(range(min(os.cpu_count(), 4))))
        for number in numbers[1:]:
            self.assertRegex(result.stderr, f"(?m)^loop {number}: ")
        trace = Trace(self.scratch / "t.json")
        self.assertEqual(trace.errors, [])
        self.assertEqual(trace.lanes, {1: "loop"} | {
            1 + n: f"loop {n}" for n in numbers[1:]})
        for tid in trace.lanes:
            names = {event["name"] for lane, _, _, event in trace.spans
                     if lane == tid}
            self.assertIn("socket ready", names)
        workers = {row["worker"] for row in rows}
        self.assertLess(min(workers), JOBS)
        self.assertGreater(max(workers), JOBS)

    @unittest.skipIf(os.cpu_count() < 2, "needs two processors")
    def test_a_run_that_is_interrupted_then_goes_on(self):
        run = self.start(*self.options("closes", "--debug", "loop"))
        has_opened = any("more loops open" in line for line in run.stderr)
        self.need(has_opened)
        os.killpg(run.pid, signal.SIGINT)
        os.killpg(run.pid, signal.SIGTERM)
        run.communicate(timeout=DEADLINE)
        if run.returncode == 0:
            self.skipTest("the loop opened when all was nearly done")
        self.assertEqual(run.returncode, 7)
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        first = sum(row["outcome"] == "ok" for row in rows)
        self.assertLess(first, HANDSHAKES)
        self.assertEqual({row["outcome"] for row in rows}, {"ok", "left"})
        result = self.haul(*self.options("closes"))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        self.assertEqual(sum(row["attempts"] for row in rows),
                         HANDSHAKES - first)
        self.assert_all_there()


class Asked(HaulTest):
    def test_other_modes_refuse(self):
        for mode in MODES[:3]:
            result = self.haul("get", "--local", "-m", mode, "-d", self.dir,
                               "--loops", "2")
            self.assert_one_line(result, 2, "--loops 2", mode, "-m async")
            for loops in ("1", "auto"):
                result = self.haul("get", "--local", "-n", "2", "-m", mode,
                                   "--latency", "1ms", "-d", self.dir,
                                   "--restart", "--loops", loops)
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
