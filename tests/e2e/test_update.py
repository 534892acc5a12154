"""Bringing files up to date: what a server said of a file is what it is asked
by, and a failure of yesterday is asked for again."""

import http.server
import threading
import unittest

from support import MODES, HaulTest

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
LONG_TAG = '"' + "e" * 1022 + '"'
SIZE = 300_000
CUT = 100_000
BODY = bytes(i % 251 for i in range(SIZE))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def head(self, status, size, **headers):
        """Without the Date that the library would send."""
        self.send_response_only(status)
        if status != 304:
            self.send_header("Content-Length", str(size))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def do_GET(self):
        self.server.asked.append((self.path, self.headers))
        getattr(self, "on_" + self.path.strip("/").replace("-", "_"))()

    def on_dated(self):
        if self.headers.get("If-Modified-Since") == DATE:
            return self.head(304, 0, Last_Modified=DATE)
        self.head(200, 5, Last_Modified=DATE)
        self.wfile.write(b"dated")

    def on_same_second(self):
        """A date of the very second in which the answer was made: weak."""
        if self.headers.get("If-Modified-Since") == DATE:
            return self.head(304, 0, Last_Modified=DATE)
        self.head(200, 5, Last_Modified=DATE, Date=DATE)
        self.wfile.write(b"dated")

    def on_long_tag(self):
        if self.headers.get("If-None-Match") == LONG_TAG:
            return self.head(304, 0, ETag=LONG_TAG)
        self.head(200, 6, ETag=LONG_TAG)
        self.wfile.write(b"tagged")

    def on_cut(self):
        if self.headers.get("If-Range") == LONG_TAG:
            self.head(206, SIZE - CUT, ETag=LONG_TAG,
                      Content_Range=f"bytes {CUT}-{SIZE - 1}/{SIZE}")
            self.wfile.write(BODY[CUT:])
            return
        self.head(200, SIZE, ETag=LONG_TAG)
        if "Range" in self.headers or len(self.server.asked) > 1:
            self.wfile.write(BODY)
        else:
            self.wfile.write(BODY[:CUT])
            self.wfile.flush()
            self.close_connection = True

    def on_later(self):
        if not self.server.there:
            return self.head(404, 0)
        self.head(200, 5)
        self.wfile.write(b"there")

    def on_not_yet(self):
        """What was a file is nothing, or not a file, for now."""
        if not self.server.there:
            self.head(200, 5)
            self.wfile.write(b"first")
        else:
            self.head(self.server.status, 0)


class Update(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.asked = []
        self.server.there = False
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def get(self, mode, path, *options, status=0):
        url = f"http://127.0.0.1:{self.server.server_port}/{path}"
        result = self.haul("-m", mode, "-d", self.dir, "--retry-delay", "0",
                           *options, url)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def begin(self, name):
        """Another directory, and a server that has heard nothing."""
        self.dir = self.scratch / name
        self.server.asked.clear()
        self.server.there = False

    def check_asked_by(self, path, name, value):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.begin(mode)
                self.get(mode, path)
                self.get(mode, path, "-N")
                self.get(mode, path, "-N")
                asked = [headers.get(name) for _, headers in self.server.asked]
                self.assertEqual(asked, [None, value, value])

    def test_without_a_date_a_file_is_asked_for_by_its_last_modified(self):
        self.check_asked_by("dated", "If-Modified-Since", DATE)

    def test_a_weak_last_modified_will_do(self):
        self.check_asked_by("same-second", "If-Modified-Since", DATE)

    def test_an_etag_of_a_kilobyte_is_kept(self):
        self.check_asked_by("long-tag", "If-None-Match", LONG_TAG)

    def test_a_part_goes_on_by_an_etag_of_a_kilobyte(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.begin(mode)
                self.get(mode, "cut")
                asked = [headers.get("If-Range") for _, headers in self.server.asked]
                self.assertEqual(asked, [None, LONG_TAG])
                self.assertEqual((self.dir / "cut").read_bytes(), BODY)

    def test_what_failed_for_good_is_asked_for_again(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.begin(mode)
                self.get(mode, "later", status=8)
                self.server.there = True
                self.get(mode, "later", status=8)
                self.assertEqual(len(self.server.asked), 1)
                dry = self.get(mode, "later", "-N", "--dry-run")
                self.assertIn("1 to ask for", dry.stdout + dry.stderr)
                self.get(mode, "later", "-N")
                self.assertEqual(len(self.server.asked), 2)
                self.assertEqual((self.dir / "later").read_bytes(), b"there")

    def test_no_other_success_replaces_a_file(self):
        for code in (201, 202, 204, 205, 207, 226):
            for mode in MODES:
                with self.subTest(mode=mode, code=code):
                    self.begin(f"{mode}-{code}")
                    self.server.status = code
                    self.get(mode, "not-yet")
                    self.server.there = True
                    result = self.get(mode, "not-yet", "-N", "--retry", 1, status=8)
                    self.assertIn(f"HTTP {code}", result.stderr)
                    self.assertEqual((self.dir / "not-yet").read_bytes(), b"first")


if __name__ == "__main__":
    unittest.main()
