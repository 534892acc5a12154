"""A list sorted by host, and a slow host first: it holds up no other."""

import signal
import statistics
import time

import soak
from soak import MB, SANITIZED, Soak, figure, size

SLOW = size(100_000, 4_000)
HOSTS = size(100, 20)
A_HOST = size(1_000, 100)
LATENCY = "10s"
# Of a short run most is the start and the end.
MORE = size(1.2, 2.0)
SLACK = size(0.0, 2.0)
PEAK = 64 * MB
RUNS = size(5, 1)
INTERRUPTED = 7


class Fair(Soak):
    def setUp(self):
        super().setUp()
        self.fast = self.nginx('return 200 "sixteen bytes...";', log=True)
        slow = self.serve("--latency", LATENCY, "--bind", "127.0.9.1")
        self.slow_lines = [f"{slow}/bytes/10?{i}" for i in range(SLOW)]
        self.fast_lines = [
            self.fast.url(i, f"127.0.10.{1 + host}")
            for host in range(HOSTS) for i in range(A_HOST)]

    def asked(self):
        with open(self.fast.log, "rb") as log:
            return sum(chunk.count(b"\n") for chunk in
                       iter(lambda: log.read(MB), b""))

    def last_answer(self, run):
        """Seconds from the start of run to the last of the fast answers."""
        begun = time.time() - (time.monotonic() - run.begun)
        return max(r.end for r in self.fast.requests()) - begun

    def begin_list(self, name, lines):
        path = self.write_list(name, lines)
        return self.begin("-q", "-i", path, "-d", self.scratch / f"d-{name}",
                          "-o", "{hash:3}/{hash}")

    def alone(self, name):
        """Seconds that the fast ones take without the slow."""
        before = self.asked()
        run = self.begin_list(name, self.fast_lines)
        self.finish(run)
        self.assertTrue(soak.wait_for(
            lambda: self.asked() == before + len(self.fast_lines), 10))
        return self.last_answer(run)

    def behind(self, name, patience):
        """The same behind the slow, and the peak of memory."""
        before = self.asked()
        run = self.begin_list(name, self.slow_lines + self.fast_lines)
        self.assertTrue(
            soak.wait_for(
                lambda: self.asked() == before + len(self.fast_lines), patience),
            f"only {self.asked() - before} others were fetched")
        took = self.last_answer(run)
        run.signal(signal.SIGTERM)
        self.finish(run, INTERRUPTED, 60)
        return took, run.peak

    def test_others_finish_in_their_own_time(self):
        own, took, peak = [], [], 0
        for i in range(RUNS):
            own.append(self.alone(f"alone{i}"))
            seconds, run_peak = self.behind(f"sorted{i}", own[-1] * 4 + 30)
            took.append(seconds)
            peak = max(peak, run_peak)
        own, took = statistics.median(own), statistics.median(took)
        figure(f"{len(self.fast_lines):,} lines of {HOSTS} hosts alone "
               f"{own:.1f} s, behind {SLOW:,} of a host at {LATENCY} "
               f"{took:.1f} s ({took / own - 1:+.0%}, medians of {RUNS}), "
               f"{peak / MB:.1f} MB")
        self.assertLess(took, own * MORE + SLACK)
        if not SANITIZED:
            self.assertLessEqual(peak, PEAK)


if __name__ == "__main__":
    soak.main()
