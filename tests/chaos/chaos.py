"""Everything at once: faults at the origin, nginx killed and restarted, workers
killed and stopped, strangers' files under the names that are about to be given,
and the run itself killed and resumed, until all is there; then the proof of it.

    chaos.py [--mode M] [--urls N] [--seed S] [--kills K] [--faults P] [--short]

What happens follows from the seed and is placed by counts: the n-th record of
the journal, the n-th write to a file, the n-th answer of nginx. The last line
has the figures. A failure names its seed, and the plan of the run before it.
"""

import argparse
import collections
import fcntl
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "soak"))

import plan
from proof import HASHED, Proof, sha256, stranger_hash
from soak import Soak, wait_for
from world import World, struck

# Exit statuses.
FAILED = 8
LOCAL = 3
JOBS = {"sequential": 1, "threads": 8, "processes": 4, "async": 32, "loops": 32}
TAIL = 4      # runs that may be needed after the last kill
options = None


def parse():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--mode", default="async", choices=JOBS)
    p.add_argument("--urls", type=int, help="10,000; 200 or fewer with --short")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--kills", type=int, help="of the run (1 to 100 URLs)")
    p.add_argument("--faults", type=int, default=5, help="percent of each kind")
    p.add_argument("--verbose", action="store_true", help="a line for each run")
    p.add_argument("--short", action="store_true",
                   help="the size that goes with the other tests")
    out = p.parse_args()
    short = 100 if out.mode == "sequential" else 200
    out.urls = out.urls or (short if out.short else 10_000)
    if out.kills is None:
        out.kills = max(15, out.urls // 100)
    out.stride = max(40, 2 * out.urls // out.kills)
    return out


def describe(counter):
    return ", ".join(f"{n:,} {word}" for word, n in sorted(counter.items()))


class Chaos(Soak):
    def setUp(self):
        super().setUp()
        o = options
        self.index = 0      # of the run
        self.kills = 0
        self.befell = collections.Counter()
        self.deeds = collections.Counter()
        self.totals = collections.Counter()
        self.text = ""
        self.begun = time.monotonic()
        self.world = World(self, o.seed, o.urls, o.stride, o.faults)

    def test_chaos(self):
        o = options
        print(f"chaos: --mode {o.mode} --urls {o.urls} --seed {o.seed} --kills "
              f"{o.kills} --faults {o.faults}: plan "
              f"{plan.digest(o.seed, o.mode, o.kills, o.stride)}",
              file=sys.stderr, flush=True)
        round_ = 0
        try:
            while self.kills < o.kills:
                self.round(round_)
                round_ += 1
        except BaseException:
            print(f"chaos: failed with --seed {o.seed}, in run {self.index - 1}"
                  f" (round {round_}): {self.text}", file=sys.stderr)
            self.keep()
            raise
        self.figures(round_)

    def keep(self):
        """What is left of a failure, to look at."""
        to = os.environ.get("CHAOS_KEEP")
        if to is not None:
            shutil.copytree(self.scratch, to, symlinks=True,
                            dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("www"))

    def round(self, round_):
        """A list from its first kill until all is there."""
        self.dir = self.scratch / f"files-{round_}"
        self.list = self.world.make_list(round_)
        self.proof = Proof(self.world, self.dir)
        self.allowed = 0
        status = None
        while status is None and self.kills < options.kills:
            status = self.run_once(ends=True)
        for _ in range(TAIL):
            if status is not None and self.is_over(status):
                break
            status = self.run_once(ends=False)
        self.assertTrue(self.is_over(status), self.what_is_left(status))
        self.end_round()

    def what_is_left(self, status):
        names = [f.name for f in self.world.files
                 if f.name not in self.proof.recorded]
        return f"it does not end: {status}, {len(names)} files are not on " \
               f"record, as {names[:3]}: {self.stderr[-300:]}"

    def is_over(self, status):
        """What failed in passing is fetched by another run."""
        wanted = FAILED if any(f.expected is None for f in self.world.files) \
            else 0
        if status != wanted:
            return False
        self.proof.read_journal()
        return len(self.proof.recorded) == len(self.world.files)

    def run_once(self, ends):
        """@return its exit status; None: it was killed, as planned."""
        run = self.next_plan()
        self.prepare(run)
        self.text = run.text(ends)
        tag = f"run-{self.index}"
        self.index += 1
        env = self.environment()
        env |= struck(self.text, self.scratch, tag)
        process = self.begin(*self.arguments(), env=env)
        status = process.wait(self.deadline())
        self.stderr = process.stderr
        with (self.scratch / "messages").open("a") as out:
            out.write(f"{tag}: {self.text}\n{self.stderr}")
        if options.verbose:
            print(f"run {tag}: {status} after {process.seconds:.2f} s: "
                  f"{self.text}", file=sys.stderr)
        self.wait_for_workers()
        self.take_note(tag)
        self.assertIn(status, (0, FAILED, -signal.SIGKILL, *self.excuse()),
                      f"{status}: {self.stderr}")
        self.proof.look()
        self.tidy(process, tag)
        if status != -signal.SIGKILL:
            return status
        self.kills += 1
        self.befell[self.text.rsplit(",", 1)[-1].split(":")[0]] += 1
        self.allow(JOBS[options.mode])
        return None

    def next_plan(self):
        """Where there is no journal yet, none can be written anew."""
        o = options
        run = plan.Run(o.seed, o.mode, self.index, o.stride)
        while run.half_dead and not (self.dir / ".haul" / "journal").exists():
            self.index += 1
            run = plan.Run(o.seed, o.mode, self.index, o.stride)
        return run

    def arguments(self):
        mode = ["-m", options.mode]
        if options.mode == "loops":
            mode = ["-m", "async", "--loops", "2"]
        return ["get", *mode, "-j", JOBS[options.mode], "-x", "0", "-q", "-i",
                self.list, "-d", self.dir, "--retry", "30", "--retry-delay",
                "0.02", "--retry-max-delay", "0.2", "--speed-limit", "1500",
                "--speed-time", "1", "--worker-timeout", "3",
                *self.world.options()]

    def deadline(self):
        """A fault may take a second, of each job one at a time."""
        return 120 + options.urls * 0.5 / JOBS[options.mode] * 2

    def wait_for_workers(self):
        """Those of a run that was killed end with it, and then its lock is
        free."""
        try:
            fd = os.open(self.dir / ".haul", os.O_RDONLY)
        except FileNotFoundError:
            return

        def is_free():
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                return False

        free = wait_for(is_free, 20)
        os.close(fd)
        self.assertTrue(free, "the directory is never free")

    def take_note(self, tag):
        """Of what the preload has done beside the kill."""
        path = self.scratch / f"struck-{tag}"
        lines = path.read_text().splitlines() if path.exists() else []
        for line in lines:
            what, where, *size = line.split("\t")
            if what == "stranger":
                name = str(pathlib.Path(where).relative_to(self.dir))
                self.add_stranger(name, int(size[0]))
                self.allow(1)
            elif what == "kill" and where not in self.text.rsplit(",")[-1]:
                self.befell["worker killed"] += 1
                self.allow(1)
            elif what == "stop":
                self.befell["worker stopped"] += 1
                self.allow(1)

    def excuse(self):
        """Where somebody takes the second name of a file as well, its URL fails
        as io in this run, and the next one finds a third."""
        return (LOCAL,) if any(HASHED.match(n) for n in self.proof.strangers) \
            else ()

    def add_stranger(self, name, size):
        """Where one stood before, that one was set aside."""
        if name in self.proof.strangers:
            self.proof.more[stranger_hash(size)] += 1
        self.proof.strangers[name] = stranger_hash(size)
        self.deeds["strangers"] += 1

    def allow(self, requests):
        self.allowed += requests

    def tidy(self, process, tag):
        process.err_path.unlink()
        process.out_path.unlink()
        for word in ("counts", "struck"):
            (self.scratch / f"{word}-{tag}").unlink(missing_ok=True)

    # What others do to the directory and the server between two runs.

    def prepare(self, run):
        if not (self.dir / ".haul" / "journal").exists():
            return
        for deed in run.deeds:
            getattr(self, deed)(run.rng)
        if run.half_dead:
            self.make_half_dead()

    def choose(self, rng, fits):
        names = [file for file in self.world.files if fits(file)]
        return rng.choice(names) if names else None

    def is_plainly_done(self, file):
        return self.proof.recorded.get(file.name) is not None \
            and file.size > 0

    def tamper(self, rng):
        """Somebody changes a file that is done, and not its length."""
        file = self.choose(rng, self.is_plainly_done)
        if file is None:
            return
        path = self.dir / self.proof.recorded[file.name]
        if self.proof.hash_of(str(path.relative_to(self.dir))) != \
                file.expected:
            return  # it was changed before, and no run has seen that
        data = bytearray(path.read_bytes())
        data[rng.randrange(len(data))] ^= 1
        path.write_bytes(data)
        self.proof.tampered[sha256(path)] += 1
        self.again(file, "changed")

    def delete(self, rng):
        """Somebody removes a file that is done."""
        file = self.choose(rng, self.is_plainly_done)
        if file is None:
            return
        path = self.dir / self.proof.recorded[file.name]
        if sha256(path) != file.expected:
            return
        path.unlink()
        self.again(file, "deleted")

    def again(self, file, word):
        self.proof.forget(file.name)
        self.allow(1)
        self.deeds[word] += 1

    def squat(self, rng):
        """Somebody puts a file of the same length under a name that no file has
        yet."""
        file = self.choose(
            rng, lambda f: f.size > 0 and f.name not in self.proof.recorded
            and not (self.dir / f.name).exists())
        if file is None:
            return
        path = self.dir / file.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * file.size)
        self.add_stranger(file.name, file.size)

    def change(self, rng):
        """The server gets another version of a file, of the same length: first
        of one that a part is there of."""
        def fits(file):
            return file.is_static() and file.size > 0 and \
                file.name not in self.proof.recorded and \
                not (self.dir / file.name).exists() and \
                not list((self.dir / file.name).parent.glob(
                    f"{pathlib.Path(file.name).stem}-*"))

        def has_part(file):
            path = self.dir / file.name
            return fits(file) and \
                list(path.parent.glob(f"{path.name}.????????.part"))

        file = self.choose(rng, has_part) or self.choose(rng, fits)
        if file is not None:
            self.world.write(file)
            self.deeds["changed at the server"] += 1

    def make_half_dead(self):
        """All records again and again, until the next run writes the journal
        anew."""
        path = self.dir / ".haul" / "journal"
        data = path.read_bytes()
        data = data[:data.rfind(b"\n") + 1]
        records = data.count(b"\n")
        if records < 2:
            return
        times = (1100 + 2 * options.urls) // records + 1
        with path.open("ab") as out:
            out.truncate(len(data))
            out.write(data * times)
        self.deeds["journals made half dead"] += 1

    # The end.

    def end_round(self):
        files = self.world.files
        self.proof.check_end(self.haul, self.list)
        before = self.proof.check_requests()
        again = self.haul(*self.arguments(), timeout=self.deadline())
        missing = sum(file.expected is None for file in files)
        self.assertEqual(again.returncode, FAILED if missing else 0,
                         again.stderr)
        after = self.proof.check_requests()
        self.assertEqual(after.total(), before.total(),
                         "a run over what is complete asks for something")
        self.proof.check_end(self.haul, self.list)
        extra = after.total() - len(files) - after.faults
        allowed = self.allowed + self.in_nginx() * JOBS[options.mode]
        self.assertLessEqual(extra, allowed, "requests that nothing explains")
        self.totals.update(files=len(files), requests=after.total(),
                           faults=after.faults, extra=extra, allowed=allowed,
                           resumed=after.resumed, missing=missing)
        shutil.rmtree(self.dir)

    def in_nginx(self):
        """What befell nginx, and has not been counted."""
        now = self.world.nginx.strikes().total()
        new = now - self.totals["nginx"]
        self.totals["nginx"] = now
        return new

    def figures(self, rounds):
        t = self.totals
        nginx = self.world.nginx.strikes()
        print(f"chaos: {options.mode}, seed {options.seed}: {t['files']:,} URLs "
              f"in {rounds} round{'s' * (rounds > 1)}, {self.kills:,} kills of "
              f"the run; 0 wrong, 0 lost, 0 hung; {t['missing']:,} failed as "
              f"http 404; {t['requests']:,} requests = {t['files']:,} + "
              f"{t['faults']:,} for faults + {t['extra']:,} extra (kills "
              f"explain up to {t['allowed']:,}); {t['resumed']:,} resumed; "
              f"by step: {describe(self.befell)}; nginx: {describe(nginx)}; "
              f"meanwhile: {describe(self.deeds)}; "
              f"{time.monotonic() - self.begun:.0f} s", flush=True)


def main():
    global options
    options = parse()
    tempfile.tempdir = os.environ.get("TMPDIR", "/dev/shm")
    # Who ends a test that takes too long ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    program = unittest.main(argv=sys.argv[:1], exit=False)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
