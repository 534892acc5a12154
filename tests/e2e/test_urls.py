"""URLs as people write them: hosts beyond ASCII, zones, empty queries."""

import http.server
import shutil
import subprocess
import sys
import threading

from support import HAUL, WAYS, HaulTest

BOOKS = "xn--bcher-kva.test"


# A server on all links, and a run that asks it at one of them.
LINK = """
import http.server, socket, subprocess, sys, threading
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
server = Server(("::", 0), http.server.SimpleHTTPRequestHandler)
open("x", "w").close()
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run([sys.argv[1], "-d", sys.argv[2], "--retry", "0",
    f"http://[fe80::7%25lo]:{server.server_port}/x"]).returncode)
"""


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the target and the Host that were asked for, or redirects."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.requestline.split()[1]
        where = self.server.redirects.get(path)
        status = 302 if where else 404 if path == "/dead" else 200
        body = f"{path} {self.headers['Host']}\n".encode()
        self.send_response(status)
        if where:
            self.send_header("Location", where.encode().decode("latin-1"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.seen.append((path, self.headers["Host"]))

    def log_message(self, *args):
        pass


class UrlTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = self.listen("127.0.0.1")
        self.port = self.server.server_port

    def listen(self, address):
        family = 10 if ":" in address else 2
        kind = type("Server", (http.server.ThreadingHTTPServer,),
                    {"address_family": family, "daemon_threads": True})
        server = kind((address, 0), Echo)
        server.seen = []
        server.redirects = {}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def fetch(self, lines, *options, status=0, env=None):
        (self.scratch / "list.txt").write_bytes(
            b"".join(line + b"\n" if isinstance(line, bytes)
                     else line.encode() + b"\n" for line in lines))
        result = self.haul(
            "-i", "list.txt", "-d", self.dir, "--report", "report.jsonl",
            "--retry", "0", "--resolve", f"{BOOKS}:{self.port}:127.0.0.1",
            "--resolve", f"xn--tda.test:{self.port}:127.0.0.1", *options,
            env=env)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def rows(self):
        return self.read_report(self.scratch / "report.jsonl")[0]


class Hosts(UrlTest):
    def test_a_host_is_ascii_in_every_mode_and_locale(self):
        for way in WAYS:
            for locale in ("C", "C.UTF-8"):
                with self.subTest(way=way, locale=locale):
                    shutil.rmtree(self.dir, ignore_errors=True)
                    self.server.seen.clear()
                    self.fetch([f"http://bücher.test:{self.port}/a"], "-m",
                               *way, env=self.environment(LC_ALL=locale))
                    self.assertEqual(self.server.seen,
                                     [("/a", f"{BOOKS}:{self.port}")])

    def test_spellings_of_a_host_are_one_host(self):
        p = self.port
        lines = [f"http://bücher.test:{p}/a", f"http://BÜCHER.test:{p}/a",
                 f"http://{BOOKS}:{p}/a", f"http://b%C3%BCcher.test:{p}/a",
                 f"http://bücher。test:{p}/a", f"http://bu\u0308cher.test:{p}/a"]
        plan = self.fetch(lines, "--dry-run").stdout
        self.assertIn("1 to ask for, at 1 host\n", plan)
        self.fetch(lines)
        self.assertEqual(len(self.server.seen), 1)
        self.assertEqual([row["dup_of"] for row in self.rows()],
                         [None, 1, 1, 1, 1, 1])
        # -x counts them as one host.
        plan = self.fetch([f"{line}{n}" for n, line in enumerate(lines)],
                          "--dry-run", "-x", "1").stdout
        self.assertIn("6 to ask for, at 1 host\n", plan)

    def test_redirects_and_mirrors_lead_to_such_hosts(self):
        p = self.port
        self.server.redirects = {"/to/1": f"http://bücher.test:{p}/b",
                                 "/to/2": f"//ü.test:{p}/c"}
        dead = f"http://127.0.0.1:{p}/dead"
        self.fetch([f"http://127.0.0.1:{p}/to/1", f"http://127.0.0.1:{p}/to/2",
                    f"{dead}\thttp://bücher.test:{p}/d"],
                   "--input-format", "aria2")
        hosts = {path: host for path, host in self.server.seen}
        self.assertEqual(
            {path: hosts.get(path) for path in ("/b", "/c", "/d")},
            {"/b": f"{BOOKS}:{p}", "/c": f"xn--tda.test:{p}",
             "/d": f"{BOOKS}:{p}"})

    def test_a_host_that_cannot_be_converted_is_a_bad_line(self):
        lines = [b"http://\xff.test/", "http://ü%2fx.test/",
                 "http://a℀b.test/", "http://" + "ü" * 70 + ".test/",
                 "http://xn--ü.test/"]
        result = self.fetch(lines, status=8)
        self.assertEqual([(row["n"], row["error"]) for row in self.rows()],
                         [(n, "name") for n in range(1, 6)])
        for n, words in enumerate(("not UTF-8", "percent sign", "ASCII form",
                                   "ASCII form", "ASCII form"), 1):
            self.assertRegex(result.stderr, f"list.txt:{n}: .*{words}")
        self.assertIn("5 bad", self.fetch(lines, "--dry-run", status=8).stdout)

    def test_the_template_has_the_ascii_host(self):
        self.fetch([f"http://bücher.test:{self.port}/a"], "-o", "{host}/{name}")
        self.assertEqual(self.names(), [f"{BOOKS}/a"])

    def test_a_zone_is_kept(self):
        try:
            server = self.listen("::1")
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        p = server.server_port
        for way in WAYS:
            with self.subTest(way=way):
                shutil.rmtree(self.dir, ignore_errors=True)
                server.seen.clear()
                self.fetch([f"http://[::1%25lo]:{p}/a", f"http://[::1%251]:{p}/a",
                            f"http://[::1%lo]:{p}/a", f"http://[::1]:{p}/b"],
                           "-o", "{host}/{name}", "-m", *way)
                self.assertEqual(
                    [(path, host) for path, host in sorted(server.seen)],
                    [("/a", f"[::1]:{p}")] * 2 + [("/b", f"[::1]:{p}")])
                self.assertEqual(self.names(),
                                 ["[::1%1]/a", "[::1%lo]/a", "[::1]/b"])

    def test_a_zone_leads_to_an_address_of_a_link(self):
        """fe80::7 of lo, in a network of its own."""
        inside = ["unshare", "-rn", "sh", "-ec", "ip link set lo up; "
                  "ip addr add fe80::7/64 dev lo nodad; exec \"$@\"", "sh"]
        if not (shutil.which("unshare") and shutil.which("ip")) or \
                subprocess.run([*inside, "true"],
                               capture_output=True).returncode != 0:
            self.skipTest("no network of its own for this user, or no ip(8)")
        result = subprocess.run(
            [*inside, sys.executable, "-c", LINK, HAUL, self.dir],
            capture_output=True, text=True, cwd=self.scratch,
            env=self.environment())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["x"])


class EmptyParts(UrlTest):
    def test_an_empty_query_goes_out(self):
        asked = ["/p?", "/?", "/p??", "/p;?", "/q", "/%7e", "//a//", "/p?&"]
        for way in WAYS:
            with self.subTest(way=way):
                shutil.rmtree(self.dir, ignore_errors=True)
                self.server.seen.clear()
                self.fetch([f"http://127.0.0.1:{self.port}{path}"
                            for path in asked] +
                           [f"http://127.0.0.1:{self.port}?#x",
                            f"http://127.0.0.1:{self.port}/p?#y"], "-m", *way)
                self.assertEqual(sorted(p for p, _ in self.server.seen),
                                 sorted(asked))

    def test_it_is_another_url_in_the_journal_too(self):
        origin = f"http://127.0.0.1:{self.port}"
        self.fetch([f"{origin}/p", f"{origin}/p?"])
        self.fetch([f"{origin}/p?", f"{origin}/p"])
        self.assertEqual(sorted(p for p, _ in self.server.seen), ["/p", "/p?"])
        self.assertEqual([row["url"] for row in self.rows()],
                         [f"{origin}/p?", f"{origin}/p"])
        self.assertEqual(len(self.names()), 2)
        self.assertEqual((self.dir / "p").read_text().split()[0], "/p")

    def test_redirects_and_mirrors_keep_it(self):
        origin = f"http://127.0.0.1:{self.port}"
        self.server.redirects = {
            "/1": "/r1?", "/2": f"{origin}/r2?#frag", "/3": "?", "/4": "/r4",
            "/5": "/r5?x"}
        self.fetch([f"{origin}/{n}" for n in (1, 2, 3, 4, 5)] +
                   [f"{origin}/dead\t{origin}/m?"], "--input-format", "aria2")
        seen = {path for path, _ in self.server.seen}
        for path in ("/r1?", "/r2?", "/3?", "/r4", "/r5?x", "/m?"):
            self.assertIn(path, seen)

    def test_a_proxy_is_asked_for_it(self):
        self.fetch(["http://nowhere.test/p?", "http://nowhere.test/q"],
                   "--proxy", f"http://127.0.0.1:{self.port}")
        self.assertEqual(sorted(p for p, _ in self.server.seen),
                         ["http://nowhere.test/p?", "http://nowhere.test/q"])
