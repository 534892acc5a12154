"""Name servers that hang, refuse, lie or are slow; and hosts whose first
addresses refuse, swallow or cannot be reached."""

import os
import signal
import socket
import subprocess
import time
import unittest

from resolvers import NXDOMAIN, SERVFAIL, NameServer
from support import HAUL, MODES, WAYS, HaulTest

GOOD = "127.0.0.1"
FILES = 4


class ResolverTest(HaulTest):
    NAMES = {}
    DELAY = 0

    def setUp(self):
        super().setUp()
        self.names_of = dict(self.NAMES)
        self.server = NameServer(
            self, lambda name, _: self.names_of.get(name, NXDOMAIN), self.DELAY)
        self.origin = self.serve()
        self.port = int(self.origin.rpartition(":")[2])

    def url(self, name, n=1, port=None):
        return f"http://{name}:{port or self.port}/bytes/{n}"

    def run_within(self, seconds, way, *arguments):
        """Keeps the rows, by URL, and what was said."""
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"
        report = self.scratch / "report"
        begin = time.monotonic()
        self.result = subprocess.run(
            self.server.wrap(HAUL, "-m", *way, "-d", str(self.dir), "-o", "{n}",
                             "--report", str(report), "--retry-delay", "0.05",
                             *map(str, arguments)),
            capture_output=True, text=True, env=self.environment(), timeout=60)
        took = time.monotonic() - begin
        self.assertLess(took, seconds, self.result.stderr)
        rows, _ = self.read_report(report)
        self.rows = {row["url"]: row for row in rows}
        return took


class Lookups(ResolverTest):
    NAMES = {
        "ok.example": [GOOD],
        "fails.example": SERVFAIL,
        "garbage.example": b"\1garbage",
        "empty.example": [],
        **{f"hangs{i}.example": None for i in range(6)},
    }

    def test_what_a_name_server_says(self):
        causes = {"fails": "dns", "garbage": "dns", "empty": "nodomain",
                  "unknown": "nodomain"}
        for way in WAYS:
            with self.subTest(way=way):
                urls = {self.url(f"{name}.example"): cause
                        for name, cause in causes.items()}
                self.run_within(20, way, "--retry", "1", *urls,
                                self.url("ok.example"))
                self.assertEqual(self.result.returncode, 8)
                for url, error in urls.items():
                    self.assertEqual(self.rows[url]["error"], error)
                    host = url.split("/")[2].split(":")[0]
                    said = {"dns": f"{host} cannot be looked up: no DNS server "
                                   "gives an answer; is the network up",
                            "nodomain": f"there is no host {host}; is the name "
                                        "right?"}[error]
                    self.assertIn(f"haul: {url}: {error}: {said}",
                                  self.result.stderr)
                self.assertEqual(self.names(), ["5"])

    def test_a_lookup_that_hangs_ends_with_the_time_to_connect(self):
        """glibc alone would take 10 s for each."""
        url = self.url("hangs0.example")
        for way in WAYS:
            with self.subTest(way=way):
                self.run_within(8, way, "--retry", "1", "--connect-timeout",
                                "0.7", url)
                self.assertEqual(self.rows[url]["error"], "dns")
                self.assert_one_line(self.result, 8, url, "looked up")

    def test_lookups_that_hang_do_not_hold_up_the_others(self):
        """They are more than there are threads."""
        hanging = [self.url(f"hangs{i}.example") for i in range(6)]
        for way in WAYS:
            with self.subTest(way=way):
                self.run_within(
                    9, way, "--retry", "0", "--connect-timeout", "0.5",
                    "--dns-jobs", "2", *hanging, self.url("ok.example"))
                self.assertEqual(self.names(), ["7"])
                self.assertEqual(
                    {self.rows[url]["error"] for url in hanging}, {"dns"})

    def interrupt(self, mode, once, *options):
        """Once, or until it ends. Returns how long that takes."""
        self.server.asked.clear()
        run = subprocess.Popen(
            self.server.wrap(HAUL, "-m", mode, "-d", str(self.dir),
                             "--connect-timeout", "60", *options,
                             self.url("hangs0.example")),
            stderr=subprocess.DEVNULL, env=self.environment(),
            start_new_session=True)
        self.addCleanup(self.end, run)
        self.server.wait_for_query()
        begin = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)
        while not once and run.poll() is None:
            time.sleep(0.05)
            os.killpg(run.pid, signal.SIGINT)
        self.assertEqual(run.wait(20), 7)
        return time.monotonic() - begin

    def test_an_interrupt_ends_it(self):
        """Nothing is in flight then but the lookup. While a proxy, whom
        libcurl looks up, is looked for, a transfer is."""
        proxy = ("--proxy", "http://hangs1.example:3128")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assertLess(self.interrupt(mode, True), 2)
                self.assertLess(self.interrupt(mode, False, *proxy), 2)


class SlowLookups(ResolverTest):
    NAMES = {f"slow{i}.example": [GOOD] for i in range(FILES)}
    DELAY = 3

    def test_a_slow_name_server_is_waited_for(self):
        """For all names at once, while other hosts' files come."""
        others = [self.url(GOOD, n) for n in range(1, 11)]
        for way in WAYS[2:]:
            with self.subTest(way=way):
                self.run_within(2.5 * self.DELAY, way, *others, *[
                    self.url(f"slow{i}.example") for i in range(FILES)])
                self.assertEqual(self.result.returncode, 0, self.result.stderr)
                for url in others:
                    self.assertLess(self.rows[url]["total_ms"],
                                    self.DELAY * 1000)


class Addresses(ResolverTest):
    """The origin listens on GOOD alone."""

    def setUp(self):
        super().setUp()
        self.names_of = {
            "refuses.example": ["127.0.0.2", "127.0.0.3", GOOD],
            "refuses-v6.example": ["::1", GOOD],
            "unreachable-v6.example": ["2001:db8::1", GOOD],
            "all-refuse.example": ["127.0.0.2", "127.0.0.3", "::1"],
        }

    def urls_of(self, name):
        return [self.url(name, n) for n in range(1, FILES + 1)]

    def test_the_next_address_is_taken_at_once(self):
        """With no attempt lost, and none to spare."""
        names = [name for name in self.names_of if not name.startswith("all")]
        for way in WAYS:
            with self.subTest(way=way):
                self.run_within(10, way, "--retry", "0", *sum(
                    map(self.urls_of, names), []))
                self.assertEqual(self.result.returncode, 0, self.result.stderr)
                self.assertEqual(len(self.names()), FILES * len(names))
                self.assertEqual({r["attempts"] for r in self.rows.values()},
                                 {1})

    def test_an_address_that_swallows_costs_one_time_to_connect(self):
        """All of the host's files together, as the next is kept."""
        self.swallow("127.0.0.4")
        self.names_of["swallows.example"] = ["127.0.0.4", GOOD]
        for way in WAYS:
            with self.subTest(way=way):
                self.run_within(6, way, "--retry", "0", "--connect-timeout", "1",
                                *self.urls_of("swallows.example"))
                self.assertEqual(self.result.returncode, 0, self.result.stderr)
                self.assertEqual(len(self.names()), FILES)

    def swallow(self, address):
        """Connecting to it hangs: its queue is full, and nobody accepts."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, self.port))
        listener.listen(0)
        for _ in range(8):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.settimeout(0.2)
            try:
                filler.connect((address, self.port))
            except OSError:
                return
        self.skipTest("no port can be made to hang here")

    def test_when_all_refuse_it_is_one_failure_to_connect(self):
        url = self.url("all-refuse.example")
        for way in WAYS:
            with self.subTest(way=way):
                self.run_within(10, way, "--retry", "1", url)
                self.assert_one_line(self.result, 8, url, "connect: ")
                self.assertEqual(self.rows[url]["attempts"], 2)


if __name__ == "__main__":
    unittest.main()
