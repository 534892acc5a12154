"""Hostile servers: each answer of hostile_rows and hostile_redirects comes to
what its row says, in each mode, and in one run with files that must all arrive
right."""

import os
import pathlib
import re
import ssl
import subprocess
import unittest

from hostile_redirects import REDIRECTS
from hostile_rows import BODY, HEALTHY, MAX_FILESIZE, PORTS, ROWS, WRONG
from hostile_server import KEEP, Server
from support import HAUL, HaulTest, free_port, wait_for
from test_connections import make_certificate
from workers import children_of

FILES = 20
MODES = {
    "sequential": ["-m", "sequential"],
    "threads": ["-m", "threads", "-j", 40],
    "processes": ["-m", "processes", "-j", 8],
    "async": ["-m", "async"],
    "loops": ["-m", "async", "--loops", 2],
}
OPTIONS = ["--retry", 0, "-x", 0, "--no-adapt", "--host-give-up", 0,
           "--max-filesize", MAX_FILESIZE, "-k", "--http", "1.1"]
# What nothing but a limit on time ends has a run of its own, so that the limit
# can be short there, and long where a busy machine must not meet it.
SLOW = {"stalled", "timeout"}
LIMIT_S, SLOW_LIMIT_S = 40, 4
SLOW_RUNS = 4  # where one transfer comes after the other
SECONDS = 240
MORE_KB = 24 * 1024
# A sanitizer keeps what is freed for a while, which is not haul's.
SANITIZER = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"


class Run:
    """haul, in a directory of its own."""

    def __init__(self, test, name, *arguments):
        self.dir = test.scratch / name
        self.report = test.scratch / f"{name}.report"
        self.messages = test.scratch / f"{name}.messages"
        self.memory_kb = 0
        self.has_workers = "processes" in arguments
        with open(self.messages, "wb") as messages:
            self.process = subprocess.Popen(
                [HAUL, "-d", self.dir, "--report", self.report,
                 *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=messages, cwd=test.scratch,
                env=test.environment(ASAN_OPTIONS=SANITIZER))
        test.addCleanup(self.kill)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def is_over(self):
        """memory_kb: the most that its process or one of its workers had. They
        tell until they end."""
        pids = [self.process.pid]
        if self.has_workers:
            pids += children_of(self.process.pid)
        for pid in pids:
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            for kb in re.findall(r"VmHWM:\s*(\d+) kB", status):
                self.memory_kb = max(self.memory_kb, int(kb))
        return self.process.poll() is not None


def await_all(runs):
    return wait_for(lambda: all([run.is_over() for run in runs]), SECONDS)


class HostileTest(HaulTest):
    ROWS = ()

    def setUp(self):
        super().setUp()
        self.rows = {row.name: row for row in self.ROWS}
        self.assertEqual(len(self.rows), len(self.ROWS), "a name is there twice")
        key, pem = make_certificate(self.scratch)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        self.server = Server(self.script)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.ports = {"http": self.server.listen(),
                      "https": self.server.listen(context=context),
                      "closed": free_port()}
        for name, steps in PORTS.items():
            self.ports[name] = self.server.listen(at_once=steps)

    def script(self, request, nth):
        row = self.rows.get(request.name)
        if row is None:
            return [WRONG if request.name == "wrong" else HEALTHY, KEEP]
        steps = row.then if nth > 1 and row.then else row.send
        return [self.fill_in(step, request, nth) for step in steps]

    def fill_in(self, step, request, nth):
        if not isinstance(step, bytes):
            return step
        for name, value in (*self.ports.items(), ("run", request.run),
                            ("nth", nth)):
            step = step.replace(b"{%s}" % name.encode(), str(value).encode())
        return step

    def url(self, run, name, port="http"):
        scheme = "https" if port.startswith(("tls", "https")) else "http"
        return f"{scheme}://127.0.0.1:{self.ports[port]}/{run}/{name}"

    def list_of(self, run, rows):
        """The rows' URLs, and healthy ones between them."""
        lines = [self.url(run, row.name, row.port) for row in rows]
        step = len(lines) // FILES
        for n in range(0 if "-slow" in run else FILES):
            lines.insert(n * (step + 1), self.url(run, f"healthy-{n}"))
        path = self.scratch / f"{run}.list"
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def begin(self, run, mode, rows):
        name = f"xn--bcher-kva.test:{self.ports['http']}:127.0.0.1"
        limit = SLOW_LIMIT_S if "-slow" in run else LIMIT_S
        return Run(self, run, *OPTIONS, *MODES[mode], "--resolve", name,
                   "--speed-time", limit, "--connect-timeout", limit, "-i",
                   self.list_of(run, rows))

    def body_of(self, run, name):
        path = run.dir / name
        return path.read_bytes() if path.exists() else None

    def objections(self, run, rows):
        """What is not as the rows say."""
        names = {row.name: row for row in rows}
        found, files = [], 0
        for line in self.read_report(run.report)[0]:
            name = line["url"].rpartition("/")[2]
            row = names.pop(name, None)
            files += row is None
            want = row.want if row is not None else "ok"
            statuses = (row.status if row is not None else 200,)
            if want in SLOW:  # a busy machine may not even see the answer
                statuses += (0,)
            body = row.body if row is not None else BODY
            got = line["error"] or line["outcome"]
            if (got != want or not {-1, line["status"] or 0} & set(statuses)
                    or self.body_of(run, name) != (body if want == "ok" else None)
                    or line["total_ms"] > SECONDS * 1000 / 2):
                found.append(f"{name}: {want} {statuses} expected; {line}")
        found += [f"{name}: not in the report" for name in names]
        if files != (0 if "-slow" in run.dir.name else FILES):
            found.append(f"{files} healthy files")
        return found

    def check_run(self, run, rows):
        messages = run.messages.read_text(errors="replace")
        self.assertIn(run.process.returncode, (8, 3), messages)
        self.assertEqual(self.objections(run, rows), [])
        self.assertEqual(run.process.returncode, 8, messages)
        parts = [p.name for p in run.dir.iterdir() if p.name.endswith(".part")]
        self.assertEqual(parts, [])

    def parts_of(self, mode):
        """(run, rows)"""
        slow = [row for row in self.ROWS if row.want in SLOW]
        runs = SLOW_RUNS if mode == "sequential" else 1
        return [(mode, [row for row in self.ROWS if row.want not in SLOW]),
                *((f"{mode}-slow-{n}", slow[n::runs]) for n in range(runs))]


class Answers(HostileTest):
    ROWS = [*ROWS, *REDIRECTS]

    def test_rows(self):
        runs = [(self.begin(name, mode, rows), rows)
                for mode in MODES for name, rows in self.parts_of(mode)]
        await_all([run for run, _ in runs])
        for run, rows in runs:
            with self.subTest(run=run.dir.name):
                self.check_run(run, rows)
        self.rows = {}  # now all answers are healthy
        # Some ports are slow before any answer.
        quick = [row for row in self.ROWS if row.want not in SLOW]
        healthy = [self.begin(f"healthy-{mode}", mode, quick)
                   for mode in MODES]
        await_all(healthy)
        for mode, run in zip(MODES, healthy):
            with self.subTest(mode=mode):
                hostile = [r for r, _ in runs if r.dir.name == mode][0]
                self.assertLess(hostile.memory_kb, run.memory_kb + MORE_KB)


if __name__ == "__main__":
    unittest.main()
