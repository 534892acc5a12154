"""Ten causes of slowness, planted one at a time: the last line of a run names
the cause, the host where there is one, and what to do. Each plant takes at
least ten times as long as all else, so that the machine's own pace changes no
answer; a plant runs in several modes at once."""

import http.server
import os
import signal
import ssl
import subprocess
import time
import unittest

from real import Certificates
from resolvers import NameServer
from support import DEADLINE, HaulTest

PRELOAD = os.environ["HAUL_SLOW_DISK"]
MANY = (("async",), ("threads",), ("processes",), ("async", "--loops", "2"))
ALL = (*MANY, ("sequential",))


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    delay = 0
    busy = 0        # answers of 503 that are left
    closes = False
    wait = 2        # that they ask for, in seconds
    seen = None     # times of requests

    def do_GET(self):
        kind = type(self)
        time.sleep(kind.delay)
        refuses, kind.busy = kind.busy > 0, max(kind.busy - 1, 0)
        if kind.seen is not None:
            kind.seen.append(time.monotonic())
        self.send_response(503 if refuses else 200)
        if refuses:
            self.send_header("Retry-After", str(kind.wait))
        self.send_header("Content-Length", "5")
        if kind.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


class SlowHandshake(Server):
    """Each connection's TLS begins after a while."""

    def finish_request(self, request, address):
        time.sleep(self.delay)
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, address)
        except OSError:
            pass


class Slowness(HaulTest):
    def server(self, make=Server, **behaviour):
        kind = type("Kind", (Handler,), behaviour)
        server = make(("127.0.0.1", 0), kind)
        return server, self.answer_with(server)

    def run_in(self, ways, urls, *options, env=None, wrap=lambda *c: c,
               urls_of=None, dir=None):
        """Runs in all these ways at once; returns each with its last line."""
        runs, lines = [], []
        for number, way in enumerate(ways):
            given = urls if urls_of is None else urls_of(number)
            folder = (dir or self.scratch) / f"files{number}"
            runs.append(subprocess.Popen(
                wrap(os.environ["HAUL_BIN"], "get", "-m", *way, "-d",
                     str(folder), *map(str, options), *given),
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                env=env or self.environment()))
            self.addCleanup(self.end, runs[-1])
        for way, run in zip(ways, runs):
            said = run.communicate(timeout=DEADLINE)[1]
            self.assertEqual(run.returncode, 0, said)
            lines.append((way, said.splitlines()[-1]))
        return lines

    def expect(self, pattern, *arguments, **more):
        for way, line in self.run_in(*arguments, **more):
            with self.subTest(way=way):
                self.assertRegex(line, pattern)

    def among_many(self, slow, count):
        """Files of one slow host, and of eight others."""
        urls = [f"{slow}/slow{n}" for n in range(count)]
        for _ in range(8):
            quick = self.server()[1]
            urls += [f"{quick}/{n}" for n in range(4)]
        return urls

    def test_1_one_slow_host_among_many(self):
        server, slow = self.server(delay=1.5)
        name = f"127.0.0.1:{server.server_port}"
        pace = rf"^{name} took [^ ]+ m?s a file, the other hosts \d+ ms; "
        urls = self.among_many(slow, 6)
        self.expect(
            pace + rf"{name} has 6 of 38 URLs; -x 2 held it back for \d\.\d "
            r"s, \d+ % of the time; -x 0 lifts that$", MANY[:3], urls,
            "-x", "2")
        self.expect(
            pace + r"for [^ ]+ m?s, \d+ % of the time, it alone was waited for; "
            "--max-time S", MANY[:1], self.among_many(slow, 2), "--restart")

    def test_2_slow_dns(self):
        names = NameServer(self, lambda name, kind: ["127.0.0.1"], delay=2)
        server, _ = self.server()
        port = server.server_port
        self.expect(
            r"^looking up host names held it back for .* % of the time "
            rf"\(slow{os.getpid()}\.example:{port}: \d.*\); a faster name "
            r"server \(/etc/resolv\.conf\) or --resolve lifts that$",
            MANY, [f"http://slow{os.getpid()}.example:{port}/{n}"
                   for n in range(4)], wrap=names.wrap)

    def test_3_slow_tls_handshakes(self):
        made = Certificates(self.scratch / "certificates")
        made.authority("ca")
        good = made.signed("good", "ca")
        server, _ = self.server(SlowHandshake, closes=True)
        server.delay = 0.7
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(made.path(good), made.key(good))
        name = f"127.0.0.1:{server.server_port}"
        # Several of them end in one turn of the loop.
        urls = [f"https://{name}/{n}" for n in range(8)]
        self.expect(
            rf"^\d+ % of the transfers' time was TLS handshakes with {name}; "
            "all were in flight at once$", (("async",),), urls, "-k", "-x", "0")
        urls = urls[:4]
        self.expect(
            rf"^{name} has 4 of 4 URLs; most of the time was TLS handshakes; "
            "-x 2 held it back", MANY[1:3], urls, "-k", "-x", "2",
            "--restart")

    def test_4_the_loop_blocked_by_work(self):
        # A local origin would share the loop's process.
        url = self.serve()
        urls = [f"{url}/bytes/{n}" for n in range(20)]
        for way in MANY[:2]:
            self.expect("--cpu-work", (way,), urls, "--cpu-work", "60ms",
                        "--restart")

    def test_5_a_slow_disk(self):
        disk = self.scratch / "disk"
        disk.mkdir()
        env = self.environment(
            LD_PRELOAD=PRELOAD, SLOW_DISK_DIR=str(disk), SLOW_DISK_MS="60",
            SLOW_DISK_LOG=str(self.scratch / "calls"),
            ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "")
            + ":verify_asan_link_order=0")
        url = self.serve()
        self.expect(
            r"^\d+ % of the transfers' time was storing files; the disk sets "
            rf"the pace \(-d {disk}/files\d\)$", ALL,
            [f"{url}/bytes/{n}" for n in range(12)], env=env, dir=disk)

    def test_6_x(self):
        url = self.serve("--latency", "150ms")
        name = url.removeprefix("http://")
        self.expect(
            rf"^{name} has 16 of 16 URLs; -x 2 held it back for [1-9]\.\d s, \d+ "
            "% of the time; -x 0 lifts that$", MANY,
            [f"{url}/bytes/{n}" for n in range(16)], "-x", "2")

    def test_7_a_rate(self):
        url = self.serve()
        name = url.removeprefix("http://")
        urls = [f"{url}/bytes/{n}" for n in range(8)]
        self.expect(
            rf"^{name} has 8 of 8 URLs; --rate-per-host 5/s held it back for "
            r"[1-9]\.\d s, \d+ % of the time$", ALL, urls, "--rate-per-host",
            "5/s")
        self.expect(r"^--rate 5/s held it back for [1-9]\.\d s, \d+ % of the time$",
                    ALL, urls, "--rate", "5/s", "--restart")
        self.expect("^--limit-rate held it back: it had ", ALL,
                    [f"{url}/bytes/300000"], "--limit-rate", "200000")

    def test_8_a_paused_host(self):
        """One 503 holds up the host's other files for that time, no longer."""
        servers = [self.server(busy=1, delay=0.02, seen=[]) for _ in ALL]
        self.expect(
            r"^127\.0\.0\.1:\d+ answered 503 and asked to wait \(Retry-After: "
            r"2 s\), which held the run back for [12]\.\d s, \d+ % of the time; "
            "--rate-per-host or a smaller -x asks less of it$", ALL, None,
            urls_of=lambda i: [f"{servers[i][1]}/{n}" for n in range(12)])
        for server, _ in servers:
            seen = sorted(server.RequestHandlerClass.seen)
            self.assertEqual(len(seen), 13)
            waits = [b - a for a, b in zip(seen, seen[1:])]
            self.assertGreater(max(waits), 1.8)
            self.assertLess(max(waits), 3.5)
            self.assertEqual(sum(w > 1 for w in waits), 1, waits)

    def test_a_pause_is_told_while_it_lasts(self):
        """One of hours too: with what haul does then. A signal is told of it,
        and so is the last line."""
        server, url = self.server(busy=1, wait=7200, delay=0.02)
        name = f"127.0.0.1:{server.server_port}"
        run = self.start("-d", self.dir, "--progress", "json",
                         *(f"{url}/{n}" for n in range(12)))
        said = []
        for line in run.stderr:
            said.append(line)
            if '"waits":"' in line:
                break
        run.send_signal(signal.SIGUSR1)
        for line in run.stderr:
            said.append(line)
            if line.startswith(f"  http://{name}: paused for 35"):
                break
        run.send_signal(signal.SIGINT)
        said += run.stderr.readlines()
        text = "".join(said)
        self.assertEqual(run.wait(DEADLINE), 7, text)
        self.assertRegex(
            text, rf"(?m)^{name} answered 503 and asked to wait 2\.0 h "
            r"\(Retry-After\): nothing is sent to it for an hour, until .*; "
            "then it is asked again$")
        self.assertRegex(text, rf'"waits":"{name} is paused until [^"]*'
                         r'\(503\)"')
        self.assertRegex(text, r" s more \(503, Retry-After: 7200 s\)")
        self.assertRegex(said[-1], rf"^{name} answered 503 and asked to wait "
                         r"\(Retry-After: 7200 s\), which held the run back")

    def test_a_host_that_gets_fewer_requests_is_named(self):
        """While it does, and in the last line with the option."""
        server, url = self.server(busy=4, wait=0, delay=0.3)
        name = f"127.0.0.1:{server.server_port}"
        result = self.haul("-d", self.dir, "--retry-delay", "0",
                           *(f"{url}/{n}" for n in range(16)))
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stderr.splitlines()
        self.assertRegex(result.stderr, rf"(?m)^{name} answered 503: at most [123] at a "
                         r"time are sent to it for now, more again as it "
                         r"answers \(--no-adapt\)$")
        self.assertRegex(lines[-1], rf"^{name} answered 503, so that fewer "
                         r"requests than -x 6 were in flight to it for .* % of "
                         "the time; --no-adapt keeps to -x$")

    def test_9_a_slow_proxy(self):
        proxy, url = self.server(delay=0.8)
        urls = [f"http://far.example/{n}" for n in range(4)]
        name = f"127.0.0.1:{proxy.server_port}"
        self.expect(
            r"^\d+ % of the transfers' time was waiting for what is behind the "
            rf"proxy {name}; all were in flight at once; --noproxy HOST goes "
            "there without the proxy$", MANY, urls, "--proxy", url)
        self.expect(
            rf"^all went through the proxy {name}; far\.example has 4 of 4 "
            "URLs; -x 2 held it back", MANY[:1], urls, "--proxy", url, "-x",
            "2", "--restart")

    def test_10_too_few_workers(self):
        url = self.serve("--latency", "300ms")
        name = url.removeprefix("http://")
        urls = [f"{url}/bytes/{n}" for n in range(12)]
        waiting = rf"^\d+ % of the transfers' time was waiting for {name}; "
        self.expect(waiting + "-j 4 waits for more at a time$", MANY, urls,
                    "-j", "2")
        self.expect(waiting + "-m async waits for many at a time$",
                    (("sequential",),), urls, "--restart")

    def test_nothing_holds_a_quick_run_back(self):
        """It is told nothing, or that the servers' answers take their time."""
        url = self.serve()
        slow = self.serve("--latency", "400ms")
        # One after the other: runs beside it would hold a run back.
        for way in MANY:
            for _, line in self.run_in((way,), [f"{url}/bytes/{n}"
                                                for n in range(20)],
                                       "-x", "0", "--restart"):
                self.assertNotRegex(line, "held|-x|rate|proxy|TLS|look")
        self.expect(
            r"^\d+ % of the transfers' time was waiting for 127\.0\.0\.1:\d+; all were in flight at "
            "once$", MANY, [f"{slow}/bytes/{n}" for n in range(4)],
            "--restart")
        narrow = self.serve("--bandwidth", "200K")
        self.expect(
            r"^\d+ % of the transfers' time was receiving from 127\.0\.0\.1:\d+; the line or the server "
            "sets the pace; if the server limits each connection, a larger -x "
            "helps$", MANY, [f"{narrow}/bytes/300000?{n}" for n in range(3)],
            "-o", "{query}", "-x", "1")
        self.expect(
            r"^\d+ % of the transfers' time was receiving from 127\.0\.0\.1:\d+; the line or the server "
            "sets the pace$", MANY, [f"{narrow}/bytes/300000?{n}"
                                     for n in range(3)], "-o", "{query}",
            "-x", "0", "--restart")


if __name__ == "__main__":
    unittest.main()
