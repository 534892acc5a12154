"""The causes of failures by their right names: scenario -> error, words, number
of attempts, in every mode. What would help is named where it is true."""

import re
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
            "http", 301, FINAL, "HTTP 301, a redirect that says not where to")
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
