"""Runs of the program under the limits that a system may set a process. As root
they are runs of a user who has no other process: for root there is no limit of
processes, and another user's own would count."""

import ctypes
import os
import platform
import resource
import shutil
import struct
import subprocess
import unittest

from support import DEADLINE, HAUL, HaulTest

WAYS = {
    "sequential": ("-m", "sequential"),
    "threads": ("-m", "threads"),
    "processes": ("-m", "processes"),
    "async": ("-m", "async"),
    "loops": ("--loops", "2"),
}
# Another test may run at the same time.
USER = 40000 + os.getpid() % 20000
NEEDS_ROOT = "needs root, to be a user without other processes"
NEEDS_NUMBERS = "knows the numbers of system calls of x86_64 alone"
CALLS = {"pidfd_open": 434, "pipe2": 293, "fsync": 74}
SIZES = (3000, 300_000)
FILES = 8


def refuse(call, code):
    """The next program's system call fails with code, as on an old kernel or in
    a container with a filter."""
    load, equal, give = 0x20, 0x15, 0x06
    allow, error = 0x7FFF0000, 0x00050000 | code
    program = b"".join(struct.pack("HBBI", *line) for line in (
        (load, 0, 0, 0), (equal, 0, 1, CALLS[call]), (give, 0, 0, error),
        (give, 0, 0, allow)))
    lines = ctypes.create_string_buffer(program)
    filters = struct.pack("HL", 4, ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, filters) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class LimitedTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.scratch.chmod(0o777)
        self.program = self.scratch / "haul"
        shutil.copy(HAUL, self.program)
        self.origin = self.serve("--bind", "0.0.0.0")
        self.write_list(self.origin)

    def write_list(self, origin, sizes=SIZES, files=FILES):
        self.sizes = {str(n): sizes[n % len(sizes)] for n in range(files)}
        (self.scratch / "list").write_text("".join(
            f"{origin}/bytes/{size}?{n}\n" for n, size in self.sizes.items()))

    def limited(self, *arguments, limits=None, before=None, wrap=()):
        """limits: by resource, the hard limit or (soft, hard)."""
        def prepare():
            for name, limit in (limits or {}).items():
                pair = limit if isinstance(limit, tuple) else (limit, limit)
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), pair)
            if os.geteuid() == 0 and not wrap:
                os.setgroups([])
                os.setgid(USER)
                os.setuid(USER)
            if before is not None:
                before()
        # What looks for leaks starts a process of its own.
        leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        return subprocess.run(
            [*wrap, self.program, *map(str, arguments)], capture_output=True,
            text=True, errors="replace", cwd=self.scratch, timeout=DEADLINE,
            env=self.environment(ASAN_OPTIONS=leaks), preexec_fn=prepare)

    def get(self, *options, **more):
        return self.limited("get", "-i", "list", "-d", self.dir, "-o",
                            "{query}", "--retry", "0", *options, **more)

    def assert_all_there(self):
        sizes = {p.name: p.stat().st_size for p in self.dir.iterdir()
                 if p.is_file()}
        self.assertEqual(sizes, self.sizes)

    def assert_says(self, result, status, *words):
        """One line, with these words."""
        self.assertEqual(result.returncode, status, result.stderr)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def check(self, word, *options, **more):
        """Either all is there, in a run that may say that it is smaller, or the
        run is refused, has touched nothing, and says by which limit. @return
        whether it was fetched."""
        result = self.get(*options, **more)
        if result.returncode == 0:
            self.assert_all_there()
            if "is low" in result.stderr:
                self.assertIn(word, result.stderr.splitlines()[0])
            return True
        self.assert_says(result, 1, word, "is too low")
        self.assertFalse(self.dir.exists())
        return False

    def check_all(self, limit, numbers, word):
        """Refused below some number, in each mode, and fetched from there."""
        for way, options in WAYS.items():
            fetched = []
            for number in numbers:
                with self.subTest(way=way, limit=number):
                    self.dir = self.scratch / f"{way}-{number}"
                    fetched.append(self.check(word, *options,
                                              limits={limit: number}))
            self.assertEqual(fetched, sorted(fetched), way)
            self.assertTrue(fetched[-1], way)

    def touch_all(self):
        """So that a rerun reads them all again."""
        for path in self.dir.iterdir():
            if path.is_file():
                os.utime(path)


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, NEEDS_ROOT)(test)


def needs_numbers(test):
    return unittest.skipUnless(platform.machine() == "x86_64",
                               NEEDS_NUMBERS)(test)
