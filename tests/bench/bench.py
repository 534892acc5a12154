"""haul against curl -Z, wget2 and aria2, over a server on this machine.

bench.py --haul PATH [OPTIONS] [WORKLOAD...]: each round runs the tools in turn,
another first each time; figures are medians, and ratios medians of the ratios
within a round. All files are in memory (/dev/shm), and each run's are looked
at. It exits with 1 when a tool did not deliver them all.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import sys
import tempfile

import delivery
import report
from measure import Run, touch_memory
from notes import NOTES
from server import BLOCK, Server
from tools import Haul
from workloads import MEANINGS, WORKLOADS, Field

PAGE = 4096


class Bench:
    def __init__(self, options, scratch, server):
        self.options = options
        self.scratch = scratch
        self.server = server
        self.field = Field(server, Haul(options.haul), options.scale)
        self.out = scratch / "out"
        self.bodies = {len(b): b for b in server.bodies.values()}
        self.versions = {}
        self.failed = False

    def workload(self, name):
        """Runs it, prints its tables; returns its data."""
        contests = WORKLOADS[name](self.field)
        runs = []
        rounds = {c.name: self.options.rounds or c.rounds for c in contests}
        for number in range(max(rounds.values())):
            for contest in contests:
                if number < rounds[contest.name]:
                    runs += self.round(contest, number)
        data = {"runs": runs,
                "contests": {c.name: self.conclude(c, runs) for c in contests}}
        for line in NOTES.get(name, lambda *_: ())(contests, runs):
            print(f"  {line}", flush=True)
        return data

    def round(self, contest, number):
        first = number % len(contest.entries)
        turns = contest.entries[first:] + contest.entries[:first]
        runs = [self.run(contest, number, tool, how) for tool, how in turns]
        said = ", ".join(f"{r['tool']} {r['seconds']:.2f} s" for r in runs)
        print(f"  round {number + 1} of {contest.name}: {said}", flush=True)
        return runs

    def run(self, contest, number, tool, how):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        if tool.name not in self.versions:
            self.versions[tool.name] = tool.version()
        tool.prepare(contest.jobs(), self.scratch, self.out)
        touch_memory(contest.files * (contest.size + PAGE))
        command = tool.command(self.scratch, self.out, how)
        server_cpu = self.server.cpu()
        run = Run(command, self.scratch, contest.seconds)
        server_cpu = self.server.cpu() - server_cpu
        good = delivery.delivered(contest, self.out, self.bodies)
        if good < contest.files:
            self.complain(contest, tool, run, good)
        done = good * contest.size / 1e6 if contest.large else good
        return {
            "contest": contest.name, "round": number, "tool": tool.name,
            "seconds": run.seconds, "cpu": run.cpu, "server_cpu": server_cpu,
            "peak": run.peak, "status": run.status,
            "timed_out": run.timed_out, "failed": contest.files - good,
            "rate": done / run.seconds,
            "cpu_per_file": run.cpu / good if good else None,
            "server_per_file": server_cpu / good if good else None,
            "loop": tool.loop(self.scratch) if how.watch else None,
        }

    def complain(self, contest, tool, run, good):
        self.failed = True
        why = "out of time" if run.timed_out else f"status {run.status}"
        print(f"  {tool.name} delivered {good:,} of {contest.files:,} ({why}): "
              f"{run.message.strip()[-500:]}", file=sys.stderr)

    def conclude(self, contest, runs):
        rows = report.medians(runs, contest)
        against = report.ratios(runs, contest)
        print(f"({contest.name}) {contest.title}")
        for line in report.table(contest, rows, against):
            print(line)
        print(flush=True)
        return {"title": contest.title, "files": contest.files,
                "size": contest.size, "medians": rows, "ratios": against}


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    models = [l.split(":")[1].strip() for l in info.splitlines()
              if l.startswith("model name")]
    return {"cpus": os.cpu_count(), "cpu": models[0] if models else "",
            "kernel": platform.release(),
            "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")}


def part(text):
    value = float(text)
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError("a number above 0, up to 100")
    return value


def parse():
    parser = argparse.ArgumentParser(
        prog="bench.sh", description="haul against curl -Z, wget2 and aria2",
        epilog=MEANINGS, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD",
                        help=f"of {' '.join(WORKLOADS)} (all)")
    parser.add_argument("--haul", required=True, metavar="PATH",
                        help="the program (build/release/haul, which is built)")
    parser.add_argument("--rounds", type=int, metavar="N", help="(5)")
    parser.add_argument("--scale", type=part, default=1.0, metavar="F",
                        help="this part of each workload's files (1); with few "
                             "the start of a tool is most of what it takes")
    parser.add_argument("--large", type=int, default=2048, metavar="MIB",
                        help="the size of the largest file (2048)")
    parser.add_argument("--workers", type=int, default=1, metavar="N",
                        help="nginx's worker processes (1)")
    parser.add_argument("--json", metavar="FILE",
                        help="each run, the medians and the ratios")
    options = parser.parse_args()
    for name in options.workloads:
        if name not in WORKLOADS:
            parser.error(f"no workload '{name}'")
    return options


def raise_open_files():
    """For ten thousand connections, at the server and at the tools."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def main():
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("interrupted"))
    files = raise_open_files()
    with tempfile.TemporaryDirectory(prefix="haul-bench-",
                                     dir="/dev/shm") as scratch:
        scratch = pathlib.Path(scratch)
        server = Server(scratch / "server", files, options.large * len(BLOCK),
                        options.workers)
        with server:
            bench = Bench(options, scratch, server)
            data = {name: bench.workload(name)
                    for name in options.workloads or WORKLOADS}
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"machine": machine(), "versions": bench.versions,
                       "scale": options.scale, "workloads": data}, out,
                      indent=1)
    return bench.failed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
