"""The live view, on a real pseudo-terminal."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unittest

from support import HAUL, HaulTest, free_port


class Screen:
    """As much of a terminal as the view needs: text, \\r, \\n, ESC[nA, ESC[J."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0

    def feed(self, text):
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.row, self.column = self.row + 1, 0
                while len(self.lines) <= self.row:
                    self.lines.append("")
            elif part.startswith("\x1b["):
                self.escape(part)
            else:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[:self.column] + part
                self.column += len(part)

    def escape(self, part):
        if part.endswith("A"):
            self.row = max(0, self.row - int(part[2:-1] or 1))
        elif part.endswith("J"):
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        else:
            raise AssertionError(f"an escape that is not known: {part!r}")


class Live(HaulTest):
    def run_on_terminal(self, *arguments, columns=80, seen=None):
        """Runs to the end; calls seen(screen, fd) after each output."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [HAUL, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=slave, cwd=self.scratch,
            env=self.environment(TERM="xterm"), start_new_session=True)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        os.close(slave)
        screen, raw = Screen(), ""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            raw += data.decode("utf-8", "replace")
            screen.feed(data.decode("utf-8", "replace"))
            if seen:
                seen(screen, master)
        process.wait(timeout=20)
        return process.returncode, screen, raw

    def test_it_shows_what_is_under_way_and_leaves_only_the_summary(self):
        frames = []
        (self.scratch / "list").write_text(
            f"http://127.0.0.1:{free_port()}/x\n")
        origin = self.serve("--latency", "2500ms")
        status, screen, _ = self.run_on_terminal(
            "--retry", "0", "-d", self.dir, f"http://127.0.0.1:{free_port()}/x",
            *(f"{origin}/bytes/{n}" for n in range(100, 104)),
            seen=lambda s, _: frames.append("\n".join(s.lines)))
        self.assertEqual(status, 8)
        text = "\n".join(frames)
        self.assertRegex(text, r"[#.]{20} \d/5 ")
        self.assertRegex(text, r"4 in flight, 1 failed \(connect 1\), "
                               r"loop lag \d+ ms")
        self.assertRegex(text, r"slowest now: 127\.0\.0\.1:\d+ \d s")
        drawn = re.findall(r"(?m)^(?:[#.]{20} |\d+ in flight|slowest now).*", text)
        self.assertLess(max(map(len, drawn)), 80)
        self.assertIn("4 ok, 1 failed", "\n".join(screen.lines))
        self.assertNotIn("in flight,", "\n".join(screen.lines))

    def test_it_keeps_within_a_terminal_that_becomes_narrower(self):
        widths = []

        def seen(screen, fd):
            if len(widths) == 3:
                fcntl.ioctl(fd, termios.TIOCSWINSZ,
                            struct.pack("HHHH", 24, 30, 0, 0))
            widths.append(len(screen.lines[-1]))
        origin = self.serve("--latency", "1s")
        status, screen, raw = self.run_on_terminal(
            "-d", self.dir, f"{origin}/bytes/9", columns=60, seen=seen)
        self.assertEqual(status, 0)
        frames = [re.sub(r"\x1b\[\dA|\r", "", frame)
                  for frame in raw.split("\x1b[J") if "in flight," in frame]
        self.assertGreater(len(frames), 5)
        for line in "\n".join(frames[5:]).split("\n"):
            self.assertLess(len(line), 30)

    def test_it_is_redrawn_ten_times_a_second_at_most(self):
        origin = self.serve("--latency", "20ms")
        begin = time.monotonic()
        _, _, raw = self.run_on_terminal(
            "-d", self.dir, "-j", "1",
            *(f"{origin}/bytes/{n}" for n in range(60)))
        frames = raw.count("in flight")
        self.assertLessEqual(frames, 10 * (time.monotonic() - begin) + 2)
        self.assertGreater(frames, 2)

    def test_programs_get_json(self):
        origin = self.serve("--latency", "4s")
        result = self.haul("-d", self.dir, "--progress", "json", "--retry", "0",
                           f"{origin}/bytes/9",
                           f"http://127.0.0.1:{free_port()}/x")
        rows = [json.loads(line) for line in result.stderr.splitlines()
                if line.startswith("{")]
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual(rows[-1]["errors"], {"connect": 1})
        self.assertEqual(rows[-1]["in_flight"], 1)
        self.assertGreaterEqual(rows[-1]["lag_p99_ms"], 0)
        self.assertIn("127.0.0.1", rows[-1]["slowest"][0]["host"])

    def test_a_large_file_shows_its_bytes_as_they_come(self):
        origin = self.serve("--latency", "0")
        for mode in ("async", "threads", "sequential"):
            result = self.haul("-d", self.scratch / mode, "--progress", "json",
                               "--limit-rate", "100k", "-m", mode,
                               f"{origin}/bytes/300000")
            rows = [json.loads(line) for line in result.stderr.splitlines()
                    if line.startswith("{")]
            if mode != "sequential":  # nothing is drawn while it blocks
                self.assertTrue(any(0 < row["bytes"] < 300000 for row in rows),
                                rows)
            self.assertIn("300 kB", result.stderr)


if __name__ == "__main__":
    unittest.main()
