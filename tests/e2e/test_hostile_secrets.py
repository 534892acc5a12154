"""Redirects by servers that want what is not theirs: passwords, headers,
cookies and the client's certificate stay at the first origin, and are in
nothing that haul prints or writes."""

import base64
import json
import ssl
import unittest
from typing import NamedTuple

from hostile_rows import HEALTHY
from hostile_server import KEEP, Server
from support import HaulTest
from test_connections import make_certificate

SECRET = "S3CR3T"
MODES = {
    "sequential": ["-m", "sequential"],
    "threads": ["-m", "threads"],
    "processes": ["-m", "processes", "-j", 3],
    "async": ["-m", "async"],
    "loops": ["-m", "async", "--loops", 2],
}


class Hop(NamedTuple):
    """A URL of the list at one port, and where it leads."""

    name: str
    port: str
    to: tuple     # a URL for each hop; {PORT} is a port of the server's
    keeps: bool   # the last of them is of the first origin all along


HOPS = [
    Hop("same", "http", ("http://127.0.0.1:{http}",), True),
    Hop("same-by-a-name", "http", ("",), True),
    Hop("port", "http", ("http://127.0.0.1:{other}",), False),
    Hop("host", "http", ("http://localhost:{http}",), False),
    Hop("scheme", "http", ("https://127.0.0.1:{https}",), False),
    Hop("tls", "https", ("https://127.0.0.1:{https}",), True),
    Hop("tls-port", "https", ("https://127.0.0.1:{https2}",), False),
    Hop("tls-host", "https", ("https://localhost:{https}",), False),
    Hop("back", "http", ("http://127.0.0.1:{other}",
                         "http://127.0.0.1:{http}"), False),
    Hop("user", "http", (f"http://you:{SECRET}@127.0.0.1:{{other}}",), False),
    Hop("user-back", "http", (f"http://you:{SECRET}@127.0.0.1:{{other}}",
                              f"http://you:{SECRET}@127.0.0.1:{{http}}"), False),
]
KINDS = ("plain", "own", "user")


def holds_secret(request):
    for name in ("Authorization", "Proxy-Authorization"):
        for value in request.header(name):
            if SECRET.encode() in base64.b64decode(value.partition(" ")[2] + "=="):
                return True
    return SECRET in request.head


class SecretsTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.key, self.pem = make_certificate(self.scratch)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem, self.key)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(self.pem)
        self.server = Server(self.script)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.ports = {"http": self.server.listen(),
                      "other": self.server.listen(),
                      "https": self.server.listen(context=context),
                      "https2": self.server.listen(context=context)}

    def script(self, request, _):
        """/RUN/HOP+N: the hop's N-th target, and after the last a file."""
        name, _, nth = request.name.partition("+")
        hop = next((h for h in HOPS if h.name == name.partition(".")[0]), None)
        if hop is None or int(nth) >= len(hop.to):
            return [HEALTHY, KEEP]
        place = hop.to[int(nth)].format(**self.ports)
        return [f"HTTP/1.1 302 Found\r\nLocation: {place}/{request.run}/{name}"
                f"+{int(nth) + 1}\r\nContent-Length: 0\r\n\r\n".encode(), KEEP]

    def url(self, run, hop, kind, user=""):
        scheme = "https" if hop.port.startswith("https") else "http"
        port = self.ports[hop.port]
        return f"{scheme}://{user}127.0.0.1:{port}/{run}/{hop.name}.{kind}+0"

    def run_list(self, run, mode, lines, *options, **env):
        """Has haul fetch them all, and looks for the secret in what it tells."""
        path = self.scratch / f"{run}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.dir = self.scratch / run
        result = self.haul(
            "-d", self.dir, *MODES[mode], "-k", "--http", "1.1", "--debug",
            "all", "-v", "--progress", "json", "--report", f"{run}.report",
            "--trace", f"{run}.trace", "-i", path, *options,
            env=self.environment(**env))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.names()), len(lines))
        told = [result.stdout, result.stderr]
        told += [p.read_text(errors="replace")
                 for p in (self.scratch / f"{run}.report",
                           self.scratch / f"{run}.trace",
                           *(self.dir / ".haul").iterdir()) if p.is_file()]
        for text in told:
            at = text.find(SECRET)
            self.assertEqual(at, -1, text[max(at - 200, 0):at + 20])

    def asked(self, run, name, nth):
        """The one request for a hop's target."""
        wanted = f"{name}+{nth}"
        found = [r for r in self.server.requests
                 if r.run == run and r.name == wanted]
        self.assertEqual(len(found), 1, f"{run} {wanted}")
        return found[0]


class Redirects(SecretsTest):
    def lines(self, run):
        own = {"X-Line": SECRET, "Cookie": f"line={SECRET}",
               "Referer": f"http://me:{SECRET}@h/"}
        for hop in HOPS:
            yield {"url": self.url(run, hop, "plain")}
            yield {"url": self.url(run, hop, "own"), "headers": own}
            yield {"url": self.url(run, hop, "user", f"you:{SECRET}@")}

    def check_hop(self, run, hop, kind):
        name = f"{hop.name}.{kind}"
        first = self.asked(run, name, 0)
        last = self.asked(run, name, len(hop.to))
        for request, has in ((first, True), (last, hop.keeps)):
            self.assertEqual(holds_secret(request), has, request.head)
            self.assertEqual(request.header("X-Api-Key") != [], has)
            self.assertEqual(request.header("Cookie") != [], has)
            self.assertEqual(request.header("Authorization") != [], has)
            self.assertEqual(request.header("X-Line") != [],
                             has and kind == "own")
            self.assertEqual(request.certificate is not None,
                             has and hop.port == "https")

    def test_they_take_no_secrets_along(self):
        for mode in MODES:
            self.run_list(
                mode, mode, list(self.lines(mode)), "-u", f"me:{SECRET}", "-H",
                f"X-Api-Key: {SECRET}", "-b", f"a={SECRET}", "--cert", self.pem,
                "--key", self.key)
            for hop in HOPS:
                for kind in KINDS:
                    with self.subTest(mode=mode, hop=hop.name, kind=kind):
                        self.check_hop(mode, hop, kind)

    def test_a_netrc_has_a_password_for_its_machine_alone(self):
        (self.scratch / ".netrc").write_text(
            f"machine 127.0.0.1 login me password {SECRET}\n"
            "machine localhost login you\n")
        hop = next(h for h in HOPS if h.name == "host")
        for mode in MODES:
            with self.subTest(mode=mode):
                lines = [{"url": self.url(mode, hop, f"n{n}")} for n in range(9)]
                self.run_list(mode, mode, lines, "--netrc", "-j", 2,
                              HOME=str(self.scratch))
                for n in range(9):
                    name = f"{hop.name}.n{n}"
                    self.assertTrue(holds_secret(self.asked(mode, name, 0)))
                    self.assertFalse(holds_secret(self.asked(mode, name, 1)))

    def test_a_proxys_password_is_for_the_proxy(self):
        hop = next(h for h in HOPS if h.name == "host")
        for mode in MODES:
            with self.subTest(mode=mode):
                lines = [{"url": self.url(mode, hop, f"n{n}")} for n in range(9)]
                self.run_list(
                    mode, mode, lines, "--proxy",
                    f"http://p:{SECRET}@127.0.0.1:{self.ports['other']}",
                    "--noproxy", "localhost", "-j", 2)
                for n in range(9):
                    first = self.asked(mode, f"{hop.name}.n{n}", 0)
                    last = self.asked(mode, f"{hop.name}.n{n}", 1)
                    self.assertEqual(first.port, self.ports["other"])
                    self.assertTrue(holds_secret(first))
                    self.assertEqual(last.port, self.ports["http"])
                    self.assertFalse(holds_secret(last))


class Cookies(SecretsTest):
    SET = ("top=1; Domain=test", "good=1; Domain=good.test",
           "dotted=1; Domain=.good.test", "evil=1; Domain=evil.test",
           "other=1; Domain=b.evil.test", "mine=1", "path=1; Path=/elsewhere",
           "secure=1; Secure", "__Host-x=1", "address=1; Domain=127.0.0.1")
    # What each of these hosts gets.
    GETS = {"a.evil.test": {"evil", "mine"}, "b.evil.test": {"evil"},
            "evil.test": {"evil"}, "good.test": set(), "127.0.0.1": set()}

    def script(self, request, _):
        if not request.name.startswith("to-"):
            return [HEALTHY, KEEP]
        cookies = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in self.SET)
        return [f"HTTP/1.1 302 Found\r\nLocation: http://{request.name[3:]}:"
                f"{self.ports['http']}/{request.run}/{request.name[3:]}\r\n"
                f"{cookies}Content-Length: 0\r\n\r\n".encode(), KEEP]

    def test_they_go_to_those_alone_that_they_are_for(self):
        port = self.ports["http"]
        names = [n for host in self.GETS for n in
                 ("--resolve", f"{host}:{port}:127.0.0.1")]
        for mode in MODES:
            self.server.requests.clear()
            self.run_list(
                mode, mode, [{"url": f"http://a.evil.test:{port}/{mode}/to-{h}"}
                             for h in self.GETS], *names)
            for host, wanted in self.GETS.items():
                with self.subTest(mode=mode, host=host):
                    last, = (r for r in self.server.requests if r.name == host)
                    sent = {c.partition("=")[0] for value in
                            last.header("Cookie") for c in value.split("; ")}
                    self.assertEqual(sent, wanted)


if __name__ == "__main__":
    unittest.main()
