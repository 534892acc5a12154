"""A guard on what a file costs that looks at no clock: the instructions of one
fixed run of 2,000 files, counted by callgrind and compared with the figures in
instructions.json.

    instructions.py --haul BINARY [--store]

Two figures are compared. "own" counts what was executed in haul's own code; it
depends on the processor's kind and on the compiler. "all" counts the libraries
too, and so what haul has them do; it depends on their versions as well. What was
stored for another machine is not compared, and the run says so.

Which event comes when differs from run to run, and with it the turns of the loop
and the batches of files. Over ten runs with -j 8 on two cores, and four beside
two busy loops, "own" lay within 0.5 % of its middle and "all" within 0.9 %; a run
took 6 s, or 13 s. --store keeps the middle one of five.
"""

import argparse
import collections
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

STORED = pathlib.Path(__file__).with_name("instructions.json")
SKIPPED = 77
FILES = 2_000
BYTES = 10_000
JOBS = 8
TOLERANCE = 0.05
SECONDS = 200  # for a run; it takes seven
STORE_RUNS = 5
SHOWN = 10  # functions, when a figure is off
KEPT = 60  # functions, with the stored figures

# A line of cost: a position, absolute or relative, and the instructions.
COST = re.compile(r"[+*-]?\d* ?(\d+)$")
# A name is spelled out where its number comes first, be it as one called.
NAMED = re.compile(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$")


def fail(message):
    sys.exit(f"instructions: {message}")


def skip(message):
    print(f"instructions: skipped: {message}")
    sys.exit(SKIPPED)


class Counts:
    """What a callgrind file has of each function's own instructions."""

    def __init__(self, path, program):
        self.functions = collections.Counter()
        self.own = self.all = 0
        self.program = str(program)
        self.names = {"ob": {}, "fn": {}}
        self.now = {"ob": "", "fn": ""}
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self.read(line.rstrip("\n"), lines)

    def read(self, line, lines):
        if line.startswith("calls="):
            next(lines)  # what was called counts itself
        elif named := NAMED.match(line):
            called, kind, number, name = named.groups()
            names = self.names[kind]
            if name is not None:
                names[number] = name
            if not called:
                self.now[kind] = names[number]
        elif line[:1] in "0123456789+-*" and (cost := COST.match(line)):
            self.add(int(cost[1]))

    def add(self, cost):
        is_own = self.now["ob"] == self.program
        self.all += cost
        self.own += cost if is_own else 0
        name = self.now["fn"]
        if not is_own:
            name += f" [{pathlib.Path(self.now['ob']).name}]"
        self.functions[name] += cost


def serve(haul, where):
    """An origin, outside of valgrind; its process and its URL."""
    process = subprocess.Popen(
        [haul, "serve"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, cwd=where)
    line = process.stdout.readline()
    if not line.startswith("listening on "):
        process.kill()
        fail(f"no origin: {line!r}")
    return process, line.split()[-1]


def run(haul, where, url):
    """As a user runs it, and nothing in it that differs from machine to
    machine: no configuration, short relative paths."""
    list_ = "".join(f"{url}/bytes/{BYTES}?n={n}\n"
                    for n in range(10_000, 10_000 + FILES))
    (where / "list").write_text(list_)
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=counts", haul,
         "get", "-i", "list", "-d", "files", "--mode", "async", "-j", str(JOBS),
         "-x", "0", "--loops", "1", "--report", "report"],
        cwd=where, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=SECONDS)
    sizes = {path.stat().st_size for path in (where / "files").iterdir()
             if path.is_file()}
    if result.returncode != 0 or sizes != {BYTES}:
        fail(f"the run failed:\n{result.stderr[-2000:]}")
    return Counts(where / "counts", haul)


def count(haul):
    shm = pathlib.Path("/dev/shm")
    room = shm if os.access(shm, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="haul-count-", dir=room) as where:
        where = pathlib.Path(where)
        origin, url = serve(haul, where)
        try:
            return run(haul, where, url)
        finally:
            origin.terminate()
            origin.wait()


def circumstances(haul):
    """What the figures depend on: of "own", then of "all" beside that."""
    binary = pathlib.Path(haul).read_bytes()
    compilers = sorted(set(re.findall(
        rb"(?:GCC: \([^)]*\)|clang version) \d+", binary)))
    own = {"machine": platform.machine(),
           "compiler": ", ".join(re.sub(r"\([^)]*\) ", "", c.decode())
                                 for c in compilers)}
    loaded = subprocess.run(["ldd", haul], capture_output=True, text=True,
                            check=True, timeout=20).stdout
    paths = re.findall(
        r"lib(?:curl|uv|crypto|jansson|xxhash|idn2)\.\S+ => (\S+)", loaded)
    libraries = {pathlib.Path(path).resolve().name.split(".so")[0]:
                 version(path) for path in paths}
    avx2 = "avx2" in pathlib.Path("/proc/cpuinfo").read_text().split()
    return own, {"libc": platform.libc_ver()[1], "avx2": avx2, **libraries}


def version(path):
    """That of the package, without what a security update changes."""
    real = pathlib.Path(path).resolve()
    for name in (path, str(real), str(real).removeprefix("/usr")):
        owner = subprocess.run(["dpkg-query", "-S", name], capture_output=True,
                               text=True, timeout=20, check=False)
        if owner.returncode == 0:
            package = owner.stdout.split(": ")[0]
            whole = subprocess.run(
                ["dpkg-query", "-W", "-f=${Version}", package], check=True,
                capture_output=True, text=True, timeout=20).stdout
            return re.sub(r"^(\d+:)?(\d+\.\d+).*", r"\2", whole)
    return real.name


def store(counts, own_for, all_for):
    STORED.write_text(json.dumps({
        "files": FILES,
        "own": {"instructions": counts.own, "for": own_for},
        "all": {"instructions": counts.all, "for": all_for},
        "functions": dict(counts.functions.most_common(KEPT)),
    }, indent=1) + "\n")
    print(f"instructions: stored {counts.own:,} own, {counts.all:,} in all")


def compare(name, now, stored):
    """Prints both; is it near enough?"""
    before = stored[name]["instructions"]
    ratio = now / before
    near = abs(ratio - 1) <= TOLERANCE
    print(f"instructions: {name}: {now:,}, stored {before:,}, ratio "
          f"{ratio:.3f}{'' if near else ', which is off'} "
          f"({now // FILES:,} a file)")
    return near


def show_functions(counts, stored):
    print("The most instructions, now and stored:")
    for name, now in counts.functions.most_common(SHOWN):
        before = stored["functions"].get(name)
        told = f"{before:>13,} {now / before:6.2f}" if before else ""
        print(f"{now:>13,} {told or '-':>20}  {name}")


def differences(stored, now):
    return [f"{what} {now.get(what, 'none')}, stored for {stored.get(what)}"
            for what in sorted(stored | now)
            if stored.get(what) != now.get(what)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--haul", required=True, type=os.path.realpath)
    parser.add_argument("--store", action="store_true",
                        help="renew the stored figures")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        skip("no valgrind here")
    own_for, all_for = circumstances(arguments.haul)
    if arguments.store:
        runs = [count(arguments.haul) for _ in range(STORE_RUNS)]
        runs.sort(key=lambda counts: counts.all)
        store(runs[STORE_RUNS // 2], own_for, all_for)
        return
    stored = json.loads(STORED.read_text())
    other = differences(stored["own"]["for"], own_for)
    if other:
        skip("; ".join(other))
    counts = count(arguments.haul)
    near = compare("own", counts.own, stored)
    other = differences(stored["all"]["for"], all_for)
    if other:
        print(f"instructions: all: not compared: {'; '.join(other)}")
    else:
        near = compare("all", counts.all, stored) and near
    if not near:
        show_functions(counts, stored)
        fail("a figure is off; where that is meant, --store renews both")


if __name__ == "__main__":
    main()
