"""Long bodies that come faster than the loop takes them are received by the
thread pool, past libcurl."""

import gzip
import hashlib
import http.server
import random
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from real import MICROSOCKS, Certificates, Microsocks
from support import DEADLINE, HAUL, HaulTest, wait_for

LONG = 64 * 1024 * 1024
HALF = LONG // 2
BODY = random.Random(1).randbytes(1024 * 1024) * (LONG >> 20)
PACKED = gzip.compress(BODY, 0)
CHANGED = BODY[::-1]
SHORT = b"short"
WORD = "received directly"
# SO_LINGER: the connection ends with a reset.
RESET = struct.pack("ii", 1, 0)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour = "plain"
    ranges = []
    conditions = []
    connections = 0
    both = threading.Barrier(2)
    begun = threading.Event()
    ended = threading.Event()

    def setup(self):
        super().setup()
        type(self).connections += 1

    def do_GET(self):
        kind = type(self)
        asked = self.headers.get("Range")
        kind.ranges.append(asked)
        kind.conditions.append(self.headers.get("If-Range"))
        self.at = 0
        if asked is not None:
            self.at = int(asked.removeprefix("bytes=").removesuffix("-"))
        try:
            getattr(self, kind.behaviour)()
        except OSError:
            pass

    def head(self, length=LONG, etag='"one"', **more):
        if self.at > 0:
            self.send_response(206)
            self.send_header("Content-Range",
                             f"bytes {self.at}-{LONG - 1}/{LONG}")
        else:
            self.send_response(200)
        self.send_header("ETag", etag)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length - self.at))
        self.end_headers()

    def rest(self):
        return memoryview(BODY)[self.at:]

    def plain(self):
        self.head()
        self.wfile.write(self.rest())

    def slice(self):
        """The first half; where it was asked for, the second."""
        self.head()
        self.wfile.write(self.rest()[:HALF])
        self.close_connection = self.at == 0
        return self.at == 0

    def cut(self):
        self.slice()

    def reset(self):
        if self.slice():
            # What was sent but has not come is lost with a reset.
            time.sleep(0.2)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       RESET)

    def stall(self):
        if self.slice():
            self.connection.settimeout(DEADLINE)
            self.connection.recv(1)

    def changed(self):
        self.at = 0
        self.head(etag='"two"')
        self.wfile.write(CHANGED)

    def early(self):
        self.send_response_only(103)
        self.send_header("Link", "</style.css>; rel=preload")
        self.end_headers()
        self.plain()

    def old(self):
        self.protocol_version = "HTTP/1.0"
        self.plain()

    def more(self):
        self.plain()
        self.wfile.write(BODY)
        self.close_connection = True

    def chunked(self):
        self.head(None, Transfer_Encoding="chunked")
        self.wfile.write(f"{LONG:x}\r\n".encode())
        self.wfile.write(BODY)
        self.wfile.write(b"\r\n0\r\n\r\n")

    def packed(self):
        self.head(len(PACKED), Content_Encoding="gzip")
        self.wfile.write(PACKED)

    def among(self):
        """f0 is long, and under way until the others are there. f3 and f4 are
        long too, on connections that have carried a short one."""
        name = self.path[-2:]
        if name == "f0":
            self.head()
            self.wfile.write(self.rest()[:HALF])
            self.begun.set()
            self.ended.wait(DEADLINE)
            self.wfile.write(self.rest()[HALF:])
        elif name in ("f1", "f2"):
            self.begun.wait(DEADLINE)
            self.both.wait(DEADLINE)
            self.head(len(SHORT))
            self.wfile.write(SHORT)
        else:
            self.plain()
            self.both.wait(DEADLINE)
            self.ended.set()

    def paced(self):
        """Random pieces at random times, and sometimes an early end."""
        chance = random.Random(f"{self.path} {self.at}")
        self.head()
        rest = self.rest()
        # Enough for the loop to be behind.
        left = 24 << 20
        while len(rest) > 0:
            size = min(chance.choice((1, 1448, 1 << 16, 3 << 20)), len(rest))
            if left > 0:
                size = min(left, len(rest))
            self.wfile.write(rest[:size])
            rest = rest[size:]
            left -= size
            if left <= 0 and chance.random() < 0.3:
                time.sleep(chance.random() / 100)
            if left <= 0 and chance.random() < 0.02:
                self.close_connection = True
                return

    def log_message(self, *_):
        pass


class Direct(HaulTest):
    kind = None

    def answer(self, behaviour):
        """Starts the server; or changes what the one that runs does."""
        if self.kind is None:
            self.kind = type("Kind", (Handler,), {"ranges": [], "conditions": []})
            self.url = self.answer_with(Server(("127.0.0.1", 0), self.kind))
        self.kind.behaviour = behaviour
        self.kind.ranges.clear()
        self.kind.connections = 0
        return self.url

    def get(self, url, *options, count=2):
        return ("get", "-d", self.dir, "-j", "2", "--debug", "transfer",
                "--retry-delay", "0.02", "--report", "report", *options,
                *(f"{url}/f{n}" for n in range(count)))

    def fetch(self, behaviour, *options, count=2, direct=True):
        """@return the messages"""
        result = self.haul(*self.get(self.answer(behaviour), *options,
                                     count=count))
        self.assertEqual(result.returncode, 0, result.stderr)
        if direct:
            self.assertIn(WORD, result.stderr)
        else:
            self.assertNotIn(WORD, result.stderr)
        return result.stderr

    def assert_there(self, count=2, first=0, body=BODY):
        self.assertEqual(self.names(), [f"f{n}" for n in range(count)])
        for n in range(first, count):
            self.assertTrue((self.dir / f"f{n}").read_bytes() == body, n)
        verified = self.haul("verify", self.dir)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def assert_resumed(self):
        self.assertEqual(sorted(self.kind.ranges, key=str),
                         [None, None] + [f"bytes={HALF}-"] * 2)
        self.assert_there()

    def test_bodies_have_the_right_bytes_and_hashes(self):
        for behaviour in ("plain", "early", "old", "more"):
            with self.subTest(behaviour):
                self.dir = self.scratch / behaviour
                self.fetch(behaviour, "-j", "4", count=6)
                self.assert_there(6)

    def test_their_report_counts_all_bytes(self):
        self.fetch("plain")
        rows, summary = self.read_report(self.scratch / "report")
        self.assertEqual([row["bytes"] for row in rows], [LONG] * 2)
        self.assertEqual(summary["bytes"], 2 * LONG)
        for row in rows:
            parts = sum(row[f"{name}_ms"] for name in (
                "queued", "dns", "connect", "tls", "wait", "body", "ready", "work",
                "file"))
            self.assertAlmostEqual(parts, row["total_ms"], delta=1)

    def test_what_cannot_be_is_not(self):
        for options in (("--limit-rate", "1G"), ("-j", "1"), ("--loops", "2"),
                        ("-m", "threads"), ("--proxy", self.answer("plain"))):
            with self.subTest(options):
                self.dir = self.scratch / options[0]
                self.fetch("plain", *options, direct=False)
                self.assert_there()
        for behaviour, options in (("chunked", ()), ("packed",
                                                     ("--compressed",))):
            with self.subTest(behaviour):
                self.dir = self.scratch / behaviour
                self.fetch(behaviour, *options, direct=False)
                self.assert_there()

    def test_other_ways_to_the_server_keep_it_out(self):
        url = self.answer("plain")
        certificates = Certificates(self.scratch / "made")
        name = certificates.authority("server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.path(name), certificates.key(name))
        secret = Server(("127.0.0.1", 0), self.kind)
        secret.socket = context.wrap_socket(secret.socket, server_side=True)
        ways = {"tls": (self.answer_with(secret).replace("http:", "https:"),
                        ("-k",), {}),
                "variable": (url, (), {"http_proxy": url})}
        if MICROSOCKS:
            proxy = Microsocks(self).start()
            ways["socks"] = (url, ("--proxy",
                                   f"socks5://127.0.0.1:{proxy.port}"), {})
        for way, (url, options, variables) in ways.items():
            with self.subTest(way):
                self.dir = self.scratch / way
                result = self.haul(*self.get(url, *options),
                                   env=self.environment(**variables))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn(WORD, result.stderr)
                self.assert_there()

    def test_a_kept_connection_is_used_among_long_bodies(self):
        """What came on it before is known: the kernel is asked."""
        said = self.fetch("among", "-j", "3", count=5)
        self.assertEqual(self.kind.connections, 3)
        for job in (4, 5):
            self.assertRegex(said, rf"#{job} {WORD}")
        for name, body in (("f0", BODY), ("f1", SHORT), ("f2", SHORT),
                           ("f3", BODY), ("f4", BODY)):
            self.assertTrue((self.dir / name).read_bytes() == body, name)

    def test_the_connection_is_not_used_again(self):
        said = self.fetch("plain", count=6)
        self.assertGreaterEqual(self.kind.connections, said.count(WORD))
        self.assert_there(6)

    def test_a_body_that_is_cut_is_resumed_at_its_next_byte(self):
        for behaviour, error in (("cut", "truncated"), ("reset", "truncated")):
            with self.subTest(behaviour):
                self.dir = self.scratch / behaviour
                said = self.fetch(behaviour)
                self.assertEqual(said.count(f"bytes={HALF} {error}"), 2, said)
                self.assert_resumed()

    def test_the_rest_of_a_body_is_received_directly_too(self):
        self.fetch("paced")
        self.assert_there()

    def test_a_server_that_stalls_is_given_up(self):
        for options, error in ((("--speed-time", "1"), "stalled"),
                               (("--max-time", "2"), "timeout")):
            with self.subTest(error):
                self.dir = self.scratch / error
                said = self.fetch("stall", *options)
                self.assertEqual(said.count(f"bytes={HALF} {error}"), 2, said)
                self.assert_resumed()

    def test_a_checksum_is_compared(self):
        sums = self.scratch / "sums"
        digests = [subprocess.run(
            ["sha256sum"], input=body, capture_output=True).stdout.split()[0]
            for body in (BODY, SHORT)]
        sums.write_text(f"{digests[0].decode()}  f0\n"
                        f"{digests[1].decode()}  f1\n")
        result = self.haul(*self.get(self.answer("plain"), "--retry", "0",
                                     "--checksum-file", sums))
        self.assertIn(WORD, result.stderr)
        self.assertEqual(result.returncode, 8, result.stderr)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual({row["file"]: row["error"] for row in rows},
                         {"f0": None, "f1": "checksum"})
        self.assertEqual(self.names(), ["f0"])

    def wait_for_halves(self):
        wait_for(lambda: self.dir.exists() and
                 [p.stat().st_size for p in self.dir.glob("*.part")] ==
                 [HALF] * 2)

    def end_in_the_midst(self, order):
        run = self.start(*self.get(self.answer("stall")))
        self.wait_for_halves()
        run.send_signal(order)
        if order == signal.SIGINT:
            run.send_signal(order)
        messages = run.communicate(timeout=DEADLINE)[1]
        self.assertIn(WORD, messages)
        return run.returncode

    def test_a_kill_keeps_the_parts(self):
        self.assertEqual(self.end_in_the_midst(signal.SIGKILL),
                         -signal.SIGKILL)
        self.go_on()

    def test_an_interrupt_keeps_the_parts(self):
        self.assertEqual(self.end_in_the_midst(signal.SIGINT), 7)
        self.go_on()

    def test_a_body_that_has_changed_is_fetched_anew(self):
        self.assertEqual(self.end_in_the_midst(signal.SIGKILL),
                         -signal.SIGKILL)
        self.haul(*self.get(self.answer("changed")))
        self.assertEqual(self.kind.ranges, [f"bytes={HALF}-"] * 2)
        self.assertEqual(self.kind.conditions[-2:], ['"one"'] * 2)
        self.assert_there(body=CHANGED)

    def test_a_full_disk_keeps_what_it_holds(self):
        """And once there is room, the run goes on behind that."""
        room = LONG - LONG // 16  # for neither file
        script = (f"mount -t tmpfs -o size={room} none /mnt || exit 77; "
                  '"$@"; echo $?; mount -o remount,size=1g /mnt; "$@"; echo $?; '
                  f'cd /mnt; stat -c %s *; sha256sum *')
        url = self.answer("plain")
        result = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             script, "sh", HAUL, "-d", "/mnt", "-j", "2", "--retry", "0",
             "--debug", "transfer", f"{url}/f0", f"{url}/f1"],
            capture_output=True, text=True, cwd=self.scratch,
            env=self.environment(), timeout=DEADLINE)
        if result.returncode in (1, 77):
            self.skipTest("no file system of its own to fill")
        lines = result.stdout.split()
        self.assertIn(WORD, result.stderr)
        self.assertIn("haul: /mnt: no space left", result.stderr)
        self.assertEqual(lines[:4], ["9", "0", str(LONG), str(LONG)],
                         result.stderr)
        digest = hashlib.sha256(BODY).hexdigest()
        self.assertEqual(lines[4:], [digest, "f0", digest, "f1"])
        resumed = [int(r[6:-1]) for r in self.kind.ranges if r is not None]
        self.assertGreater(sum(resumed), room * 3 // 4, self.kind.ranges)

    def go_on(self):
        self.haul(*self.get(self.answer("plain")))
        self.assertEqual(self.kind.ranges, [f"bytes={HALF}-"] * 2)
        self.assert_there()

    def test_a_file_that_may_not_grow_fails(self):
        result = subprocess.run(
            ["prlimit", f"--fsize={HALF}", HAUL,
             *map(str, self.get(self.answer("plain"), "--retry", "0"))],
            capture_output=True, text=True, cwd=self.scratch,
            env=self.environment(), timeout=DEADLINE)
        self.assertIn(WORD, result.stderr)
        self.assertEqual(result.returncode, 3, result.stderr)
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual([row["error"] for row in rows], ["io"] * 2)

    def test_small_files_do_not_wait_for_them(self):
        """Beside two bodies that never end, the pool names other files."""
        url = self.answer("stall")
        origin = self.serve()
        run = self.start(*self.get(url, "-j", "6"),
                         *(f"{origin}/bytes/{n}" for n in range(1, 30)))
        wait_for(lambda: self.dir.exists() and all(
            (self.dir / str(n)).exists() for n in range(1, 30)))
        self.wait_for_halves()
        run.send_signal(signal.SIGKILL)
        self.assertIn(WORD, run.communicate(timeout=DEADLINE)[1])


if __name__ == "__main__":
    unittest.main()
