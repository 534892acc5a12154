"""SIGKILL at random moments, in all four modes in turn: no kill leaves a wrong
file under a final name, costs what was complete, or keeps the next run from
going on at once."""

import collections
import hashlib
import os
import random
import re
import shutil
import signal
import time
import urllib.request

import soak
from soak import MODES, Soak, figure, size

KILLS = size(200, 8)
FILES = size(2000, 120)
SEED = int(os.environ.get("SOAK_SEED", "1"))
JOBS = {"sequential": 1, "threads": 8, "processes": 4, "async": 32}
FAULTS = ("503=3", "reset=2", "truncate=3", "slow=2", "500=1")
BUSY = 5  # another run holds this directory


def length_of(path):
    return int(path.split("/")[2].split("?")[0])


class Crash(Soak):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.make_files()
        self.twice = 0
        self.completed = 0
        self.resumed = 0
        self.waited = 0
        self.busy_since = None

    def make_files(self):
        """Names, URLs and hashes: most are small, some are large enough to
        leave parts."""
        self.paths = {}
        for i in range(FILES):
            kind = i % 20
            if kind == 0:
                bytes_ = self.random.randint(2_000_000, 5_000_000)
            elif kind < 5:
                bytes_ = self.random.randint(257_000, 700_000)
            else:
                bytes_ = self.random.randint(0, 30_000)
            self.paths[f"{i % 7}/{i}.bin"] = f"/bytes/{bytes_}?{i}"
        origin = self.serve()
        self.hashes = {}
        for name, path in self.paths.items():
            with urllib.request.urlopen(origin + path) as body:
                self.hashes[name] = hashlib.sha256(body.read()).digest()

    def open_origin(self, seed):
        """Faults, behind a server that writes down what was asked for. A host
        that is to be left alone for a second would be the whole list."""
        faults = [word for fault in FAULTS for word in ("--fault", fault)]
        url = self.serve(*faults, "--seed", str(seed), "--latency", "10ms",
                         "--jitter", "10ms")
        self.origin = self.nginx(
            f"location / {{ proxy_pass {url}; proxy_buffering off; "
            f"proxy_hide_header Retry-After; proxy_next_upstream off; }}",
            log=True)
        self.list = self.write_list("list.tsv", (
            f"{self.origin.url(path[1:])}\t{name}"
            for name, path in self.paths.items()))

    def start_run(self, mode):
        arguments = ["-m", mode, "-j", JOBS[mode], "-x", "0", "-q", "-i",
                     self.list, "-d", self.dir, "--retry", "8",
                     "--retry-delay", "0.02", "--retry-max-delay", "0.1",
                     "--speed-time", "1", "--speed-limit", "20000"]
        if self.random.random() < 0.5:
            arguments += ["--limit-rate", "20M"]
        return self.begin(*arguments)

    def check_files(self):
        """All that are under a final name and have not been looked at."""
        for name, expected in self.hashes.items():
            path = self.dir / name
            if name in self.seen or not path.exists():
                continue
            actual = hashlib.sha256(path.read_bytes()).digest()
            self.assertEqual(actual, expected, f"{name} is wrong")
            self.seen[name] = time.time()
        for name in self.recorded():
            self.done.setdefault(name, time.time())

    def recorded(self):
        """Names of what the journal says is done. A file that got its name just
        before a kill is asked for once more, and compared."""
        journal = self.dir / ".haul" / "journal"
        if not journal.exists():
            return []
        return re.findall(r"^d\t\w+\t([^\t]+)\t", journal.read_text(), re.M)

    def note_busy(self):
        """A worker of the run that was killed is still at it."""
        now = time.monotonic()
        self.busy_since = self.busy_since or now
        self.waited = max(self.waited, now - self.busy_since)
        self.assertLess(self.waited, 10, "the directory is never free")

    def kill(self, run, group):
        (os.killpg if group else os.kill)(run.pid, signal.SIGKILL)
        run.wait()

    def moment(self):
        """Often at the start, and else in the midst of it."""
        if self.random.random() < 0.3:
            return self.random.uniform(0, 0.08)
        return self.random.uniform(0.05, 1.2)

    def ended(self, run, seconds):
        """How it ended by itself within that time; None: it did not."""
        try:
            return run.wait(seconds)
        except TimeoutError:
            return None

    def end_round(self):
        """What was complete at the server twice, and that all is there."""
        self.check_files()
        self.assertEqual(self.names(), sorted(self.hashes))
        time.sleep(1.2)
        names = {path: name for name, path in self.paths.items()}
        complete = collections.Counter()
        for request in self.origin.requests():
            name = names[request.path]
            began = request.end - request.took
            self.assertLess(began, self.done[name] + 0.05,
                            f"{name} was asked for when it was done")
            self.resumed += request.status == 206
            if request.status in (200, 206):
                complete[name] += request.reached() == length_of(request.path)
        self.completed += len(complete)
        self.twice += sum(n - 1 for n in complete.values())
        self.origin.stop()
        shutil.rmtree(self.dir)

    def round(self, seed, kills):
        """Kills until all is there, or enough were made; returns how many."""
        self.seen = {}
        self.done = {}
        self.open_origin(seed)
        made = 0
        allowed = 0
        while True:
            mode = MODES[(self.made + made) % len(MODES)]
            run = self.start_run(mode)
            self.check_files()
            status = self.ended(run, 120 if made == kills else self.moment())
            if status == BUSY:
                self.note_busy()
                continue
            self.busy_since = None
            if status is not None:
                self.assertEqual(status, 0, run.stderr)
                break
            self.kill(run, self.random.random() < 0.5)
            made += 1
            # What was in flight, and what got its name in the last moment.
            known = set(self.recorded())
            allowed += JOBS[mode] + sum(
                name not in known and (self.dir / name).exists()
                for name in self.hashes)
        before = self.twice
        self.end_round()
        self.assertLessEqual(self.twice - before, allowed)
        return made

    def test_kills(self):
        self.made = 0
        rounds = 0
        while self.made < KILLS:
            self.made += self.round(SEED * 1000 + rounds, KILLS - self.made)
            rounds += 1
        figure(f"{self.made} kills in {rounds} rounds of {FILES} files; "
               f"{self.completed} completed, {self.twice} of them twice; "
               f"{self.resumed} resumed; the directory was free after "
               f"{self.waited:.2f} s at most")


if __name__ == "__main__":
    soak.main()
