"""What each transfer's time was: the report, the trace and the page say the
same, in every mode, and the phases add up to the whole."""

import http.server
import json
import pathlib
import re
import signal
import socket
import ssl
import sys
import threading
import time
import unittest

from h2_rows import Row
from h2_server import Server as Server2
from h2_server import make_certificate
from support import WAYS, HaulTest, free_port

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

from trace_check import PHASES, Trace

SIZE = 600_000  # of a body that streams to its file
CUT = 400_000   # where its first answer ends
PAGE_FIELDS = 1 + len(PHASES) + 11
MS = 1.0


def body_of(path):
    return (path.encode() * (SIZE // len(path) + 1))[:SIZE]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def is_first(self):
        with self.server.lock:
            first = self.path not in self.server.seen
            self.server.seen.add(self.path)
        return first

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        time.sleep(0.02)
        getattr(self, "on_" + self.path.split("/")[1])()

    def on_ok(self):
        self.reply(200, self.path.encode())

    def on_slow(self):
        """Its body comes in two halves."""
        self.send_response(200)
        self.send_header("Content-Length", 2000)
        self.end_headers()
        self.wfile.write(b"a" * 1000)
        time.sleep(0.1)
        self.wfile.write(b"b" * 1000)

    def on_moved(self):
        self.reply(302, Location="/ok/" + self.path.rsplit("/")[-1])

    def on_gone(self):
        self.reply(404, b"gone")

    def on_busy(self):
        self.reply(500 if self.is_first() else 200, b"x")

    def on_reset(self):
        self.close_connection = True
        self.connection.shutdown(2)

    def on_cut(self):
        """A long body, of which the first answer has only a part."""
        body = body_of(self.path)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", SIZE - start)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{SIZE - 1}/{SIZE}")
        self.end_headers()
        if self.is_first():
            self.wfile.write(body[:CUT])
            self.close_connection = True
        else:
            self.wfile.write(body[start:])

    def on_hang(self):
        self.server.hung.set()
        self.server.go_on.wait(60)
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.seen = set()
        self.hung = threading.Event()
        self.go_on = threading.Event()
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)

    def handle_error(self, *_):
        """A client that hangs up is none."""


class TimesTest(HaulTest):
    def serve_oddly(self, context=None):
        server = Server(context)
        url = self.answer_with(server)
        self.addCleanup(server.go_on.set)
        return server, url

    def page_of(self, name):
        """Of one file: the page of both draws the timeline alone."""
        result = self.haul("page", name, "-o", "p.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        data = re.search(r'id="data">(.*?)</script>',
                         (self.scratch / "p.html").read_text(), re.S)
        run, = json.loads(data[1])["runs"]
        return self.read_page(run)

    def read_page(self, run):
        """By URL: its attempts, each its begin, its phases and its end, in
        ms."""
        found = {}
        numbers = run["transfers"]
        for i in range(0, len(numbers), PAGE_FIELDS):
            row = numbers[i:i + PAGE_FIELDS]
            phases = [us / 1000 for us in row[1:1 + len(PHASES)]]
            first, last = row[1 + len(PHASES):3 + len(PHASES)]
            self.assertLessEqual((first + last) / 1000,
                                 phases[PHASES.index("ready")] + 0.003)
            found.setdefault(run["names"][row[-2]], []).append(
                {"begin": row[0] / 1000, "phases": dict(zip(PHASES, phases)),
                 "end": row[0] / 1000 + sum(phases), "last": last / 1000})
        return found

    def assert_same(self, shown, row, begin, what):
        """An attempt of a trace or a page is that of the report's row."""
        where = f"{what}: {shown} is not {row}"
        self.assertAlmostEqual(shown["begin"], begin, delta=MS, msg=where)
        self.assertAlmostEqual(shown["end"], begin + row["total_ms"], delta=MS,
                               msg=where)
        for phase in PHASES:
            self.assertAlmostEqual(shown["phases"][phase], row[phase + "_ms"],
                                   delta=MS, msg=where)

    def check(self, name=""):
        """The report r.jsonl and the trace t.json of one run, and the pages of
        both. Returns the rows that had an attempt; self.pictured is the page of
        the trace."""
        rows, summary = self.read_report(self.scratch / "r.jsonl")
        trace = Trace(self.scratch / "t.json")
        tracks = {t["line"]: t for t in trace.tracks().values()}
        self.assertEqual(trace.errors, [])
        of_trace, of_report = self.page_of("t.json"), self.page_of("r.jsonl")
        self.pictured = of_trace
        made = []
        for row in rows:
            with self.subTest(run=name, url=row["url"]):
                begin, end = row["start_ms"], row["start_ms"] + row["total_ms"]
                self.assertAlmostEqual(
                    sum(row[phase + "_ms"] for phase in PHASES),
                    row["total_ms"], delta=0.01)
                self.assertLessEqual(end, 1000 * summary["seconds"] + MS)
                if row["total_ms"] == 0:
                    self.assertEqual(begin, 0)
                    continue
                track = tracks[row["n"]]
                self.assertAlmostEqual(track["closed"], end, delta=MS)
                self.assert_same(of_report[row["url"]][-1], row, begin, "page")
                if not track["attempts"]:
                    continue
                made.append(row)
                self.assertEqual(len(track["attempts"]),
                                 len(of_trace[track["url"]]))
                self.assert_same(track["attempts"][-1], row, begin, "trace")
                self.assert_same(of_trace[track["url"]][-1], row, begin,
                                 "page of the trace")
                ends = 0
                for attempt in track["attempts"]:
                    self.assertGreaterEqual(attempt["begin"], ends)
                    self.assertAlmostEqual(
                        attempt["begin"] + sum(attempt["phases"].values()),
                        attempt["end"], delta=MS)
                    ends = attempt["end"]
        self.seconds = summary["seconds"]
        return made

    def run_list(self, way, urls, *options):
        (self.scratch / "list").write_text("\n".join(urls) + "\n")
        folder = self.scratch / f"files{len(list(self.scratch.iterdir()))}"
        return self.haul("get", "-i", "list", "-d", folder, "-m", *way, "-q",
                         "--retry", "1", "--retry-delay", "0.05",
                         "--report", "r.jsonl", "--trace", "t.json", *options)


class EveryMode(TimesTest):
    def setUp(self):
        super().setUp()
        key, self.pem = make_certificate(self.scratch)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem, key)
        self.server, self.plain = self.serve_oddly()
        self.tls, url = self.serve_oddly(context)
        self.secure = url.replace("http:", "https:")
        self.dead = f"http://127.0.0.1:{free_port()}/x"

    def urls(self):
        for server in (self.server, self.tls):
            server.seen.clear()
        return [*(f"{self.plain}/ok/{n}" for n in range(4)),
                *(f"{self.secure}/ok/s{n}" for n in range(2)),
                f"{self.plain}/slow/1", f"{self.plain}/moved/7",
                f"{self.plain}/gone/1", f"{self.plain}/busy/1",
                f"{self.plain}/reset/1", f"{self.plain}/cut/1",
                f"{self.secure}/cut/2", self.dead, f"{self.plain}/ok/0",
                "bad:url"]

    def check_way(self, way, *options):
        result = self.run_list(way, self.urls(), "--cacert", self.pem, "-x",
                               "0", *options)
        self.assertEqual(result.returncode, 8, result.stderr)
        rows = {row["url"]: row for row in self.check(way)}
        self.assertEqual(len(rows), 14)
        outcomes = [row["outcome"] for row in rows.values()]
        self.assertEqual(outcomes.count("failed"), 3)
        for name in ("cut/1", "cut/2"):
            row = next(r for url, r in rows.items() if url.endswith(name))
            self.assertEqual((row["outcome"], row["attempts"]), ("ok", 2))
        secure = rows[f"{self.secure}/ok/s0"]
        self.assertGreater(secure["tls_ms"], 0)
        for url, row in rows.items():
            if not url.startswith("https:"):
                self.assertEqual(row["tls_ms"], 0)
            if "/ok/" in url:
                # The server waits for 20 ms.
                self.assertGreater(row["wait_ms"] + row["ready_ms"], 19)
        slow = rows[f"{self.plain}/slow/1"]
        self.assertGreater(slow["wait_ms"] + slow["body_ms"] +
                           slow["ready_ms"], 119)
        self.assertGreater(slow["body_ms"], 0)
        return rows

    def test_phases_add_up_and_all_say_the_same(self):
        for way in WAYS:
            for row in self.check_way(way).values():
                self.assertEqual(row["work_ms"], 0)

    def test_work_is_a_phase(self):
        for way in WAYS:
            for row in self.check_way(way, "--cpu-work", "5ms").values():
                if row["outcome"] == "ok":
                    self.assertGreater(row["work_ms"], 4.9)
                    self.assertLess(row["file_ms"], row["total_ms"])
                elif row["error"] == "http":
                    self.assertEqual(row["work_ms"], 0)

    def test_transfers_that_are_cancelled(self):
        for way in WAYS:
            self.server.hung.clear()
            (self.scratch / "list").write_text("\n".join(
                f"{self.plain}/{'ok' if n < 2 else 'hang'}/{n}"
                for n in range(6)) + "\n")
            process = self.start(
                "get", "-i", "list", "-d", self.scratch / "-".join(way), "-m",
                *way, "-j", "4", "-x", "0", "--report", "r.jsonl", "--trace",
                "t.json")
            self.assertTrue(self.server.hung.wait(60))
            for order in (signal.SIGINT, signal.SIGTERM):
                process.send_signal(order)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 7)
            rows = self.check(way)
            self.assertGreaterEqual(len(rows), 3)
            left = [row for row in rows if row["outcome"] == "left"]
            self.assertGreater(len(left), 0)


class BusyLoop(TimesTest):
    """Work on the loop holds up the transfers whose answers are there."""

    N, WORK = 20, 20

    def get(self, *options):
        self.haul("get", "--local", "-n", self.N, "-j", "100", "-x", "0",
                  "--latency", "50ms", "--cpu-work", f"{self.WORK}ms", "-d",
                  self.scratch / "files", "--report", "r.jsonl", "--trace",
                  "t.json", "--restart", *options)
        rows = self.check(options)
        self.assertEqual(len(rows), self.N)
        return {phase: sum(row[phase + "_ms"] for row in rows)
                for phase in PHASES}, rows

    def test_answers_that_nobody_comes_to_are_ready(self):
        sums, rows = self.get()
        self.assertGreater(sums["ready"], sums["wait"])
        self.assertGreater(sums["ready"], sums["body"] + sums["file"])
        last = max(row["start_ms"] + row["total_ms"] for row in rows)
        self.assertGreater(last, self.N * self.WORK)
        # What the run does after its last transfer is less.
        self.assertGreater(last, 500 * self.seconds)
        # The page shows the work on one file after the other.
        begins = []
        for attempt, in self.pictured.values():
            work = attempt["phases"]["work"]
            begin = attempt["end"] - attempt["last"] - work - \
                attempt["phases"]["file"]
            begins.append((begin, begin + work))
        begins.sort()
        for (_, end), (begin, _) in zip(begins, begins[1:]):
            self.assertGreater(begin, end - MS)

    def waits(self, name="t.json"):
        """What those that were ready or computed waited for, and the time on a
        core, each summed, in ms."""
        sums = dict.fromkeys(("loop", "pool", "report", "work", "core"), 0)
        for _, depth, begin, end, opened, _ in Trace(self.scratch / name).slices:
            args = opened.get("args", {})
            if depth < 2:
                continue
            if "waits_for" in args:
                sums[args["waits_for"]] += (end - begin) / 1e6
            if opened["name"] == "work":
                sums["work"] += (end - begin) / 1e6
                sums["core"] += args["cpu_us"] / 1000
        return sums

    def test_what_was_ready_says_what_it_waited_for(self):
        busy = self.N * self.WORK
        self.get()
        sums = self.waits()
        # On average half of the others come first; then the loop computes them.
        for kind in ("loop", "report"):
            self.assertGreater(sums[kind], busy * self.N / 4)
        self.assertLess(sums["pool"], busy * self.N / 4)
        self.haul("compare", "-n", self.N, "--modes", "async", "--latency",
                  "50ms", "--cpu-work", f"{self.WORK}ms", "--trace", "traces",
                  "--html", "c.html", timeout=100)
        on_pool, = (self.scratch / "traces").glob("*pool*")
        sums = self.waits(on_pool)
        self.assertGreater(sums["pool"], sums["loop"] + sums["report"])
        for mode in ("threads", "processes"):
            self.get("-m", mode, "-j", "20")
            sums = self.waits()
            self.assertEqual((sums["loop"], sums["pool"]), (0, 0))
            self.assertAlmostEqual(sums["core"], busy, delta=busy / 10)
            self.assertGreater(sums["work"], sums["core"])

    def answer_together(self, count):
        """A server that answers one of so many requests, and then the others at
        once; its URL, and a list that gets how long it took to send the
        answers, in ms."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=count)
        took = []

        def serve():
            ends = [listener.accept()[0] for _ in range(count)]
            for end in ends:
                while not end.recv(65536).endswith(b"\r\n\r\n"):
                    pass
            time.sleep(0.03)
            begin = time.monotonic()
            for end in ends:
                if end is ends[1]:
                    time.sleep(0.01)
                end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            took.append(1000 * (time.monotonic() - begin))
            for end in ends:
                end.recv(1)
                end.close()

        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(listener.close)
        self.addCleanup(thread.join)
        return f"http://127.0.0.1:{listener.getsockname()[1]}", took

    def test_waiting_ends_when_the_answer_comes(self):
        """The loop is at work when most of them come."""
        count = 8
        for way in (("async",), ("async", "--loops", "2")):
            url, took = self.answer_together(count)
            self.run_list(way, [f"{url}/{n}" for n in range(count)], "-x", "0",
                          "--cpu-work", "100ms")
            rows = self.check(way)
            self.assertEqual([row["outcome"] for row in rows], ["ok"] * count)
            came = [row["start_ms"] + sum(row[phase + "_ms"]
                                          for phase in PHASES[:5])
                    for row in rows]
            longest = max(row["work_ms"] for row in rows)
            self.assertLess(max(came) - min(came), longest / 2 + took[0])

    def test_streams_of_one_connection_wait_until_their_answers_come(self):
        key, pem = make_certificate(self.scratch)
        server = Server2(key, pem, (Row("r"),))
        self.addCleanup(server.close)
        for way in (("async",), ("async", "--loops", "2")):
            self.run_list(way, [f"https://127.0.0.1:{server.ports['r']}/r/{n}"
                                for n in range(12)], "-x", "0", "--cacert", pem,
                          "--http", "2", "--cpu-work", "50ms")
            rows = self.check(way)
            self.assertEqual({row["http"] for row in rows}, {"2"})
            self.assertLess(max(row["wait_ms"] for row in rows),
                            sum(row["work_ms"] for row in rows) / 2)

    def test_threads_work_at_once(self):
        sums, _ = self.get("-m", "threads")
        self.assertGreater(sums["work"], self.N * self.WORK * 0.99)

    def test_work_on_the_pool_is_a_phase(self):
        result = self.haul("compare", "-n", "8", "--latency", "5ms", "--modes",
                           "async", "--cpu-work", "10ms", "--trace", "traces",
                           timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        names = sorted((self.scratch / "traces").iterdir())
        self.assertGreaterEqual(len(names), 2)
        for name in names:
            page = self.page_of(name)
            trace = Trace(name)
            tracks = trace.tracks()
            self.assertEqual(trace.errors, [])
            self.assertEqual(len(tracks), 8)
            for track in tracks.values():
                attempt, = track["attempts"]
                self.assertGreater(attempt["phases"]["work"], 9.9)
                shown, = page[track["url"]]
                self.assertAlmostEqual(shown["end"], attempt["end"], delta=MS)
                for phase in PHASES:
                    self.assertAlmostEqual(shown["phases"][phase],
                                           attempt["phases"][phase], delta=MS)


if __name__ == "__main__":
    unittest.main()
