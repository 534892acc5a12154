#!/usr/bin/env python3
"""`-j auto` against the best fixed `-j`, on origins with a knee.

    auto_jobs.py --haul build/rel/haul [--seconds 5] [--rounds 3] [SHAPE...]

Each run fetches from the embedded origin for so many seconds and is killed
then; its list is longer than that. Goodput is files or bytes a second, by what
the shape is about. Printed: the best fixed number and its goodput, and of -j
auto the goodput over the whole run and without its first 1.5 seconds (both also as a
share of the best), and the number that it came to.

--check makes a short run of some shapes and says (by the exit status) whether
the numbers are sane: no time is judged.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# A skipped beginning, for the goodput that a run comes to.
RAMP_S = 1.5
FIXED = (8, 16, 24, 32, 48, 64, 128, 256, 512)


class Shape:
    def __init__(self, name, unit, sizes, count, *origin, fixed=FIXED):
        self.name, self.unit, self.origin = name, unit, origin
        self.sizes, self.count, self.fixed = sizes, count, fixed

    def write(self, path, url):
        with open(path, "w") as out:
            for n in range(self.count):
                size = self.sizes[n * len(self.sizes) // self.count]
                if isinstance(size, tuple):
                    size = size[n % len(size)]
                out.write(f"{url}/bytes/{size}?{n}\n")


SHAPES = (
    # 40 of 50 ms each fill 8 MB/s with files of 10 kB.
    Shape("small files, one narrow link", "files", (10_000,), 30_000,
          "--latency", "50ms", "--total-bandwidth", "8M"),
    # Connections of 2 MB/s: 20 of them fill 40 MB/s. No file ends.
    Shape("large files, slow connections", "bytes", (100_000_000,), 2_000,
          "--latency", "50ms", "--bandwidth", "2M", "--total-bandwidth",
          "40M"),
    # The sizes change under way, and with them what the run is about.
    Shape("small files, then large ones", "bytes",
          ((4_000,), (1_000_000, 4_000)), 8_000,
          "--latency", "60ms", "--bandwidth", "4M", "--total-bandwidth",
          "60M"),
    # More than 48 at a time take longer than they bring.
    Shape("a server that is slowed down", "files", (10_000,), 30_000,
          "--latency", "40ms", "--slow-above", "48"),
    # The 41st request gets a 503.
    Shape("a server that refuses", "files", (10_000,), 30_000,
          "--latency", "40ms", "--busy-above", "40"),
    # The 33rd connection is not accepted before another ends.
    Shape("a server with few connections", "files", (10_000,), 30_000,
          "--latency", "40ms", "--connections", "32"),
    # Answers come when they like.
    Shape("latency that varies", "files", (10_000,), 30_000,
          "--latency", "20ms", "--jitter", "100ms", "--total-bandwidth", "6M"),
)


class Origin:
    def __init__(self, haul, *options):
        self.process = subprocess.Popen(
            [haul, "serve", "--parent", *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def run(haul, jobs, list_, directory, seconds, *options):
    """The rows of --progress json until the run was killed."""
    environment = {k: v for k, v in os.environ.items()
                   if "proxy" not in k.lower()}
    process = subprocess.Popen(
        [haul, "get", "-i", list_, "-d", directory, "-j", str(jobs),
         "--progress", "json", "--no-config", *options],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=environment)
    rows = []
    end = time.monotonic() + seconds + 10
    for line in process.stderr:
        if line.startswith("{"):
            rows.append(json.loads(line))
        if (rows and rows[-1]["seconds"] >= seconds) or time.monotonic() > end:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    shutil.rmtree(directory)
    return rows


def goodput(rows, unit, from_s):
    """Per second."""
    value = {"files": "done", "bytes": "bytes"}[unit]
    first = {"seconds": 0, value: 0}
    for row in rows:
        if row["seconds"] <= from_s:
            first = row
    last = rows[-1]
    return ((last[value] - first[value]) /
            (last["seconds"] - first["seconds"]))


def measure(haul, shape, jobs, seconds, scratch):
    with Origin(haul, *shape.origin) as origin:
        list_ = scratch / "list"
        shape.write(list_, origin.url)
        rows = run(haul, jobs, list_, scratch / "files", seconds, "-x", "0")
    return (goodput(rows, shape.unit, 0), goodput(rows, shape.unit, RAMP_S),
            rows[-1]["slots"])


def compare(haul, shape, seconds, rounds, scratch):
    fixed = {n: measure(haul, shape, n, seconds, scratch)
             for n in shape.fixed}
    best = max(fixed, key=lambda n: fixed[n][0])
    # The best of many is also the luckiest: measured again beside auto.
    autos, bests = [], []
    for _ in range(rounds):
        bests.append(measure(haul, shape, best, seconds, scratch))
        autos.append(measure(haul, shape, "auto", seconds, scratch))
    scale, unit = (1, "files/s") if shape.unit == "files" else (1e6, "MB/s")
    top = [statistics.median(run[i] for run in bests) for i in (0, 1)]
    auto = [statistics.median(run[i] for run in autos) for i in (0, 1)]
    print(f"{shape.name}: best -j {best} {top[0] / scale:.0f} {unit}, auto "
          f"{auto[0] / scale:.0f} ({auto[0] / top[0]:.2f}), after the start "
          f"{auto[1] / scale:.0f} ({auto[1] / top[1]:.2f}), came to "
          f"{', '.join(str(run[2]) for run in autos)}")
    print("   fixed: " + ", ".join(f"{n}: {fixed[n][0] / scale:.0f}"
                                   for n in shape.fixed), flush=True)


def check(haul, scratch):
    """Sane: goodput, a number that has grown, and never above its bounds."""
    for shape, low, high in ((SHAPES[0], 17, 1024), (SHAPES[4], 4, 80)):
        with Origin(haul, *shape.origin) as origin:
            list_ = scratch / "list"
            shape.write(list_, origin.url)
            rows = run(haul, "auto", list_, scratch / "files", 6, "-x", "0")
            capped = run(haul, "auto", list_, scratch / "files", 2, "-x", "5")
        print(f"{shape.name}: {rows[-1]}")
        assert rows[-1]["done"] > 100, rows[-1]
        assert low <= max(row["slots"] for row in rows), rows
        assert all(1 <= row["slots"] <= 1024 for row in rows), rows
        assert rows[-1]["slots"] <= high, rows[-1]
        assert all(row["in_flight"] <= 5 for row in capped), capped
        assert capped[-1]["done"] > 20, capped[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haul", default="build/rel/haul")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("shapes", nargs="*", help="a word of a shape's name")
    options = parser.parse_args()
    haul = str(pathlib.Path(options.haul).resolve())
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="haul-auto-", dir=shm) as name:
        scratch = pathlib.Path(name)
        if options.check:
            check(haul, scratch)
            return
        for shape in SHAPES:
            if not options.shapes or any(word in shape.name
                                         for word in options.shapes):
                compare(haul, shape, options.seconds, options.rounds, scratch)


if __name__ == "__main__":
    sys.exit(main())
