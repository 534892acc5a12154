"""Runs with worker processes, which tests/support/fault.c befalls."""

import os

from support import DEADLINE, wait_for
from workers import WorkersTest, children_of

PRELOAD = os.environ["HAUL_FAULT"]
SMALL, LARGE = 3000, 300_000
TIMEOUT_S = 3


class FaultTest(WorkersTest):
    def begin(self, url, count, *options, **fault):
        """Starts a run over count files, every fourth of which streams, in a
        directory of its own."""
        self.runs = getattr(self, "runs", 0) + 1
        self.dir = self.scratch / f"files-{self.runs}"
        listing = self.scratch / f"list-{self.runs}"
        listing.write_text("".join(
            f"{url}/bytes/{self.size_of(n)}?n={n}\n"
            for n in range(1, count + 1)))
        turns = self.scratch / f"turns-{self.runs}"
        turns.mkdir()
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        env = self.environment(
            LD_PRELOAD=PRELOAD, FAULT_DIR=str(turns),
            # The preload stands before the sanitizers' library.
            ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0",
            **{f"FAULT_{name}": str(value) for name, value in fault.items()})
        return self.start(
            "get", "-m", "processes", "-i", listing, "-d", self.dir, "-o",
            "{n}", "-x", "0", "--worker-timeout", TIMEOUT_S, *options, env=env)

    def size_of(self, n):
        return LARGE if n % 4 == 0 else SMALL

    def assert_all_there(self, directory, count):
        names = {p.name for p in directory.iterdir() if p.name != ".haul"}
        self.assertEqual(names, {str(n) for n in range(1, count + 1)})
        for n in range(1, count + 1):
            self.assertEqual((directory / str(n)).stat().st_size,
                             self.size_of(n))

    def assert_ends_well(self, run, directory, count):
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assert_all_there(directory, count)
        return messages

    def children(self, run, count):
        """The workers, once there are so many."""
        def all_there():
            workers = children_of(run.pid)
            return workers if len(workers) == count else None

        return wait_for(all_there)
