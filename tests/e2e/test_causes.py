"""The causes of failures by their right names: scenario -> error, words, number
of attempts, in every mode. What would help is named where it is true."""

import re
import socket
import socketserver
import ssl
import struct
import time
import unittest

from real import NGINX, Certificates, Nginx
from support import MODES, WAYS, HaulTest, free_port

RETRIES = 2
QUICK = ("--retry", RETRIES, "--retry-delay", "0.01")
FINAL, PASSING = 1, 1 + RETRIES  # attempts


class CausesTest(HaulTest):
    def fetch(self, way, urls, *options, env=None):
        """One run over urls; the rows of its report by their URLs."""
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        self.result = self.haul(
            "-m", *way, "-d", self.dir, "-o", "{n}", "--report", "report", "-v",
            *QUICK, *options, *urls, env=env)
        rows, _ = self.read_report(self.scratch / "report")
        return {row["url"]: row for row in rows}

    def said_of(self, url):
        """What is said of a URL's failure, behind the URL."""
        prefix = f"haul: {url}: "
        lines = [line.removeprefix(prefix)
                 for line in self.result.stderr.splitlines()
                 if line.startswith(prefix)]
        self.assertEqual(len(lines), 1, (url, self.result.stderr))
        return lines[0]

    def assert_causes(self, way, rows, *options, env=None):
        """rows: URL -> error, status, attempts, what is said."""
        found = self.fetch(way, rows, *options, env=env)
        for url, (error, status, attempts, said) in rows.items():
            with self.subTest(way=way, url=url):
                row = found[url]
                self.assertEqual(
                    (row["error"], row["status"] or 0, row["attempts"]),
                    (error, status, attempts), row["message"])
                self.assertEqual(self.said_of(url), f"{error}: {said}")
        self.assertEqual(self.result.returncode, 8, self.result.stderr)


@unittest.skipUnless(NGINX, "no nginx")
class Redirects(CausesTest):
    def setUp(self):
        super().setUp()
        self.made = Certificates(self.scratch / "certificates")
        good = self.made.signed("good", self.made.authority("ca"))
        self.tls_port = free_port()
        self.nginx = Nginx(self, f"""
            server {{ listen PORT;
                location /ftp {{ return 302 ftp://127.0.0.1/x; }}
                location /file {{ return 302 file:///etc/passwd; }}
                location /script {{ return 302 javascript:alert(1); }}
                location /self {{ return 302 /self; }}
                location /round {{ return 302 /about; }}
                location /about {{ return 302 /round; }}
                location ~ ^/on(.*) {{ return 302 /on1$1; }}
                location /none {{ return 301; }}
                location /bad {{ return 302 http://[bad/; }} }}
            server {{ listen 127.0.0.1:{self.tls_port} ssl;
                ssl_certificate {self.made.path(good)};
                ssl_certificate_key {self.made.key(good)};
                location /down {{ return 302 http://PORT/fine?key=secret; }}
                location /up {{ return 302 https://$http_host/fine; }} }}
            """)
        (self.nginx.www / "fine").write_text("content")
        self.nginx.start()
        self.trusted = ("--cacert", self.made.path("ca"))
        self.tls = f"https://127.0.0.1:{self.tls_port}"

    def test_each_redirect_that_is_not_followed_has_its_words(self):
        neither = "which is neither http nor https"
        circle = "redirects go round in a circle: 10 were followed"
        words = {
            "/ftp": f"redirect to ftp:, {neither}",
            "/file": f"redirect to file:, {neither}",
            "/script": f"redirect to javascript:, {neither}",
            "/self": circle,
            "/round": circle,
            "/on": "too many redirects: 10 were followed, the next leads to "
                   f"{self.nginx.url}; --max-redirs N follows more",
            "/bad": "redirect to what is no URL",
        }
        rows = {self.nginx.url + path: ("redirect", 302, FINAL, said)
                for path, said in words.items()}
        rows[self.nginx.url + "/none"] = (
            "http", 301, FINAL, "HTTP 301, a redirect that does not say where to")
        for way in WAYS:
            self.assert_causes(way, rows)

    def test_https_to_http_is_refused_unless_it_is_allowed(self):
        """And then a rerun tries what failed once more, not without."""
        url = f"{self.tls}/down"
        refused = ("redirect from https to http, at " + self.nginx.url)
        allows = "--proto-redir =http,https allows it"
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_causes(
                    way, {url: ("redirect", 302, FINAL, f"{refused}; {allows}")},
                    *self.trusted)
                self.assertIn(f"1 failed (redirect 1 (https to http; {allows}))",
                              self.result.stderr)
                self.assertNotIn("secret", self.result.stderr)
                before = len(self.nginx.requests())
                again = ("-m", *way, "-d", self.dir, "-o", "{n}", url,
                         *self.trusted)
                self.assertEqual(self.haul(*again).returncode, 8)
                self.assertEqual(len(self.nginx.requests()), before)
                result = self.haul(*again, "--proto-redir", "=http,https")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual((self.dir / "1").read_text(), "content")

    def test_the_list_says_where_a_redirect_may_lead(self):
        up, down = f"{self.tls}/up", f"{self.tls}/down"
        for allowed, fetched in (("http", (up, down)), ("-http", (up,)),
                                 ("=https", (up,)), ("=http", (down,)),
                                 ("all", (up, down)), ("-all", ())):
            rows = self.fetch(("async",), (up, down), *self.trusted,
                              "--proto-redir", allowed)
            with self.subTest(allowed=allowed):
                self.assertEqual(
                    tuple(url for url in (up, down)
                          if rows[url]["outcome"] == "ok"), fetched)


def raw(test, answer, context=None):
    """A server that accepts connections and has answer(stream) deal with each;
    with context it speaks TLS. Its place, "127.0.0.1:PORT"."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            stream = self.request
            try:
                if context is not None:
                    stream = context.wrap_socket(stream, server_side=True)
                answer(stream)
                stream.close()
            except OSError:
                pass

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.server_port = server.server_address[1]
    return test.answer_with(server).removeprefix("http://")


def closes(stream):
    stream.recv(65536)


def resets(stream):
    """Sends a reset, below TLS too."""
    stream.recv(65536)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    socket.socket(fileno=stream.detach()).close()


def resets_in_head(stream):
    stream.recv(65536)
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-")
    time.sleep(0.05)
    resets_now(stream)


def resets_now(stream):
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    socket.socket(fileno=stream.detach()).close()


def is_silent(stream):
    while stream.recv(65536):
        pass


def says(data):
    def answer(stream):
        stream.recv(65536)
        stream.sendall(data)
        is_silent(stream)
    return answer


def bad(page):
    return says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s"
                % (len(page), page))


def socks(code):
    """Answers a SOCKS 5 request with this code."""
    def answer(stream):
        stream.recv(300)
        stream.sendall(b"\x05\x00")
        stream.recv(300)
        stream.sendall(b"\x05" + bytes([code]) + b"\0\1" + b"\0" * 6)
        is_silent(stream)
    return answer


@unittest.skipUnless(NGINX, "no nginx")
class Servers(CausesTest):
    def setUp(self):
        super().setUp()
        made = self.made = Certificates(self.scratch / "certificates")
        self.certificate = made.signed("good", made.authority("ca"))
        made.signed("client", made.authority("clients"))
        made.signed("foreign", made.authority("nobody"))
        self.ports = {name: free_port() for name in ("tls", "wants")}
        tls = (f"ssl_certificate {made.path('good')};"
               f"ssl_certificate_key {made.key('good')};")
        self.nginx = Nginx(self, f"""
            server {{ listen PORT; }}
            server {{ listen 127.0.0.1:{self.ports['tls']} ssl http2; {tls}
                location /cut {{ return 444; }} }}
            server {{ listen 127.0.0.1:{self.ports['wants']} ssl; {tls}
                ssl_client_certificate {made.path('clients')};
                ssl_verify_client on; }}""")
        (self.nginx.www / "x").write_text("content")
        self.nginx.start()
        self.trusted = ("--cacert", made.path("ca"))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made.path("good"), made.key("good"))

    def test_how_a_connection_ends(self):
        closed = f"127.0.0.1:{free_port()}"
        tls = f"127.0.0.1:{self.ports['tls']}"
        wants = f"127.0.0.1:{self.ports['wants']}"
        plain = f"127.0.0.1:{self.nginx.port}"
        running = "is its server running, and the port right?"
        sends = "--cert FILE --key FILE sends one"
        silence = "without an answer"
        rows = [
            ("http", closed, "connect", 0, PASSING,
             f"HOST refuses connections; {running}"),
            ("https", closed, "connect", 0, PASSING,
             f"HOST refuses connections; {running}"),
            ("http", raw(self, resets), "truncated", 0, PASSING,
             f"HOST reset the connection {silence}"),
            ("https", raw(self, resets, self.context), "truncated", 0, PASSING,
             f"HOST reset the connection {silence}"),
            ("http", raw(self, closes), "truncated", 0, PASSING,
             f"HOST closed the connection {silence}"),
            ("https", raw(self, closes, self.context), "truncated", 0, PASSING,
             f"HOST closed the connection {silence}"),
            ("http", raw(self, resets_in_head), "truncated", 200, PASSING,
             "HOST reset the connection in the midst of its headers"),
            ("https", raw(self, closes), "connect", 0, PASSING,
             "HOST closed the connection during the TLS handshake"),
            ("https", raw(self, resets), "connect", 0, PASSING,
             "HOST reset the connection during the TLS handshake"),
            ("http", raw(self, says(b"SSH-2.0-OpenSSH_9.2\r\n")), "protocol",
             0, PASSING, "the answer of HOST is not HTTP; https:// may be "
             "right"),
            ("https", plain, "tls", 0, FINAL,
             "HOST does not speak TLS at this port; http:// may be right"),
            ("http", tls, "http", 400, FINAL,
             "HTTP 400: HOST wants TLS at this port; https:// is right"),
            ("https", wants, "tls", 400, FINAL,
             f"HTTP 400: HOST wants a client certificate; {sends}"),
            ("https", raw(self, bad(b"plain HTTP request was sent to HTTPS "
                                    b"port"), self.context), "http", 400,
             FINAL, "HTTP 400"),
            ("http", raw(self, bad(b"No required SSL certificate was sent")),
             "http", 400, FINAL, "HTTP 400"),
        ]
        urls = {f"{scheme}://{place}/x":
                (error, status, attempts, said.replace("HOST", place))
                for scheme, place, error, status, attempts, said in rows}
        urls[f"https://{tls}/cut"] = (
            "protocol", 0, PASSING, f"{tls} broke off the answer in HTTP/2: "
            "PROTOCOL_ERROR; --http 1.1 does without HTTP/2")
        urls["http://nowhere.invalid/x"] = (
            "nodomain", 0, 0, "there is no host nowhere.invalid; is the name "
            "right?")
        for way in WAYS:
            self.assert_causes(way, urls, *self.trusted)
            # A host that was reached is not down.
            self.assertNotIn("given up", self.result.stderr)

    def test_how_time_runs_out(self):
        silent = raw(self, is_silent)
        in_tls = raw(self, is_silent, self.context)
        for mode in MODES:
            self.assert_causes((mode,), {
                f"https://{silent}/x": (
                    "timeout", 0, PASSING, f"{silent} did not end the TLS "
                    "handshake within 0.3 s; --connect-timeout S waits "
                    "longer")}, "--connect-timeout", "0.3")
            self.assert_causes((mode,), {
                f"https://{in_tls}/x": (
                    "timeout", 0, PASSING, f"{in_tls} did not answer within "
                    "0.9 s; --max-time S allows more")},
                *self.trusted, "--max-time", "0.9")

    def test_the_client_certificate_that_a_server_refuses(self):
        """And the one that it wants is tried by a rerun."""
        url = f"https://127.0.0.1:{self.ports['wants']}/x"
        refused = ("HTTP 400: " + url.split("/")[2] + " does not accept the "
                   "client certificate; --cert FILE --key FILE sends another")
        for mode in MODES:
            self.assert_causes(
                (mode,), {url: ("tls", 400, FINAL, refused)}, *self.trusted,
                "--cert", self.made.path("foreign"),
                "--key", self.made.key("foreign"))
            result = self.haul(
                "-m", mode, "-d", self.dir, *self.trusted, url, "--cert",
                self.made.path("client"), "--key", self.made.key("client"))
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_would_help_is_counted_with_the_causes(self):
        """All alike, or how many of them."""
        one, two = raw(self, closes), f"127.0.0.1:{self.ports['tls']}"
        urls = [f"https://{two}/x", f"https://{two}/y", f"http://{two}/x",
                f"http://{two}/z", f"http://{one}/x"]
        (self.nginx.www / "bad").write_text("")
        self.fetch(("async",), urls)
        self.assertIn(
            "(http 400 2 (http to a port of https; https:// is right), tls 2 "
            "(issuers that are not trusted; --cacert FILE trusts its "
            "certificate, -k fetches without this check), truncated 1)",
            self.result.stderr)


@unittest.skipUnless(NGINX, "no nginx")
class Proxies(CausesTest):
    """Real ones are in test_proxies; these fail in ways that real ones do
    seldom."""

    def setUp(self):
        super().setUp()
        made = Certificates(self.scratch / "certificates")
        good = made.signed("good", made.authority("ca"))
        made.authority("own")
        self.tls_port, self.own_port = free_port(), free_port()
        self.nginx = Nginx(self, f"""
            server {{ listen PORT; }}
            server {{ listen 127.0.0.1:{self.tls_port} ssl;
                ssl_certificate {made.path(good)};
                ssl_certificate_key {made.key(good)}; }}
            server {{ listen 127.0.0.1:{self.own_port} ssl;
                ssl_certificate {made.path('own')};
                ssl_certificate_key {made.key('own')}; }}""")
        (self.nginx.www / "x").write_text("content")
        self.nginx.start()
        self.trusted = ("--cacert", made.path("ca"))
        self.plain = f"127.0.0.1:{self.nginx.port}"
        self.tls = f"127.0.0.1:{self.tls_port}"

    def rows(self):
        """Proxy, scheme, error, status, attempts, what is said."""
        down = "; --noproxy '*' goes without a proxy"
        closed = f"http://127.0.0.1:{free_port()}"
        resetting = "http://" + raw(self, resets)
        closing = "http://" + raw(self, closes)
        garbage = "http://" + raw(self, says(b"220 ready\r\n"))
        cut = "http://" + raw(self, lambda stream: (
            stream.recv(65536), stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n"),
            stream.recv(65536)))

        def answers(line):
            return "http://" + raw(self, says(
                b"HTTP/1.1 " + line + b"\r\nConnection: close\r\n"
                b"Content-Length: 0\r\n\r\n"))

        def socks5(code):
            return "socks5h://" + raw(self, socks(code))

        gives = "; --proxy http://NAME:PASSWORD@HOST:PORT"
        either = "from the server or from the proxy PROXY"
        for scheme in ("http", "https"):
            yield (closed, scheme, "proxy", 0, PASSING,
                   "the proxy PROXY refuses connections" + down)
            yield (resetting, scheme, "proxy", 0, PASSING, "the proxy PROXY "
                   "reset the connection without an answer" + down)
            yield (closing, scheme, "proxy", 0, PASSING, "the proxy PROXY "
                   "closed the connection without an answer" + down)
            yield (answers(b"407 No"), scheme, "proxy", 407, FINAL, "the proxy "
                   "PROXY wants a name and a password (HTTP 407)" + gives)
        yield ("http://proxy.invalid:3128", "http", "proxy", 0, PASSING,
               "the proxy PROXY cannot be looked up" + down)
        yield (garbage, "http", "proxy", 0, FINAL,
               "the proxy PROXY is no HTTP proxy")
        for status in (401, 403):
            yield (answers(b"%d No" % status), "http", "http", status, FINAL,
                   f"HTTP {status}, {either}")
        for status in (502, 503):
            busy = answers(b"%d No" % status)
            yield (busy, "http", "http", status, PASSING,
                   f"HTTP {status}, {either}")
            yield (busy, "https", "connect", 0, PASSING, "the proxy PROXY "
                   f"could not connect to {self.tls} (HTTP {status})")
        yield (answers(b"401 No").replace("//", "//me:wrong@"), "https",
               "proxy", 401, FINAL, "the proxy PROXY does not accept this name "
               "and password (HTTP 401)" + gives)
        yield (answers(b"403 No"), "https", "proxy", 403, FINAL, "the proxy "
               f"PROXY refuses to connect to {self.tls} (HTTP 403)")
        yield (cut, "https", "connect", 0, PASSING,
               f"{self.tls} (through the proxy PROXY) closed the connection "
               "during the TLS handshake")
        yield (f"https://{self.plain}", "http", "proxy", 0, FINAL, "the proxy "
               "PROXY does not speak TLS at this port; http:// may be right")
        yield (f"https://127.0.0.1:{self.own_port}", "http", "proxy", 0, FINAL,
               "the certificate of the proxy PROXY is self-signed; --cacert "
               "FILE trusts its certificate, -k fetches without this check")
        yield (socks5(2), "http", "proxy", 0, FINAL,
               f"the proxy PROXY refuses to connect to {self.plain}")
        yield (socks5(5), "http", "connect", 0, PASSING, "the proxy PROXY "
               f"could not connect to {self.plain} (connection refused)")
        yield (f"socks5h://{self.plain}", "http", "proxy", 0, FINAL,
               "the proxy PROXY is no SOCKS proxy of this version")

    def test_who_has_failed_is_said(self):
        for proxy, scheme, error, status, attempts, said in self.rows():
            place = self.tls if scheme == "https" else self.plain
            said = said.replace("PROXY", proxy.split("//")[1].split("@")[-1])
            for way in self.ways():
                with self.subTest(proxy=proxy):
                    self.assert_causes(
                        way, {f"{scheme}://{place}/x":
                              (error, status, attempts, said)},
                        *self.trusted, "--proxy", proxy)

    def ways(self):
        """The words are made where the transfer runs: on a loop, and in a
        thread of a worker, for which both ends of a pipe must agree. One row
        in five is tried in all ways."""
        self.turn = getattr(self, "turn", -1) + 1
        return WAYS if self.turn % 5 == 0 else (("async",), ("processes",))

    def test_a_proxy_that_speaks_tls_is_trusted_as_servers_are(self):
        for proxy, more in ((self.tls_port, ()), (self.own_port, ("-k",))):
            self.fetch(("async",), [f"http://{self.plain}/x"], *self.trusted,
                       *more, "--proxy", f"https://127.0.0.1:{proxy}")
            self.assertEqual(self.result.returncode, 0, self.result.stderr)

    def test_a_dead_proxy_is_one_cause_for_all_hosts(self):
        """No host is given up for it, and the next run tries them again."""
        dead = f"http://127.0.0.1:{free_port()}"
        urls = [f"http://127.0.0.{n}:{self.nginx.port}/x" for n in range(1, 9)]
        for mode in MODES:
            with self.subTest(mode=mode):
                self.fetch((mode,), urls, "--host-give-up", "1",
                           "--proxy", dead)
                self.assertIn("0 ok, 8 failed (proxy 8 (it does not answer; "
                              "--noproxy '*' goes without a proxy))",
                              self.result.stderr)
                self.assertNotIn("network is down", self.result.stderr)
                result = self.haul("-m", mode, "-d", self.dir, "-o", "{n}",
                                   "--noproxy", "127.0.0.0/8", "--proxy", dead,
                                   urls[0])
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_is_no_proxy_is_refused_at_the_start(self):
        url = f"http://{self.plain}/x"
        for value in ("ftp://127.0.0.1:21", "a b", "http://p:99999"):
            result = self.haul("-d", self.dir, "--proxy", value, url)
            self.assert_one_line(result, 2, "--proxy", "not the URL of a proxy")
            for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
                env = self.environment(**{name: value})
                result = self.haul("-d", self.dir, url, env=env)
                self.assert_one_line(result, 2, f"haul: {name}: ")
                result = self.haul("-d", self.dir, "--noproxy", "*", url,
                                   env=env)
                self.assertEqual(result.returncode, 0, result.stderr)
                (self.dir / "x").unlink()
                (self.dir / ".haul" / "journal").unlink()
        self.assertEqual(len(self.nginx.requests()), 9)


class Files(CausesTest):
    """Of certificates: one line, before anything is asked for."""

    def test_each_fault_of_a_file_is_told_at_the_start(self):
        made = Certificates(self.scratch / "certificates")
        made.authority("one")
        made.authority("other")
        one, key = made.path("one"), made.key("one")
        both = self.scratch / "both.pem"
        both.write_text(one.read_text() + key.read_text())
        empty = self.scratch / "empty"
        empty.write_text("")
        locked = self.scratch / "locked.key"
        made.run("pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out",
                 locked)
        rows = [
            (("--cacert", "no-such"), "--cacert: no-such: no such file"),
            (("--cacert", "."), "--cacert: .: this must be a plain file"),
            (("--cacert", empty), f"--cacert: {empty}: there is no certificate"),
            (("--cacert", key), f"--cacert: {key}: there is no certificate"),
            (("--key", key), "--key: goes with --cert FILE"),
            (("--cert", one), f"--cert: {one}: there is no private key in it: "
                              "--key FILE"),
            (("--cert", "no-such"), "--cert: no-such: no such file"),
            (("--cert", key), f"--cert: {key}: there is no certificate"),
            (("--cert", one, "--key", "no-such"), "--key: no-such: no such"),
            (("--cert", one, "--key", one), f"--key: {one}: there is no private "
                                            "key in it (PEM"),
            (("--cert", one, "--key", locked), f"--key: {locked}: the key is "
                                               "encrypted"),
            (("--cert", one, "--key", made.key("other")),
             f"--key: {made.key('other')}: this is not the key of --cert {one}"),
        ]
        url = f"http://127.0.0.1:{free_port()}/x"
        for options, said in rows:
            with self.subTest(said=said):
                result = self.haul("-d", self.dir, *options, url)
                self.assert_one_line(result, 2, f"haul: {said}")
                self.assertFalse(self.dir.exists())
        for options in (("--cert", both), ("--cert", one, "--key", key),
                        ("--cacert", both)):
            with self.subTest(options=options):
                result = self.haul("-d", self.dir, *QUICK, *options, url)
                self.assertEqual(result.returncode, 8, result.stderr)


class Retries(CausesTest):
    def test_each_retry_is_said_with_v(self):
        url = f"http://127.0.0.1:{free_port()}/x"
        for mode in MODES:
            self.fetch((mode,), [url])
            with self.subTest(mode=mode):
                lines = re.findall(r"^retry (\d) of 2 in 0\.0 s: (\S+): (.+)$",
                                   self.result.stderr, re.M)
                self.assertEqual([(n, of) for n, of, _ in lines],
                                 [("1", url), ("2", url)], self.result.stderr)
                # An attempt says how long it took.
                self.assertIn(re.sub(r"\d+ ms", "0 ms", lines[0][2]),
                              re.sub(r"\d+ ms", "0 ms", self.said_of(url)))
        self.dir = self.scratch / "quiet"
        result = self.haul("-d", self.dir, *QUICK, url)
        self.assertNotIn("retry", result.stderr)


if __name__ == "__main__":
    unittest.main()
