"""SIGKILL at a step that is counted, by tests/support/strike.c: what a run
leaves then, and what the next one makes of it."""

import os
import signal
import unittest

from support import DEADLINE, MODES, HaulTest

PRELOAD = os.environ["HAUL_STRIKE"]
COUNTERS = 32 * 8  # bytes; as in tests/support/strike.c


class KillsTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.url = self.serve()

    def serve(self, *options):
        self.origin = self.start("serve", *options)
        return self.origin.stdout.readline().split()[-1]

    def fetch(self, mode, count, plan="", size=1000):
        """A run that this befalls, and all of its workers with it."""
        counts = self.scratch / "counts"
        counts.write_bytes(bytes(COUNTERS))
        listing = self.scratch / "list"
        listing.write_text("".join(
            f"{self.url}/bytes/{size}?n={n}\n" for n in range(1, count + 1)))
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        env = self.environment(
            LD_PRELOAD=PRELOAD, STRIKE_PLAN=plan, STRIKE_COUNTS=str(counts),
            # The preload stands before the sanitizers' library.
            ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0")
        run = self.start("get", "-m", mode, "-i", listing, "-d", self.dir,
                         "-o", "{n}", "-q", "--retry-delay", "0.02", env=env)
        messages = run.communicate(timeout=DEADLINE)[1]
        return run.returncode, messages

    def assert_killed(self, mode, plan, **more):
        status, messages = self.fetch(mode, 3, plan, **more)
        self.assertEqual(status, -signal.SIGKILL, messages)

    def test_a_part_of_a_run_without_claims_is_found(self):
        """All of its names were claimed by the run before."""
        for mode in MODES:
            with self.subTest(mode):
                self.dir = self.scratch / mode
                self.assert_killed(mode, "claim:1:after:group")
                self.assert_killed(mode, "open:1:after:group")
                self.assertIsNotNone(next(self.dir.glob("*.part"), None))
                status, messages = self.fetch(mode, 3)
                self.assertEqual(status, 0, messages)
                self.assertEqual(self.names(), ["1", "2", "3"])

    def test_a_worker_dies_when_a_resumed_file_has_its_name(self):
        """Its part is gone then, and nobody has heard that it was complete."""
        self.assert_killed("processes", "body:2:after:group", size=1_000_000)
        status, messages = self.fetch("processes", 3, "publish:1:after:kill",
                                      size=1_000_000)
        self.assertEqual(status, 0, messages)
        self.assertEqual(self.names(), ["1", "2", "3"])

    def test_somebody_takes_the_name_of_a_part(self):
        """The part is resumed, and gets a name of its own in the same run."""
        for mode in MODES:
            with self.subTest(mode):
                self.dir = self.scratch / mode
                self.assert_killed(mode, "body:2:after:group", size=1_000_000)
                names = {p.name.split(".")[0] for p in self.dir.glob("*.part")}
                for name in names:
                    (self.dir / name).write_text("mine")
                status, messages = self.fetch(mode, 3, size=1_000_000)
                self.assertEqual(status, 0, messages)
                for name in names:
                    self.assertEqual((self.dir / name).read_text(), "mine")
                self.assertEqual(len(self.names()), 3 + len(names))

    def serve_again(self, *options):
        """The same URLs, by a server that knows nothing of its requests."""
        self.origin.terminate()
        self.origin.wait()
        self.serve(*options, "--port", self.url.rsplit(":", 1)[1])

    def test_an_empty_part_and_an_attempt_that_fails(self):
        """The part is not forgotten when the next run has to try twice."""
        for mode in MODES:
            with self.subTest(mode):
                self.dir = self.scratch / mode
                self.assert_killed(mode, "body:1:before:group", size=1_000_000)
                self.assertIn(0, [p.stat().st_size
                                  for p in self.dir.glob("*.part")])
                self.serve_again("--fault", "500=100")
                status, messages = self.fetch(mode, 3, size=1_000_000)
                self.assertEqual(status, 0, messages)
                self.assertEqual(self.names(), ["1", "2", "3"])


if __name__ == "__main__":
    unittest.main()
