"""Certificates that are no good, and servers that want one: what haul says, and
how often it asks."""

import socket
import socketserver
import ssl
import unittest

from real import NGINX, Certificates, Nginx
from support import MODES, WAYS, HaulTest, free_port

WEAK = "DEFAULT:@SECLEVEL=0"
GOOD, OLD = "good", "expired"
# How a port's certificate is no good, and what haul says of it.
TRUSTS = "--cacert FILE trusts its certificate, -k fetches without this check"
UNCHECKED = "; -k fetches without this check"
REFUSED = {
    "selfsigned": f"the certificate of HOST is self-signed; {TRUSTS}",
    "wrong-name": "the certificate of HOST is for other.example" + UNCHECKED,
    OLD: "the certificate of HOST expired on 2021-01-01" + UNCHECKED,
    "not-yet": "the certificate of HOST is valid only from 2098-01-01 on; is "
               "this machine's clock right? -k fetches without this check",
    "untrusted": "the certificate of HOST was issued by \"haul foreign\", "
                 f"which is not trusted; {TRUSTS}",
    "no-chain": "the certificate of HOST was issued by \"middle\", which is "
                f"not trusted; {TRUSTS}",
    "weak-key": "the certificate of HOST is not accepted: EE certificate key "
                "too weak" + UNCHECKED,
    "tls10": "HOST speaks no version of TLS that is safe (1.2 or newer)",
}


class Demanding(socketserver.ThreadingTCPServer):
    """Wants a certificate of the client, in one version of TLS."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, test, made, version):
        super().__init__(("127.0.0.1", 0), None)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made.path(GOOD), made.key(GOOD))
        self.context.load_verify_locations(made.path("clients"))
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.minimum_version = self.context.maximum_version = version
        self.server_port = self.server_address[1]
        self.asked = 0
        self.url = test.answer_with(self).replace("http:", "https:") + "/file"

    def finish_request(self, raw, _):
        self.asked += 1
        # What has been sent is read before it closes: a reset would take the
        # alert away.
        with raw.dup() as end:
            self.answer(raw)
            try:
                end.shutdown(socket.SHUT_WR)
                while end.recv(65536):
                    pass
            except OSError:
                pass

    def answer(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as stream:
                if stream.recv(65536):
                    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n"
                                   b"Connection: close\r\n\r\ncontent")
        except OSError:
            pass


class Changing(Demanding):
    """Has the certificate of one context in its first connections, and that of
    another from then on. Each connection has a whole handshake."""

    def __init__(self, test, made, before, after):
        super().__init__(test, made, ssl.TLSVersion.TLSv1_2)
        self.contexts = [self.with_certificate(*of) for of in (before, after)]
        self.good = 2

    @staticmethod
    def with_certificate(made, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.path(name), made.key(name))
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        return context

    def answer(self, raw):
        self.context = self.contexts[self.asked > self.good]
        super().answer(raw)


@unittest.skipUnless(NGINX, "no nginx")
class CertificatesTest(HaulTest):
    def setUp(self):
        super().setUp()
        made = self.made = Certificates(self.scratch / "certificates")
        ca = made.authority("ca")
        made.signed(GOOD, ca)
        made.signed("wrong-name", ca, subject="DNS:other.example")
        made.signed(OLD, ca, dates=("20200101000000Z", "20210101000000Z"))
        made.signed("not-yet", ca, dates=("20980101000000Z", "20990101000000Z"))
        made.authority("selfsigned")
        made.signed("untrusted", made.authority("foreign"))
        made.signed("middle", ca, extensions="authority")
        made.signed("no-chain", "middle")
        made.chain("chain", "no-chain", "middle")
        made.signed("weak-key", ca, key=("-newkey", "rsa:1024"))
        made.signed("client", made.authority("clients"))
        self.ports = {name: free_port() for name in (*REFUSED, GOOD, "chain")}
        more = {
            "weak-key": f"ssl_ciphers {WEAK};",
            "tls10": f"ssl_protocols TLSv1; ssl_ciphers {WEAK};",
        }
        certificate = {"tls10": GOOD}
        # Each request has a connection, and each connection a whole handshake.
        blocks = "keepalive_timeout 0; ssl_session_tickets off;\n"
        for name, port in self.ports.items():
            of = certificate.get(name, name)
            blocks += (f"server {{ listen 127.0.0.1:{port} ssl;"
                       f"ssl_certificate {made.path(of)};"
                       f"ssl_certificate_key {made.key(of)};"
                       f"{more.get(name, '')} }}\n")
        self.nginx = Nginx(self, blocks)
        (self.nginx.www / "file").write_text("content")
        self.nginx.start(port=self.ports[GOOD])

    def url(self, name):
        return f"https://127.0.0.1:{self.ports[name]}/file"

    def fetch(self, mode, urls, *options):
        """Returns what was said of each URL that failed."""
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        result = self.haul("-m", mode, "-d", self.dir, "--cacert",
                           self.made.path("ca"), "--report", "report", "-o",
                           "{n}", *options, *urls)
        self.rows, _ = self.read_report(self.scratch / "report")
        lines = [line.removeprefix("haul: ").split(": ", 1)
                 for line in result.stderr.splitlines()
                 if line.startswith("haul: http")]
        said = dict(lines)
        self.assertEqual(len(said), len(lines), result.stderr)
        return said

    def assert_refused(self, mode, urls, *options):
        """Each at its first attempt, in one line with the words of urls."""
        said = self.fetch(mode, urls, *options)
        for url, words in urls.items():
            host = url.split("/")[2]
            self.assertEqual(said[url], f"tls: {words.replace('HOST', host)}")
        self.assertEqual({(row["error"], row["attempts"]) for row in self.rows},
                         {("tls", 1)})
        self.assertEqual(self.names(), [])

    def assert_fetched(self, mode, urls, *options):
        self.assertEqual(self.fetch(mode, urls, *options), {})
        for n in range(len(urls)):
            self.assertEqual((self.dir / f"{n + 1}").read_text(), "content")

    def test_the_cause_is_named_at_the_first_attempt(self):
        urls = {self.url(name): words for name, words in REFUSED.items()}
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_refused(way[0], urls, *way[1:])
        self.assertEqual(self.nginx.requests(), [])

    def test_what_is_no_good_can_be_taken_on_request(self):
        """Not what TLS itself has no way to do."""
        names = (OLD, "wrong-name", "selfsigned", "untrusted")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assert_fetched(mode, [self.url(n) for n in names], "-k")
        old = {self.url("tls10"): REFUSED["tls10"]}
        self.assert_refused("async", old, "-k")

    def test_a_whole_chain_is_trusted_and_so_is_a_root_alone(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assert_fetched(mode, [self.url(GOOD), self.url("chain")])

    def trusted(self, name, *parts):
        """A file of the parts, to trust."""
        path = self.scratch / name
        path.write_text("".join(part.read_text() for part in parts))
        return "--cacert", path

    def test_certificates_are_found_wherever_they_are_in_the_file(self):
        """Each is decoded when it is looked for: among others with its name, an
        issuer that is no root, a server's own, and beside what is no
        certificate."""
        path = self.made.path
        twin = Certificates(self.scratch / "twin")
        twin.authority("ca")  # the name of the other, and another key
        both = self.trusted("both", path("foreign"), twin.path("ca"),
                            path("ca"))
        beside = self.trusted("beside", path("ca"), self.made.key(GOOD))
        middle = self.trusted("middle", path("foreign"), path("middle"))
        own = self.trusted("own", path("foreign"), path("selfsigned"))
        wrong = self.trusted("wrong", path("foreign"), twin.path("ca"))
        for mode in MODES:
            with self.subTest(mode=mode):
                good = [self.url(GOOD), self.url("chain")]
                self.assert_fetched(mode, good, *both)
                self.assert_fetched(mode, good, *beside)
                self.assert_fetched(mode, [self.url("no-chain")], *middle)
                # Trusted, and then its name is looked at.
                self.assert_refused(mode, {self.url("selfsigned"): (
                    "the certificate of HOST is for haul selfsigned"
                    f"{UNCHECKED}")}, *own)
                self.assertEqual(set(self.fetch(mode, good, *wrong)),
                                 set(good))

    def test_a_file_that_is_broken_trusts_nobody(self):
        broken = self.trusted("broken", self.made.path("ca"))
        with open(broken[1], "a") as out:
            out.write("-----BEGIN CERTIFICATE-----\nMAA=\n"
                      "-----END CERTIFICATE-----\n")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assert_refused(mode, {self.url(GOOD): (
                    "the file with the certificates to trust cannot be read")},
                    *broken)

    def test_a_server_that_wants_a_certificate_of_ours(self):
        servers = [Demanding(self, self.made, version) for version in
                   (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
        urls = [server.url for server in servers]
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assert_fetched(mode, urls, *self.ours("client"))
                self.assert_refused(mode, dict.fromkeys(
                    urls, "HOST wants a client certificate; --cert FILE --key "
                    "FILE sends one"))
                self.assert_refused(mode, dict.fromkeys(
                    urls, "HOST does not accept the client certificate (tlsv1 "
                    "alert unknown ca); --cert FILE --key FILE sends another"),
                    *self.ours("untrusted"))
                self.assertEqual([server.asked for server in servers], [3, 3])
                for server in servers:
                    server.asked = 0

    def ours(self, certificate, key=None):
        return ("--cert", self.made.path(certificate), "--key",
                self.made.key(key or certificate))

    def test_a_good_server_does_not_vouch_for_the_next(self):
        """Each asked four times, in turn."""
        urls = {}
        for name in (GOOD, "wrong-name", OLD, "untrusted", "chain", "no-chain"):
            urls.update({f"{self.url(name)}?{n}": name for n in range(4)})
        mixed = sorted(urls, key=lambda url: url.split("?")[1])
        good = {url for url in urls if urls[url] in (GOOD, "chain")}
        for way in (("async", "-j", "2"), *WAYS):
            with self.subTest(way=way):
                said = self.fetch(way[0], mixed, *way[1:])
                self.assertEqual(set(said), set(urls) - good)
                for url, words in said.items():
                    self.assertEqual(words, "tls: " + REFUSED[urls[url]].replace(
                        "HOST", url.split("/")[2]))
                self.assertEqual(len(self.names()), len(good))

    def test_a_certificate_that_is_replaced_is_checked(self):
        """By one of the same names, and of an issuer of the same name."""
        twin = Certificates(self.scratch / "twin")
        twin.authority("ca")
        twin.signed(GOOD, "ca")
        for after in ((twin, GOOD), (self.made, OLD),
                      (self.made, "selfsigned")):
            for mode in MODES:
                with self.subTest(mode=mode, after=after[1]):
                    server = Changing(self, self.made, (self.made, GOOD), after)
                    urls = [f"{server.url}?{n}" for n in range(4)]
                    said = self.fetch(mode, urls, "-j", "1")
                    self.assertEqual(set(said), set(urls[server.good:]))
                    self.assertEqual(len(self.names()), server.good)

    def test_another_certificate_is_tried_by_the_next_run(self):
        server = Demanding(self, self.made, ssl.TLSVersion.TLSv1_3)
        common = ("-d", self.dir, "--cacert", self.made.path("ca"), server.url)
        for _ in range(2):
            self.assertEqual(self.haul(*common).returncode, 8)
        self.assertEqual(server.asked, 1)
        result = self.haul(*self.ours("client"), *common)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
