"""Hostile answers to what haul asks with a part, a HEAD, a second attempt or
from inside a private network, and how much memory many of them may take."""

import os
import re
import shutil
import subprocess
import unittest
from typing import NamedTuple

from hostile_rows import BODY, CHUNKED, HEALTHY, LENGTH, OK, WRONG
from hostile_server import Endless, KEEP, Server
from support import HaulTest
from test_hostile import MODES, HostileTest, Run, await_all

SIZE, SENT = 400_000, 300_000
RIGHT, EVIL = b"R" * SIZE, b"E" * SIZE
TAG = b"ETag: \"one\"\r\n"
WHOLE = OK + TAG + b"Content-Length: %d\r\n\r\n" % SIZE
PARTIAL = b"HTTP/1.1 206 Partial\r\n"
UNSATISFIED = b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n"


class Rest(NamedTuple):
    """The answer to a request for the rest of a file; {from} is where that
    begins, {rest} how long it is. None of them proves anything."""

    name: str
    head: bytes
    end: tuple = (EVIL[:SIZE - SENT],)


def ranged(name, value, *more):
    return Rest(name, PARTIAL + TAG + b"Content-Range: " + value + b"\r\n"
                + b"".join(more) + b"Content-Length: {rest}\r\n\r\n")


RESTS = [
    ranged("from-the-end-of-numbers",
           b"bytes 9223372036854775807-9223372036854775807/*"),
    ranged("to-the-end-of-numbers", b"bytes {from}-9223372036854775806/*"),
    ranged("past-the-end-of-numbers", b"bytes {from}-9223372036854775807/*"),
    ranged("backwards", b"bytes 399999-{from}/400000"),
    ranged("of-10-to-the-30", b"bytes {from}-399999/1" + b"0" * 30),
    ranged("of-a-negative", b"bytes {from}-399999/-400000"),
    ranged("from-a-negative", b"bytes -{from}-399999/400000"),
    ranged("of-less-than-its-end", b"bytes {from}-399999/399999"),
    ranged("in-hexadecimal", b"bytes 0x{from}-399999/400000"),
    ranged("in-a-list", b"bytes {from}-399999/400000, 0-1/400000"),
    ranged("of-two-tags", b"bytes {from}-399999/400000", b"ETag: \"two\"\r\n"),
    ranged("of-a-weak-tag", b"bytes {from}-399999/400000", b"ETag: W/\"one\"\r\n"),
    ranged("in-a-coding", b"bytes {from}-399999/400000",
           b"Transfer-Encoding: gzip\r\n"),
    ranged("in-a-content-coding", b"bytes {from}-399999/400000",
           b"Content-Encoding: br\r\n"),
    Rest("with-no-length-and-more", PARTIAL + TAG
         + b"Content-Range: bytes {from}-399999/400000\r\n\r\n",
         (EVIL[:SIZE - SENT + 1],)),
    Rest("with-endless-chunks", PARTIAL + TAG + b"Content-Range: bytes "
         b"{from}-399999/400000\r\nTransfer-Encoding: chunked\r\n\r\n",
         (Endless(b"3e8\r\n" + EVIL[:1000] + b"\r\n"),)),
    Rest("unsatisfied-of-a-negative", UNSATISFIED + TAG
         + b"Content-Range: bytes */-{from}\r\n\r\n", ()),
    Rest("unsatisfied-of-10-to-the-30", UNSATISFIED + TAG
         + b"Content-Range: bytes */1" + b"0" * 30 + b"\r\n\r\n", ()),
    Rest("unsatisfied-of-less", UNSATISFIED + TAG
         + b"Content-Range: bytes */1\r\n\r\n", ()),
    Rest("unsatisfied-of-the-part", UNSATISFIED
         + b"Content-Range: bytes */{from}\r\n\r\n", ()),
    Rest("unsatisfied-of-nothing", UNSATISFIED + TAG + b"\r\n", ()),
    Rest("no-content", b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", ()),
]


class Parts(HostileTest):
    """The part and the rest never make a file of two origins."""

    def script(self, request, nth):
        if nth == 1:
            return [WHOLE + RIGHT[:SENT]]
        offset = re.fullmatch(r"bytes=(\d+)-", "".join(request.header("Range")))
        if nth > 2 or offset is None:
            return [WHOLE + RIGHT]
        self.resumed.add((request.run, request.name))
        rest = self.rests[request.name]
        start = int(offset[1])
        head = rest.head.replace(b"{from}", b"%d" % start)
        return [head.replace(b"{rest}", b"%d" % (SIZE - start)), *rest.end]

    def test_a_rest_that_proves_nothing_is_not_appended(self):
        self.rests = {rest.name: rest for rest in RESTS}
        self.resumed = set()
        runs = []
        for mode in MODES:
            listing = self.scratch / f"{mode}.list"
            listing.write_text("".join(f"{self.url(mode, name)}\n"
                                       for name in self.rests))
            runs.append(Run(self, mode, *MODES[mode], "--retry", 3, "-x", 0,
                            "--retry-delay", 0, "--no-adapt", "-i", listing))
        self.assertTrue(await_all(runs))
        for run in runs:
            self.assertEqual(run.process.returncode, 0, run.messages.read_text())
            for name in self.rests:
                with self.subTest(mode=run.dir.name, name=name):
                    self.assertIn((run.dir.name, name), self.resumed)
                    body = self.body_of(run, name)
                    self.assertEqual(len(body), SIZE)
                    self.assertEqual(body.count(b"E"), 0)


class Asked(HostileTest):
    """Answers to a HEAD, about a file that is there and as long."""

    HEADS = {
        "with-a-body": ([HEALTHY + WRONG, KEEP], "adopted"),
        "with-another-body": ([OK + LENGTH + b"\r\n" + WRONG, KEEP], "adopted"),
        "with-an-endless-body": ([OK + LENGTH + b"\r\n", Endless(b"x")],
                                 "adopted"),
        "with-chunks": ([CHUNKED + b"8\r\n" + BODY + b"\r\n0\r\n\r\n" + WRONG,
                         KEEP], "ok"),
        "with-two-lengths": ([OK + LENGTH + b"Content-Length: 9\r\n\r\n"],
                             "ok"),
        "with-2-to-the-63": ([OK + b"Content-Length: 9223372036854775808\r\n"
                              b"\r\n"], "ok"),
        "without-an-end": ([OK + LENGTH], "ok"),
        "with-no-content": ([b"HTTP/1.1 204 No\r\n" + LENGTH + b"\r\n"], "ok"),
        "with-a-part": ([PARTIAL + b"Content-Range: bytes 0-7/9\r\n" + LENGTH
                         + b"\r\n"], "ok"),
        "with-a-piece": ([OK + b"Content-Range: bytes 0-7/9\r\n" + LENGTH
                          + b"\r\n"], "ok"),
    }

    def script(self, request, nth):
        head = self.HEADS.get(request.name) if request.method == "HEAD" else None
        return head[0] if head is not None else [HEALTHY, KEEP]

    def test_a_head_has_no_body_and_tells_no_lies(self):
        for mode in MODES:
            self.dir = self.scratch / mode
            self.dir.mkdir()
            for name in self.HEADS:
                (self.dir / name).write_bytes(b"MY FILE!")
            urls = [self.url(mode, name) for head in self.HEADS
                    for name in (head, f"healthy-{head}")]
            result = self.haul(
                "-d", self.dir, *MODES[mode], "-j", 2, "--loops", 1,
                "--if-exists", "adopt", "--retry", 0, "--report",
                f"{mode}.report", *urls)
            rows, _ = self.read_report(self.scratch / f"{mode}.report")
            got = {row["url"].rpartition("/")[2]: row for row in rows}
            for name, (_, wanted) in self.HEADS.items():
                with self.subTest(mode=mode, name=name):
                    row = got[name]
                    self.assertEqual(row["outcome"], wanted, row)
                    self.assertEqual((self.dir / name).read_bytes(), b"MY FILE!")
                    other = b"MY FILE!" if wanted == "adopted" else BODY
                    self.assertEqual((self.dir / row["file"]).read_bytes(), other)
                    self.assertEqual(
                        (self.dir / f"healthy-{name}").read_bytes(), BODY)
            self.assertEqual(result.returncode, 0, result.stderr)


class Waits(HostileTest):
    VALUES = (b"", b"-1", b"-99999999999999999999", b"1" + b"0" * 30, b"NaN",
              b"soon", b"0", b"0, 3600", b"Thu, 01 Jan 1970 00:00:00 GMT",
              b"Mon, 01 Jan 1601 00:00:00 GMT", b"Fri, 32 Foo 2099",
              b"x" * 60_000, b"\"3600\"", b"+3600")

    def script(self, request, nth):
        if nth > 1 or not request.name.isdigit():
            return [HEALTHY, KEEP]
        return [b"HTTP/1.1 503 Later\r\nRetry-After: "
                + self.VALUES[int(request.name)]
                + b"\r\nContent-Length: 0\r\n\r\n", KEEP]

    def test_a_retry_after_that_is_no_time_asks_for_none(self):
        runs = [Run(self, mode, *MODES[mode], "--retry", 1, "--retry-delay", 0,
                    "--no-adapt", *(self.url(mode, str(n))
                                    for n in range(len(self.VALUES))))
                for mode in MODES]
        self.assertTrue(await_all(runs), "one waits for an hour")
        for run in runs:
            self.assertEqual(run.process.returncode, 0, run.messages.read_text())


class Crowds(HostileTest):
    """Many connections at once, of each kind whose answer has no end."""

    COUNT = 60
    MORE_KB = 48 * 1024
    KINDS = {
        "lines": [OK, Endless(b"X: y\r\n")],
        "folds": [OK + b"X: y\r\n", Endless(b" z\r\n")],
        "interim": [Endless(b"HTTP/1.1 100 Go\r\nX: y\r\n\r\n")],
        "trailers": [CHUNKED + b"0\r\n", Endless(b"X: y\r\n")],
        "coding": [OK + b"Transfer-Encoding: gzip, gzip, gzip, gzip\r\n\r\n",
                   Endless(b"x")],
    }

    def script(self, request, nth):
        return self.KINDS.get(request.name, [HEALTHY, KEEP])

    def begin_kind(self, kind, *options):
        urls = [f"{self.url(kind, kind)}?{n}" for n in range(self.COUNT)]
        return Run(self, f"{kind}-run", "-x", 0, "--retry", 0, "--no-adapt",
                   *options, *urls)

    def test_they_take_little_memory(self):
        kinds = [*self.KINDS, "healthy"]
        memory = {}
        for kind in kinds:
            run = self.begin_kind(kind)
            self.assertTrue(await_all([run]), kind)
            memory[kind] = run.memory_kb
            rows, _ = self.read_report(run.report)
            errors = {row["error"] for row in rows}
            with self.subTest(kind=kind):
                self.assertEqual(
                    errors, {None if kind == "healthy" else "protocol"})
        for kind in self.KINDS:
            with self.subTest(kind=kind, memory=memory):
                self.assertLess(memory[kind], memory["healthy"] + self.MORE_KB)


UNSHARE = shutil.which("unshare")
PUBLIC = "11.0.0.1"  # of a network namespace of its own, and of no other
PRIVATE = ("127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0x7f.1", "0",
           "localhost", "10.1.2.3", "169.254.169.254", "192.168.7.7", "[::1]",
           "[::ffff:127.0.0.1]", "[fd00::1]", "internal.test")


class Private(unittest.TestCase):
    def test_in_a_network_of_its_own(self):
        inside = ("ip link set lo up && for a in 11.0.0.1/32 10.1.2.3/32 "
                  "169.254.169.254/32 192.168.7.7/32 fd00::1/128; "
                  "do ip addr add $a dev lo || exit 1; done; ")
        if UNSHARE is None or subprocess.run(
                [UNSHARE, "-rn", "sh", "-c", inside],
                capture_output=True).returncode != 0:
            self.skipTest("no network namespaces: unshare -rn, ip addr add")
        result = subprocess.run(
            [UNSHARE, "-rn", "sh", "-c",
             inside + "exec python3 -m unittest test_hostile_more.Inside"],
            capture_output=True, text=True, env=os.environ | {"HAUL_INSIDE": "1"})
        self.assertEqual(result.returncode, 0, result.stderr)


@unittest.skipUnless("HAUL_INSIDE" in os.environ, "only by Private")
class Inside(HaulTest):
    def script(self, request, nth):
        if request.name == "there":
            return [HEALTHY, KEEP]
        host = PRIVATE[int(request.name)]
        return [f"HTTP/1.1 302 Found\r\nLocation: http://{host}:{self.port}/"
                f"{request.run}/there\r\nContent-Length: 0\r\n\r\n".encode(),
                KEEP]

    def fetch(self, run, mode, *options):
        result = self.haul(
            "-d", self.scratch / run, *MODES[mode], "--retry", 0, "--report",
            f"{run}.report", "--resolve", f"internal.test:{self.port}:127.0.0.1",
            *options, *(f"http://{PUBLIC}:{self.port}/{run}/{n}"
                        for n in range(len(PRIVATE))))
        rows, _ = self.read_report(self.scratch / f"{run}.report")
        return result, {PRIVATE[row["n"] - 1]: row["error"] for row in rows}

    def test_a_redirect_leads_to_no_private_address(self):
        with Server(self.script) as server:
            self.port = server.listen("0.0.0.0")
            server.listen("::", self.port)
            for mode in MODES:
                result, errors = self.fetch(f"{mode}-free", mode)
                self.assertEqual(errors, dict.fromkeys(PRIVATE), result.stderr)
                server.requests.clear()
                result, errors = self.fetch(mode, mode, "--block-private")
                self.assertEqual(errors, dict.fromkeys(PRIVATE, "blocked"),
                                 result.stderr)
                self.assertEqual({r.name for r in server.requests} & {"there"},
                                 set())


if __name__ == "__main__":
    unittest.main()
