"""-b: a cookie for the first origin, or a file of cookies, each of which goes
where its domain, path, secure flag and expiry allow it."""

import http.server
import unittest

from support import MODES, WAYS, HaulTest, state_of

LATER = 4102444800


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        host = self.headers["Host"].partition(":")[0]
        cookies = self.headers.get("Cookie", "")
        self.server.asked[host + self.path] = sorted(cookies.split("; "))
        path = self.path.split("?")[0]
        self.send_response(302 if path.startswith("/to") else 200)
        if path == "/to-other":
            self.send_header("Location", f"http://b.site.test:{self.port()}/there")
        elif path == "/to-self":
            self.send_header("Set-Cookie", "chain=1")
            self.send_header("Set-Cookie", "plain=set")
            self.send_header("Location", "/sub/there")
        elif path == "/sets":
            self.send_header("Set-Cookie", "left=1; Path=/")
            self.send_header("Set-Cookie", "plain=other; Path=/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def port(self):
        return self.server.server_port


def line(domain, path, name, secure=False, expiry=LATER, only=False):
    return "\t".join(("#HttpOnly_" * only + domain,
                      "TRUE" if domain[0] == "." else "FALSE", path,
                      "TRUE" if secure else "FALSE", str(expiry), name, "v"))


class Cookies(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.asked = {}
        self.answer_with(self.server)
        self.port = self.server.server_port
        self.file = self.scratch / "cookies.txt"
        self.write(line("a.site.test", "/", "plain"),
                   line("a.site.test", "/", "only", only=True),
                   line("a.site.test", "/sub", "path"),
                   line("a.site.test", "/", "secure", secure=True),
                   line("a.site.test", "/", "expired", expiry=1),
                   line("a.site.test", "/", "session", expiry=0),
                   line(".site.test", "/", "all"),
                   line(".b.site.test", "/", "b"),
                   line(".deep.a.site.test", "/", "deep"),
                   *[line(f"h{i}.example", "/", f"n{i}") for i in range(3000)])

    def write(self, *lines):
        self.file.write_text("# Netscape HTTP Cookie File\n\n"
                             + "\r\n".join(lines) + "\n")

    def url(self, host, path):
        return f"http://{host}:{self.port}{path}"

    def fetch(self, way, *urls, options=()):
        self.server.asked.clear()
        directory = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        resolve = [f"--resolve={host}:{self.port}:127.0.0.1" for host in
                   ("a.site.test", "x.deep.a.site.test", "b.site.test", "nota.site.test")]
        result = self.haul("-m", *way, "-d", directory, *resolve,
                           *(options or ("-b", self.file)), *urls)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.server.asked

    def test_a_cookie_goes_where_it_belongs(self):
        everywhere = ["all=v", "only=v", "plain=v", "session=v"]
        for way in WAYS:
            with self.subTest(way=way):
                before = state_of(self.scratch)["cookies.txt"]
                asked = self.fetch(
                    way, self.url("a.site.test", "/x"),
                    self.url("a.site.test", "/sub/x2"),
                    self.url("x.deep.a.site.test", "/x3"),
                    self.url("nota.site.test", "/x4"), self.url("127.0.0.1", "/x5"),
                    self.url("a.site.test", "/to-other"))
                self.assertEqual(asked, {
                    "a.site.test/x": everywhere,
                    "a.site.test/sub/x2": sorted([*everywhere, "path=v"]),
                    "x.deep.a.site.test/x3": ["all=v", "deep=v"],
                    "nota.site.test/x4": ["all=v"],
                    "127.0.0.1/x5": [""],
                    "a.site.test/to-other": everywhere,
                    "b.site.test/there": ["all=v", "b=v"],
                })
                self.assertEqual(state_of(self.scratch)["cookies.txt"], before)

    def test_what_a_server_sets_stays_with_its_url(self):
        """It is sent along the redirects of that URL, in place of what the file
        has, and to no other URL."""
        for mode in MODES:
            with self.subTest(mode=mode):
                asked = self.fetch((mode, "-j", "1"),
                                   self.url("a.site.test", "/sets"),
                                   self.url("a.site.test", "/to-self"),
                                   self.url("a.site.test", "/last"))
                self.assertEqual(asked["a.site.test/sub/there"],
                                 ["all=v", "chain=1", "only=v", "path=v",
                                  "plain=set", "session=v"])
                for path in ("/to-self", "/last"):
                    self.assertEqual(asked[f"a.site.test{path}"],
                                     ["all=v", "only=v", "plain=v",
                                      "session=v"])

    def test_a_hundred_cookies_of_one_host(self):
        names = [f"n{i}" for i in range(100)]
        self.write(*[line("a.site.test", "/", name) for name in names])
        asked = self.fetch(("async",), self.url("a.site.test", "/to-self"))
        self.assertEqual(asked["a.site.test/to-self"],
                         sorted(f"{name}=v" for name in names))
        self.assertEqual(len(asked["a.site.test/sub/there"]), 102)

    def test_cookies_as_text_go_with_those_of_the_file(self):
        asked = self.fetch(("async",), self.url("b.site.test", "/x"), options=(
            "-b", "one=1", "-b", self.file, "--cookie", "two=2; three=3"))
        self.assertEqual(asked["b.site.test/x"],
                         ["all=v", "b=v", "one=1", "three=3", "two=2"])

    def test_a_file_that_is_of_no_use(self):
        empty = self.scratch / "empty"
        empty.write_text("# Netscape HTTP Cookie File\n#a\tb\tc\td\te\tf\tg\n")
        spaces = self.scratch / "spaces"
        spaces.write_text("a.site.test FALSE / FALSE 0 name value\n")
        old = self.scratch / "old"
        old.write_text(line("a.site.test", "/", "old", expiry=1) + "\n")
        for value, words in (("none", "nor a file that is there"),
                             (self.scratch, "Is a directory"),
                             (empty, "has no cookie"), (spaces, "TABs"),
                             (old, "all its cookies have expired"),
                             ("/dev/zero", "larger than 16 MB"),
                             ("-", "nor a file that is there")):
            with self.subTest(value=value):
                result = self.haul("-d", self.dir, "-b", value,
                                   self.url("a.site.test", "/x"))
                self.assert_one_line(result, 2, words)
        self.assertEqual(self.server.asked, {})

    def test_no_cookie_is_printed(self):
        result = self.haul("-d", self.dir, "-b", self.file, "-b", "n=s3cret",
                           "--print-config", self.url("a.site.test", "/x"))
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("s3cret", "HttpOnly"):
            self.assertNotIn(word, result.stdout)


if __name__ == "__main__":
    unittest.main()
