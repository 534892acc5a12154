"""Servers that misuse HTTP/2, each row of h2_rows.py in each mode: what haul
stores is right, nothing hangs, memory stays flat, the files beside it arrive,
and the row fails of its own cause."""

import pathlib
import signal
import subprocess
import time
import unittest

from h2_rows import ROWS, Row, hello, row_named
from h2_server import Server, answer, body_of, data, head, make_certificate
from support import HAUL, MODES, HaulTest, wait_for

MORE_MEMORY_KB = 80_000  # than right answers take, with the sanitizers' own
RETRY = 2
# How many transfers at once; (mode, options).
RUNS = {"sequential": ("sequential",), "threads": ("threads", "-j", 16),
        "processes": ("processes", "-j", 6), "async": ("async",),
        "loops": ("async", "--loops", 2)}


def memory_of(pid):
    """The most that a process has had in memory, kB, or one of its children."""
    most = 0
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        for one in (pid, *children.split()):
            for line in pathlib.Path(f"/proc/{one}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    most = max(most, int(line.split()[1]))
    except OSError:
        pass
    return most


class Hostile(HaulTest):
    rows = ROWS
    certified = ()
    shares = False  # transfers share connections

    def setUp(self):
        super().setUp()
        key, self.pem = make_certificate(self.scratch, *self.certified)
        self.server = Server(key, self.pem, self.rows)
        self.addCleanup(self.server.close)

    def url(self, row, name, host="127.0.0.1"):
        return f"https://{host}:{self.server.ports[row.name]}/{row.name}/{name}"

    def begin(self, name, urls, *options):
        """Starts a run over them."""
        self.dir = self.scratch / name
        (self.scratch / f"{name}.list").write_text("\n".join(urls) + "\n")
        env = self.environment()
        # What is freed is not to count as memory.
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with open(self.scratch / f"{name}.err", "w") as err:
            process = subprocess.Popen(
                [HAUL, "-d", self.dir, "--cacert", self.pem, "-o", "{path}/{name}",
                 "--report", f"{name}.jsonl", "-i", f"{name}.list",
                 "--retry-delay", "0.05", "--host-give-up", "1000",
                 *map(str, options)],
                cwd=self.scratch, env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=err)
        self.addCleanup(self.end, process)
        return process

    def run_urls(self, name, urls, *options, seconds=60):
        """To the end; the report's rows by URL, and the most memory in kB."""
        process = self.begin(name, urls, *options)
        most, end = 0, time.monotonic() + seconds
        while process.poll() is None:
            most = max(most, memory_of(process.pid))
            self.assertLess(time.monotonic(), end, f"{name} does not end")
            time.sleep(0.01)
        self.status = process.returncode
        rows, _ = self.read_report(self.scratch / f"{name}.jsonl")
        return {r["url"]: r for r in rows}, most

    def check_file(self, row, name, got):
        """It is there if it is said to be, and then right."""
        path = self.dir / row.name / name
        self.assertEqual(path.exists(), got["outcome"] == "ok", got)
        if path.exists():
            self.assertEqual(path.read_bytes(), body_of(f"/{row.name}/{name}"), got)

    def check_row(self, row, got, goods):
        bad = got[self.url(row, "bad")]
        # libcurl 7.88 loses the error of a session where it is read on behalf
        # of another stream: then --speed-time ends the transfer.
        lost = ("stalled",) if self.shares and "protocol" in row.want else ()
        self.assertIn(bad["error"] or bad["outcome"], (*row.want, *lost), bad)
        self.check_file(row, "bad", bad)
        asked = self.server.counts.get((row.name, f"/{row.name}/bad"), 0)
        self.assertLessEqual(asked, row.asked, bad)
        for i in range(goods):
            beside = got[self.url(row, f"good{i}")]
            self.assertEqual(beside["outcome"], "ok", beside)
            self.check_file(row, f"good{i}", beside)

    def check_rows(self, name, rows, most_goods, *options, seconds=60):
        """One run over them all; returns what it took of memory."""
        self.server.forget()
        goods = [min(row.goods, most_goods) for row in rows]
        urls = [self.url(row, path) for row, count in zip(rows, goods)
                for path in ("bad", *(f"good{i}" for i in range(count)))]
        got, memory = self.run_urls(name, urls, *options, seconds=seconds)
        for row, count in zip(rows, goods):
            with self.subTest(row=row.name):
                self.check_row(row, got, count)
        bad = [r for r in got.values() if r["outcome"] != "ok"]
        self.assertEqual(self.status, 8 if bad else 0)
        self.assertEqual(len(got), len(urls))
        return memory


class Rows(Hostile):
    """One connection's fault may meet the files beside it on that connection,
    which is async's alone: there are more of them."""

    def healthy(self, how):
        rows = [row for row in ROWS if row.hello is hello and row.goods > 0][:60]
        urls = [self.url(row, f"good{i}") for row in rows for i in range(2)]
        got, memory = self.run_urls(f"healthy-{how}", urls, "-m", *RUNS[how])
        self.assertEqual({r["outcome"] for r in got.values()}, {"ok"})
        return memory

    def check(self, how):
        every = how == "async"
        rows = [row for row in ROWS if every or not row.more]
        most = self.healthy(how) + MORE_MEMORY_KB
        quick = [row for row in rows if not row.slow and not row.flood]
        slow = [row for row in rows if row.slow]
        flood = [row for row in rows if row.flood]
        if how == "sequential":
            slow = slow[:2]
        if not every:
            flood = [row_named("flood-empty-data")]
        more = 2 if RUNS[how][0] == "async" else 1
        self.shares = RUNS[how][0] == "async"
        common = ("-m", *RUNS[how], "--retry", RETRY)
        self.assertLess(self.check_rows(
            f"quick-{how}", quick, more, *common, "--speed-time", 5), most)
        # Without goods: they may share the connection, and have one attempt.
        self.assertLess(self.check_rows(
            f"slow-{how}", slow, 0, *common, "--retry", 0, "--speed-time", 1), most)
        self.assertLess(self.check_rows(
            f"flood-{how}", flood, 0, *common, "--retry", 0,
            "--speed-time", 3), most)

    def test_sequential(self):
        self.check("sequential")

    def test_threads(self):
        self.check("threads")

    def test_processes(self):
        self.check("processes")

    def test_async(self):
        self.check("async")

    def test_async_on_two_loops(self):
        self.check("loops")


class Interrupted(Hostile):
    rows = [row_named("flood-priority")]

    def test_a_flood_does_not_outlast_ctrl_c(self):
        for mode in ("sequential", "async"):
            with self.subTest(mode=mode):
                self.server.forget()
                process = self.begin(mode, [self.url(self.rows[0], "bad")], "-m", mode,
                                     "--retry", 100, "--retry-delay", 0)
                self.assertTrue(wait_for(lambda: self.server.counts))
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=10), 7)


class Beside(Hostile):
    """Streams that share a connection."""

    def stuck(c, s, body, count):
        yield head(s, len(body)) + data(s, body[:5000])

    def silent(c, s, body):
        if c.number > 1 or c.requests == 1:
            yield answer(s, body)

    def no_length(c, s, body):
        yield head(s) + data(s, body, True)

    rows = [Row("stuck", stuck, goods=5), Row("silent", good=silent),
            Row("no-length", good=no_length)]

    def test_one_that_stalls_is_given_up_alone(self):
        row = self.rows[0]
        urls = [self.url(row, name) for name in
                ("bad", *(f"good{i}" for i in range(40)))]
        got, _ = self.run_urls("stuck", urls, "-m", "async", "--retry", 0,
                               "--speed-time", 3, "--rate", "8/s")
        bad = got.pop(self.url(row, "bad"))
        self.assertEqual(bad["error"], "stalled")
        self.assertEqual(self.names(), [f"stuck/good{i}" for i in
                                        sorted(range(40), key=str)])
        for name in self.names():
            self.check_file(row, name.split("/")[1], {"outcome": "ok"})
        self.assertEqual({r["attempts"] for r in got.values()}, {1})
        # The one that stalled closes it where it was alone just then.
        self.assertLessEqual(self.server.connections["stuck"], 2)

    def test_a_connection_that_says_nothing_any_more_is_left(self):
        row = self.rows[1]
        urls = [self.url(row, f"good{i}") for i in range(8)]
        for mode in MODES:
            with self.subTest(mode=mode):
                self.server.forget()
                got, _ = self.run_urls(f"silent-{mode}", urls, "-m", mode, "-j", 2,
                                       "--retry", 1, "--speed-time", 1)
                self.assertEqual({r["outcome"] for r in got.values()}, {"ok"}, got)
                self.assertLessEqual(
                    sum(r["attempts"] > 1 for r in got.values()), 2)

    def test_a_host_without_lengths_is_asked_in_http_1_from_then_on(self):
        row = self.rows[2]
        urls = [self.url(row, f"good{i}") for i in range(5)]
        for mode in MODES:
            with self.subTest(mode=mode):
                self.server.forget()
                got, _ = self.run_urls(f"length-{mode}", urls, "-m", mode, "-j", 1)
                for i, url in enumerate(urls):
                    self.check_file(row, f"good{i}", got[url])
                    self.assertEqual(got[url]["attempts"], 1)
                if got[urls[0]]["http"] == "2":
                    continue  # libcurl 8 and later tells where a stream ends
                asked = self.server.counts
                self.assertEqual(sum(count for (_, path), count in asked.items()
                                     if not path.endswith(" 1.1")), 1, asked)


class Names(Hostile):
    """Two hosts of one certificate, at one address and port."""

    certified = ("*.haul.test",)

    def of_host(c, s, body):
        yield answer(s, c.host.encode() + body)

    rows = [Row("names", good=of_host)]

    def test_no_host_gets_the_bytes_of_another(self):
        row = self.rows[0]
        port = self.server.ports["names"]
        hosts = ("a.haul.test", "b.haul.test")
        urls = [self.url(row, f"good{i}", host) for i in range(6) for host in hosts]
        resolve = [word for host in hosts
                   for word in ("--resolve", f"{host}:{port}:127.0.0.1")]
        for how, run in RUNS.items():
            with self.subTest(how=how):
                self.server.forget()
                got, _ = self.run_urls(how, urls, "-m", *run, *resolve,
                                       "-o", "{host}/{name}")
                self.assertEqual({r["outcome"] for r in got.values()}, {"ok"}, got)
                for host in hosts:
                    for i in range(6):
                        self.assertEqual(
                            (self.dir / host / f"good{i}").read_bytes(),
                            f"{host}:{port}".encode() + body_of(f"/names/good{i}"))


if __name__ == "__main__":
    unittest.main()
