"""Proxies: tinyproxy, squid and microsocks. What they answer, what they refuse,
and what becomes of a run while one is away."""

import os
import select
import socket
import socketserver
import ssl
import threading
import time
import unittest

from real import (MICROSOCKS, NGINX, SQUID, TINYPROXY, Certificates,
                  Microsocks, Nginx, Squid, Tinyproxy)
from support import MODES, WAYS, HaulTest, free_port, wait_for

QUICK = ("--retry", "2", "--retry-delay", "0.05")
FILES = 12


@unittest.skipUnless(NGINX, "no nginx")
class ProxyTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.made = Certificates(self.scratch / "certificates")
        self.made.authority("ca")
        good = self.made.signed("good", "ca")
        self.tls_port = free_port()
        self.nginx = Nginx(self, f"""
            server {{ listen PORT; listen 127.0.0.1:{self.tls_port} ssl http2;
                ssl_certificate {self.made.path(good)};
                ssl_certificate_key {self.made.key(good)}; {self.LOCATIONS} }}
            """)
        for i in range(FILES):
            (self.nginx.www / f"file{i}").write_text(f"content {i}")
        self.nginx.start()
        self.http = self.nginx.url
        self.https = f"https://127.0.0.1:{self.tls_port}"

    LOCATIONS = ""

    def fetch(self, way, proxy, *urls):
        """Returns the rows of the report, and keeps what was said."""
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        self.result = self.haul(
            "-m", *way, "-d", self.dir, "--cacert", self.made.path("ca"),
            "--report", "report", "--proxy", proxy, *QUICK, *urls)
        return self.read_report(self.scratch / "report")[0]

    def assert_fetched(self, way, proxy, *names):
        """The names by http and by https."""
        self.fetch(way, proxy, *[f"{self.http}/{name}" for name in names])
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assert_files(names)
        self.fetch(way, proxy, *[f"{self.https}/{name}" for name in names])
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assert_files(names)

    def assert_files(self, names):
        self.assertEqual(self.names(), sorted(names))
        for name in names:
            self.assertEqual((self.dir / name).read_text(),
                             f"content {name.removeprefix('file')}")

    def assert_fails(self, way, proxy, url, error, status, attempts, *words):
        rows = self.fetch(way, proxy, url)
        self.assert_one_line(self.result, 8, url, f"{error}: ", *words)
        self.assertEqual((rows[0]["error"], rows[0]["status"] or 0,
                          rows[0]["attempts"]), (error, status, attempts))
        self.assertEqual(self.names(), [])


@unittest.skipUnless(TINYPROXY, "no tinyproxy")
class WithTinyproxy(ProxyTest):
    def test_a_password_that_the_proxy_wants(self):
        """Without it no server is asked, and the next run asks again."""
        proxy = Tinyproxy(self, "BasicAuth me right").start()
        right = proxy.url.replace("//", "//me:right@")
        for way in WAYS:
            with self.subTest(way=way):
                for url in (f"{self.http}/file1", f"{self.https}/file1"):
                    self.assert_fails(way, proxy.url, url, "proxy", 407, 1,
                                      f"the proxy 127.0.0.1:{proxy.port} wants a "
                                      "name and a password (HTTP 407)")
                    result = self.haul(
                        "-m", *way, "-d", self.dir, "--cacert",
                        self.made.path("ca"), "--proxy", right, url)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assert_files(["file1"])

    def test_a_proxy_that_will_not_connect(self):
        """tinyproxy says 401 to a wrong password."""
        refuses = Tinyproxy(self, "ConnectPort 563").start()
        wants = Tinyproxy(self, "BasicAuth me right").start()
        wrong = wants.url.replace("//", "//me:wrong@")
        url = f"{self.https}/file1"
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_fails(way, refuses.url, url, "proxy", 403, 1,
                                  f"the proxy 127.0.0.1:{refuses.port} refuses "
                                  f"to connect to 127.0.0.1:{self.tls_port}")
                self.assert_fails(way, wrong, url, "proxy", 401, 1,
                                  f"the proxy 127.0.0.1:{wants.port} does not "
                                  "accept this name and password (HTTP 401)")
                # Only the proxy knows which of the two has answered.
                self.assert_fails(way, wrong, f"{self.http}/file1", "http", 401,
                                  1, "HTTP 401, from the server or from the "
                                  f"proxy 127.0.0.1:{wants.port}")
        self.assertEqual(self.nginx.requests(), [])

    def test_a_proxy_that_dies_and_comes_back(self):
        """In mid-run, with transfers on their way."""
        for mode in MODES:
            proxy = Tinyproxy(self).start()
            for scheme in (self.http, self.https):
                with self.subTest(mode=mode, scheme=scheme):
                    self.check_comes_back(mode, proxy, scheme)

    def check_comes_back(self, mode, proxy, scheme):
        self.dir = self.scratch / f"away-{mode}-{scheme[:5]}"
        run = self.start(
            "-m", mode, "-d", self.dir, "--cacert", self.made.path("ca"), "-j",
            "2" if mode != "sequential" else "1", "--limit-rate", "2000",
            "--proxy", proxy.url, "--retry", "30", "--retry-delay", "0.05",
            *[f"{scheme}/slow/file{i}" for i in range(FILES)])
        self.assertTrue(wait_for(lambda: len(self.names()) > 1))
        proxy.stop()
        self.assertTrue(wait_for(lambda: run.poll() is None))
        proxy.start()
        messages = run.communicate(timeout=60)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assertEqual(len(self.names()), FILES)
        for i in range(FILES):
            self.assertEqual((self.dir / f"file{i}").read_bytes(), b"s" * 900)

    def test_a_proxy_that_is_away_is_named_as_what_is_down(self):
        """Not the network, and not its hosts."""
        proxy = Tinyproxy(self).start()
        run = self.start(
            "-d", self.dir, "-j", "2", "--limit-rate", "2000", "--proxy",
            proxy.url, "--retry", "200", "--retry-max-delay", "0.2", "--progress",
            "none", *[f"http://{('127.0.0.1', 'localhost')[i % 2]}:"
                      f"{self.nginx.port}/slow/file{i}" for i in range(FILES)])
        self.assertTrue(wait_for(lambda: len(self.names()) > 3))
        proxy.stop()
        line = run.stderr.readline()
        self.assertIn(f"the proxy 127.0.0.1:{proxy.port} has not answered since",
                      line)
        proxy.start()
        messages = run.communicate(timeout=60)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assertEqual(len(self.names()), FILES)

    LOCATIONS = f"location /slow/ {{ return 200 '{'s' * 900}'; }}"


@unittest.skipUnless(SQUID, "no squid")
class WithSquid(ProxyTest):
    LOCATIONS = "location /versions/ { add_header Cache-Control max-age=600; }"

    def test_one_connection_to_the_proxy_serves_them_all(self):
        proxy = Squid(self, "http_access allow all\n"
                            "logformat one %>p %rm %ru\n").with_log("one")
        proxy.start()
        names = [f"file{i}" for i in range(FILES)]
        for mode in MODES:
            with self.subTest(mode=mode):
                before = len(proxy.requests())
                self.fetch((mode, "-j", "1"), proxy.url,
                           *[f"{self.http}/{name}" for name in names])
                self.assertEqual(self.result.returncode, 0, self.result.stderr)
                self.assert_files(names)
                self.fetch((mode, "-j", "1"), proxy.url,
                           *[f"{self.https}/{name}" for name in names])
                self.assertEqual(self.result.returncode, 0, self.result.stderr)
                self.assert_files(names)
                requests = [r for r in proxy.requests()[before:] if r[1] != "-"]
                self.assertEqual(len({port for port, *_ in requests}), 2)
                self.assertEqual([method for _, method, _ in requests],
                                 ["GET"] * FILES + ["CONNECT"])

    def test_a_dead_server_behind_it(self):
        """An error page of the proxy is no file, and may pass."""
        proxy = Squid(self).start()
        port = free_port()
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_fails(way, proxy.url, f"http://127.0.0.1:{port}/x",
                                  "http", 503, 3, "from the server or from the "
                                  f"proxy 127.0.0.1:{proxy.port}")
                self.assert_fails(way, proxy.url, f"https://127.0.0.1:{port}/x",
                                  "connect", 0, 3,
                                  f"the proxy 127.0.0.1:{proxy.port} could not "
                                  f"connect to 127.0.0.1:{port} (HTTP 503)")

    def test_what_the_proxy_denies(self):
        proxy = Squid(self, "acl bad urlpath_regex file2\n"
                            "acl tunnel method CONNECT\n"
                            "http_access deny bad\nhttp_access deny tunnel\n"
                            "http_access allow all").start()
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_fails(way, proxy.url, f"{self.http}/file2", "http",
                                  403, 1)
                self.assert_fails(way, proxy.url, f"{self.https}/file1",
                                  "proxy", 403, 1, "refuses to connect")

    def test_a_cache_that_holds_another_version_than_the_part(self):
        """What is resumed through it is one of the two, never a mixture."""
        proxy = Squid(self, "http_access allow all\n"
                            "maximum_object_size_in_memory 4 MB").start()
        versions = [bytes([i]) * 1_000_000 for i in (1, 2)]
        place = self.nginx.www / "versions"
        place.mkdir()
        for mode in MODES:
            with self.subTest(mode=mode):
                self.check_versions(mode, proxy, place / f"{mode}.bin", versions)

    def check_versions(self, mode, proxy, path, versions):
        url = f"{self.http}/versions/{path.name}"
        path.write_bytes(versions[0])
        os.utime(path, (1e9, 1e9))  # nginx makes its ETag of this and the size
        self.fetch((mode,), proxy.url, url)
        self.dir = self.scratch / f"mixed-{mode}"
        path.unlink()
        path.write_bytes(versions[1])
        run = self.start("-m", mode, "-d", self.dir, "--limit-rate", "400k",
                         url)
        self.assertTrue(wait_for(lambda: self.part_size(path.name) > 300_000))
        run.kill()
        run.wait()
        result = self.haul("-m", mode, "-d", self.dir, "--proxy", proxy.url,
                           *QUICK, url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.dir / path.name).read_bytes() in versions)
        self.assertEqual(self.names(), [path.name])


@unittest.skipUnless(MICROSOCKS, "no microsocks")
class WithSocks(ProxyTest):
    def test_through_a_socks_proxy(self):
        proxy = Microsocks(self, "-u", "me", "-P", "right").start()
        url = f"socks5h://me:right@127.0.0.1:{proxy.port}"
        wrong = url.replace("right", "wrong")
        dead = f"http://127.0.0.1:{free_port()}/x"
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_fetched(way, url, "file1", "file2")
                self.assert_fails(way, wrong, f"{self.http}/file1", "proxy",
                                  0, 1, f"the proxy 127.0.0.1:{proxy.port} does "
                                  "not accept this name and password")
                self.assert_fails(way, url, dead, "connect", 0, 3,
                                  f"the proxy 127.0.0.1:{proxy.port} could not "
                                  "connect to 127.0.0.1:", "connection refused")


class AskingProxy(socketserver.ThreadingTCPServer):
    """Speaks TLS 1.3, and asks for a client certificate once more when the
    first tunnel's file has come. The second tunnel waits for that."""

    daemon_threads = True

    def __init__(self, context):
        super().__init__(("127.0.0.1", 0), None)
        self.context = context
        self.server_port = self.server_address[1]
        self.asked = threading.Event()
        self.first = threading.Lock()

    def finish_request(self, request, _):
        with self.context.wrap_socket(request, server_side=True) as client:
            host, port = client.recv(9999).split()[1].decode().split(":")
            is_first = self.first.acquire(blocking=False)
            if not is_first:
                self.asked.wait(10)
                time.sleep(0.2)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                client.setblocking(False)
                try:
                    self.relay(client, server, is_first)
                except OSError:
                    pass

    def relay(self, client, server, is_first):
        quiet_since = time.monotonic()
        while True:
            ready = select.select([client, server], [], [], 0.05)[0]
            if client in ready:
                try:
                    data = client.recv(65536)
                except ssl.SSLWantReadError:
                    continue
                if not data:
                    return
                server.sendall(data)
            if server in ready:
                client.sendall(server.recv(65536))
            if ready:
                quiet_since = time.monotonic()
            if is_first and time.monotonic() - quiet_since > 0.5:
                is_first = False
                client.verify_client_post_handshake()
                client.do_handshake()
                self.asked.set()


class AskedLater(ProxyTest):
    def test_a_proxy_may_ask_for_a_certificate_at_any_time(self):
        """Even when the connection is closed, at the end of the run."""
        good = self.made.signed("proxy", "ca")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.made.path(good), self.made.key(good))
        context.load_verify_locations(self.made.path("ca"))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_OPTIONAL
        context.post_handshake_auth = True
        for way in WAYS[1:]:
            with self.subTest(way=way):
                proxy = AskingProxy(context)
                url = self.answer_with(proxy).replace("http:", "https:")
                rows = self.fetch(way, url, "--http", "1.1",
                                  f"{self.https}/file1",
                                  f"{self.https}/file2")
                self.assertEqual(self.result.returncode, 0,
                                 self.result.stderr)
                self.assertEqual(len(rows), 2)
                self.assertTrue(proxy.asked.is_set())


if __name__ == "__main__":
    unittest.main()
