"""Clocks that jump, stand elsewhere, or run backwards: the wall clock decides
nothing that a run waits for. By libfaketime, which does not go together with
the sanitizers: the program as it is released."""

import email.utils
import glob
import http.server
import os
import re
import time
import unittest

import support
from support import MODES, WAYS, HaulTest

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
RELEASE = os.environ.get("HAUL_RELEASE")
FILES = 24


@unittest.skipUnless(FAKETIME, "no libfaketime")
@unittest.skipUnless(RELEASE, "no release build")
class ClockTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.clock = self.scratch / "clock"
        self.addCleanup(setattr, support, "HAUL", support.HAUL)
        support.HAUL = RELEASE

    def set_clock(self, text):
        """As libfaketime has it: "+1d", "@1970-01-02 00:00:00"."""
        new = self.scratch / "clock.new"
        new.write_text(text)
        new.replace(self.clock)

    def faked(self):
        """Every look at the wall clock reads the file; stat() and the clock
        that waits go by are left alone."""
        return self.environment(
            LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=str(self.clock),
            FAKETIME_NO_CACHE="1", NO_FAKE_STAT="1", TZ="UTC",
            FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1")

    def new_dir(self):
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        self.report = self.scratch / "report"

    def assert_sane(self, seconds):
        """No time of the report is negative, or longer than the run."""
        rows, summary = self.read_report(self.report)
        for row in rows:
            for name, value in row.items():
                if name.endswith("_ms"):
                    self.assertGreaterEqual(value, 0, row)
                    self.assertLess(value, seconds * 1000 + 1, row)
        self.assertLess(summary["seconds"], seconds)
        return rows


class Busy(http.server.BaseHTTPRequestHandler):
    """Says at first when to come again, by a clock of its own: a date."""

    protocol_version = "HTTP/1.1"
    WAIT_S = 1

    def do_GET(self):
        asked = self.server.asked.setdefault(self.path, [])
        asked.append(time.monotonic())
        now = self.server.now
        self.send_response_only(503 if len(asked) == 1 else 200)
        if len(asked) == 1:
            self.send_header("Retry-After", email.utils.formatdate(
                now + self.WAIT_S, usegmt=True))
        self.send_header("Date", email.utils.formatdate(now, usegmt=True))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Jumps(ClockTest):
    def jump(self, run):
        """A day ahead, a year back, and then back all the time."""
        clocks = ["+1d", "-1y", "+40y"] + [f"-{n}" for n in range(1, 10_000)]
        for clock in clocks:
            if run.poll() is not None:
                return
            self.set_clock(clock)
            time.sleep(0.05)  # what is tried, not a way to wait

    def test_a_run_does_not_notice(self):
        """With retries that wait, and rates that count."""
        url = self.serve("--latency", "50ms", "--fault", "503=20", "--fault",
                         "reset=10", "--fault", "truncate=10")
        for way in WAYS:
            with self.subTest(way=way):
                self.new_dir()
                self.set_clock("+0")
                begin = time.monotonic()
                run = self.start(
                    "-m", *way, "-d", self.dir, "-j", "3" if way != (
                        "sequential",) else "1", "--report", self.report,
                    "--retry-delay", "0.3", "--rate", "30/s", "--fsync",
                    *[f"{url}/bytes/{n}" for n in range(1, FILES + 1)],
                    env=self.faked())
                self.jump(run)
                messages = run.communicate(timeout=60)[1]
                seconds = time.monotonic() - begin
                self.assertEqual(run.returncode, 0, messages)
                self.assertLess(seconds, 20)
                self.assertEqual(len(self.names()), FILES)
                for row in self.assert_sane(seconds):
                    self.assertEqual((self.dir / row["file"]).stat().st_size,
                                     row["n"])

    def test_a_date_to_come_again_is_the_servers(self):
        """Whichever of the two clocks is wrong."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
        server.asked = {}
        url = self.answer_with(server)
        year = 365 * 86400
        for way in WAYS:
            for clock, offset in (("-1y", 0), ("+1y", 0), ("+0", year)):
                if offset == 0 and way[0] != "async":
                    continue
                with self.subTest(way=way, clock=clock, offset=offset):
                    server.asked.clear()
                    server.now = time.time() + offset
                    self.set_clock(clock)
                    self.new_dir()
                    result = self.haul(
                        "-m", *way, "-d", self.dir, "--retry-delay", "0.01",
                        f"{url}/file", env=self.faked(), timeout=20)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    first, second = server.asked["/file"]
                    self.assertGreaterEqual(second - first, Busy.WAIT_S - 0.1)
                    self.assertLess(second - first, 10)

    def test_a_clock_that_stands_elsewhere(self):
        """Before 1970 and 1980, behind 2038 and 2106; and a rerun years later,
        or earlier."""
        url = self.serve()
        clocks = ("1969-06-01", "1970-01-01", "1979-06-01", "2039-01-01",
                  "2107-01-01", "1985-01-01")
        urls = [f"{url}/bytes/{n}" for n in range(1, 5)]
        for mode in MODES:
            self.new_dir()
            for number, clock in enumerate(clocks):
                with self.subTest(mode=mode, clock=clock):
                    self.set_clock(f"@{clock} 00:00:05")
                    self.check_elsewhere(mode, urls, number == 0)

    def check_elsewhere(self, mode, urls, first):
        def run(*options, status=0):
            result = self.haul("-m", mode, "-d", self.dir, "--report",
                               self.report, *options, *urls, env=self.faked())
            self.assertEqual(result.returncode, status, result.stderr)
            self.assert_sane(60)
            return result.stderr

        self.assertIn("4 ok, 0 failed" if first else "(4 were there)", run())
        self.assertIn("4 unchanged", run("-N"))
        self.assertIn("4 ok, 0 failed", run("--restart", "-R"))
        for path in self.dir.iterdir():
            if path.is_file():  # as the origin has it
                self.assertEqual(path.stat().st_mtime, 1767225600)
        for command in ("status", "verify"):
            result = self.haul(command, self.dir, env=self.faked())
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_run_of_minutes_says_a_line_a_minute_and_at_its_end(self):
        """Two minutes, which pass forty times as fast."""
        origin = self.serve("--latency", "100ms")
        self.new_dir()
        (self.scratch / "list").write_text("".join(
            f"{origin}/bytes/{1000 + n}\n" for n in range(60)))
        result = self.haul(
            "-d", self.dir, "-j", "2", "-x", "0", "-i", "list",
            "--connect-timeout", "600", "--speed-time", "6000",
            env=self.environment(LD_PRELOAD=FAKETIME, FAKETIME="+0 x40"))
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [line for line in result.stderr.splitlines()
                 if re.match(r"\d+ of ~?\d+ \(", line)]
        self.assertGreaterEqual(len(lines), 2, result.stderr)
        self.assertRegex(lines[0], r"^\d+ of ~?6\d \(\d+ %\), "
                         r"[\d.]+ files/(s|min), ~\d+ (s|min) left; "
                         r"2 in flight, .*")
        self.assertTrue(lines[-1].startswith("60 of 60 (100 %)"), lines)
        self.assertEqual(result.stderr.splitlines().index(lines[-1]),
                         len(lines) - 1)


if __name__ == "__main__":
    unittest.main()
