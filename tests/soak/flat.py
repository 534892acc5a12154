"""A long run stays as it was: a million transfers, 1 % of which meet a fault,
need as many descriptors, threads and workers at their end as at their
beginning, but for the connections that are kept, and no more memory than a
line's record costs."""

import json
import os
import pathlib
import re
import shutil
import threading
import time

import soak
from soak import MB, Soak, figure, size

COUNTS = {
    "async": size(1_000_000, 20_000),
    "async --loops 2": size(200_000, 6_000),
    "threads": size(200_000, 6_000),
    "processes": size(200_000, 6_000),
}
FAULTS = ("503", "404", "reset", "truncate")
HOSTS = 50
BYTES_A_LINE = 32
# What the allocators of a run's threads and workers keep of what was freed.
SLACK = size(4 * MB, 24 * MB)
# Some come and go.
SPARE_FILES = 64
# Connections are kept for the next URLs of their hosts: six of each.
KEPT_CONNECTIONS = 6 * HOSTS * len(FAULTS)


def children_of(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def needs_of(pid):
    """Of one process: descriptors that are no sockets, sockets, threads, bytes.
    """
    proc = pathlib.Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    kilobytes = re.search(r"VmRSS:\s+(\d+) kB", status)
    files = [os.readlink(fd) for fd in (proc / "fd").iterdir()]
    sockets = sum(file.startswith("socket:") for file in files)
    return (len(files) - sockets, sockets,
            int(re.search(r"Threads:\s+(\d+)", status)[1]),
            int(kilobytes[1]) * 1024 if kilobytes else 0)


class Watch:
    """Notes what a run and its workers need, and how many lines have ended by
    then, until the run has ended."""

    NAMES = ("descriptors", "sockets", "threads", "bytes", "processes")

    def __init__(self, run, journal):
        self.run = run
        self.journal = journal
        self.read_to = 0
        self.ended = 0
        self.samples = []
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while self.run.process.returncode is None:
            try:
                self._sample()
            except OSError:  # a process has ended meanwhile
                pass
            time.sleep(0.02)

    def _sample(self):
        self._count()
        pids = [self.run.pid, *children_of(self.run.pid)]
        needs = [sum(column) for column in zip(*map(needs_of, pids))]
        self.samples.append((self.ended, [*needs, len(pids)]))

    def _count(self):
        """Whole lines of the journal: done or failed."""
        with open(self.journal, "rb") as journal:
            journal.seek(self.read_to)
            text = journal.read()
        text = text[:text.rfind(b"\n") + 1]
        self.read_to += len(text)
        self.ended += sum(line[:2] in (b"d\t", b"f\t")
                          for line in text.split(b"\n"))

    def most(self, begin, end):
        """Of each need, of the samples with begin <= lines that ended < end."""
        self.thread.join()
        within = [needs for ended, needs in self.samples
                  if begin <= ended < end]
        most = [max(column) for column in zip(*within)]
        return len(within), dict(zip(self.NAMES, most))


class Flat(Soak):
    def lines(self, count):
        """Each of the origins, which are new, strikes a path once."""
        ports = [self.serve("--bind", "0.0.0.0", "--fault",
                            f"{fault}=1").rpartition(":")[2]
                 for fault in FAULTS]
        for i in range(count):
            port = ports[i % len(FAULTS)]
            yield (f"http://127.0.0.{1 + i // 4 % HOSTS}:{port}"
                   f"/bytes/{100 + i % 64}?n={i}")

    def check_files(self, count, report):
        """Every file is there, as long as it should be, and nothing else.
        Returns how many attempts were more than one a line."""
        ok = failed = attempts = 0
        with open(report) as rows:
            for row in map(json.loads, rows):
                if "summary" in row:
                    continue
                attempts += row["attempts"]
                failed += row["status"] == 404 and row["outcome"] == "failed"
                ok += (row["outcome"] == "ok" and
                       row["bytes"] == 100 + (row["n"] - 1) % 64)
        self.assertEqual(ok + failed, count)
        # Of a quarter of the lines 1 % are not there.
        self.assertLess(abs(failed * 400 / count - 1), size(0.2, 0.8))
        found = sum(1 for p in self.dir.glob("*/*") if ".haul" not in p.parts)
        self.assertEqual(found, ok)
        return attempts - count

    def watch_run(self, mode, count):
        """Returns what the first and the last tenth needed."""
        path = self.write_list("list", self.lines(count))
        report = self.scratch / "report.jsonl"
        run = self.begin("-m", *mode.split(), "-i", path, "-d", self.dir, "-o",
                         "{hash:1}/{hash}", "--retry-delay", "0.05", "-q",
                         "--report", report)
        watch = Watch(run, self.dir / ".haul" / "journal")
        self.finish(run, status=8)
        more = self.check_files(count, report)
        tenth = count // 10
        first_samples, first = watch.most(1, tenth + 1)
        last_samples, last = watch.most(count - tenth, count)
        self.assertGreaterEqual(min(first_samples, last_samples), 2)
        figure(f"{mode}: {count:,} in {run.seconds:.0f} s with {more:,} more "
               f"attempts, first and last {tenth:,}: "
               f"{first['descriptors']} and {last['descriptors']} descriptors, "
               f"{first['sockets']} and {last['sockets']} sockets, "
               f"{first['threads']} and {last['threads']} threads, "
               f"{first['bytes'] / MB:.1f} and {last['bytes'] / MB:.1f} MB")
        return first, last

    def test_the_last_need_no_more_than_the_first(self):
        for mode, count in COUNTS.items():
            if count == 0:
                continue
            with self.subTest(mode=mode):
                first, last = self.watch_run(mode, count)
                self.assertLessEqual(last["descriptors"],
                                     first["descriptors"] + SPARE_FILES)
                self.assertLessEqual(last["sockets"],
                                     KEPT_CONNECTIONS + SPARE_FILES)
                self.assertLessEqual(last["threads"], first["threads"])
                self.assertLessEqual(last["processes"], first["processes"])
                self.assertLessEqual(last["bytes"] - first["bytes"],
                                     BYTES_A_LINE * count + SLACK)
            shutil.rmtree(self.dir, ignore_errors=True)


if __name__ == "__main__":
    soak.main()
