"""The same list leaves the same tree, whatever the mode, the timing and the
interruptions."""

import hashlib
import os
import random
import signal

import soak
from soak import MODES, Soak, figure, size

LINES = size(3000, 200)
STOPS = size(12, 2)
JOBS = {"sequential": 1, "threads": 12, "processes": 4, "async": 48}
INTERRUPTED = 7


class Names(Soak):
    def setUp(self):
        super().setUp()
        self.random = random.Random(int(os.environ.get("SOAK_SEED", "1")))
        self.origin = self.serve("--latency", "1ms", "--jitter", "25ms",
                                 "--fault", "500=3", "--fault", "404=3")
        self.list = self.write_list("list.tsv", self.lines())

    def lines(self):
        """Names that several URLs want, URLs that want several names, both,
        and URLs that are repeated as they are."""
        names = [f"{i % 5}/{i}.bin" for i in range(LINES // 3)]
        urls = [f"{self.origin}/bytes/{self.random.randint(0, 3000)}?{i}"
                for i in range(LINES * 2 // 3)]
        for i in range(LINES):
            kind = i % 4
            url = urls[i % len(urls)]
            if kind == 0:
                yield f"{url}\t{self.random.choice(names)}"
            elif kind == 1:
                yield f"{self.random.choice(urls)}\t{self.random.choice(names)}"
            elif kind == 2:
                yield f"{url}\t{names[i % len(names)]}"
            else:
                yield f"{self.random.choice(urls)}\t"

    def tree(self):
        return {name: hashlib.sha256((self.dir / name).read_bytes()).hexdigest()
                for name in self.names()}

    def start_run(self, mode):
        return self.begin("-m", mode, "-j", JOBS[mode], "-x", "0", "-q", "-i",
                          self.list, "-d", self.dir, "--retry-delay", "0.05",
                          "--retry-max-delay", "0.2")

    def stop_some_time(self, run):
        """Interrupts or kills run, unless it ends before; true when it did."""
        try:
            status = run.wait(self.random.uniform(0.02, 0.6))
        except TimeoutError:
            pass
        else:
            self.assertEqual(status, 8, run.stderr)
            return True
        how = self.random.randrange(3)
        if how == 0:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            return False
        run.signal(signal.SIGINT)
        if how == 1:
            soak.time.sleep(0.02)
            run.signal(signal.SIGINT)
        # Before it has begun there is nothing to stop.
        self.assertIn(run.wait(60), (INTERRUPTED, 8, -signal.SIGINT),
                      run.stderr)
        return False

    def test_the_tree_is_the_list_s(self):
        first = None
        stops = 0
        for mode in MODES:
            for interrupted in (False, True):
                self.dir = self.scratch / f"{mode}-{interrupted}"
                for _ in range(STOPS if interrupted else 0):
                    if self.stop_some_time(self.start_run(mode)):
                        break
                    stops += 1
                # Some are 404, by the seed.
                self.finish(self.start_run(mode), 8)
                tree = self.tree()
                first = first or tree
                self.assertEqual(sorted(tree), sorted(first),
                                 f"{mode}, interrupted: {interrupted}")
                self.assertEqual(tree, first)
        figure(f"{LINES} lines, {len(first)} names, 4 modes, {stops} stops: "
               f"one tree")


if __name__ == "__main__":
    soak.main()
