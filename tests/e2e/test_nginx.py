"""What a real nginx does to a client: limits, restarts, passwords, connections
that end early, files that change under way."""

import collections
import gzip
import os
import unittest

from real import NGINX, Certificates, Nginx
from support import MODES, WAYS, HaulTest, free_port, wait_for

FILES = 16
LARGE = 600_000


@unittest.skipUnless(NGINX, "no nginx")
class NginxTest(HaulTest):
    HTTP = ""
    LOCATIONS = ""

    def setUp(self):
        super().setUp()
        self.nginx = Nginx(self, f"""{self.HTTP}
            server {{ listen PORT backlog=1000; {self.listen_tls()}
                {self.LOCATIONS} }}""")
        for i in range(FILES):
            (self.nginx.www / f"file{i}").write_bytes(self.content(i))
        self.nginx.start()

    def listen_tls(self):
        return ""

    def content(self, i):
        return b"%d " % i * 500

    def urls(self, folder="", count=FILES):
        return [f"{self.nginx.url}/{folder}file{i}" for i in range(count)]

    def new_dir(self):
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"

    def fetch(self, way, *arguments, status=0):
        self.new_dir()
        result = self.haul("-m", *way, "-d", self.dir, "--report", "report",
                           "--retry-delay", "0.05", *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.rows, _ = self.read_report(self.scratch / "report")
        return result

    def assert_all_there(self):
        self.assertEqual(len(self.names()), FILES)
        for i in range(FILES):
            self.assertTrue(
                (self.dir / f"file{i}").read_bytes() == self.content(i), i)


class Answers(NginxTest):
    HTTP = """
        limit_req_zone $request_method zone=rate:1m rate=50r/s;
        limit_conn_zone $request_method zone=at_once:1m;
        """
    LOCATIONS = """
        location /rate/ { limit_req zone=rate; alias WWW/; }
        location /busy/ { limit_conn at_once 1; limit_conn_status 429;
                          limit_rate 1200; alias WWW/; }
        location /secret/ { auth_basic "haul"; alias WWW/;
                            auth_basic_user_file DIR/users; }
        location /accel/ { proxy_pass http://PORT/inner/; }
        location /inner/ { add_header X-Accel-Redirect /hidden$uri;
                           return 200; }
        location /hidden/inner/ { internal; alias WWW/; }
        location /packed/ { gzip_static always; alias WWW/; }
        """

    def test_a_host_that_limits_gives_everything_in_the_end(self):
        """By 503 to those that come too fast, by 429 to those at once."""
        for way in WAYS:
            with self.subTest(way=way):
                self.check_limited(way, "503", self.urls("rate/"))
                self.assert_all_there()
                # nginx sends as much as a second's share at once.
                refused = self.check_limited(way, "429",
                                             self.urls("busy/")[12:])
                if way != ("sequential",):
                    self.assertGreater(refused, 0)

    def check_limited(self, way, status, urls):
        """Returns how many requests were refused."""
        before = len(self.nginx.requests())
        self.fetch(way, "--retry", "90", *urls)
        requests = self.nginx.requests()[before:]
        refused = sum(r[3] == status for r in requests)
        self.assertEqual(len(requests) - refused, len(urls))
        self.assertEqual(len(self.names()), len(urls))
        return refused

    def test_a_password(self):
        (self.nginx.dir / "users").write_text("me:{PLAIN}right\n")
        urls = self.urls("secret/")
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, "-u", "me:right", *urls)
                self.assert_all_there()
                result = self.fetch(way, "-u", "me:wrong", urls[0], status=8)
                self.assert_one_line(result, 8, urls[0], "HTTP 401")
                self.assertEqual(self.rows[0]["attempts"], 1)
                self.assertEqual(self.names(), [])

    def test_what_another_place_answers_for_it(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch(way, *self.urls("accel/"))
                self.assert_all_there()

    def test_a_coding_that_nobody_asked_for_is_kept_as_it_came(self):
        for i in range(FILES):
            (self.nginx.www / f"file{i}.gz").write_bytes(
                gzip.compress(self.content(i)))
        for mode in MODES:
            with self.subTest(mode=mode):
                self.fetch((mode,), *self.urls("packed/"))
                for i in range(FILES):
                    packed = (self.dir / f"file{i}").read_bytes()
                    self.assertTrue(gzip.decompress(packed) == self.content(i))


class ShortConnections(NginxTest):
    """Each serves three requests; over HTTP/2 too."""

    HTTP = "keepalive_requests 3;"

    def listen_tls(self):
        made = Certificates(self.scratch / "certificates")
        self.ca = made.path(made.authority("ca"))
        good = made.signed("good", "ca")
        self.tls_port = free_port()
        return (f"listen 127.0.0.1:{self.tls_port} ssl http2;"
                f"ssl_certificate {made.path(good)};"
                f"ssl_certificate_key {made.key(good)};")

    def test_no_file_needs_a_second_attempt(self):
        for way in WAYS:
            for base in (self.nginx.url, f"https://127.0.0.1:{self.tls_port}"):
                with self.subTest(way=way, base=base):
                    before = len(self.nginx.requests())
                    self.fetch(way, "--cacert", self.ca,
                               *[f"{base}/file{i}" for i in range(FILES)])
                    self.assert_all_there()
                    self.assertEqual({row["attempts"] for row in self.rows},
                                     {1})
                    used = collections.Counter(
                        r[0] for r in self.nginx.requests()[before:])
                    self.assertLessEqual(max(used.values()), 3)


class Changes(NginxTest):
    LOCATIONS = """
        location /slow/ { limit_rate 200k; limit_rate_after 1;
                          sendfile on; alias WWW/; }
        """

    def content(self, i):
        return self.version(1, LARGE)

    def version(self, byte, size):
        return bytes([byte]) * size

    def put(self, path, byte, size=LARGE):
        """In place, with a time of its own, which makes nginx's ETag."""
        with open(path, "r+b") as file:
            file.write(self.version(byte, size))
            file.truncate(size)
        os.utime(path, (1e9 + byte, 1e9 + byte))

    def begin(self, mode, *options):
        """A run that has some of each file; the paths of these."""
        self.new_dir()
        paths = [self.nginx.www / f"file{i}" for i in range(2)]
        for path in paths:
            self.put(path, 1)
        run = self.start("-m", mode, "-d", self.dir, "--retry-delay", "0.05",
                         *options, *self.urls("slow/", 2))
        name = "file0" if mode == "sequential" else "file1"
        self.assertTrue(wait_for(lambda: self.part_size(name) > 0))
        return run, paths

    def assert_ends_with(self, run, *contents):
        messages = run.communicate(timeout=60)[1]
        self.assertEqual(run.returncode, 0, messages)
        self.assertEqual(self.names(), ["file0", "file1"])
        for i, content in enumerate(contents):
            self.assertTrue((self.dir / f"file{i}").read_bytes() == content, i)

    def test_a_server_that_is_started_anew(self):
        """What had come is not asked for again."""
        for mode in MODES:
            with self.subTest(mode=mode):
                before = len(self.nginx.requests())
                run, _ = self.begin(mode)
                self.nginx.stop()
                self.nginx.start()
                self.assert_ends_with(run, *[self.version(1, LARGE)] * 2)
                requests = self.nginx.requests()[before:]
                ranges = [r for r in requests if r[3] == "206"]
                self.assertGreater(len(ranges), 0, requests)

    def test_a_file_that_changes_between_two_ranges(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                run, paths = self.begin(mode)
                self.nginx.stop()
                for path in paths:
                    self.put(path, 2)
                self.nginx.start()
                self.assert_ends_with(run, *[self.version(2, LARGE)] * 2)

    def test_a_file_that_is_cut_while_it_is_sent(self):
        """nginx cannot send what it has promised, and closes."""
        for mode in MODES:
            with self.subTest(mode=mode):
                run, paths = self.begin(mode)
                for path in paths:
                    self.put(path, 3, 1000)
                self.assert_ends_with(run, *[self.version(3, 1000)] * 2)


if __name__ == "__main__":
    unittest.main()
