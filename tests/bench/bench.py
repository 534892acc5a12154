"""haul against curl -Z, wget2, aria2 and bare probes, over a server on this
machine.

bench.py --haul PATH [OPTIONS] [WORKLOAD...]: each round runs the tools in turn,
another first each time; figures are medians, and ratios medians of the ratios
within a round. All tools store to one directory in memory (/dev/shm), and each
run's files are looked at. It exits with 1 when a tool did not deliver them all.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

import delivery
import readme
import report
import syscalls
from measure import Run, touch_memory
from notes import NOTES
from server import BLOCK, Server
from tools import Haul
from workloads import MEANINGS, WORKLOADS, Field

PAGE = 4096
MIB = 1 << 20
HERE = pathlib.Path(__file__).parent
# The rows of the README's table; its figures are medians of more rounds.
README_ROWS = ("a", "b", "c", "d", "e", "g")
README_ROUNDS = 7

EPILOG = f"""{MEANINGS}
what is measured:
  Each round runs the tools one after the other, another first each time. Time
  and CPU are those of the tool and its children (wait4), user and system; the
  server's CPU has a column of its own and is not in theirs. For a ratio, what
  the other tool took for a file is divided by what haul took in the same round,
  and the median over the rounds is printed: above 1 haul is better. All tools
  write to one directory in memory, so that no disk is measured, and fetch from
  the same nginx. A tool that takes many times as long as the others gets only a
  part of the list; a line below the table says so.

  A bare probe does the least that any client could do for the row, on one
  thread. It is no tool; it shows the limit that machine and kernel set.
"""


class Bench:
    def __init__(self, options, scratch, server):
        self.options = options
        self.scratch = scratch
        self.server = server
        self.field = Field(server, Haul(options.haul), options.probe,
                           options.scale)
        self.out = scratch / "out"
        self.bodies = {len(b): b for b in server.bodies.values()}
        self.versions = {}
        self.failed = False

    def workload(self, name):
        """Runs it, prints its tables; returns its data."""
        contests = WORKLOADS[name](self.field)
        runs = []
        rounds = {c.name: self.rounds(c) for c in contests}
        for number in range(max(rounds.values())):
            for contest in contests:
                if number < rounds[contest.name]:
                    runs += self.round(contest, number)
        data = {"runs": runs,
                "contests": {c.name: self.conclude(c, runs) for c in contests}}
        if self.options.syscalls:
            for contest in contests:
                data["contests"][contest.name]["syscalls"] = (
                    self.count_calls(contest))
        for line in NOTES.get(name, lambda *_: ())(contests, runs):
            print(f"  {line}", flush=True)
        return data

    def rounds(self, contest):
        readme_rounds = README_ROUNDS if self.options.readme else 0
        return self.options.rounds or readme_rounds or contest.rounds

    def round(self, contest, number):
        first = number % len(contest.entries)
        turns = contest.entries[first:] + contest.entries[:first]
        runs = [self.run(contest, number, tool, how) for tool, how in turns]
        said = ", ".join(f"{r['tool']} {r['seconds']:.2f} s" for r in runs)
        print(f"  round {number + 1} of {contest.name}: {said}", flush=True)
        return runs

    def prepare(self, contest, tool, how):
        """@return what it is called with, and how many files it is to fetch."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        if tool.name not in self.versions:
            self.versions[tool.name] = tool.version()
        files = contest.files_of(how)
        tool.prepare(contest.jobs(files), self.scratch, self.out)
        touch_memory(files * (contest.size + PAGE))
        return tool.command(self.scratch, self.out, how), files

    def check(self, contest, tool, run, files):
        """@return how many of so many files are there and right."""
        good = delivery.delivered(contest, files, self.out, self.bodies)
        if good < files:
            self.failed = True
            why = "out of time" if run.timed_out else f"status {run.status}"
            print(f"  {tool.name} delivered {good:,} of {files:,} ({why}): "
                  f"{run.message.strip()[-500:]}", file=sys.stderr)
        return good

    def run(self, contest, number, tool, how):
        command, files = self.prepare(contest, tool, how)
        server_cpu = self.server.cpu()
        run = Run(command, self.scratch, contest.seconds)
        server_cpu = self.server.cpu() - server_cpu
        good = self.check(contest, tool, run, files)
        done = good * contest.size / 1e6 if contest.large else good
        return {
            "contest": contest.name, "round": number, "tool": tool.name,
            "seconds": run.seconds, "cpu": run.cpu, "server_cpu": server_cpu,
            "peak": run.peak, "status": run.status,
            "timed_out": run.timed_out, "files": files, "failed": files - good,
            "rate": done / run.seconds,
            "cpu_per_file": run.cpu / good if good else None,
            "server_per_file": server_cpu / good if good else None,
            "loop": tool.loop(self.scratch) if how.watch else None,
        }

    def count_calls(self, contest):
        """One run of each tool under strace; @return its figures by tool."""
        result = {}
        for tool, how in contest.entries:
            command, files = self.prepare(contest, tool, how)
            run, calls = syscalls.traced(command, self.scratch, contest.seconds)
            good = self.check(contest, tool, run, files)
            units = good * (contest.size / MIB if contest.large else 1)
            result[tool.name] = syscalls.figures(calls, units or 1)
        print(f"({contest.name}) {contest.title}: system calls")
        for line in syscalls.table(contest, result):
            print(line)
        print(flush=True)
        return result

    def conclude(self, contest, runs):
        rows = report.medians(runs, contest)
        against = report.ratios(runs, contest)
        print(f"({contest.name}) {contest.title}")
        for line in (*report.table(contest, rows, against),
                     *report.parts(contest),
                     *report.floors(contest, rows, against)):
            print(line)
        print(flush=True)
        return {"title": contest.title, "files": contest.files,
                "size": contest.size, "medians": rows, "ratios": against,
                "unit": "MB/s" if contest.large else "files/s",
                "floors": [t.name for t, _ in contest.entries if t.bare]}


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
        prog="bench.sh", description="haul against curl -Z, wget2, aria2 "
                                     "and bare probes",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD",
                        help=f"of {' '.join(WORKLOADS)} (all)")
    parser.add_argument("--haul", required=True, metavar="PATH",
                        help="the program (build/release/haul, which is built)")
    parser.add_argument("--rounds", type=int, metavar="N", help="(5; 7 with --readme)")
    parser.add_argument("--probe", metavar="PATH",
                        help="the bare probes' program (built for the run)")
    parser.add_argument("--no-probes", action="store_true",
                        help="the tools alone")
    parser.add_argument("--syscalls", action="store_true",
                        help="count system calls and sockets a file too, in one "
                             "more run of each tool, under strace")
    parser.add_argument("--readme", action="store_true",
                        help="print the README's table at the end "
                             f"({' '.join(README_ROWS)}, unless named)")
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
    if options.syscalls and syscalls.STRACE is None:
        parser.error("--syscalls needs strace")
    if options.no_probes:
        options.probe = None
    options.workloads = (options.workloads or
                         (README_ROWS if options.readme else list(WORKLOADS)))
    return options


def build_probe(directory):
    """@return the path of the program."""
    for command in (["cmake", "-G", "Ninja", "-S", HERE / "probe", "-B", directory],
                    ["cmake", "--build", directory]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\nthe bare probes were not built; "
                     "--no-probes leaves them out")
    return directory / "bench_probe"


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
        if not options.probe and not options.no_probes:
            options.probe = build_probe(scratch / "probe")
        server = Server(scratch / "server", files, options.large * len(BLOCK),
                        options.workers)
        with server:
            bench = Bench(options, scratch, server)
            data = {name: bench.workload(name)
                    for name in options.workloads}
    if options.readme:
        contests = {n: c for w in data.values()
                    for n, c in w["contests"].items()}
        print("\n".join(readme.table(contests)))
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
