"""How each tool is called: a list of jobs written the way it reads lists, and
the options that make it fastest at writing them to a directory.

What is common to all: they are quiet, read no configuration of the user's, and
are told how many transfers may be in flight. That number is the workload's, and
for each tool the one with which it was fastest.
"""

import json
import pathlib
import shutil
import subprocess


class Tool:
    name = ""
    program = ""
    bare = False  # it is a bare probe, and no peer

    def path(self):
        return shutil.which(self.program)

    def version(self):
        said = subprocess.run([self.path(), "--version"], capture_output=True,
                              text=True, timeout=20)
        return said.stdout.splitlines()[0]

    def prepare(self, jobs, scratch, out):
        """Writes the list that command() names."""
        raise NotImplementedError

    def command(self, scratch, out, how):
        raise NotImplementedError


class UrlLists(Tool):
    """A tool that takes a URL's last part for the file's name."""

    def prepare(self, jobs, scratch, out):
        with open(scratch / "list", "w") as lines:
            lines.writelines(f"{url}\n" for url, _ in jobs)


class Haul(UrlLists):
    """Its defaults, with journal, summary and atomic publishing, but for how
    many are in flight: in all, and to one host."""

    name = "haul"

    def __init__(self, program):
        self.program = program

    def path(self):
        return str(pathlib.Path(self.program).resolve())

    def command(self, scratch, out, how):
        return [self.path(), "--no-config", "-i", scratch / "list", "-d", out,
                "-j", how.flight, "-x", 0, *self.more(scratch, how)]

    def more(self, scratch, how):
        if how.bundle:
            yield from ("--cacert", how.bundle)
        if how.watch:
            yield from ("--loop-stats", "--report", scratch / "report")

    def loop(self, scratch):
        """What it said of its loop, when it was watched."""
        *_, last = (scratch / "report").read_text().splitlines()
        return json.loads(last)["summary"]["loop"]


class Curl(Tool):
    """Every URL has its file named beside it in a config, as its one way to
    write many. 300 in flight is its cap."""

    name = "curl"
    program = "curl"

    def prepare(self, jobs, scratch, out):
        with open(scratch / "list", "w") as lines:
            lines.writelines(f'url="{url}"\noutput="{out}/{name}"\n'
                             for url, name in jobs)

    def command(self, scratch, out, how):
        # -q: no .curlrc; it must be the first.
        return [self.path(), "-q", "-Z", "-sS", "-K", scratch / "list",
                "--parallel-max", min(how.flight, 300), *self.more(how)]

    def more(self, how):
        # It would wait for the first connection, to see whether others may
        # share it; over HTTP/2 that is what makes it fast.
        if not how.h2:
            yield "--parallel-immediate"
        if how.bundle:
            yield from ("--cacert", how.bundle)


class Wget2(UrlLists):
    """Threads, one transfer in each. Off is what it would do beside: asking
    for robots.txt, attributes of files, and the files in which it remembers
    TLS sessions, HSTS and OCSP answers."""

    name = "wget2"
    program = "wget2"

    def command(self, scratch, out, how):
        return [self.path(), "--no-config", "-q", "-nH", "-nd", "-P", out,
                "-i", scratch / "list", "--max-threads", how.flight,
                "--robots=off", "--no-xattr", "--tries=3", *self.more(how)]

    def more(self, how):
        # Times of files and compressed bodies are extra work as well.
        yield from ("--no-use-server-timestamps", "--compression=identity")
        if how.bundle:
            yield from ("--ca-certificate", how.bundle, "--ca-directory=",
                        "--no-ocsp", "--no-ocsp-stapling", "--no-hsts",
                        "--no-hpkp")


class Aria2(UrlLists):
    """No preallocation, no look at what is there, no control files written
    every minute, no summary. A file is split where that is faster."""

    name = "aria2"
    program = "aria2c"

    def command(self, scratch, out, how):
        return [self.path(), "--no-conf", "-q", "-i", scratch / "list",
                "-d", out, "-j", how.flight, "-x16", "-s", how.split,
                "--file-allocation=none", "--allow-overwrite=true",
                "--auto-file-renaming=false", "--console-log-level=error",
                "--auto-save-interval=0", "--summary-interval=0",
                "--download-result=hide", "--max-tries=3", "--no-netrc",
                *self.more(how)]

    def more(self, how):
        # Its cache of what it has received makes large files take thrice as
        # long, and small ones less.
        if how.large:
            yield from ("--disk-cache=0", "--min-split-size=16M")
        if how.bundle:
            yield from ("--ca-certificate", how.bundle)


class Probe(UrlLists):
    """No tool: the least that any client could do for a workload, written for
    it alone (tests/bench/probe). It retries
    nothing and keeps no journal, but each file gets its name when it is
    complete, as haul's."""

    bare = True

    def __init__(self, program, way, name="probe"):
        self.program = program
        self.way = way
        self.name = name

    def path(self):
        return str(pathlib.Path(self.program).resolve())

    def version(self):
        return "tests/bench/probe"

    def command(self, scratch, out, how):
        bundle = [how.bundle] if how.bundle else []
        return [self.path(), self.way, how.flight, scratch / "list", out,
                *bundle]


class Cp(Tool):
    """No tool for the network: what the memory's speed allows."""

    name = "cp"
    program = "cp"

    def prepare(self, jobs, scratch, out):
        with open(scratch / "list", "w") as lines:
            lines.writelines(f"{out}/{name}\n" for _, name in jobs)

    def command(self, scratch, out, how):
        # --reflink=never: copied, not shared.
        return ["sh", "-c",
                'while read to; do cp --reflink=never "$1" "$to"; done <"$2"',
                "sh", how.source, scratch / "list"]
