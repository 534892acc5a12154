"""What the bare probes do with answers that are not as expected: they fail, and
leave no file that looks whole."""

import os
import pathlib
import socketserver
import subprocess
import tempfile
import threading
import unittest

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ANSWERS = {
    "whole": WHOLE,
    "last": WHOLE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
    "missing": WHOLE.replace(b"200 OK", b"404 No"),
    "cut": WHOLE[:-1],
    "without-length": b"HTTP/1.1 200 OK\r\n\r\nhello",
}


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.answer()
        except ConnectionResetError:
            pass

    def answer(self):
        while request := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            answer = ANSWERS[request.split(b"/")[1].decode()]
            self.wfile.write(answer)
            if b"close" in answer or answer[-5:] != b"hello":
                return


class Probe(unittest.TestCase):
    def setUp(self):
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever).start()
        kept = tempfile.TemporaryDirectory(prefix="haul-probe-")
        self.addCleanup(kept.cleanup)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.dir = pathlib.Path(kept.name)
        self.out = self.dir / "out"
        self.out.mkdir()

    def fetch(self, way, *kinds):
        """@return its exit status, and the files that have their names."""
        base = "http://127.0.0.1:%d" % self.server.server_address[1]
        (self.dir / "list").write_text(
            "".join(f"{base}/{kind}/{i}\n" for i, kind in enumerate(kinds)))
        done = subprocess.run(
            [os.environ["BENCH_PROBE"], way, "2", self.dir / "list", self.out],
            capture_output=True, text=True, timeout=40)
        files = {p.name: p.read_text() for p in self.out.iterdir()
                 if p.suffix != ".part"}
        return done.returncode, files

    def test_whole_answers_are_stored(self):
        files = {str(i): "hello" for i in range(5)}
        for way in ("small", "large", "splice"):
            with self.subTest(way):
                self.assertEqual(self.fetch(way, *["whole"] * 5), (0, files))

    def test_a_connection_that_is_closed_is_followed_by_another(self):
        files = {str(i): "hello" for i in range(3)}
        self.assertEqual(self.fetch("small", "last", "whole", "last"),
                         (0, files))

    def test_other_answers_fail(self):
        for way in ("small", "large", "splice"):
            for kind in ("missing", "cut", "without-length"):
                with self.subTest(way=way, kind=kind):
                    self.assertEqual(self.fetch(way, kind), (1, {}))


if __name__ == "__main__":
    unittest.main()
