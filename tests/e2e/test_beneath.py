"""Links below the directory of a run: haul does not follow them, unless
--keep-dirlinks says so. What lies outside the directory stays as it is."""

import ctypes
import functools
import http.server
import platform
import shutil
import struct
import subprocess
import threading
import time

from support import HAUL, MODES, WAYS, HaulTest, state_of, wait_for

REFUSAL = "sub: is a symbolic link; --keep-dirlinks allows it"
FRESH_S = 1.0  # so long a directory stays open


def refuse_openat2():
    """The next program's openat2() fails with EPERM, as in containers whose
    filter of system calls is older than this call."""
    load, equal, give = 0x20, 0x15, 0x06
    allow, eperm = 0x7FFF0000, 0x00050000 | 1
    program = b"".join(struct.pack("HBBI", *line) for line in (
        (load, 0, 0, 0), (equal, 0, 1, 437), (give, 0, 0, eperm),
        (give, 0, 0, allow)))
    lines = ctypes.create_string_buffer(program)
    filters = struct.pack("HL", 4, ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, by_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0 or \
            libc.prctl(seccomp, by_filter, filters) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class LinkTest(HaulTest):
    def setUp(self):
        super().setUp()
        site = self.scratch / "site"
        site.mkdir()
        for name in "abcd":
            (site / name).write_text(f"file {name}")
        self.origin = self.serve("--root", site)
        self.outside = self.scratch / "outside"

    def empty(self):
        """A directory in which sub is a link to one outside."""
        for folder in (self.dir, self.outside):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        (self.outside / "b").write_text("not haul's")
        (self.dir / "sub").symlink_to("../outside")

    def fetch(self, lines, *options, **more):
        """Fetches (name at the origin, name of the file); returns the run and
        the rows of its report by file."""
        text = "".join(f"{self.origin}/{url}\t{name}\n" for url, name in lines)
        (self.scratch / "list.tsv").write_text(text)
        result = self.haul("-i", "list.tsv", "-d", self.dir,
                           "--report", "report.jsonl", *options, **more)
        rows, _ = self.read_report(self.scratch / "report.jsonl")
        return result, {row["file"]: row for row in rows}

    def assert_refused(self, row, message=REFUSAL):
        self.assertEqual(row["outcome"], "failed", row)
        self.assertEqual(row["error"], "io", row)
        self.assertEqual(row["message"], message, row)

    def assert_only_sub_fails(self, lines, *options, message=REFUSAL):
        before = state_of(self.outside)
        result, rows = self.fetch(lines, *options)
        self.assertEqual(state_of(self.outside), before)
        self.assertEqual(result.returncode, 3, result.stderr)
        for name, row in rows.items():
            if name.startswith("ok/"):
                self.assertIn(row["outcome"], ("ok", "unchanged"), row)
            else:
                self.assert_refused(row, message)


class Links(LinkTest):
    def test_a_link_is_not_followed_in_any_mode(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.empty()
                self.assert_only_sub_fails(
                    [("a", "sub/a"), ("b", "ok/b"), ("c", "sub/new/c")],
                    "-m", *way)
                self.assertEqual(self.names(), ["ok/b"])

    def test_nor_for_files_that_are_there(self):
        for action in ("rename", "skip", "overwrite", "adopt"):
            with self.subTest(if_exists=action):
                self.empty()
                self.assert_only_sub_fails([("b", "sub/b"), ("c", "ok/c")],
                                           "--if-exists", action)

    def test_whatever_the_link_leads_to(self):
        for target in ("gone", "real", "real/file", "sub", "/tmp"):
            with self.subTest(target=target):
                self.empty()
                (self.dir / "real").mkdir()
                (self.dir / "real/file").write_text("")
                (self.dir / "sub").unlink()
                (self.dir / "sub").symlink_to(target)
                self.assert_only_sub_fails([("a", "sub/x"), ("b", "ok/b")])
                self.assertEqual([name for name in self.names()
                                  if name != "sub"], ["ok/b", "real/file"])

    def test_a_link_further_down(self):
        self.empty()
        (self.dir / "x/y").mkdir(parents=True)
        (self.dir / "x/y/z").symlink_to("../../../outside")
        self.assert_only_sub_fails(
            [("a", "x/y/z/a"), ("b", "ok/b"), ("c", "x/y/z/1/2/c")],
            message="x/y/z: is a symbolic link; --keep-dirlinks allows it")

    def test_keep_dirlinks_follows_it_in_any_mode(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.empty()
                lines = [("a", "sub/a"), ("c", "sub/new/c"), ("a", "sub/d")]
                for _ in range(2):
                    result, _ = self.fetch(lines, "--keep-dirlinks", "-m", *way)
                    self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("2 were there", result.stderr)
                for name, text in (("a", "file a"), ("new/c", "file c"),
                                   ("b", "not haul's"), ("d", "file a")):
                    self.assertEqual((self.outside / name).read_text(), text)

    def test_the_directory_itself_may_be_a_link(self):
        self.empty()
        (self.dir / "sub").unlink()
        real, self.dir = self.dir, self.scratch / "link"
        self.dir.symlink_to(real)
        result, _ = self.fetch([("a", "sub/a"), ("b", "b")])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((real / "sub/a").read_text(), "file a")

    def test_without_openat2(self):
        if platform.machine() not in ("x86_64", "aarch64"):
            self.skipTest("the number of openat2 is not known")
        for way in WAYS:
            with self.subTest(way=way):
                self.empty()
                text = "".join(f"{self.origin}/{name[-1]}\t{name}\n"
                               for name in ("sub/a", "ok/b", "ok/new/c"))
                (self.scratch / "list.tsv").write_text(text)
                before = state_of(self.outside)
                result = subprocess.run(
                    [HAUL, "-i", "list.tsv", "-d", self.dir, "-m", *way],
                    cwd=self.scratch, env=self.environment(), text=True,
                    capture_output=True, preexec_fn=refuse_openat2)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn(REFUSAL, result.stderr)
                self.assertEqual(state_of(self.outside), before)
                self.assertEqual(self.names(), ["ok/b", "ok/new/c"])

    def test_a_file_where_a_directory_is_needed_later(self):
        """The journal's name of a URL needs a directory, and a file stands
        there now."""
        self.empty()
        lines = [("a", "x/y/a"), ("b", "ok/b")]
        self.fetch(lines)
        shutil.rmtree(self.dir / "x")
        (self.dir / "x").write_text("")
        result, rows = self.fetch(lines)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(rows["x/y/a"]["message"], "x: is not a directory")

    def test_a_mount_below_is_a_directory_like_any_other(self):
        self.empty()
        (self.dir / "sub").unlink()
        (self.dir / "sub").mkdir()
        script = ('mount -t tmpfs none "$1/sub" && "$2" -d "$1" "$3/a" '
                  '-o "sub/x/{name}" && cat "$1/sub/x/a"')
        result = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", self.dir, HAUL,
             self.origin], capture_output=True, text=True,
            env=self.environment())
        if "haul" not in result.stderr and result.returncode != 0 and \
                "1 ok" not in result.stderr:
            self.skipTest(f"no mount here: {result.stderr.strip()}")
        self.assertEqual(result.stdout, "file a", result.stderr)


class Reruns(LinkTest):
    """A directory was fetched, then moved away, and a link stands there."""

    LINES = [("a", "sub/a"), ("b", "ok/b"), ("c", "sub/c")]

    def setUp(self):
        super().setUp()
        self.dir.mkdir()
        self.outside.mkdir()

    def fetch_and_move(self, lines=LINES):
        for folder in (self.dir, self.outside):
            shutil.rmtree(folder)
        self.fetch(lines)
        (self.dir / "sub").rename(self.outside)
        (self.dir / "sub").symlink_to("../outside")

    def test_the_files_behind_it_are_not_taken_for_done(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch_and_move()
                self.assert_only_sub_fails(self.LINES, "-m", *way)

    def test_nor_under_options_that_ask_again(self):
        for options in (("-N",), ("--restart",), ("--sha256",), ("-N", "-R")):
            with self.subTest(options=options):
                self.fetch_and_move()
                self.assert_only_sub_fails(self.LINES, *options)

    def test_a_moved_directory_may_be_linked_back_in(self):
        self.fetch_and_move()
        before = state_of(self.outside)
        result, _ = self.fetch(self.LINES, "--keep-dirlinks")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("3 were there", result.stderr)
        self.assertEqual(state_of(self.outside), before)

    def test_a_repeated_url_is_not_linked_through_it(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fetch_and_move()
                lines = [("d", "ok/d"), ("d", "sub/d"), ("b", "sub/b")]
                self.assert_only_sub_fails(lines, "-m", *way)
                before = state_of(self.outside)
                self.fetch([("d", "ok/d"), ("d", "sub/d")], "-m", *way)
                self.assertEqual(state_of(self.outside), before)

    def test_status_and_dry_run_see_what_a_run_would(self):
        self.fetch_and_move()
        for options, done in (((), 1), (("--keep-dirlinks",), 3)):
            with self.subTest(options=options):
                status = self.haul("status", self.dir, *options)
                self.assertIn(f"{done} ok", status.stdout)
                result = self.haul("-i", "list.tsv", "-d", self.dir,
                                   "--dry-run", *options)
                self.assertIn(f"{done} done already", result.stdout)
                self.assertEqual("--keep-dirlinks" in result.stdout, done == 1)


@functools.cache
def long_body(version):
    return b"".join(b"%s %07d\n" % (version, n) for n in range(60_000))


class Server(http.server.ThreadingHTTPServer):
    """Files of 600 kB. The answer to /held stops in the middle of its body
    until somebody calls go()."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.halfway = threading.Event()
        self.release = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = long_body(self.path[1:].encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        try:
            if self.path == "/held":
                self.wfile.write(body[:500_000])
                self.server.halfway.set()
                self.server.release.wait(30)
                body = body[500_000:]
            self.wfile.write(body)
        except OSError:
            pass


class Swapped(HaulTest):
    """Somebody puts a link there while the run is under way."""

    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.release.set)
        self.outside = self.scratch / "outside"

    def swap(self):
        """The directory that the part lies in for a link to the outside."""
        (self.dir / "sub").rename(self.dir / "old")
        (self.dir / "sub").symlink_to("../outside")

    def begin(self, way):
        for folder in (self.dir, self.outside):
            shutil.rmtree(folder, ignore_errors=True)
        self.outside.mkdir()
        self.server.halfway.clear()
        self.server.release.clear()
        text = "".join(f"{self.server.url(name)}\tsub/{name}\n"
                       for name in ("held", "next"))
        (self.scratch / "list.tsv").write_text(text)
        run = self.start("-i", "list.tsv", "-d", self.dir, "-j", "1",
                         "--report", "report.jsonl", "-m", *way)
        self.assertTrue(self.server.halfway.wait(30))
        self.assertTrue(wait_for(lambda: list(self.dir.glob("sub/*.part"))))
        return run, time.monotonic()

    def test_the_link_is_not_followed_in_any_mode(self):
        for way in [(mode,) for mode in MODES]:
            with self.subTest(way=way):
                run, since = self.begin(way)
                self.swap()
                wait_for(lambda: time.monotonic() > since + FRESH_S + 0.1)
                self.server.release.set()
                _, err = run.communicate(timeout=60)
                self.assertEqual(run.returncode, 3, err)
                self.assertEqual(list(self.outside.iterdir()), [])
                rows, _ = self.read_report(self.scratch / "report.jsonl")
                for row in rows:
                    self.assertEqual(row["message"], REFUSAL, row)

    def test_a_new_directory_gets_what_comes_later(self):
        run, since = self.begin(("async",))
        (self.dir / "sub").rename(self.dir / "old")
        (self.dir / "sub").mkdir()
        wait_for(lambda: time.monotonic() > since + FRESH_S + 0.1)
        self.server.release.set()
        _, err = run.communicate(timeout=60)
        self.assertEqual((self.dir / "sub/next").read_bytes(),
                         long_body(b"next"), err)

    def test_a_part_behind_a_link_is_not_resumed(self):
        for way in [(mode,) for mode in MODES]:
            with self.subTest(way=way):
                run, _ = self.begin(way)
                run.kill()
                run.wait()
                (self.dir / "sub").rename(self.outside / "sub")
                (self.dir / "sub").symlink_to("../outside/sub")
                before = state_of(self.outside)
                self.server.release.set()
                result = self.haul("-i", "list.tsv", "-d", self.dir, "-m", *way)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertEqual(state_of(self.outside), before)
