"""Whose a file is: temporary names, claims that came to nothing, files that
were changed, and journals of other versions."""

import functools
import hashlib
import http.server
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import unittest

from support import HAUL, WAYS, HaulTest, wait_for
from test_rerun import checked

JOURNALS = pathlib.Path(__file__).parents[1] / "fixtures" / "journal"
OPTIONS_OF_WAYS = [("-m", *way) for way in WAYS]
LARGE = 600_000


def each_way(test):
    """Runs a test in each mode, in a directory of its own."""
    @functools.wraps(test)
    def run(self):
        for way in OPTIONS_OF_WAYS:
            with self.subTest(way=" ".join(way)):
                self.way = way
                self.dir = self.scratch / "-".join(way)
                self.server.asked.clear()
                self.server.status.clear()
                self.server.bodies.clear()
                test(self)
    return run


class Server(http.server.ThreadingHTTPServer):
    """/NAME is a small file, /large… one of LARGE bytes, whose text is the
    path's; status and bodies say otherwise."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = {}
        self.bodies = {}
        self.asked = []
        self.held = threading.Event()  # /held… waits for it in its midst
        self.held.set()

    def body(self, path):
        text = self.bodies.get(path, path.encode() + b"\n")
        return (text * LARGE)[:LARGE] if "large" in path else text


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("test", 1)[-1]  # of a proxy's request
        server = self.server
        server.asked.append((path, dict(self.headers)))
        status = server.status.get(path, 200)
        body = server.body(path) if status == 200 else b""
        etag = "" if "bare" in path else f'"{hash(body):x}"'
        if self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        if path.endswith(".html"):
            self.send_header("Content-Type", "text/html")
        self.end_headers()
        half = len(body) // 2 if "held" in path else 0
        try:
            self.wfile.write(body[:half])
            self.wfile.flush()
            if half:
                server.held.wait()
            self.wfile.write(body[half:])
        except OSError:
            self.close_connection = True


class Ownership(HaulTest):
    way = ()

    def setUp(self):
        super().setUp()
        self.server = Server()
        self.url = self.answer_with(self.server)
        self.addCleanup(self.server.held.set)

    def get(self, *arguments, status=0):
        result = self.haul(
            "get", "-d", self.dir, "--progress", "none", "-x", "0", "--retry",
            "0", *self.way, *[f"{self.url}{a}" if str(a).startswith("/") and
                              not pathlib.Path(a).exists() else a
                              for a in arguments])
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def asked(self):
        paths = sorted(path for path, _ in self.server.asked)
        self.server.asked.clear()
        return paths

    def content(self):
        return {name: (self.dir / name).read_bytes() for name in self.names()}

    def journal(self):
        return (self.dir / ".haul" / "journal").read_text()

    def begin(self, *arguments):
        return self.start("get", "-d", self.dir, "-q", "-x", "0", "--retry",
                          "0", *self.way, *arguments)

    def kill(self, run):
        """With its workers."""
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()

    def begin_and_kill(self, name):
        """Leaves a part of it; the server then answers whole."""
        self.server.held.clear()
        run = self.begin(f"{self.url}/{name}")
        self.assertTrue(wait_for(lambda: self.part_size(name) > 0))
        self.kill(run)
        self.server.held.set()


class TemporaryNames(Ownership):
    @each_way
    def test_a_strangers_part_is_left_alone(self):
        self.dir.mkdir()
        strangers = {"x.part": b"mine", "large.part": b"mine too",
                     "x.0123abcd.part": b"and mine"}
        for name, data in strangers.items():
            (self.dir / name).write_bytes(data)
        (self.dir / "y.part").mkdir()
        for _ in range(2):
            self.get("/x", "/large", "/y")
            self.assertEqual(self.content(), strangers | {
                "x": b"/x\n", "y": b"/y\n",
                "large": self.server.body("/large")})

    @each_way
    def test_runs_that_overlap_do_not_share_a_part(self):
        """-d D -o sub/{name} beside -d D/sub."""
        self.server.held.clear()
        sub = self.dir / "sub"
        first = self.begin("-o", "sub/{name}", f"{self.url}/large-held")
        second = self.start("get", "-d", sub, "-q", "--retry", "0", *self.way,
                            f"{self.url}/large-held?2")
        self.assertTrue(wait_for(lambda: len(list(sub.glob("*.part"))) == 2))
        names = [p.name for p in sub.glob("*.part")]
        for name in names:
            self.assertRegex(name, r"^large-held\.[0-9a-f]{8}\.part$")
        self.server.held.set()
        for run in (first, second):
            run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0)
        bodies = sorted(self.content().values())
        self.assertEqual(bodies, sorted([
            self.server.body("/large-held"),
            self.server.body("/large-held?2")]))

    def replaced(self, put):
        """Begins a file of which half comes, has put(part) do something to the
        part, and ends the run. Returns the files that are there then."""
        shutil.rmtree(self.dir, ignore_errors=True)
        self.server.held.clear()
        run = self.begin(f"{self.url}/large-held")
        self.assertTrue(wait_for(lambda: self.part_size("large-held") > 0))
        put(self.part_of("large-held"))
        self.server.held.set()
        _, messages = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, messages)
        self.assertEqual(self.haul("verify", self.dir).returncode, 0)
        return self.content()

    @each_way
    def test_what_replaces_a_part_does_not_get_the_files_name(self):
        body = self.server.body("/large-held")
        mine = self.scratch / "mine"
        mine.write_bytes(b"mine")

        def another(part):
            part.unlink()
            part.write_bytes(b"mine")

        def link(part):
            part.unlink()
            part.symlink_to(mine)

        def folder(part):
            part.unlink()
            part.mkdir()

        for put in another, link, folder:
            content = self.replaced(put)
            self.assertNotIn("large-held", content)
            self.assertIn(body, content.values())
            self.assertEqual(mine.read_bytes(), b"mine")
        self.assertEqual(self.replaced(pathlib.Path.unlink),
                         {"large-held": body})

    @each_way
    def test_a_part_that_somebody_writes_to_is_fetched_again(self):
        def append(part):
            with open(part, "ab") as f:
                f.write(bytes(LARGE))

        self.assertEqual(self.replaced(append),
                         {"large-held": self.server.body("/large-held")})

    @each_way
    def test_what_a_kill_leaves_is_gone_after_the_next_start(self):
        """The URL is not in the list any more."""
        self.begin_and_kill("large-held")
        part = self.part_of("large-held")
        stranger = self.dir / "large-held.0123abcd.part"
        stranger.write_text("mine")
        # Its record names it: it can be gone on with.
        token = part.name.split(".")[1]
        self.assertIn(f"\t{token}\t{part.stat().st_ino}", self.journal())
        # Without one it is litter.
        lines = [line for line in self.journal().splitlines(keepends=True)
                 if not line.startswith("p\t")]
        (self.dir / ".haul" / "journal").write_text("".join(lines))
        self.get("/other")
        self.assertFalse(part.exists())
        self.assertEqual(stranger.read_text(), "mine")

    @each_way
    def test_the_same_of_files_that_were_taken_away(self):
        """The journal says that they are done. No validator: no part is on
        record."""
        self.get("/large-held-bare")
        (self.dir / "large-held-bare").unlink()
        self.begin_and_kill("large-held-bare")
        self.get("/large-held-bare")
        self.assertEqual(self.names(), ["large-held-bare"])

    def test_a_part_that_is_not_gone_on_with_is_removed(self):
        """By a worker that is killed there, and another in its place."""
        self.begin_and_kill("large-held")
        turns = self.scratch / "turns"
        turns.mkdir()
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        env = self.environment(
            LD_PRELOAD=os.environ["HAUL_FAULT"], FAULT_DIR=str(turns),
            FAULT_AT="remove", FAULT_HOW="kill", FAULT_TIMES="1",
            ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0")
        result = self.haul("get", "-d", self.dir, "-m", "processes", "-q",
                           "--restart", f"{self.url}/large-held", env=env)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(list(turns.iterdir())), 1)
        self.assertEqual(self.names(), ["large-held"])

    @each_way
    def test_a_part_is_known_by_its_inode(self):
        self.begin_and_kill("large-held")
        part = self.part_of("large-held")
        part.rename(self.dir / "kept")
        part.write_bytes(b"x" * LARGE)
        self.get("/large-held")
        self.assertEqual((self.dir / "large-held").read_bytes(),
                         self.server.body("/large-held"))
        self.assertEqual(part.read_bytes(), b"x" * LARGE)


class Claims(Ownership):
    """A claim without `done` says only that haul wanted the name."""

    def claimed(self, *paths):
        """URLs that have a name, and failed for now."""
        for path in paths:
            self.server.status[path] = 500
        self.get(*paths, status=8)
        self.server.status.clear()
        self.asked()

    @each_way
    def test_another_file_under_the_name_is_a_strangers(self):
        self.claimed("/x", "/large")
        (self.dir / "x").write_bytes(b"half")
        (self.dir / "large").write_bytes(b"half")
        self.get("/x", "/large")
        self.assertEqual(self.asked(), ["/large", "/large", "/x", "/x"])
        self.assertEqual(sorted(self.content().values(), key=len), sorted(
            [b"half", b"half", b"/x\n", self.server.body("/large")], key=len))
        self.assertEqual((self.dir / "x").read_bytes(), b"half")
        self.get("/x", "/large")
        self.assertEqual(self.asked(), [])

    @each_way
    def test_the_same_file_is_done(self):
        self.claimed("/x", "/large")
        (self.dir / "x").write_bytes(b"/x\n")
        (self.dir / "large").write_bytes(self.server.body("/large"))
        inodes = [(self.dir / n).stat().st_ino for n in ("x", "large")]
        self.get("/x", "/large")
        self.assertEqual(self.asked(), ["/large", "/x"])
        self.assertEqual([(self.dir / n).stat().st_ino for n in ("x", "large")],
                         inodes)
        self.assertEqual(self.names(), ["large", "x"])
        self.get("/x", "/large")
        self.assertEqual(self.asked(), [])

    def test_if_exists_decides(self):
        for action, expected in (("skip", b"half"), ("overwrite", b"/x\n")):
            self.dir = self.scratch / action
            self.claimed("/x")
            (self.dir / "x").write_bytes(b"half")
            self.get("--if-exists", action, "/x")
            self.assertEqual(self.content(), {"x": expected})

    @each_way
    def test_done_is_on_record_soon(self):
        """While the run goes on and claims nothing more."""
        self.server.held.clear()
        run = self.begin(f"{self.url}/large-held", f"{self.url}/x")
        if self.way[1] != "sequential":
            self.assertTrue(wait_for(
                lambda: (self.dir / ".haul/journal").exists() and
                "\nd\t" in self.journal(), 20))
        self.kill(run)
        self.server.held.set()


class Repeats(Ownership):
    @each_way
    def test_a_kill_leaves_no_copy(self):
        """Which is made where files have no links."""
        listing = self.scratch / "list.tsv"
        listing.write_text(f"{self.url}/large\ta\n{self.url}/large\tb/c\n")
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        for kill in ({"FAULT_COPY": "1"}, {}):
            env = self.environment(
                LD_PRELOAD=os.environ["HAUL_FAULT"], FAULT_LINK="1",
                ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0", **kill)
            result = self.haul("get", "-d", self.dir, "-q", *self.way, "-i",
                               listing, env=env)
            self.assertEqual(result.returncode, -signal.SIGKILL if kill else 0,
                             result.stderr)
            parts = list(self.dir.rglob("*.part"))
            self.assertEqual(len(parts), len(kill), parts)
        body = self.server.body("/large")
        self.assertEqual(self.content(), {"a": body, "b/c": body})
        self.assertEqual((self.dir / "a").stat().st_nlink, 1)

    @each_way
    def test_what_is_skipped_is_skipped_in_each_line(self):
        self.get("/changed", "/gone")
        (self.dir / "gone").unlink()
        mine = {name: b"mine" for name in ("changed", "stranger")}
        for name, data in mine.items():
            (self.dir / name).write_bytes(data)
        paths = [f"/{name}" for name in (*mine, *mine)]
        for options in ([], ["-N"]):
            result = self.get("--if-exists", "skip", *options, *paths)
            self.assertIn("4 skipped", result.stderr)
            self.assertEqual(self.content(), mine)
        result = self.get("--retry-failed", "/gone", "/changed", "/gone",
                          "/changed")
        self.assertIn("4 skipped", result.stderr)
        self.assertEqual(self.content(), mine)


class Changed(Ownership):
    def age(self, name, **more):
        """Its size and times as they were, but for its bytes."""
        path = self.dir / name
        before = path.stat()
        data = path.read_bytes()
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return path.read_bytes()

    @each_way
    def test_other_bytes_of_the_same_size_and_time(self):
        self.get("/x", "/large", "/y")
        theirs = {f"{n}.local": self.age(n) for n in ("x", "large")}
        self.asked()
        result = self.get("-q", "/x", "/large", "/y")
        self.assertEqual(self.asked(), ["/large", "/x"])
        self.assertEqual(self.content(), theirs | {
            "x": b"/x\n", "y": b"/y\n", "large": self.server.body("/large")})
        for name in theirs:
            self.assertIn(name, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 2, result.stderr)
        self.get("/x", "/large", "/y")
        self.assertEqual(self.asked(), [])

    @each_way
    def test_names_of_those_set_aside_are_numbered(self):
        self.get("/x")
        for n in ("", ".2", ".3"):
            (self.dir / "x").write_text(f"mine{n}")
            self.get("/x")
            self.assertEqual((self.dir / f"x.local{n}").read_text(), f"mine{n}")
            self.assertEqual((self.dir / "x").read_bytes(), b"/x\n")

    @each_way
    def test_an_update_sets_aside_too(self):
        self.get("/x", "/y", "/z")
        self.server.bodies["/x"] = b"new x\n"
        self.server.bodies["/y"] = b"new y\n"
        (self.dir / "x").write_text("mine")
        self.asked()
        result = self.get("-N", "/x", "/y", "/z")
        self.assertIn("1 unchanged", result.stderr)
        self.assertEqual(self.content(), {
            "x": b"new x\n", "x.local": b"mine", "y": b"new y\n", "z": b"/z\n"})

    @each_way
    def test_what_a_killed_run_put_there_is_haul_s(self):
        """Its `done` never came to the journal."""
        for action in (["-N"], ["--restart"]):
            for path in ("/x", "/large"):
                self.server.bodies.pop(path, None)
                self.get(path, "--restart")
                journal = self.journal()
                self.server.bodies[path] = b"new" + path.encode()
                self.get(path, *action)
                (self.dir / ".haul" / "journal").write_text(journal)
                self.asked()
                for asked in ([path], []):
                    self.get(path)
                    self.assertEqual(self.asked(), asked)
                self.assertEqual((self.dir / path[1:]).read_bytes(),
                                 self.server.body(path))
        self.assertEqual(self.names(), ["large", "x"])

    def of_another_boot(self):
        """The journal, with what was never synced."""
        lines = []
        for line in self.journal().splitlines():
            fields = line.split("\t")[:-1]
            if fields[0] == "H":
                fields[2] = "another"
            lines.append(checked("\t".join(fields)))
        (self.dir / ".haul" / "journal").write_text("".join(lines))

    @each_way
    def test_what_was_changed_after_the_machine_went_down(self):
        theirs = {"x": b"my work\n", "large": b"mine\n", "y": b"/Y\n"}
        for options in ([], ["-N"]):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.get("/x", "/large", "/y")
            self.of_another_boot()
            for name, data in theirs.items():
                (self.dir / name).write_bytes(data)
            result = self.get("-q", *options, "/x", "/large", "/y")
            self.assertEqual(self.content(), {
                f"{name}.local": data for name, data in theirs.items()} | {
                name: self.server.body(f"/{name}") for name in theirs})
            self.assertEqual(len(result.stderr.splitlines()), 3)

    @each_way
    def test_what_a_power_cut_tore_is_nobody_s(self):
        self.get("/x", "/large")
        for name in ("x", "large"):
            path = self.dir / name
            before = path.stat()
            path.write_bytes(b"\0" * (before.st_size // 2))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.of_another_boot()
        self.assertEqual(self.get("-q", "/x", "/large").stderr, "")
        self.assertEqual(self.content(), {
            "x": b"/x\n", "large": self.server.body("/large")})

    @each_way
    def test_a_directory_in_its_place_is_set_aside(self):
        for options in ([], ["-N"], ["--restart"],
                        ["--if-exists", "overwrite"]):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.get("/x")
            (self.dir / "x").unlink()
            (self.dir / "x").mkdir()
            (self.dir / "x" / "mine").write_bytes(b"mine")
            result = self.get("-q", *options, "/x")
            self.assertIn("x.local", result.stderr)
            self.assertEqual(self.content(), {
                "x": b"/x\n", "x.local/mine": b"mine"})

    @each_way
    def test_it_stays_until_the_new_one_is_there(self):
        self.get("/x")
        (self.dir / "x").write_text("mine")
        self.server.status["/x"] = 500
        self.get("/x", status=8)
        self.assertEqual(self.content(), {"x": b"mine"})
        self.server.status.clear()
        self.get("/x")
        self.assertEqual(self.content(), {"x": b"/x\n", "x.local": b"mine"})

    def test_if_exists_decides(self):
        for action, expected in (("skip", b"mine"), ("overwrite", b"/x\n")):
            self.dir = self.scratch / action
            self.get("/x")
            (self.dir / "x").write_text("mine")
            self.get("--if-exists", action, "/x")
            self.assertEqual(self.content(), {"x": expected})

    @each_way
    def test_what_touches_no_bytes_asks_for_nothing(self):
        """touch, chmod, chown, cp -a, a hard link, a restore."""
        paths = [f"/{i}" for i in range(20)]
        self.get(*paths)
        self.asked()
        for i in range(5):
            (self.dir / str(i)).touch()
            (self.dir / str(5 + i)).chmod(0o600)
            os.link(self.dir / str(10 + i), self.scratch / f"{self.dir.name}{i}")
        result = self.get(*paths)
        self.assertIn("20 ok (20 were there)", result.stderr)
        self.assertIn("15 files were touched", result.stderr)
        self.assertEqual(self.asked(), [])
        self.assertNotIn("touched", self.get(*paths).stderr)
        copy = self.scratch / f"{self.dir.name}-copy"
        subprocess.run(["cp", "-a", self.dir, copy], check=True)
        shutil.rmtree(self.dir)
        copy.rename(self.dir)
        result = self.get(*paths)
        self.assertIn("20 files were touched", result.stderr)
        self.assertEqual(self.asked(), [])

    def test_a_thousand_files_with_another_owner(self):
        listing = self.scratch / "list"
        listing.write_text("".join(f"{self.url}/{i}\n" for i in range(1000)))
        self.get("-i", listing)
        self.asked()
        owner = 12345 if os.geteuid() == 0 else -1
        for path in self.dir.iterdir():
            if path.is_file():
                os.chown(path, owner, owner)
        result = self.get("-i", listing)
        self.assertEqual(self.asked(), [])
        self.assertIn("1,000 were there", result.stderr)

    def test_links_to_repeated_urls_are_haul_s_own_doing(self):
        listing = self.scratch / "list.tsv"
        listing.write_text(f"{self.url}/x\ta\n{self.url}/x\tb\n")
        self.get("-i", listing)
        result = self.get("-i", listing)
        self.assertNotIn("touched", result.stderr)

    @each_way
    def test_a_killed_update_leaves_haul_s_own_file_its_own(self):
        self.get("/large-held")
        self.server.bodies["/large-held"] = b"new\n"
        self.server.held.clear()
        run = self.begin("-N", f"{self.url}/large-held")
        self.assertTrue(wait_for(lambda: self.part_of("large-held")))
        self.kill(run)
        self.server.held.set()
        self.assertIn("1 was there", self.get("/large-held").stderr)
        self.assertEqual(self.names(), ["large-held"])
        self.get("-N", "/large-held")
        self.assertEqual(self.content(),
                         {"large-held": self.server.body("/large-held")})


class Rules(Ownership):
    @each_way
    def test_retry_failed_keeps_what_decides(self):
        self.get("/page.html", "/x", "--accept-type", "image/*", status=8)
        self.get("--retry-failed", status=8)
        self.assertEqual(self.names(), [])
        self.get("--retry-failed", "--accept-type", "*", status=0)
        self.assertEqual(self.names(), ["page.html", "x"])

    @each_way
    def test_and_the_largest_size(self):
        self.get("/large", "/x", "--max-filesize", "1000", status=8)
        self.get("--retry-failed", status=8)
        self.assertEqual(self.names(), ["x"])

    @each_way
    def test_and_addresses_that_are_refused(self):
        self.get("/x", "--block-private", status=8)
        self.get("--retry-failed", status=8)
        self.assertEqual(self.names(), [])

    def test_another_run_with_a_list_has_its_own(self):
        self.get("/page.html", "--accept-type", "image/*", status=8)
        self.get("/page.html")
        self.assertEqual(self.names(), ["page.html"])


class RetryFailed(Ownership):
    @each_way
    def test_what_is_done_is_not_asked_for(self):
        """Whatever has become of its file."""
        self.server.status["/late"] = 404
        self.get("/x", "/y", "/late", status=8)
        self.server.status.clear()
        (self.dir / "x").unlink()
        (self.dir / "y").write_text("mine")
        self.asked()
        self.get("--retry-failed", "/x", "/y", "/late")
        self.assertEqual(self.asked(), ["/late"])
        self.assertEqual(self.content(), {"late": b"/late\n", "y": b"mine"})


class Stopped(Ownership):
    def test_files_that_are_read_again_do_not_hold_a_run(self):
        """A large one is hashed, as its owner or its times have changed."""
        self.get("/x")
        sparse = self.dir / "x"
        size = 200 << 30
        with open(sparse, "r+b") as file:
            file.truncate(size)
        st = sparse.stat()
        journal = self.dir / ".haul" / "journal"
        lines = journal.read_text().splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("d\t"))
        fields = lines[at].split("\t")[:-1]
        fields[4] = str(size)
        fields[8] = f"{st.st_mtime_ns:016x}{1:016x}"
        lines[at] = checked("\t".join(fields)).rstrip("\n")
        journal.write_text("\n".join(lines) + "\n")
        run = self.begin(f"{self.url}/x", f"{self.url}/y")
        self.assertTrue(wait_for((self.dir / "y").exists))
        self.assertIsNone(run.poll())
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=5)
        self.assertEqual(run.returncode, 7)


class Versions(Ownership):
    PATHS = ("/one", "/two", "/three", "/gone", "/busy", "/part")

    def through_proxy(self, *arguments, status=0):
        return self.get("--proxy", self.url, *[
            f"http://files.test{a}" if str(a).startswith("/") else a
            for a in arguments], status=status)

    def put(self, version):
        (self.dir / ".haul").mkdir(parents=True)
        shutil.copy(JOURNALS / f"version-{version}",
                    self.dir / ".haul" / "journal")
        for name in ("one", "two", "three"):
            (self.dir / name).write_text(f"{name}\n")
        (self.dir / "part.part").write_bytes(b"x" * 600_000)

    def everything(self):
        return {p: (p.stat().st_mtime_ns, p.stat().st_ino, p.read_bytes())
                for p in self.dir.rglob("*") if p.is_file()}

    def test_journals_of_earlier_versions_are_read(self):
        for version in (2, 3):
            self.dir = self.scratch / f"version-{version}"
            self.put(version)
            for asked in (["/busy", "/part"], []):
                result = self.through_proxy(*self.PATHS, status=8)
                self.assertEqual(self.asked(), asked)
                self.assertIn("5 ok", result.stderr)
                self.assertIn("http 404 1", result.stderr)
            self.assertEqual(self.content(), {
                "one": b"one\n", "two": b"two\n", "three": b"three\n",
                "busy": b"/busy\n", "part": b"/part\n",
                "part.part": b"x" * 600_000})
            # An older haul, which looks at the first line, refuses from now on.
            with open(self.dir / ".haul" / "journal", "rb") as journal:
                self.assertEqual(journal.read(4), b"H\t5\t")
            # They have a stamp, and their hash.
            (self.dir / "one").write_text("ONE\n")
            self.through_proxy(*self.PATHS, status=8)
            self.assertEqual((self.dir / "one.local").read_text(), "ONE\n")
            self.asked()

    def test_what_was_changed_since_an_earlier_version(self):
        """Which kept no stamp, but the SHA-256."""
        for version in (2, 3):
            for options, status in ([], 8), (["-N"], 0):
                self.dir = self.scratch / f"changed-{version}{options}"
                self.put(version)
                (self.dir / "one").write_text("ONE\n")
                self.server.bodies["/one"] = b"one\n"
                self.through_proxy(*options, *self.PATHS, status=status)
                self.assertEqual((self.dir / "one").read_bytes(), b"one\n")
                self.assertEqual((self.dir / "one.local").read_bytes(),
                                 b"ONE\n")

    def test_a_journal_of_a_later_version_is_refused_and_stays(self):
        """And the first of all, which had no checks."""
        for text in ((JOURNALS / "version-1").read_text(),
                     "H\t6\tsomething\tthat\tis\tnot\tknown\n",
                     (JOURNALS / "version-3").read_text() +
                     checked("H\t6\tboot\t1")):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.put(3)
            (self.dir / ".haul" / "lock").touch()
            (self.dir / ".haul" / "journal").write_text(text)
            before = self.everything()
            for command in (("get", "-d", self.dir, f"{self.url}/x"),
                            ("get", "-d", self.dir, f"{self.url}/x",
                             "--dry-run"), ("status", self.dir),
                            ("get", "-d", self.dir, "--retry-failed")):
                result = self.haul(*command)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1)
                self.assertIn("another version of haul", result.stderr)
            self.assertEqual(self.everything(), before)
            self.assertEqual(self.asked(), [])


class Journal(Ownership):
    def test_a_sparse_journal_costs_nothing(self):
        self.get("/x", "/y")
        journal = self.dir / ".haul" / "journal"
        os.truncate(journal, 200 << 30)
        limited = subprocess.run(
            ["prlimit", "--cpu=20", HAUL, "status", self.dir],
            capture_output=True, text=True, timeout=60,
            env=self.environment())
        self.assertEqual(limited.returncode, 0, limited.stderr)
        self.assertIn("2 ok", limited.stdout)
        self.assertIn("2 were there", self.get("/x", "/y").stderr)
        self.assertLess(journal.stat().st_size, 10_000)

    def test_a_run_whose_lock_file_was_removed_keeps_its_directory(self):
        self.server.held.clear()
        run = self.begin(f"{self.url}/large-held")
        self.assertTrue(wait_for(lambda: self.part_of("large-held")))
        (self.dir / ".haul" / "lock").unlink()
        self.get("/x", status=5)
        self.server.held.set()
        run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0)
        self.get("/x")

    def test_a_forged_name_of_a_temporary_file_is_none(self):
        """A record with a sound check names somebody's x.part."""
        self.get("/y")
        (self.dir / "x.part").write_text("mine")
        url = f"{self.url}/x"
        key = hashlib.sha256(url.encode()).hexdigest()[:16]
        for record in (f"c\t{key}\tx.part\t{url}",
                       f"d\t{key}\tx.part\t{url}\t4\t\t\t\t\t",
                       f"d\t{key}\tx.PA\\72T\t{url}\t4\t\t\t\t\t"):
            with open(self.dir / ".haul" / "journal", "a") as journal:
                journal.write(checked(record))
            self.get("/x", "--restart")
            self.assertEqual((self.dir / "x.part").read_text(), "mine")
            self.assertEqual((self.dir / "x").read_bytes(), b"/x\n")
            (self.dir / "x").unlink()


if __name__ == "__main__":
    unittest.main()
