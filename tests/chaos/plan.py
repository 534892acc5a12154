"""What befalls whom, and at which count: all of it follows from the seed.

The i-th run of a campaign has the i-th plan, the i-th life of nginx the i-th of
nginx's, whatever the machine is busy with. A plan is words for
tests/support/strike.c.
"""

import hashlib
import random

JOURNAL_WRITE = ("before", "half", "after")
CALL = ("before", "after")

# Step, when, how often it is chosen, and its share of the files: a journal has
# a claim for each file, and a part for each large one.
STEPS = (
    ("claim", JOURNAL_WRITE, 4, 1.0),
    ("part", JOURNAL_WRITE, 3, 0.08),
    ("done", JOURNAL_WRITE, 4, 1.0),
    ("failed", JOURNAL_WRITE, 1, 0.04),
    ("record", JOURNAL_WRITE, 3, 2.0),
    ("run", JOURNAL_WRITE, 1, 0.0),
    ("open", CALL, 2, 1.0),
    ("body", JOURNAL_WRITE, 4, 1.3),
    ("publish", CALL, 5, 1.0),
    ("remove", CALL, 1, 0.0),
)
ANEW = ("anew-open", "anew-write", "anew-sync", "anew-name")
OF_WORKERS = ("open", "body", "publish")
COMPACTED = 0.08  # share of the runs over a journal that is half dead
STOPPED = 0.02    # share of the runs in which a worker is stopped


def count(rng, share, stride):
    return rng.randint(1, max(2, round(share * stride)))


class Run:
    """What befalls one run, and its directory before it."""

    def __init__(self, seed, mode, index, stride):
        rng = random.Random(f"run {seed} {mode} {index}")
        self.half_dead = rng.random() < COMPACTED
        self.strikes = []
        if mode == "processes":
            self._workers(rng, stride)
        self._strangers(rng, stride)
        self.end = self._end(rng, mode, stride)
        # What is done to files while no run is under way.
        self.deeds = rng.choices(
            ("tamper", "delete", "squat", "change"), k=rng.randint(0, 3))
        self.rng = rng

    def _end(self, rng, mode, stride):
        if self.half_dead:
            step = rng.choice(ANEW)
            when = rng.choice(
                JOURNAL_WRITE if step == "anew-write" else CALL)
            return f"{step}:1:{when}:{self._killer(rng, mode, step)}"
        step, whens, _, share = rng.choices(
            STEPS, weights=[row[2] for row in STEPS])[0]
        n = count(rng, share, stride) if share else 1
        return f"{step}:{n}:{rng.choice(whens)}:{self._killer(rng, mode, step)}"

    def _killer(self, rng, mode, step):
        """The run ends. Workers may outlive it by a moment."""
        if mode != "processes":
            return "kill"
        return rng.choice(("group", "group",
                           "parent" if step in OF_WORKERS else "kill"))

    def _workers(self, rng, stride):
        for _ in range(rng.randint(0, 2)):
            step = rng.choice(OF_WORKERS)
            n = count(rng, 1.0, stride)
            self.strikes.append(f"{step}:{n}:{rng.choice(CALL)}:kill")
        if rng.random() < STOPPED:
            self.strikes.append(
                f"{rng.choice(OF_WORKERS)}:{count(rng, 0.2, stride)}"
                f":{rng.choice(CALL)}:stop")

    def _strangers(self, rng, stride):
        for _ in range(rng.choice((0, 0, 1, 2))):
            self.strikes.append(
                f"publish:{count(rng, 0.6, stride)}:before:stranger")

    def text(self, ends=True):
        return ",".join([*self.strikes, *([self.end] if ends else [])])


def step_of_nginx(rng, requests):
    """It writes a large file in a hundred pieces."""
    step = rng.choice(("sent", "logged"))
    return f"{step}:{requests * (8 if step == 'sent' else 1)}"


def nginx_life(seed, index, stride):
    """Its worker is killed or replaced a few times, then all of it."""
    rng = random.Random(f"nginx {seed} {index}")
    strikes = []
    at = 0
    for _ in range(rng.randint(0, 2)):
        at += count(rng, 1.0, stride)
        strikes.append(f"{step_of_nginx(rng, at)}:{rng.choice(CALL)}:"
                       f"{rng.choice(('kill', 'reload'))}")
    at += count(rng, 1.0, stride)
    strikes.append(f"{step_of_nginx(rng, at)}:{rng.choice(CALL)}:"
                   f"{rng.choice(('group', 'group', 'term'))}")
    return ",".join(strikes)


def digest(seed, mode, runs, stride):
    """Of all that was planned, to see whether two campaigns had the same."""
    all_of_it = hashlib.sha256()
    for index in range(runs):
        run = Run(seed, mode, index, stride)
        all_of_it.update(f"{run.text()} {run.deeds}\n".encode())
        all_of_it.update(nginx_life(seed, index, stride).encode())
    return all_of_it.hexdigest()[:12]
