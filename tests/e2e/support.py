"""What the end-to-end tests share: the program, its origin, real servers."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

import ports

free_port = ports.free_port
is_listening = ports.is_listening

# ctest names the program; who runs a test by hand has built a release.
HAUL = os.environ.setdefault("HAUL_BIN", str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "haul"))
MODES = ("sequential", "threads", "processes", "async")
# What follows -m: the modes, and the last of them on two loops.
WAYS = (*((mode,) for mode in MODES), ("async", "--loops", "2"))
DEADLINE = 60.0


def wait_for(condition, seconds=DEADLINE):
    """Polls until condition() is true; returns what it said last."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.01)


def state_of(folder):
    """Everything of a directory that a program could change."""
    state = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        st = path.lstat()
        body = path.read_bytes() if path.is_file() else b""
        state[str(path.relative_to(folder))] = (
            st.st_ino, st.st_mode, st.st_nlink, st.st_mtime_ns, body)
    return state


class HaulTest(unittest.TestCase):
    """A scratch directory, and runs of the program in it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="haul-e2e-")
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.dir = self.scratch / "files"

    def answer_with(self, server):
        """Has a server answer in a thread until the test ends; its URL. What a
        request may wait for is to be set by a cleanup added after this."""
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        env["XDG_CONFIG_HOME"] = str(self.scratch / "no-config")
        return env | more

    def haul(self, *arguments, stdin="", env=None, timeout=DEADLINE):
        """Runs to the end; returns status, stdout and stderr."""
        return subprocess.run(
            [HAUL, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.scratch,
            env=env or self.environment(),
            timeout=timeout,
        )

    def start(self, *arguments, env=None):
        """Starts in the background, in a process group of its own."""
        process = subprocess.Popen(
            [HAUL, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=self.scratch,
            env=env or self.environment(),
            start_new_session=True,
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def serve(self, *options):
        """An origin; returns its URL."""
        process = self.start("serve", *options)
        line = process.stdout.readline()
        self.assertTrue(line.startswith("listening on "), line)
        return line.split()[-1]

    def part_of(self, name):
        """The one temporary file of name; None: there is none."""
        parts = list(self.dir.glob(f"{name}.????????.part"))
        assert len(parts) <= 1, parts
        return parts[0] if parts else None

    def part_size(self, name):
        part = self.part_of(name)
        return part.stat().st_size if part else -1

    def names(self):
        return sorted(
            str(p.relative_to(self.dir))
            for p in self.dir.rglob("*")
            if p.is_file() and ".haul" not in p.parts
        )

    def read_report(self, path):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return rows[:-1], rows[-1]["summary"]

    def assert_one_line(self, result, status, *words):
        """One message with these words, and nothing else but a summary."""
        self.assertEqual(result.returncode, status, result.stderr)
        lines = [l for l in result.stderr.splitlines() if l.startswith("haul: ")]
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])
