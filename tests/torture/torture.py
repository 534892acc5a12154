#!/usr/bin/env python3
"""Fails each call of haul in turn; scripts/torture.sh says how it is used."""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import signal
import sys
import time

import bench
import points
from server import NGINX

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
SHORT_S = 50


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--haul", default=os.environ.get("HAUL_BIN"))
    p.add_argument("--nth", default=os.environ.get("HAUL_NTH"))
    p.add_argument("--short", action="store_true")
    p.add_argument("--seconds", type=float)
    p.add_argument("--mode", action="append")
    p.add_argument("--scene", action="append")
    p.add_argument("--calls")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--most", type=int, default=200)
    p.add_argument("--point", action="append")
    p.add_argument("--keep", action="store_true")
    p.add_argument("--jobs", type=int, default=2)
    a = p.parse_args()
    if a.short and a.seconds is None:
        a.seconds = SHORT_S
    return a


def is_wanted(a, point):
    return ((a.calls is None or point.call in a.calls.split(",")) and
            (not a.scene or point.scene in a.scene) and
            (not a.mode or point.mode in (*a.mode, "any")))


def all_points(a, b):
    for scene in b.scenes.values():
        if a.scene and scene.name not in a.scene:
            continue
        for mode in scene.modes:
            if a.mode and mode not in (*a.mode, "any"):
                continue
            for (who, call), count in b.count(scene, mode).items():
                most = 20 if call in ("alloc_ssl", "fcntl") else a.most
                for point in points.of_call(scene.name, mode, who, call, count,
                                            most):
                    # A run whose origin is killed tries again for a minute.
                    if is_wanted(a, point) and not (
                            point.kills and scene.name == "compare"):
                        yield point


def spread(found, seed):
    """One point of each kind of call in each mode first, then the others; the
    same seed gives the same order."""
    chosen = list(found)
    random.Random(seed).shuffle(chosen)
    seen = set()
    first, later = [], []
    for point in chosen:
        kind = (point.mode, point.who, point.call)
        (later if kind in seen else first).append(point)
        seen.add(kind)
    return first + later


def pinned():
    """Points at which something was wrong once."""
    lines = (HERE / "pinned.txt").read_text().splitlines()
    return [points.Point.parse(line.split()[0]) for line in lines
            if line and not line.startswith("#")]


class Tally:
    def __init__(self, a):
        self.a = a
        self.tried = collections.Counter()
        self.missed = 0
        self.bad, self.once = [], []
        self.aborts = collections.Counter()
        self.modes = set()

    def add(self, point, verdict):
        if not verdict.struck:
            self.missed += 1
        else:
            self.tried[point.call] += 1
            self.modes.add((point.scene, point.mode))
        if verdict.aborted:
            self.aborts[verdict.aborted] += 1
        if verdict.complaints:
            (self.bad if verdict.repeats else self.once).append(point)
            self.tell(point, verdict)

    def tell(self, point, verdict):
        word = "bad" if verdict.repeats else "bad in one try of three"
        print(f"{word}: scripts/torture.sh --point {point}\n  {verdict.log}  " +
              "\n  ".join("\n".join(verdict.complaints).splitlines()[:60]),
              flush=True)


def try_all(a, b, chosen, tally, sure):
    end = time.monotonic() + a.seconds if a.seconds is not None else None

    def one(point):
        if end is not None and time.monotonic() > end:
            return None
        verdict = b.try_point(point, a.keep)
        # A fault may hang on the timing of threads: then it is told as one that
        # was seen once.
        if a.short and verdict.complaints and point not in sure:
            verdict.repeats = any(b.try_point(point).complaints
                                  for _ in range(2))
        return verdict

    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        tasks = {pool.submit(one, point): point for point in chosen}
        try:
            for task in concurrent.futures.as_completed(tasks):
                verdict = task.result()
                if verdict is not None:
                    tally.add(tasks[task], verdict)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def fails(a, tally, sure):
    """The short run is a test of every change, and what its spread comes to is
    another with each machine: one point that is bad there is a finding, which is
    told and then pinned; many are the fault of the change."""
    if not a.short:
        return bool(tally.bad)
    found = [point for point in tally.bad if point not in sure]
    return len(found) < len(tally.bad) or \
        len(found) > max(2, tally.tried.total() // 30)


def main():
    a = arguments()
    if NGINX is None:
        print("torture: skipped: no nginx")
        return SKIPPED
    # Whoever ends these tests early ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    begin = time.monotonic()
    b = bench.Bench(os.path.abspath(a.haul), os.path.abspath(a.nth))
    tally = Tally(a)
    sure = []
    try:
        if a.point:
            chosen = [points.Point.parse(text) for text in a.point]
            for scene, mode in {(p.scene, p.mode) for p in chosen}:
                b.count(b.scenes[scene], mode)
        else:
            chosen = spread(all_points(a, b), a.seed)
            if a.short:
                sure = [p for p in pinned() if is_wanted(a, p)]
                chosen = sure + chosen
        try_all(a, b, chosen, tally, sure)
    finally:
        if not a.keep:
            b.close()
        else:
            b.server.stop()
    modes = {mode for _, mode in tally.modes}
    print("  ".join(f"{call} {n}" for call, n in sorted(tally.tried.items())))
    if tally.aborts:
        print("abort() in " + ", ".join(
            f"{call} {n}" for call, n in tally.aborts.items()))
    print(f"torture: {sum(tally.tried.values())} points in "
          f"{len(modes)} modes ({tally.missed} not reached), "
          f"{len(tally.bad)} bad, {len(tally.once)} bad once, {time.monotonic() - begin:.0f} s")
    return 1 if fails(a, tally, sure) else 0


if __name__ == "__main__":
    sys.exit(main())
