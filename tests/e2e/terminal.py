"""haul on a pseudo-terminal, with a terminal emulator at its other end."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

# Where Debian's python3-pyte is, if this is another Python.
sys.path.append("/usr/lib/python3/dist-packages")

import pyte

LINES = 24


class Screen(pyte.Screen):
    """A screen that notes how wide the lines were that were drawn on it: a
    terminal that does not wrap would hide one that is too wide."""

    def __init__(self, columns, lines):
        super().__init__(columns, lines)
        self.widest = 0

    def draw(self, data):
        before = self.cursor.y
        super().draw(data)
        if self.cursor.y == before:
            self.widest = max(self.widest, self.cursor.x)


class Terminal:
    """Runs a program until close(). wraps: the terminal wraps its lines again
    when it becomes narrower, as most do; else it cuts them."""

    def __init__(self, command, columns=80, lines=LINES, wraps=False, cwd=None,
                 env=None):
        self.master, slave = pty.openpty()
        self.wraps = wraps
        self.raw = ""
        self.screen = Screen(columns or 80, lines or LINES)
        self.stream = pyte.Stream(self.screen)
        self.set_size(columns, lines)

        def take_terminal():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=slave, stdout=slave,
            stderr=slave, cwd=cwd, env=env, start_new_session=True,
            preexec_fn=take_terminal)
        os.close(slave)

    def set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns):
        """The kernel sends SIGWINCH."""
        lines = self.screen.lines
        old = [line.rstrip() for line in self.screen.display]
        row = self.screen.cursor.y
        self.screen = Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)
        while len(old) > row + 1 and not old[-1]:
            old.pop()
        rows = []
        for i, line in enumerate(old):
            if i == row:
                cursor = len(rows)
            pieces = [line[k:k + columns]
                      for k in range(0, max(len(line), 1), columns)]
            rows += pieces if self.wraps else pieces[:1]
        cut = max(0, len(rows) - lines)
        for k, text in enumerate(rows[cut:]):
            self.stream.feed(f"\x1b[{k + 1};1H{text}")
        self.stream.feed(f"\x1b[{cursor - cut + 1};1H")
        self.screen.widest = 0
        self.set_size(columns, lines)

    def read(self, seconds):
        """Reads once; False at the end of the program."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        text = data.decode("utf-8", "replace")
        self.raw += text
        self.stream.feed(text)
        return bool(data)

    def run_until(self, condition, seconds=40):
        """Until condition(text of the screen) holds."""
        end = time.monotonic() + seconds
        while not condition(self.text()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s:\n{self.text()}")
            if not self.read(0.1) and not condition(self.text()):
                raise AssertionError(f"the program has ended:\n{self.text()}")

    def run_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(0.05):
            pass

    def finish(self, seconds=60):
        end = time.monotonic() + seconds
        while self.read(0.2) and time.monotonic() < end:
            pass
        return self.process.wait(timeout=20)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def text(self):
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines)

    def bar(self):
        """The lines from the cursor on, which waits at the bar's beginning."""
        return [line.rstrip() for line in
                self.screen.display[self.screen.cursor.y:] if line.strip()]

    def frames(self):
        """What was written at a time, without escapes."""
        return [re.sub(r"\x1b\[[?\d]*[A-Za-z]", "", frame)
                for frame in self.raw.split("\x1b[?7l")[1:]]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
