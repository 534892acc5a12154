"""What a run takes up of what an earlier one left: parts of what failed, files
that were to be updated, failures without their list."""

import functools
import hashlib
import http.server
import json
import signal
import threading
import unittest

from support import HaulTest, MODES, wait_for

SIZE = 1_000_000
FIRST = 300_000


@functools.cache
def body_of(version):
    """SIZE bytes that no other version shares."""
    return b"".join(b"%s %07d\n" % (version.encode(), n)
                    for n in range(SIZE // 8))[:SIZE]


class Server(http.server.ThreadingHTTPServer):
    """One file under every path, in a version that may be changed. While it is
    ill, an answer from the start is cut after FIRST bytes, and one from further
    on at once; while it stalls, that is where it goes silent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.version = "one"
        self.ill = self.stalls = False
        self.total = SIZE  # as ranges tell it
        self.missing = set()  # paths that are answered with 404
        self.asked = []  # (path, Range, If-Range, If-None-Match, user)
        self.done = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        return body

    def begin(self, etag):
        """The head; returns the body that belongs to it."""
        server = self.server
        body = body_of(server.version)[:server.total]
        wanted = self.headers.get("Range")
        if self.path in self.server.missing:
            return self.answer(404)
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return b""
        if wanted is None or self.headers.get("If-Range") not in (None, etag):
            return self.answer(200, body, ETag=etag)
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        return self.answer(
            206, body[start:], ETag=etag,
            Content_Range=f"bytes {start}-{server.total - 1}/{server.total}")

    def do_GET(self):
        server = self.server
        asked = self.headers
        server.asked.append((self.path, asked.get("Range"),
                             asked.get("If-Range"),
                             asked.get("If-None-Match"),
                             asked.get("Authorization")))
        body = self.begin(f'"{server.version}"')
        if not body:
            return
        if server.ill or server.stalls:
            body = body[:FIRST] if "Range" not in asked else b""
            self.close_connection = True
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            return
        if server.stalls:
            server.done.wait()


class RerunTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.server = Server()
        self.url = self.answer_with(self.server)
        self.addCleanup(self.server.done.set)

    def get(self, *arguments, **more):
        return self.haul("get", "-d", self.dir, "--progress", "none",
                         "--retry", "1", "--retry-delay", "0", *arguments,
                         **more)

    def asked(self):
        """What was asked since the last time."""
        asked, self.server.asked = self.server.asked, []
        return asked


class Parts(RerunTest):
    """Of a transfer that was cut until its retries were used up."""

    def cut(self, *arguments):
        self.server.ill = True
        result = self.get(f"{self.url}/file", *arguments)
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertIn("truncated", result.stderr)
        self.server.ill = False
        self.asked()
        return self.part_size("file")

    def test_only_the_rest_is_asked_for(self):
        for mode in MODES:
            self.dir = self.scratch / mode
            kept = self.cut("-m", mode)
            self.assertGreater(kept, 0)
            result = self.get(f"{self.url}/file", "-m", mode, "--report",
                              self.scratch / "report")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(
                [a[1:3] for a in self.asked()],
                [(f"bytes={kept}-", '"one"')], mode)
            rows, _ = self.read_report(self.scratch / "report")
            self.assertEqual(rows[0]["resumed_from"], kept)
            self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))

    def test_it_stands_over_several_reruns(self):
        kept = self.cut()
        self.cut()
        self.server.ill = True
        (self.scratch / "other").write_text(f"{self.url}/file\n")
        self.get("-i", "other", "--retry-failed")
        self.server.ill = False
        self.asked()
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual(self.asked()[0][1], f"bytes={kept}-")
        self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))

    def test_a_file_of_another_length_is_another(self):
        """Even under the ETag of the part, which an earlier run kept."""
        for mode in MODES:
            self.dir = self.scratch / mode
            self.server.total = SIZE
            kept = self.cut("-m", mode)
            self.server.total = SIZE - 8
            result = self.get(f"{self.url}/file", "-m", mode)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual([a[1] for a in self.asked()],
                             [f"bytes={kept}-", None])
            self.assertEqual((self.dir / "file").read_bytes(),
                             body_of("one")[:SIZE - 8])

    def test_another_version_is_fetched_whole(self):
        self.cut()
        self.server.version = "two"
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual((self.dir / "file").read_bytes(), body_of("two"))

    def test_a_part_that_was_taken_away_is_not_missed(self):
        self.cut()
        self.part_of("file").unlink()
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.assertEqual([a[1] for a in self.asked()], [None])
        self.assertEqual((self.dir / "file").read_bytes(), body_of("one"))


class Elsewhere(RerunTest):
    """Redirects that do not always lead to the same place. Each place has a
    file of its own, and all files have the same ETag and length."""

    TOTAL = 600_000

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            server = self.server
            server.asked.append((self.path, self.headers.get("Range")))
            if self.path == "/file":
                self.send_response(302)
                self.send_header("Location", server.place)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = self.path[1].encode() * Elsewhere.TOTAL
            wanted = self.headers.get("Range")
            start = int(wanted[6:-1]) if wanted else 0
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header(
                    "Content-Range",
                    f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            self.wfile.write(body[start:FIRST if server.ill else None])
            self.close_connection = True

        def log_message(self, *args):
            pass

    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self.Handler)
        self.server.asked = []
        self.url = self.answer_with(self.server)

    def meet(self, mode, first, second):
        """Has the first place send a piece, and the second the rest. Returns
        what the second was asked for."""
        self.dir = self.scratch / f"{mode}{second[1:2]}"
        self.server.ill, self.server.place = True, first
        result = self.get(f"{self.url}/file", "-m", mode, "--retry", "0")
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertGreater(self.part_size("file"), 0)
        self.asked()
        self.server.ill, self.server.place = False, second
        result = self.get(f"{self.url}/file", "-m", mode, "--retry", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        return [wanted for path, wanted in self.asked() if path != "/file"]

    def test_the_part_of_another_place_is_not_gone_on_with(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.meet(mode, "/a", "/b")
                self.assertEqual((self.dir / "file").read_bytes(),
                                 b"b" * self.TOTAL)

    def test_a_place_is_the_same_with_another_query(self):
        """URLs that are signed have another signature each time."""
        for mode in MODES:
            with self.subTest(mode=mode):
                wanted = self.meet(mode, "/a?signed=1", "/a?signed=2")
                self.assertEqual(wanted, [f"bytes={FIRST}-"])
                self.assertEqual((self.dir / "file").read_bytes(),
                                 b"a" * self.TOTAL)


class Updates(RerunTest):
    def test_one_that_was_interrupted_is_made_up_for(self):
        """The part's validators are not those of the file that is there."""
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.server.version = "two"
        self.server.stalls = True
        run = self.start("get", "-d", self.dir, "--update", "-q",
                         f"{self.url}/file")
        self.assertTrue(wait_for(lambda: self.part_size("file") > 100_000))
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        run.communicate()
        self.assertEqual(run.returncode, 7)
        self.server.stalls = False
        self.server.done.set()
        self.asked()
        result = self.get("--update", f"{self.url}/file")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.dir / "file").read_bytes(), body_of("two"))
        self.assertNotIn(None, [a[1] for a in self.asked()])
        result = self.get("--update", f"{self.url}/file")
        self.assertIn("1 unchanged", result.stderr)


def checked(line):
    """A line of a journal, with its check."""
    mask = (1 << 64) - 1
    data = line.encode()
    total = len(data) * 0x9E3779B97F4A7C15 & mask
    for at in range(0, len(data), 8):
        word = int.from_bytes(data[at:at + 8].ljust(8, b"\0"), "little")
        total = (total ^ word) * 0xFF51AFD7ED558CCD & mask
        total ^= total >> 32
    return f"{line}\t{(total ^ total >> 32) & 0xFFFFFFFF:08x}\n"


class WithoutAList(RerunTest):
    """--retry-failed by itself."""

    def first_run(self, lines, *arguments):
        """A run that finds some of its files missing, which then are not."""
        path = self.scratch / "list.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.server.missing = {"/" + line["url"].split("/")[-1]
                               for line in lines if "late" in line["url"]}
        result = self.get("-i", path, *arguments)
        self.assertEqual(result.returncode, 8, result.stderr)
        self.server.missing = set()
        self.asked()
        return path

    def lines(self, *names, **more):
        return [{"url": f"{self.url}/{name}"} | more for name in names]

    def again(self, *arguments):
        result = self.get("--retry-failed", *arguments)
        return result, sorted(a[0] for a in self.asked())

    def assert_refused(self, result, *words):
        """One line tells what is not asked for."""
        self.assertEqual(result.returncode, 8, result.stderr)
        lines = [line for line in result.stderr.splitlines()
                 if "(-i)" in line]
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_just_what_failed_is_asked_for(self):
        self.first_run(self.lines("a", "late-b", "c", "late-d")
                       + self.lines("late-e", out="under/its-own"))
        result, asked = self.again("--report", self.scratch / "report")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(asked, ["/late-b", "/late-d", "/late-e"])
        self.assertIn("3 ok, 0 failed", result.stderr)
        self.assertEqual(self.names(), ["a", "c", "late-b", "late-d",
                                        "under/its-own"])
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual(sorted(r["url"] for r in rows),
                         [f"{self.url}/late-{n}" for n in "bde"])
        result, asked = self.again()
        self.assertEqual((result.returncode, asked), (0, []))
        self.assertIn("0 ok, 0 failed", result.stderr)

    def test_what_fails_again_stays(self):
        self.first_run(self.lines("late-a", "late-b"))
        for _ in range(2):
            self.server.missing = {"/late-a"}
            result, asked = self.again()
            self.assertEqual(result.returncode, 8, result.stderr)
            self.assertIn("http 404 1", result.stderr)
            self.assertIn("/late-a", asked)

    def test_what_the_journal_does_not_keep_is_never_left_out(self):
        path = self.first_run(
            self.lines("late-plain")
            + self.lines("late-headers", headers={"X-Key": "s3cret"})
            + self.lines("late-sum", checksum="sha256=" + "0" * 64)
            + [{"url": self.url.replace("//", "//me:s3cret@") + "/late-user"}]
            + self.lines("late-twice", "late-twice"), "--no-dedupe")
        self.assertNotIn("s3cret", (self.dir / ".haul/journal").read_text())
        listed = self.haul("status", self.dir, "--list", "failed")
        self.assertIn(f"{self.url}/late-plain\n", listed.stdout)
        self.assertNotIn("late-sum", listed.stdout)
        self.assertNotIn("late-user", listed.stdout)
        for mode in ([], ["--dry-run"]):
            result, _ = self.again("-q", *mode)
            self.assert_refused(
                result, "4 that failed", "headers (1)", "users (1)",
                "checksums (1)", "repeats (1)")
        self.assertEqual(self.names(), ["late-plain", "late-twice"])
        result, asked = self.again("-i", path, "--no-dedupe")
        self.assertEqual(asked, ["/late-headers", "/late-sum", "/late-twice",
                                 "/late-user"])
        self.assertIn("checksum 1", result.stderr)

    def test_options_give_what_they_gave_before(self):
        digest = hashlib.sha256(body_of("one")).hexdigest()
        sums = self.scratch / "SUMS"
        sums.write_text(f"{digest}  dir/late-a\n{'0' * 64}  dir/late-b\n")
        options = ["-u", "me:s3cret", "--checksum-file", sums]
        self.first_run(self.lines("late-a", "late-b"), *options, "-o",
                  "dir/{name}")
        result, asked = self.again(*options)
        self.assertEqual(asked, ["/late-a", "/late-b"])
        self.assertEqual(result.returncode, 8)
        self.assertIn("1 ok, 1 failed (checksum 1)", result.stderr)
        self.assertEqual(self.names(), ["dir/late-a"])

    def test_they_may_be_allowed(self):
        self.first_run(self.lines("late-a", "late-b", headers={"X-Key": "x"}))
        for allowed, status in ("2", 0), ("1", 8), ("100%", 0), ("99%", 8):
            for mode in ([], ["--dry-run"]):
                result, asked = self.again("--allow-failed", allowed, *mode)
                self.assertEqual((result.returncode, asked), (status, []))

    def test_a_dry_run_asks_nobody(self):
        self.first_run(self.lines("a", "late-b", "late-c"))
        before = (self.dir / ".haul/journal").read_bytes()
        result, asked = self.again("--dry-run")
        self.assertEqual((result.returncode, asked), (0, []))
        self.assertTrue(result.stdout.startswith(
            "2 lines\n2 to ask for, at 1 host\n"), result.stdout)
        self.assertEqual((self.dir / ".haul/journal").read_bytes(), before)

    def test_an_older_journal_does_not_tell_enough(self):
        self.dir.mkdir()
        (self.dir / ".haul").mkdir()
        url = f"{self.url}/old"
        start = hashlib.sha256(url.encode()).hexdigest()[:16]
        (self.dir / ".haul/journal").write_text(
            checked("H\t2\t\t1700000000")
            + checked(f"f\t{start}\told\t{url}\thttp\t404\t1\t"))
        result, asked = self.again("-q")
        self.assert_refused(result, "1 that failed", "older haul read (1)")
        self.assertEqual(asked, [])
        (self.scratch / "list").write_text(f"{url}\n")
        result, asked = self.again("-i", "list")
        self.assertEqual((result.returncode, asked), (0, ["/old"]))

    def test_where_no_run_was_there_is_nothing_to_retry(self):
        result, _ = self.again()
        self.assert_one_line(result, 3, str(self.dir), "no run")
        self.assertFalse(self.dir.exists())
        self.dir.mkdir()
        result, _ = self.again("--dry-run")
        self.assert_one_line(result, 3, str(self.dir), "no run")
        self.assertEqual(list(self.dir.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
