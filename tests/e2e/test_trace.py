"""Watching a run: timelines, the loop's figures, debug lines, SIGUSR1."""

import pathlib
import re
import signal
import sys
import unittest

from support import MODES, HaulTest, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from trace_check import PHASES, Trace

LANE = {"threads": "thread", "processes": "process"}


class TraceTest(HaulTest):
    def read_trace(self, name="t.json"):
        trace = Trace(self.scratch / name)
        tracks = trace.tracks()
        self.assertEqual(trace.errors, [])
        self.assertEqual(trace.metadata["dropped"], 0)
        return trace, tracks


class Timelines(TraceTest):
    def test_each_mode_has_a_track_a_url_with_the_reports_times(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                result = self.haul(
                    "get", "--local", "-n", "100", "-j", "20", "-x", "0",
                    "--latency", "5ms", "-m", mode, "-d", self.scratch / mode,
                    "--trace", "t.json", "--report", "r.jsonl")
                self.assertEqual(result.returncode, 0, result.stderr)
                trace, tracks = self.read_trace()
                self.assertEqual(trace.metadata["mode"], mode)
                self.check_tracks(tracks)
                self.check_lanes(trace, mode)

    def check_tracks(self, tracks):
        rows, _ = self.read_report(self.scratch / "r.jsonl")
        self.assertEqual(len(tracks), 100)
        by_line = {track["line"]: track for track in tracks.values()}
        for row in rows:
            track = by_line[row["n"]]
            self.assertEqual(track["end"]["outcome"], "ok")
            self.assertTrue(track["url"].endswith(row["url"][-20:]))
            self.assertEqual(len(track["attempts"]), row["attempts"])
            last = track["attempts"][-1]
            self.assertEqual(last["args"]["worker"], row["worker"])
            for phase in PHASES:
                self.assertAlmostEqual(last["phases"][phase],
                                       row[phase + "_ms"], delta=0.5)
            self.assertAlmostEqual(sum(last["phases"].values()),
                                   row["total_ms"], delta=1)
            self.assertAlmostEqual(last["begin"], row["start_ms"], delta=1)

    def check_lanes(self, trace, mode):
        self.assertEqual(trace.lanes[1], "loop")
        names = {name for tid, name in trace.lanes.items() if tid > 1}
        if mode in LANE:
            self.assertEqual(names, {f"{LANE[mode]} {n}" for n in range(1, 21)})
        else:
            self.assertEqual(names, set())
        peaks = {name: max(value for _, value in counter)
                 for name, counter in trace.counters.items()}
        self.assertEqual(peaks["in flight"], 1 if mode == "sequential" else 20)
        self.assertGreater(peaks["bytes/s"], 0)
        if mode == "async":
            self.assertEqual(peaks["open sockets"], 20)
        self.assertEqual(trace.counters["in flight"][-1][1], 0)
        blocked = {tid for tid, begin, end, event in trace.spans
                   if event.get("args", {}).get("state") == "blocked"}
        expected = {"async": set(), "sequential": {1}}
        self.assertEqual(blocked, expected.get(mode, set(range(2, 22))))

    def test_arrows_lead_from_the_answer_to_the_file(self):
        result = self.haul(
            "get", "--local", "-n", "100", "-x", "0", "--latency", "20ms",
            "--fault", "404=10", "--fault-times", "0", "-d", self.dir,
            "--trace", "t.json", "--report", "r.jsonl")
        self.assertEqual(result.returncode, 8, result.stderr)
        trace, tracks = self.read_trace()
        ok = {int(id, 16) for id, track in tracks.items()
              if track["end"]["outcome"] == "ok"}
        arrows = {steps[0][1]["args"]["job"]: steps
                  for steps in trace.arrows.values()}
        self.assertEqual(set(arrows), ok)
        seen = 0
        for steps in arrows.values():
            self.assertEqual(steps[-1][2][-1], "files are named")
            seen += len(steps) == 3
        read = [step[2][-1] for steps in arrows.values() for step in steps[-2:-1]]
        self.assertGreater(read.count("socket ready") +
                           read.count("libcurl's timeout of 0"), len(read) / 2)
        # All hundred answer at once: most lie there until the loop comes.
        self.assertGreater(seen, 40)
        libcurl = [event for event in trace.events
                   if event["name"] == "libcurl is called"]
        self.assertGreater(len(libcurl), 0)
        self.assertEqual({event["args"]["function"] for event in libcurl},
                         {"curl_multi_socket_action"})
        for mode in ("threads", "processes", "sequential"):
            self.haul("get", "--local", "-n", "3", "--latency", "1ms", "-m",
                      mode, "-d", self.scratch / mode, "--trace", "t.json")
            self.assertEqual(self.read_trace()[0].arrows, {})

    def test_an_attempt_that_failed_is_in_the_track_of_its_url(self):
        for mode in MODES:
            result = self.haul(
                "get", "--local", "-n", "20", "--latency", "1ms", "--fault",
                "503=60", "--retry-delay", "0", "-m", mode, "--trace", "t.json",
                "-d", self.scratch / mode, "--report", "r.jsonl")
            self.assertEqual(result.returncode, 0, result.stderr)
            _, tracks = self.read_trace()
            rows, _ = self.read_report(self.scratch / "r.jsonl")
            attempts = sorted(row["attempts"] for row in rows)
            self.assertEqual(attempts[-1], 2)
            self.assertEqual(
                sorted(len(t["attempts"]) for t in tracks.values()), attempts)
            errors = [a["args"].get("error") for t in tracks.values()
                      for a in t["attempts"]]
            self.assertEqual(errors.count("http"), attempts.count(2))

    def test_an_interrupted_run_leaves_a_whole_file(self):
        for mode in MODES:
            for orders in ((signal.SIGINT,), (signal.SIGINT, signal.SIGTERM)):
                files = self.scratch / f"{mode}{len(orders)}"
                process = self.start(
                    "get", "--local", "-n", "500", "--latency", "60ms",
                    "-j", "3", "-m", mode, "-d", files, "--trace", "t.json")
                self.assertTrue(wait_for(lambda: list(files.glob("image-*"))))
                for order in orders:
                    process.send_signal(order)
                process.communicate(timeout=30)
                self.assertEqual(process.returncode, 7)
                _, tracks = self.read_trace()
                self.assertGreater(len(tracks), 0)
                self.assertLess(len(tracks), 500)

    def test_its_size_is_capped_and_that_is_said(self):
        result = self.haul("get", "--local", "-n", "1000", "--latency", "0",
                           "-d", self.dir, "--trace", "t.json",
                           "--trace-limit", "100k")
        self.assertEqual(result.returncode, 0, result.stderr)
        trace, _ = self.read_trace()
        self.assertTrue(trace.metadata["cut"])
        self.assertLessEqual((self.scratch / "t.json").stat().st_size, 102400)
        self.assertIn("t.json ends before the run does", result.stderr)

    def test_odd_urls_do_not_break_it(self):
        origin = self.serve()
        (self.scratch / "list").write_bytes(b"".join(
            f"{origin}/bytes/9?".encode() + tail + b"\n"
            for tail in (b'"\\', b"%ff%00", b"\xff\xfe", b"\xc3\xa4",
                         b"</script>", b"x" * 3000)))
        self.haul("-i", "list", "-d", self.dir, "--trace", "t.json")
        trace, tracks = self.read_trace()
        self.assertGreaterEqual(len(tracks), 4)
        self.assertTrue(any('"' in t["url"] or "%22" in t["url"]
                            for t in tracks.values()))

    def test_a_timeline_and_lines_go_together(self):
        result = self.haul("get", "--local", "-n", "3", "-d", self.dir,
                           "--trace", "t.json", "--debug", "schedule")
        _, tracks = self.read_trace()
        self.assertEqual(len(tracks), 3)
        self.assertEqual(result.stderr.count(" #1 done "), 1)
        self.assertNotIn("poll wait", result.stderr)

    def test_a_short_one_that_cannot_be_written_is_told_too(self):
        result = self.haul("get", "--local", "-n", "2", "-d", self.dir,
                           "--latency", "1ms", "--trace", "/dev/full")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(len(self.names()), 2)
        self.assertIn("haul: /dev/full: no space left", result.stderr)

    def test_a_file_that_cannot_be_made_is_named(self):
        result = self.haul("get", "--local", "-d", self.dir, "--trace", "no/t")
        self.assert_one_line(result, 3, "--trace", "no/t")


class LoopFigures(TraceTest):
    def test_all_modes_tell_them(self):
        for mode in MODES:
            result = self.haul("get", "--local", "-n", "20", "--latency", "5ms",
                               "-m", mode, "-d", self.scratch / mode,
                               "--loop-stats", "--report", "r.jsonl")
            self.assertRegex(result.stderr, r"loop: [\d,]+ turns in .* idle ")
            self.assertRegex(result.stderr, r"lag: p50 .* p99 .* p99\.9 .* max")
            self.assertIn("longest callback: ", result.stderr)
            self.assertRegex(result.stderr, r"callbacks: .*idle \d+ \(")
            _, summary = self.read_report(self.scratch / "r.jsonl")
            loop = summary["loop"]
            self.assertGreater(loop["turns"], 0)
            self.assertLessEqual(loop["idle"], loop["seconds"])
            self.assertLessEqual(loop["lag_p99_ms"], loop["lag_max_ms"] + 1)

    def test_work_on_the_loop_shows_as_lag_and_is_named(self):
        result = self.haul("get", "--local", "-n", "10", "--latency", "5ms",
                           "-x", "0", "-d", self.dir, "--cpu-work", "50ms",
                           "--loop-stats", "--report", "r.jsonl")
        self.assertRegex(result.stderr, r"longest callback: .* work on a file")
        _, summary = self.read_report(self.scratch / "r.jsonl")
        self.assertGreater(summary["loop"]["lag_max_ms"], 45)
        self.assertGreater(summary["loop"]["longest_ms"], 49)

    def test_a_blocked_loop_is_named_in_the_lines(self):
        result = self.haul("get", "--local", "-n", "2", "--latency", "1ms",
                           "-d", self.dir, "--cpu-work", "120ms",
                           "--debug", "loop")
        self.assertRegex(result.stderr,
                         r"loop blocked for=\d{6,}us .* work on a file")


class Bottleneck(HaulTest):
    """The last line of a run: what held it."""

    def last_line(self, *arguments):
        result = self.haul("get", "--local", "-n", "3", "--latency", "300ms",
                           "-d", self.dir, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr.splitlines()[-1]

    def test_a_rate_of_starts_is_named(self):
        self.assertIn("has 3 of 3 URLs; --rate-per-host 1/s held it back",
                      self.last_line("--rate-per-host", "1/s"))

    def test_pauses_between_attempts_are_named(self):
        self.assertRegex(
            self.last_line("--latency", "0", "--fault", "429=100"),
            r"answered 429 and asked to wait \(Retry-After: 1 s\), which held")

    def test_more_at_a_time_is_told_where_there_are_more(self):
        self.assertRegex(self.last_line(),
                         r"waiting for 127.0.0.1:\d+; all were in flight at once")
        self.assertRegex(self.last_line("-m", "threads", "-j", "2",
                                        "--restart"),
                         r"waiting for 127.0.0.1:\d+; -j 4 waits for more")


class State(TraceTest):
    def test_usr1_prints_handles_and_what_is_in_flight(self):
        process = self.start("get", "--local", "-n", "5", "--latency", "30s",
                             "-j", "2", "-d", self.dir, "--debug", "transfer")
        seen = ""
        while seen.count("request sent") < 2:
            seen += process.stderr.readline()
        process.send_signal(signal.SIGUSR1)
        lines = []
        while not lines or not lines[-1].startswith("handles of the loop"):
            lines.append(process.stderr.readline())
            self.assertNotEqual(lines[-1], "")
        text = "".join(lines)
        self.assertIn("2 in flight", text)
        self.assertEqual(len(re.findall(r"attempt 1: http://\S+image-00", text)),
                         2)
        handle = process.stderr.readline()
        self.assertRegex(handle, r"^  \w+ +(active|stopped)")
        self.assertIsNone(process.poll())


if __name__ == "__main__":
    unittest.main()
