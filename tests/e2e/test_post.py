"""-X and --data: a request with a method or a body is sent once, whatever
becomes of it, by a run and by those that follow."""

import http.server
import os
import pathlib
import signal
import threading
import unittest

from support import MODES, WAYS, HaulTest, free_port, wait_for

FIELDS = "a=1&b=2"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = False  # on this connection

    def log_message(self, *_):
        pass

    def answer(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        path = self.path.strip("/")
        with self.server.lock:
            self.server.asked.append((self.command, path, body,
                                      dict(self.headers)))
            count = self.server.count(self.command, path)
        name, _, rest = path.partition("/")
        if name == "lost":
            self.close_connection = True
        elif name == "stall":
            self.server.free.wait(60)
            self.close_connection = True
        elif name == "status":
            self.send(int(rest), b"" if rest in ("204", "205") else b"body")
        elif name == "to":
            status, _, to = rest.partition("/")
            where = to if to.startswith("http:") else "/" + to
            self.send(int(status), b"", Location=where)
        elif name == "to-other":
            self.send(int(rest), b"", Location=self.server.other + "/there")
        elif name == "busy-at-first" and count == 1:
            self.send(503, b"", Retry_After="0")
        elif name == "dying" and self.served:
            # It said that it would keep the connection.
            self.close_connection = True
        else:
            self.served = True
            self.send(200, b"body")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_PURGE = answer

    def send(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.free = threading.Event()
        self.asked = []

    def count(self, method, path):
        return sum(a[:2] == (method, path) for a in self.asked)

    def handle_error(self, *_):
        """Clients that go away in the midst are what is tested."""


class Once(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = Server()
        self.base = self.answer_with(self.server)
        self.addCleanup(self.server.free.set)
        other = Server()
        self.server.other = self.answer_with(other)
        self.other = other

    def begin(self):
        self.server.asked.clear()
        self.other.asked.clear()
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"

    def run_once(self, way, *arguments, data=FIELDS):
        body = () if data is None else ("--data", data)
        result = self.haul("-m", *way, "-d", self.dir, "--report", "report",
                           "--retry", "3", "--retry-delay", "0.02",
                           *body, *arguments)
        rows, _ = self.read_report(self.scratch / "report")
        self.rows = sorted(rows, key=lambda row: row["n"])
        return result

    def asked(self):
        return sorted((method, path) for method, path, *_ in self.server.asked)

    def url(self, path):
        return f"{self.base}/{path}"

    def test_what_a_request_looks_like(self):
        binary = self.scratch / "binary"
        binary.write_bytes(bytes(range(256)) * 12_000)
        for way in ((mode,) for mode in MODES):
            with self.subTest(way=way):
                self.begin()
                self.run_once(way, self.url("form"))
                self.run_once(way, "-H", "Content-Type: application/json",
                              self.url("binary"), data=f"@{binary}")
                self.run_once(way, "-X", "PUT", self.url("put"), data="")
                self.run_once(way, "-X", "PURGE", self.url("purge"), data=None)
                self.run_once(way, "-X", "POST", self.url("post"), data=None)
                self.run_once(way, "-X", "GET", self.url("get"), data=None)
                shapes = [(method, path, body, headers.get("Content-Type"),
                           headers.get("Content-Length"),
                           headers.get("Expect"))
                          for method, path, body, headers in self.server.asked]
                form = "application/x-www-form-urlencoded"
                self.assertEqual(shapes, [
                    ("POST", "form", FIELDS.encode(), form, "7", None),
                    ("POST", "binary", binary.read_bytes(), "application/json",
                     "3072000", None),
                    ("PUT", "put", b"", form, "0", None),
                    ("PURGE", "purge", b"", None, None, None),
                    ("POST", "post", b"", form, "0", None),
                    ("GET", "get", b"", None, None, None)])

    def test_standard_input_and_several_values(self):
        self.begin()
        result = self.haul("-d", self.dir, "--data", "a=1", "--data", "@-",
                           self.url("x"), stdin="b=2\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.server.asked[0][2], b"a=1&b=2\n")

    def test_a_request_that_was_sent_is_not_sent_again(self):
        paths = ["lost", "status/503", "status/429", "status/500",
                 "status/404", "status/407"]
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                once = sorted(("POST", path) for path in paths)
                urls = [self.url(path) for path in paths]
                more = ("--retry-on", "404,407,5xx,connect", "--no-adapt")
                for _ in range(2):
                    result = self.run_once(way, *more, *urls)
                    self.assertEqual(result.returncode, 8, result.stderr)
                    self.assertEqual(self.asked(), once)
                self.assertEqual(self.names(), [])
                # Only the user can say that it may be.
                self.run_once(way, "--retry-failed", *urls)
                self.assertEqual(self.asked(), sorted(once * 2))

    def test_a_request_that_was_never_sent_is_tried_again(self):
        port = free_port()
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                for _ in range(2):
                    result = self.run_once(way, f"http://127.0.0.1:{port}/x")
                    self.assertEqual(result.returncode, 8, result.stderr)
                    self.assertEqual(self.rows[0]["error"], "connect")
                    self.assertEqual(self.rows[0]["attempts"], 4)

    def test_a_time_limit_ends_it(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                self.run_once(way, "--max-time", "0.8", self.url("stall"))
                self.assertEqual(self.rows[0]["error"], "timeout")
                self.assertEqual(self.asked(), [("POST", "stall")])

    def test_connections_that_die_when_they_are_used_again(self):
        paths = [f"dying/{i}" for i in range(12)]
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                result = self.run_once(way, "-j", "2",
                                       *[self.url(path) for path in paths])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.asked(),
                                 sorted(("POST", path) for path in paths))

    def test_any_2xx_is_a_success(self):
        statuses = ("200", "201", "202", "203", "204", "205", "207")
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                urls = [self.url(f"status/{status}") for status in statuses]
                for _ in range(2):
                    result = self.run_once(way, *urls)
                    self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(len(self.server.asked), len(statuses))
                for status in statuses:
                    size = 0 if status in ("204", "205") else 4
                    self.assertEqual((self.dir / status).stat().st_size, size)

    def test_redirects(self):
        def asks(*arguments):
            self.begin()
            result = self.run_once(way, *arguments)
            return result.returncode, [a[:3] for a in self.server.asked]

        body = FIELDS.encode()
        for way in WAYS:
            with self.subTest(way=way):
                statuses = (301, 302, 303, 307, 308)
                code, asked = asks("-X", "PUT", *[
                    self.url(f"to/{status}/{status}") for status in statuses])
                self.assertEqual(code, 0)
                for status in statuses:
                    self.assertIn(("PUT", f"to/{status}/{status}", body), asked)
                    self.assertIn(("GET", f"{status}", b"") if status < 304
                                  else ("PUT", f"{status}", body), asked)
                self.assertEqual(len(asked), 2 * len(statuses))
                code, asked = asks(self.url("to-other/307"),
                                   self.url("to-other/303"))
                self.assertEqual((code, len(asked)), (8, 2))
                self.assertEqual([a[:3] for a in self.other.asked],
                                 [("GET", "there", b"")])
                self.assertNotIn("Content-Type", self.other.asked[0][3])
                self.assertEqual(self.rows[0]["error"], "redirect")
                self.assertIn("the method and the body would be sent to "
                              f"another origin, {self.server.other}",
                              self.rows[0]["message"])

    def test_what_became_a_get_is_tried_again_as_that(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                result = self.run_once(way, self.url("to/303/busy-at-first"))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.asked(), [("GET", "busy-at-first")] * 2 +
                                 [("POST", "to/303/busy-at-first")])

    def test_a_method_or_a_body_makes_it_another_request(self):
        self.begin()
        self.run_once(("async",), self.url("x"), self.url("x"))
        self.run_once(("async",), "-X", "PUT", self.url("x"))
        self.run_once(("async",), self.url("x"), data="other")
        self.run_once(("async",), self.url("x"), data=None)
        self.assertEqual(self.asked(), [("GET", "x"), ("POST", "x"),
                                        ("POST", "x"), ("PUT", "x")])
        self.assertEqual(len(self.names()), 4)
        self.run_once(("async",), "--no-dedupe", self.url("y"), self.url("y"))
        self.assertEqual(self.server.count("POST", "y"), 2)

    def test_a_file_that_was_removed_is_not_asked_for(self):
        self.begin()
        self.run_once(("async",), self.url("x"))
        (self.dir / "x").unlink()
        result = self.run_once(("async",), self.url("x"))
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("is sent once", self.rows[0]["message"])
        self.assertEqual(len(self.server.asked), 1)
        for option in ("--retry-failed", "--restart"):
            (self.dir / "x").unlink(missing_ok=True)
            self.assertEqual(
                self.run_once(("async",), option, self.url("x")).returncode, 0)
        self.assertEqual(len(self.server.asked), 3)

    def test_a_run_that_ends_before_the_answer(self):
        """By signals, which it obeys, and by one that it cannot see."""
        for mode in MODES:
            for number in (signal.SIGKILL,) if mode != "async" else (
                    signal.SIGINT, signal.SIGKILL):
                with self.subTest(mode=mode, signal=number):
                    self.begin()
                    run = self.start("-m", mode, "-d", self.dir, "-j", "1",
                                     "--data", FIELDS, self.url("stall"),
                                     self.url("x"))
                    self.assertTrue(wait_for(lambda: self.server.asked))
                    run.send_signal(number)
                    if number == signal.SIGINT:
                        run.send_signal(number)
                    run.communicate(timeout=30)
                    result = self.haul("status", self.dir, "--list", "failed")
                    self.assertEqual(result.stdout.split(),
                                     [self.url("stall")])
                    # A worker may hold the directory for a moment.
                    self.assertTrue(wait_for(lambda: self.haul(
                        "-d", self.dir, "-m", mode, "--report", "report",
                        "--data", FIELDS, self.url("stall"),
                        self.url("x")).returncode == 8))
                    self.assertEqual(self.asked(),
                                     [("POST", "stall"), ("POST", "x")])
                    rows, _ = self.read_report(self.scratch / "report")
                    self.assertEqual({row["outcome"] for row in rows},
                                     {"failed", "ok"})

    def test_a_worker_that_dies(self):
        self.begin()
        run = self.start("-m", "processes", "-j", "1", "-d", self.dir,
                         "--report", "report", "--data", FIELDS,
                         self.url("stall"))
        self.assertTrue(wait_for(lambda: self.server.asked))
        children = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children")
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        run.communicate(timeout=30)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual(rows[0]["error"], "worker")
        self.assertIn("its worker died by signal 9", rows[0]["message"])
        self.assertEqual(self.asked(), [("POST", "stall")])

    def test_standard_output(self):
        result = self.haul("-o", "-", "--data", FIELDS, self.url("x"))
        self.assertEqual((result.returncode, result.stdout), (0, "body"))

    def test_a_dry_run_knows_what_is_done(self):
        self.begin()
        self.run_once(("async",), self.url("x"), self.url("status/500"))
        for data, words in ((FIELDS, "1 done"), ("other", "2 to ask for")):
            result = self.haul("-d", self.dir, "--dry-run", "--data", data,
                               self.url("x"), self.url("status/500"))
            self.assertIn(words, result.stdout + result.stderr)

    def test_status_and_verify_find_it_by_its_body(self):
        self.begin()
        urls = self.scratch / "urls"
        urls.write_text("\n".join((self.url("x"), self.url("lost"))) + "\n")
        self.run_once(("async",), "-i", urls)
        for command, words, others in (
                ("status", "1 ok, 1 failed", "2 left"),
                ("verify", "1 right", "2")):
            result = self.haul(command, self.dir, "-i", urls, "--data", FIELDS)
            self.assertIn(words, result.stdout + result.stderr)
            result = self.haul(command, self.dir, "-i", urls)
            self.assertNotIn(words, result.stdout + result.stderr)
            self.assertIn(others, result.stdout + result.stderr)

    def test_failures_without_a_list(self):
        """Only those of this method and body are sent again."""
        self.begin()
        self.run_once(("async",), self.url("lost"))
        self.run_once(("async",), "-X", "PUT", self.url("lost"))
        self.run_once(("async",), "--retry-failed")
        self.assertEqual(self.asked(), [("POST", "lost")] * 2 +
                         [("PUT", "lost")])
        self.run_once(("async",), "--retry-failed", data=None)
        self.assertEqual(len(self.server.asked), 3)

    def test_what_cannot_be_asked_for(self):
        large = self.scratch / "large"
        with large.open("wb") as file:
            file.truncate((64 << 20) + 1)
        for arguments, words in (
                (("-X", "A B"), "is no word"),
                (("-X", "A\r\nHost: x"), "is no word"),
                (("-X", ""), "is no word"), (("-X", "A" * 33), "32"),
                (("-X", "HEAD"), "nothing to store"),
                (("-X", "CONNECT"), "proxies"),
                (("-N", "--data", "x"), "sent once"),
                (("-N", "-X", "PUT"), "sent once"),
                (("--data", "@none"), "no such file"),
                (("--data", f"@{large}"), "larger than 64 MB"),
                (("--data", "@-", "-i", "-"), "standard input"),
                (("-d", '{"a":1}'), "--data"), (("-d", "a=1&b=2"), "--data"),
                (("-d", "@body"), "--data")):
            with self.subTest(arguments=arguments):
                result = self.haul(*arguments, self.url("x"))
                self.assert_one_line(result, 2, words)
        self.assertEqual(self.server.asked, [])

    def test_a_body_is_not_printed(self):
        result = self.haul("--data", "password=s3cret", "--print-config",
                           self.url("x"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("s3cret", result.stdout)


if __name__ == "__main__":
    unittest.main()
