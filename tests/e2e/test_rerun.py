"""What a run takes up of what an earlier one left: parts of what failed, files
that were to be updated, failures without their list."""

import functools
import http.server
import signal
import threading
import unittest

from support import HaulTest, MODES, wait_for

SIZE = 1_000_000
FIRST = 300_000


@functools.cache
def body_of(version):
    """SIZE bytes that no other version shares."""
    return b"".join(b"%s %07d\n" % (version.encode(), n)
                    for n in range(SIZE // 8))[:SIZE]


class Server(http.server.ThreadingHTTPServer):
    """One file under every path, in a version that may be changed. While it is
    ill, an answer from the start is cut after FIRST bytes, and one from further
    on at once; while it stalls, that is where it goes silent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.version = "one"
        self.ill = self.stalls = self.strict = False
        self.asked = []  # (path, Range, If-Range, If-None-Match, user)
        self.done = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        return body

    def begin(self, etag):
        """The head; returns the body that belongs to it."""
        body = body_of(self.server.version)
        wanted = self.headers.get("Range")
        if self.server.strict and self.headers.get("X-Key") != "open":
            return self.answer(403)
        if "missing" in self.path:
            return self.answer(404)
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return b""
        if wanted is None or self.headers.get("If-Range") not in (None, etag):
            return self.answer(200, body, ETag=etag)
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        return self.answer(
            206, body[start:], ETag=etag,
            Content_Range=f"bytes {start}-{SIZE - 1}/{SIZE}")

    def do_GET(self):
        server = self.server
        asked = self.headers
        server.asked.append((self.path, asked.get("Range"),
                             asked.get("If-Range"),
                             asked.get("If-None-Match"),
                             asked.get("Authorization")))
        body = self.begin(f'"{server.version}"')
        if not body:
            return
        if server.ill or server.stalls:
            body = body[:FIRST] if "Range" not in asked else b""
            self.close_connection = True
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            return
        if server.stalls:
            server.done.wait()


class RerunTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = Server()
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.done.set)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def get(self, *arguments, **more):
        return self.haul("get", "-d", self.dir, "--progress", "none",
                         "--retry", "1", "--retry-delay", "0", *arguments,
                         **more)

    def asked(self):
        """What was asked since the last time."""
        asked, self.server.asked = self.server.asked, []
        return asked

    def journal(self):
        return (self.dir / ".haul/journal").read_text()


class Parts(RerunTest):
    """Of a transfer that was cut until its retries were used up."""

    def fail(self, *arguments):
        self.server.ill = True
        result = self.get(f"{self.url}/file", *arguments)
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertIn("truncated", result.stderr)
        self.server.ill = False
        self.asked()
        return (self.dir / "file.part").stat().st_size

    def test_only_the_rest_is_asked_for(self):
        for mode in MODES:
            self.dir = self.scratch / mode
            kept = self.fail("-m", mode)
            self.assertGreater(kept, 0)
            result = self.get(f"{self.url}/file", "-m", mode, "--report",
                              self.scratch / "report")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(
                [a[1:3] for a in self.asked()],
                [(f"bytes={kept}-", '"one"')], mode)
            rows, _ = self.read_report(self.scratch / "report")
            self.assertEqual(rows[0]["resumed_from"], kept)
            self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))

    def test_it_stands_over_several_reruns(self):
        kept = self.fail()
        self.fail()
        self.server.ill = True
        (self.scratch / "other").write_text(f"{self.url}/file\n")
        self.get("-i", "other", "--retry-failed")
        self.server.ill = False
        self.asked()
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual(self.asked()[0][1], f"bytes={kept}-")
        self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))

    def test_another_version_is_fetched_whole(self):
        self.fail()
        self.server.version = "two"
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual((self.dir / "file").read_bytes(), body_of("two"))

    def test_a_part_that_was_taken_away_is_not_missed(self):
        self.fail()
        (self.dir / "file.part").unlink()
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual([a[1] for a in self.asked()], [None])
        self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))


class Updates(RerunTest):
    def test_one_that_was_interrupted_is_made_up_for(self):
        """The part's validators are not those of the file that is there."""
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.server.version = "two"
        self.server.stalls = True
        run = self.start("get", "-d", self.dir, "--update", "-q",
                         f"{self.url}/file")
        part = self.dir / "file.part"
        self.assertTrue(wait_for(
            lambda: part.exists() and part.stat().st_size > 100_000))
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        run.communicate()
        self.assertEqual(run.returncode, 7)
        self.server.stalls = False
        self.server.done.set()
        self.asked()
        result = self.get("--update", f"{self.url}/file")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.dir / "file").read_bytes(), body_of("two"))
        self.assertNotIn(None, [a[1] for a in self.asked()])
        result = self.get("--update", f"{self.url}/file")
        self.assertIn("1 unchanged", result.stderr)


if __name__ == "__main__":
    unittest.main()
