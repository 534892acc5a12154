"""--compressed: bodies are stored decoded, and only if they came whole."""

import gzip
import hashlib
import http.server
import signal
import subprocess
import time
import unittest
import zlib

from real import NGINX, Certificates, Nginx
from support import DEADLINE, MODES, WAYS, HaulTest, free_port, wait_for

TEXT = b"".join(b"line %d of a text that packs well\n" % n
                for n in range(20_000))
BOMB = 24_000_000


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def by_zstd(body):
    return subprocess.run(["zstd", "-q", "-c"], input=body, check=True,
                          stdout=subprocess.PIPE).stdout


def zstd_bomb(megabytes):
    """A frame of blocks that are one byte each, 128 kB long."""
    size = 128 * 1024
    blocks = [size << 3 | 1 << 1] * (megabytes * 8)
    blocks[-1] |= 1
    return (b"\x28\xb5\x2f\xfd\x00\x58" +
            b"".join(block.to_bytes(3, "little") + b"A" for block in blocks))


PACKED = gzip.compress(TEXT)
DAMAGED = PACKED[:5000] + b"damage" * 20 + PACKED[5120:]
# Path: Content-Encoding, body.
WHOLE = {
    "plain": (None, TEXT),
    "identity": ("identity", TEXT),
    "gzip": ("gzip", PACKED),
    "x-gzip": ("X-GZIP", PACKED),
    "two": ("gzip", gzip.compress(TEXT[:999]) + gzip.compress(TEXT[999:])),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "raw": ("deflate", raw_deflate(TEXT)),
    "zstd": ("zstd", by_zstd(TEXT)),
    "chunked": ("gzip", PACKED),
    "until-close": ("gzip", PACKED),
}
# Path: Content-Encoding, body, and then the error and words of its message.
BROKEN = {
    "cut": ("gzip", PACKED[:-9], "truncated", "the gzip data is cut short"),
    "no-crc": ("gzip", PACKED[:-8], "truncated", "the gzip data is cut short"),
    "cut-zstd": ("zstd", by_zstd(TEXT)[:-3], "truncated", "zstd data is cut"),
    "cut-until-close": ("gzip", PACKED[:-9], "truncated", "cut short"),
    "damaged": ("gzip", DAMAGED, "protocol", "the gzip data is damaged"),
    "trailing": ("gzip", PACKED + b"more", "protocol", "data is damaged"),
    "no-gzip": ("gzip", TEXT, "protocol", "the gzip data is damaged"),
    "nested": ("gzip, br", PACKED, "protocol",
               "a Content-Encoding that haul cannot decode: gzip, br"),
    "unknown": ("compress", PACKED, "protocol",
                "a Content-Encoding that haul cannot decode: compress"),
    "short": ("gzip", PACKED, "truncated", ""),
    "unreadable": ("gzip\x1b", PACKED, "protocol",
                   "a Content-Encoding that haul cannot decode: ?"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        name = self.path.strip("/")
        self.server.asked.append((name, self.command, dict(self.headers)))
        if name == "bomb":
            coding, body = "gzip", self.server.bomb
        elif name == "zstd-bomb":
            coding, body = "zstd", self.server.bomb
        elif name == "nothing":
            return self.on_nothing()
        elif name == "resumable":
            return self.on_resumable()
        else:
            coding, body, *_ = WHOLE.get(name) or BROKEN[name]
        self.send_response(200)
        self.send_header("ETag", '"one"')
        if coding:
            self.send_header("Content-Encoding", coding)
        if name == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 777]),
                                               body[i:i + 777])
                            for i in range(0, len(body), 777)) + b"0\r\n\r\n"
        elif "until-close" in name:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            more = 10 if name == "short" else 0
            self.close_connection = more > 0
            self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        try:
            if self.command == "GET":
                self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def on_nothing(self):
        """Frames that decode to nothing, for ever."""
        frame = b"\x50\x2a\x4d\x18\x00\x40\x00\x00" + bytes(0x4000)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Encoding", "zstd")
        self.end_headers()
        try:
            while True:
                self.wfile.write(frame * 4)
        except OSError:
            pass

    def on_resumable(self):
        """Breaks off while it is not asked for encoded bodies."""
        cut = "gzip" not in self.headers.get("Accept-Encoding", "")
        self.send_response(200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT[:-1] if cut else TEXT)
        self.close_connection = cut


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Clients that go away in the midst are what is tested."""


class Compressed(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.asked = []
        self.base = self.answer_with(self.server)

    def fetch(self, way, *arguments, status=0):
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        result = self.haul("-m", *way, "-d", self.dir, "--report", "report",
                           "--compressed", "--retry", "0", *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.rows, _ = self.read_report(self.scratch / "report")
        return result

    def test_what_came_whole_is_stored_decoded(self):
        urls = [f"{self.base}/{name}" for name in WHOLE]
        digest = hashlib.sha256(TEXT).hexdigest()
        for way in WAYS:
            with self.subTest(way=way):
                self.server.asked.clear()
                self.fetch(way, "--sha256", *urls)
                self.assertEqual(self.names(), sorted(WHOLE))
                for name in WHOLE:
                    self.assertTrue((self.dir / name).read_bytes() == TEXT,
                                    name)
                for row in self.rows:
                    self.assertEqual((row["bytes"], row["sha256"]),
                                     (len(TEXT), digest))
                for _, _, headers in self.server.asked:
                    self.assertEqual(headers["Accept-Encoding"],
                                     "gzip, deflate, br, zstd")

    def test_what_is_cut_or_damaged_is_no_file(self):
        urls = [f"{self.base}/{name}" for name in BROKEN]
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, *urls, status=8)
                self.assertEqual(self.names(), [])
                for row in self.rows:
                    name = row["url"].rpartition("/")[2]
                    *_, error, words = BROKEN[name]
                    self.assertEqual(row["error"], error, row)
                    self.assertIn(words, row["message"])

    def test_an_empty_body_is_an_empty_file(self):
        WHOLE["empty"] = ("gzip", b"")
        self.addCleanup(WHOLE.pop, "empty")
        self.fetch(("async",), f"{self.base}/empty")
        self.assertEqual((self.dir / "empty").read_bytes(), b"")

    def test_limits_count_what_is_decoded(self):
        self.server.bomb = gzip.compress(bytes(BOMB))
        self.assertLess(len(self.server.bomb), 100_000)
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, "--max-filesize", "1M", f"{self.base}/bomb",
                           status=8)
                self.assertEqual(self.rows[0]["error"], "too_large")
                self.fetch(way, "--max-filesize", str(len(TEXT)),
                           f"{self.base}/gzip")
                self.fetch(way, "--max-filesize", str(len(TEXT) - 1),
                           f"{self.base}/gzip", status=8)

    def test_what_decodes_to_nothing_is_limited_too(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, "--max-filesize", "1M", "--max-time", "20",
                           f"{self.base}/nothing", status=8)
                self.assertEqual(self.rows[0]["error"], "too_large")

    def test_a_bomb_is_stored_in_pieces(self):
        """However much a piece becomes, memory stays small."""
        self.server.bomb = gzip.compress(bytes(BOMB))
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, "--limit-rate", "10M", f"{self.base}/bomb")
                self.assertEqual((self.dir / "bomb").stat().st_size, BOMB)
                self.assertEqual(self.rows[0]["bytes"], BOMB)

    def test_a_bomb_takes_no_longer_than_an_attempt_may(self):
        """Two gigabytes come as 64 kB, of which libcurl hands over all."""
        self.server.bomb = zstd_bomb(2000)
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, "--max-time", "0.5",
                           f"{self.base}/zstd-bomb", status=8)
                self.assertEqual(self.rows[0]["error"], "timeout")

    def test_a_bomb_does_not_outlast_a_signal(self):
        self.server.bomb = zstd_bomb(2000)
        for way in WAYS:
            with self.subTest(way=way):
                self.dir = self.scratch / f"stopped-{'-'.join(way)}"
                run = self.start("-m", *way, "-d", self.dir, "--compressed",
                                 f"{self.base}/zstd-bomb")
                self.assertTrue(wait_for(
                    lambda: self.part_size("zstd-bomb") > 0))
                run.send_signal(signal.SIGINT)
                time.sleep(0.2)  # two at once would be one
                run.send_signal(signal.SIGINT)
                run.communicate(timeout=DEADLINE)
                self.assertEqual(run.returncode, 7)
                self.assertEqual(self.names(), [])

    def test_nothing_is_resumed(self):
        """Neither a part from a run without --compressed, nor another."""
        url = f"{self.base}/resumable"
        for mode in MODES:
            with self.subTest(mode=mode):
                self.dir = self.scratch / f"resumed-{mode}"
                self.server.asked.clear()
                options = ("-m", mode, "-d", self.dir, "--retry", "0", url)
                self.assertEqual(self.haul(*options).returncode, 8)
                self.assertGreater(self.part_size("resumable"), 0)
                result = self.haul("--compressed", *options)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(), ["resumable"])
                self.assertTrue(
                    (self.dir / "resumable").read_bytes() == TEXT)
                for name in ("Range", "If-Range"):
                    self.assertNotIn(name, self.server.asked[-1][2])
                asked = len(self.server.asked)
                # It is done, with the option or without.
                for more in ((), ("--compressed",)):
                    self.assertEqual(self.haul(*more, *options).returncode, 0)
                self.assertEqual(len(self.server.asked), asked)

    def test_no_file_is_adopted_by_an_encoded_length(self):
        """A HEAD asks for the length of the file as it is; an encoded length,
        which comes all the same, proves nothing."""
        for name, size in (("plain", len(TEXT)), ("gzip", len(PACKED))):
            with self.subTest(name=name):
                self.dir = self.scratch / f"adopted-{name}"
                self.dir.mkdir()
                (self.dir / name).write_bytes(bytes(size))
                self.server.asked.clear()
                result = self.haul("-d", self.dir, "--compressed",
                                   "--if-exists", "adopt",
                                   f"{self.base}/{name}")
                self.assertEqual(result.returncode, 0, result.stderr)
                _, method, headers = self.server.asked[0]
                self.assertEqual((method, headers["Accept-Encoding"]),
                                 ("HEAD", "identity"))
                self.assertEqual((self.dir / name).read_bytes(), bytes(size))
                self.assertEqual(len(self.server.asked),
                                 1 if name == "plain" else 2)

    def test_standard_output(self):
        result = self.haul("-o", "-", "--compressed", f"{self.base}/gzip")
        self.assertEqual(result.stdout.encode(), TEXT, result.stderr)
        result = self.haul("-o", "-", "--compressed", "--retry", "0",
                           f"{self.base}/cut")
        self.assertEqual(result.returncode, 8, result.stderr)

    def test_without_the_option_bodies_are_stored_as_they_come(self):
        self.assertEqual(self.haul("-d", self.dir, f"{self.base}/gzip",
                                   f"{self.base}/nested").returncode, 0)
        for name in ("gzip", "nested"):
            self.assertEqual((self.dir / name).read_bytes(), PACKED)
        self.assertNotIn("Accept-Encoding", self.server.asked[0][2])


@unittest.skipUnless(NGINX, "no nginx")
class ByNginx(HaulTest):
    def setUp(self):
        super().setUp()
        made = Certificates(self.scratch / "certificates")
        self.ca = made.path(made.authority("ca"))
        good = made.signed("good", "ca")
        self.tls_port = free_port()
        self.nginx = Nginx(self, """
            gzip_types *; gzip_vary on;
            server { listen PORT; LISTEN_TLS
                location /as-sent/ { gzip on; alias WWW/; }
                location /made-before/ { gzip_static on; alias WWW/; } }
            """.replace("LISTEN_TLS", f"""
                listen 127.0.0.1:{self.tls_port} ssl http2;
                ssl_certificate {made.path(good)};
                ssl_certificate_key {made.key(good)};"""))
        for i in range(4):
            (self.nginx.www / f"file{i}").write_bytes(self.content(i))
            (self.nginx.www / f"file{i}.gz").write_bytes(
                gzip.compress(self.content(i)))
        self.nginx.start()

    def content(self, i):
        return b"%d " % i + TEXT

    def test_files_and_whether_they_have_changed(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.check(mode, "as-sent")
        self.check("async", "made-before")

    def test_over_http_2(self):
        """Without a Content-Length the end of the data proves the body whole;
        nothing is asked for a second time."""
        urls = [f"https://127.0.0.1:{self.tls_port}/as-sent/file{i}"
                for i in range(4)]
        for mode in MODES:
            with self.subTest(mode=mode):
                self.dir = self.scratch / f"h2-{mode}"
                before = len(self.nginx.requests())
                result = self.haul("-m", mode, "-d", self.dir, "--compressed",
                                   "--cacert", self.ca, "--report", "report",
                                   *urls)
                self.assertEqual(result.returncode, 0, result.stderr)
                rows, _ = self.read_report(self.scratch / "report")
                self.assertEqual({row["http"] for row in rows}, {"2"})
                self.assertEqual(len(self.nginx.requests()) - before, 4)
                for i in range(4):
                    self.assertTrue((self.dir / f"file{i}").read_bytes()
                                    == self.content(i), i)

    def test_a_request_that_is_sent_once_is_sent_in_http_1(self):
        result = self.haul("-d", self.dir, "--cacert", self.ca, "--report",
                           "report", "--data", "a=1",
                           f"https://127.0.0.1:{self.tls_port}/as-sent/file0")
        self.assertEqual(result.returncode, 8, result.stderr)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual((rows[0]["status"], rows[0]["http"]), (405, "1.1"))

    def check(self, mode, folder):
        self.dir = self.scratch / f"{mode}-{folder}"
        urls = [f"{self.nginx.url}/{folder}/file{i}" for i in range(4)]
        before = len(self.nginx.requests())
        options = ("-m", mode, "-d", self.dir, "--compressed", "--report",
                   "report", *urls)
        self.assertEqual(self.haul(*options).returncode, 0)
        for i in range(4):
            self.assertTrue(
                (self.dir / f"file{i}").read_bytes() == self.content(i), i)
        self.assertEqual(self.haul("-N", *options).returncode, 0)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual([row["outcome"] for row in rows], ["unchanged"] * 4)
        statuses = [r[3] for r in self.nginx.requests()[before:]]
        self.assertEqual(statuses, ["200"] * 4 + ["304"] * 4)


if __name__ == "__main__":
    unittest.main()
