"""The runs that are tortured: what haul is called with, in a directory like
which state, and what a good one leaves."""

import gzip
import hashlib
import json
import re
import shutil

import nth
from server import content

MODES = ("sequential", "threads", "processes", "async", "loops")
ARGUMENTS = {
    "sequential": ["-m", "sequential"],
    "threads": ["-m", "threads", "-j", "3"],
    "processes": ["-m", "processes", "-j", "2"],
    "async": ["-m", "async"],
    "loops": ["-m", "async", "--loops", "2"],
}
PATIENCE = ["--retry", "3", "--retry-delay", "0.01", "--retry-max-delay",
            "0.02", "--max-outage", "2", "--connect-timeout", "3",
            "--speed-time", "3", "--worker-timeout", "4", "--host-give-up",
            "50"]
PART = re.compile(r"\.[0-9a-f]{8}\.part$")
DONE = re.compile(r"^([drf])\t\w+\t([^\t]*)\t?")


def files_of(directory):
    """Name and bytes of what a directory holds beside the journal."""
    return {str(p.relative_to(directory)): p.read_bytes()
            for p in directory.rglob("*")
            if p.is_file() and ".haul" not in p.parts}


def read_rows(path, all_of_it):
    """The rows of a report. One that was cut short may end anywhere."""
    rows = []
    for line in path.read_text(errors="replace").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            if all_of_it:
                raise
    return rows


def check_of(line):
    """The check that a journal's record ends with."""
    mask = 2**64 - 1
    total = len(line) * 0x9e3779b97f4a7c15 & mask
    for at in range(0, len(line), 8):
        word = int.from_bytes(line[at:at + 8], "little")
        total = (total ^ word) * 0xff51afd7ed558ccd & mask
        total ^= total >> 32
    return (total ^ total >> 32) & 0xffffffff


def adopt_parts(files):
    """A part's record names its inode, which a copy of the part has not."""
    journal = files / ".haul" / "journal"
    lines = journal.read_bytes().splitlines()
    for path in files.rglob("*.part"):
        name, token = str(path.relative_to(files)).rsplit(".", 2)[:2]
        for i, line in enumerate(lines):
            fields = line.split(b"\t")[:-1]
            if fields[0] == b"p" and fields[2] == name.encode() and \
                    fields[7] == token.encode():
                fields[8] = str(path.stat().st_ino).encode()
                body = b"\t".join(fields)
                lines[i] = body + b"\t%08x" % check_of(body)
    journal.write_bytes(b"\n".join([*lines, b""]))


class Scene:
    """What is common: a state to begin in, and a command."""

    modes = ("any",)
    again = True  # a second run is to make up for the first

    def __init__(self, bench):
        self.bench = bench
        self.template = bench.scratch / f"template-{self.name}"
        self.template.mkdir()
        self.prepare()
        self.expected = {}

    def prepare(self):
        """Makes what a run finds in its directory."""

    def begin(self, run_dir):
        shutil.copytree(self.template, run_dir, dirs_exist_ok=True,
                        symlinks=True)

    def learn(self, mode, run_dir, outcome):
        """From a run that nothing happened to."""

    def judge(self, call, run_dir, outcome):
        """What is wrong after a run that something happened to."""
        raise NotImplementedError

    def judge_again(self, run_dir, outcome, may_leave):
        """What is wrong after the healthy run that follows."""
        return []


class Fetch(Scene):
    """A run that leaves files."""

    modes = MODES
    report = True

    def learn(self, mode, run_dir, outcome):
        files = files_of(run_dir / "files")
        known = self.expected.setdefault("files", files)
        if known != files or outcome.status != 0:
            raise RuntimeError(
                f"{self.name} {mode}: {outcome.status} {sorted(files)} "
                f"{sorted(known)} {outcome.stderr}")

    def allowed(self):
        """Each name with all that may be under it."""
        allowed = {name: {body} for name, body in
                   self.expected["files"].items()}
        for name, body in files_of(self.template / "files").items():
            allowed.setdefault(name, set()).add(body)
        return allowed

    def wrong_files(self, files):
        allowed = self.allowed()
        for name, body in files.items():
            if PART.search(name):
                continue
            if name not in allowed:
                yield f"unexpected file {name}"
            elif body not in allowed[name]:
                yield f"wrong file {name}, {len(body)} bytes"
        for name in self.kept():
            if name not in files:
                yield f"{name} is gone"

    def kept(self):
        """What was there before and is to stay."""
        return [name for name in files_of(self.template / "files")
                if not PART.search(name)]

    def missing(self, run_dir, files):
        absent = {name: body for name, body in self.expected["files"].items()
                  if files.get(name) != body}
        for name, body in absent.items():
            if not self.has_another_name(run_dir, files, name, body):
                yield f"{name} is missing or old"

    def has_another_name(self, run_dir, files, name, body):
        """Where the first line of a URL failed before its name was recorded,
        the next line that repeats it gives the file its name for good."""
        return False

    def false_claims(self, run_dir, files):
        journal = run_dir / "files" / ".haul" / "journal"
        if not journal.exists():
            return
        allowed = self.allowed()
        whole = journal.read_bytes().rpartition(b"\n")[0]
        for line in whole.decode(errors="replace").splitlines():
            field = line.split("\t")
            if field[0] == "d" and len(field) > 2 and \
                    files.get(field[2]) not in allowed.get(field[2], ()):
                yield f"the journal says that {field[2]} is done"

    def false_rows(self, run_dir, files, complete):
        path = run_dir / "report.jsonl"
        if not self.report or not (path.exists() or complete):
            return
        rows = read_rows(path, complete)
        allowed = self.allowed()
        for row in rows:
            if row.get("outcome") in ("ok", "unchanged") and \
                    files.get(row["file"]) not in allowed.get(row["file"], ()):
                yield f"the report says that {row['file']} is there"
        if complete and (len(rows) != self.lines + 1 or
                         "summary" not in rows[-1]):
            yield f"the report has {len(rows)} rows"
        if complete and (run_dir / "trace.json").exists():
            json.loads((run_dir / "trace.json").read_text())

    def judge(self, call, run_dir, outcome):
        files = files_of(run_dir / "files") if \
            (run_dir / "files").exists() else {}
        complaints = [*self.wrong_files(files),
                      *self.false_claims(run_dir, files)]
        complete = outcome.status == 0
        if complete:
            complaints += self.missing(run_dir, files)
        try:
            complaints += self.false_rows(run_dir, files, complete)
        except (ValueError, OSError) as error:
            complaints.append(f"report or trace, with exit status 0: {error}")
        return complaints

    def judge_again(self, run_dir, outcome, may_leave):
        files = files_of(run_dir / "files")
        complaints = [*self.wrong_files(files), *self.missing(run_dir, files),
                      *self.false_claims(run_dir, files)]
        complaints += [f"{name} is left over" for name in files
                       if PART.search(name) and not may_leave]
        if outcome.status != 0:
            complaints.append(f"exit status {outcome.status}")
        return complaints


class Whole(Fetch):
    """All that a run does in a directory that others were in before: files that
    are done, one that has changed, a part, a foreign file, a journal to be
    compacted."""

    name = "whole"
    urls = ("small", "moved", "missing", "small", "large", "resumed", "done",
            "changed", "taken", "empty", "by-name", "small")
    lines = len(urls)

    def has_another_name(self, run_dir, files, name, body):
        return name == "1/small" and body in (files.get("4/small"),
                                              files.get("12/small"))

    def url(self, name):
        return self.bench.server.url(
            name, "localhost" if name == "by-name" else "127.0.0.1")

    def prepare(self):
        urls = [self.url(name) for name in self.urls]
        with gzip.open(self.template / "list.gz", "wt") as out:
            out.writelines(f"{url}\n" for url in urls)
        (self.template / "sums").write_text("".join(
            f"{hashlib.sha256(content(name, size)).hexdigest()}  {path}\n"
            for name, size, path in (("small", 3000, "1/small"),
                                     ("done", 5000, "7/done"),
                                     ("empty", 0, "10/empty"))))
        files = self.template / "files"
        self.bench.server.change("old")
        old = self.template / "old"
        old.write_text("\n".join(
            url if name in ("done", "changed") else "#"
            for name, url in zip(self.urls, urls)))
        for _ in range(4):
            self.bench.healthy(self.template, [
                "get", "-i", "old", "-d", "files", "-o", "{n}/{name}",
                "--restart", "-q", "--input-format", "plain"])
        # Killed when it has half of the large one.
        old.write_text("\n".join(
            url if name == "resumed" else "#"
            for name, url in zip(self.urls, urls)))
        self.bench.run(
            self.template,
            ["get", "-m", "sequential", "-i", "old", "-d", "files", "-o",
             "{n}/{name}", "-q", "--input-format", "plain", "--limit-rate",
             "2M"],
            nth.environment(self.bench.library, self.bench.env, call="pwrite",
                            at=3, signal=9, path="/6/"))
        parts = list(files.glob("6/*.part"))
        if len(parts) != 1 or parts[0].stat().st_size < 70_000:
            raise RuntimeError(f"no part to resume: {parts}")
        (files / "9").mkdir()
        (files / "9" / "taken").write_text("not haul's")
        # Over a thousand records that say nothing new are worth a compaction.
        journal = files / ".haul" / "journal"
        lines = journal.read_text().splitlines(True)
        journal.write_text("".join(lines[:4] + lines[3:4] * 1100 + lines[4:]))
        self.bench.server.change("new")

    def begin(self, run_dir):
        super().begin(run_dir)
        adopt_parts(run_dir / "files")

    def command(self, mode):
        return ["get", *ARGUMENTS[mode], "-i", "list.gz", "-d", "files", "-o",
                "{n}/{name}", "-N", "-R", "--fsync", "--sha256",
                "--checksum-file", "sums", "--report", "report.jsonl",
                "--trace", "trace.json", "--allow-failed", "1", *PATIENCE]

    def kept(self):
        return [name for name in super().kept() if not name.startswith("8/")]


class Fresh(Fetch):
    """A first run, of a list from standard input into a directory that is
    not there yet, with lines for which the disk is asked more than once."""

    name = "fresh"
    urls = ("small", "moved", "large", "small")
    lines = len(urls)

    def has_another_name(self, run_dir, files, name, body):
        return name == "out0" and files.get("out3") == body

    def prepare(self):
        (self.template / "list.tsv").write_text("".join(
            f"{self.bench.server.url(name)}\tout{i}\n"
            for i, name in enumerate(self.urls)))

    def command(self, mode):
        return ["get", *ARGUMENTS[mode], "-i", "list.tsv", "-d", "files", "-q",
                "--report", "report.jsonl", *PATIENCE]


def without_hashes(files):
    """On another port the origin's URLs are other ones, whose files get names
    of their own."""
    return {re.sub(r"-[0-9a-f]{16}(?=\.png)", "", name): body
            for name, body in files.items()}


class Local(Fetch):
    """The embedded origin in a process of its own."""

    name = "local"
    report = False

    def command(self, mode):
        return ["get", *ARGUMENTS[mode], "--local", "-n", "2", "--latency",
                "1ms", "-d", "files", *PATIENCE]

    def wrong_files(self, files):
        return super().wrong_files(without_hashes(files))

    def false_claims(self, run_dir, files):
        return []

    def kept(self):
        return []


class Body(Scene):
    """One body to standard output."""

    name = "stdout"
    modes = MODES
    again = False

    def command(self, mode):
        return ["get", *ARGUMENTS[mode], "-q", "-o", "-", *PATIENCE,
                self.bench.server.url("large")]

    def judge(self, call, run_dir, outcome):
        body = content("large", 600_000).decode()
        if outcome.status == 0 and outcome.stdout != body:
            return [f"{len(outcome.stdout)} bytes, with exit status 0"]
        if not body.startswith(outcome.stdout):
            return ["wrong bytes"]
        return []


class Answer(Scene):
    """A command that reads a directory and prints something."""

    again = False

    def prepare(self):
        shutil.copytree(self.bench.complete, self.template, dirs_exist_ok=True)

    def learn(self, mode, run_dir, outcome):
        self.expected = {"status": outcome.status, "stdout": outcome.stdout}

    def judge(self, call, run_dir, outcome):
        complaints = []
        if outcome.status == self.expected["status"] and \
                outcome.stdout != self.expected["stdout"]:
            complaints.append(f"exit status {outcome.status}, and another "
                              f"answer: {outcome.stdout}")
        if outcome.status == 0 and self.expected["status"] != 0:
            complaints.append("exit status 0")
        if files_of(run_dir / "files") != files_of(self.template / "files"):
            complaints.append("files have changed")
        return complaints


class Status(Answer):
    name = "status"

    def command(self, mode):
        return ["status", "files", "--list", "all", "-i", "list.gz"]


class StatusJson(Answer):
    name = "status_json"

    def command(self, mode):
        return ["status", "files", "--json", "-i", "list.gz"]


class Verify(Answer):
    """One file is not what it was."""

    name = "verify"

    def prepare(self):
        super().prepare()
        path = self.template / "files" / "7" / "done"
        path.write_bytes(b"?" + path.read_bytes()[1:])

    def command(self, mode):
        return ["verify", "files"]


class Page(Scene):
    """A page of a trace and a report. Without memory jansson may call a line
    that it reads broken, and a page is made without such lines."""

    name = "page"
    again = False

    def prepare(self):
        shutil.copytree(self.bench.complete, self.template, dirs_exist_ok=True)

    def command(self, mode):
        return ["page", "trace.json", "report.jsonl", "-o", "page.html"]

    def learn(self, mode, run_dir, outcome):
        self.expected = (run_dir / "page.html").read_bytes()

    def judge(self, call, run_dir, outcome):
        page = run_dir / "page.html"
        if outcome.status == 0 and call != "alloc_other" and \
                page.read_bytes() != self.expected:
            return ["another page, with exit status 0"]
        return []


class Compare(Scene):
    """A comparison of one mode with itself."""

    name = "compare"
    modes = MODES[:4]
    again = False

    def command(self, mode):
        return ["compare", "--modes", mode, "-n", "2", "--workers", "2",
                "--latency", "1ms", "--cpu-work", "0", "--json", "rows.json", "--html",
                "page.html"]

    def judge(self, call, run_dir, outcome):
        if outcome.status != 0:
            return []
        try:
            rows = json.loads((run_dir / "rows.json").read_text())
        except (OSError, ValueError) as error:
            return [f"exit status 0: {error}"]
        if [(row["files"], row["failed"]) for row in rows] != [(2, 0)]:
            return [f"exit status 0: {rows}"]
        page = run_dir / "page.html"
        if not page.exists() or not page.read_text().rstrip().endswith(
                "</html>"):
            return ["exit status 0 without the whole page"]
        return []


ALL = (Whole, Fresh, Local, Body, Status, StatusJson, Verify, Page, Compare)
