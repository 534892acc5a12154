"""haul verify: which files are still what haul wrote."""

import hashlib
import json
import os
import pathlib
import pty
import signal
import subprocess

from support import DEADLINE, HAUL, WAYS, HaulTest, wait_for
from test_rerun import RerunTest, body_of, checked

OPTIONS_OF_WAYS = [("-m", *way) for way in WAYS]


def change(path):
    """One byte, and nothing that stat(2) says but ctime."""
    st = path.stat()
    with open(path, "r+b") as file:
        first = file.read(1)[0]
        file.seek(0)
        file.write(bytes([first ^ 1]))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


class VerifyTest(HaulTest):
    def verify(self, *arguments, **more):
        return self.haul("verify", self.dir, *arguments, **more)

    def assert_verified(self, result, status, named, *counts):
        """These lines, then the summary; counts are right, differ, without a
        hash, and what else there is, in words."""
        self.assertEqual(result.returncode, status,
                         result.stdout + result.stderr)
        right, differ, without, *rest = counts
        last = ", ".join([f"{right} right", f"{differ} differ",
                          f"{without} without a hash", *rest])
        self.assertEqual(result.stdout.splitlines(),
                         [*named, f"{last}: {self.dir}"])
        self.assertEqual(result.stderr, "")

    def write_journal(self, *records, version=3):
        """Records are a name, its URL and what is on record of its file."""
        (self.dir / ".haul").mkdir(parents=True)
        with open(self.dir / ".haul/journal", "w") as file:
            file.write(checked(f"H\t{version}\tboot\t1700000000"))
            for name, url, *fields in records:
                start = hashlib.sha256(url.encode()).hexdigest()[:16]
                file.write(checked("\t".join(
                    ["d", start, name, url, *map(str, fields)])))


class Site(VerifyTest):
    """Files of an origin."""

    def setUp(self):
        super().setUp()
        self.site = self.scratch / "site"
        self.site.mkdir()
        self.origin = self.serve("--root", self.site)

    def fetch(self, names, *options, status=0):
        path = self.scratch / "list"
        path.write_text("".join(f"{self.origin}/{name}\n" for name in names))
        result = self.haul("-i", path, "-d", self.dir, "--retry", "0", "-q",
                           *options)
        self.assertEqual(result.returncode, status, result.stderr)
        return path

    def url(self, name):
        return f"{self.origin}/{name}"

    def test_every_mode_records_a_hash_of_every_file(self):
        sizes = [0, 1, 16, 17, 128, 129, 240, 241, 16383, 16384, 65536,
                 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3_000_000]
        for size in sizes:
            (self.site / f"{size}").write_bytes(body_of("one")[:size]
                                                + b"x" * (size - 1_000_000))
        for way in *OPTIONS_OF_WAYS, ("--sha256",):
            self.dir = self.scratch / "-".join(way)
            self.fetch(sizes, *way)
            self.assert_verified(self.verify(), 0, [], len(sizes), 0, 0)
            change(self.dir / "3000000")
            change(self.dir / "1")
            result = self.verify()
            self.assertEqual(result.returncode, 8)
            self.assertEqual(set(result.stdout.splitlines()[:-1]), {
                f"{name}: differs: {self.url(name)}"
                for name in ("1", "3000000")})

    def test_each_way_to_differ_is_named(self):
        for name in "abcdefgh":
            (self.site / name).write_text("twelve bytes")
        self.fetch("abcdefgh", "-m", "sequential")
        self.assert_verified(self.verify(), 0, [], 8, 0, 0)
        change(self.dir / "a")
        os.truncate(self.dir / "b", 7)
        with open(self.dir / "c", "a") as file:
            file.write("!")
        for name in "defg":
            (self.dir / name).unlink()
        (self.dir / "e").mkdir()
        (self.dir / "f").symlink_to(self.site / "f")
        os.mkfifo(self.dir / "g")
        lines = [f"{name}: {why}: {self.url(name)}" for name, why in (
            ("a", "differs"), ("b", "differs in size"),
            ("c", "differs in size"), ("d", "missing"),
            ("e", "differs: it is not a plain file"),
            ("f", "differs: it is not a plain file"),
            ("g", "differs: it is not a plain file"))]
        result = self.verify()
        # What has just changed is looked at again, at the end.
        self.assert_verified(result, 8, result.stdout.splitlines()[:-1],
                             1, 7, 0)
        self.assertCountEqual(result.stdout.splitlines()[:-1], lines)

    def test_owners_times_and_names_of_a_file_do_not_matter(self):
        for name in "ab":
            (self.site / name).write_text(name)
        self.fetch("ab")
        os.utime(self.dir / "a", (0, 0))
        (self.dir / "b").chmod(0o600)
        (self.dir / "b").rename(self.dir / "c")
        os.link(self.dir / "c", self.dir / "b")
        self.assert_verified(self.verify(), 0, [], 2, 0, 0)

    def test_lines_come_in_the_order_of_the_list(self):
        names = [f"{n:04}" for n in range(700)]
        for name in names:
            (self.site / name).write_text(name * 99)
        self.fetch(names, "-j", "16")
        for name in names[::2]:
            (self.dir / name).unlink()
        path = self.scratch / "turned"
        path.write_text("".join(self.url(n) + "\n" for n in names[::-1]))
        result = self.verify("-i", path)
        self.assert_verified(
            result, 8, [f"{n}: missing: {self.url(n)}" for n in names[::-1]
                        if int(n) % 2 == 0], 350, 350, 0)

    def test_a_list_tells_which_files_are_meant(self):
        for name in "abc":
            (self.site / name).write_text(name)
        self.fetch(["a", "b", "c", "none"], status=8)
        path = self.scratch / "some"
        path.write_text(f"{self.url('b')}\n{self.url('none')}\n"
                        f"{self.url('never')}\nno url\n{self.url('a')}\n"
                        f"{self.url('b')}\n{self.url('b#x')}\n")
        self.assert_verified(self.verify("-i", path), 0, [], 2, 0, 0,
                             "3 not there yet")
        (self.dir / "c").unlink()
        self.assert_verified(self.verify("-i", path), 0, [], 2, 0, 0,
                             "3 not there yet")
        (self.dir / "b").unlink()
        self.assert_verified(
            self.verify("-i", "-", stdin=path.read_text()), 8,
            [f"b: missing: {self.url('b')}"], 1, 1, 0, "3 not there yet")

    def test_lines_that_repeat_others(self):
        (self.site / "a").write_text("a")
        path = self.scratch / "list.jsonl"
        lines = [{"url": self.url("a")}, {"url": self.url("a"), "out": "b"},
                 {"url": self.url("a"), "out": "c", "headers": {"X-A": "b"}},
                 {"url": self.url("a"), "out": "d"}]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        for more, files in ([], 2), (["--no-dedupe"], 4):
            self.dir = self.scratch / f"files-{files}"
            result = self.haul("-i", path, "-d", self.dir, "-q", *more)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.names(), ["a", "b", "c", "d"])
            for list_ in [], ["-i", path]:
                self.assert_verified(self.verify(*list_), 0, [], files, 0, 0)

    def test_checksums_are_compared_as_well(self):
        (self.site / "a").write_text("a")
        for algorithm in "md5", "sha1", "sha256", "sha512":
            self.dir = self.scratch / algorithm
            digest = hashlib.new(algorithm, b"a").hexdigest()
            self.fetch("a", "--checksum-file", self.sums(digest))
            self.assertIn(digest, (self.dir / ".haul/journal").read_text())
            self.assert_verified(self.verify(), 0, [], 1, 0, 0)

    def test_adopted_files_have_a_hash(self):
        (self.site / "a").write_text("a")
        sums = self.sums(hashlib.sha256(b"a").hexdigest())
        for way in *OPTIONS_OF_WAYS, ("--checksum-file", sums):
            self.dir = self.scratch / f"files{len(list(self.scratch.iterdir()))}"
            self.dir.mkdir()
            (self.dir / "a").write_text("a")
            self.fetch("a", *way, "--if-exists", "adopt",
                       "--report", self.scratch / "report")
            rows, _ = self.read_report(self.scratch / "report")
            self.assertEqual(rows[0]["outcome"], "adopted")
            self.assert_verified(self.verify(), 0, [], 1, 0, 0)
            change(self.dir / "a")
            self.assert_verified(self.verify(), 8,
                                 [f"a: differs: {self.url('a')}"], 0, 1, 0)

    def test_a_file_of_another_length_is_not_adopted(self):
        (self.site / "a").write_text("a")
        self.dir.mkdir()
        (self.dir / "a").write_text("aa")
        self.fetch("a", "--if-exists", "adopt")
        self.assertEqual(len(self.names()), 2)
        self.assert_verified(self.verify(), 0, [], 1, 0, 0)

    def sums(self, digest):
        path = self.scratch / "SUMS"
        path.write_text(f"{digest}  a\n")
        return path

    def test_links_below_the_directory_are_not_followed(self):
        (self.site / "a").write_text("a")
        self.fetch("a", "-o", "sub/{name}")
        (self.dir / "sub").rename(self.scratch / "outside")
        (self.dir / "sub").symlink_to(self.scratch / "outside")
        result = self.verify()
        self.assert_verified(
            result, 3, [f"sub/a: cannot be read: sub: is a symbolic link; "
                        f"--keep-dirlinks allows it: {self.url('a')}"],
            0, 0, 0, "1 could not be read")
        self.assert_verified(self.verify("--keep-dirlinks"), 0, [], 1, 0, 0)


class Journals(VerifyTest):
    """Written by an earlier haul, or by nobody."""

    URL = "http://me:s3cret@h/"

    def test_an_earlier_versions_files_have_no_hash(self):
        good, bad = (hashlib.sha256(text).hexdigest() for text in
                     (b"one", b"two"))
        self.write_journal(
            *((name, self.URL + name, 3, "", "", digest)
              for name, digest in (("a", ""), ("b", good), ("c", bad),
                                   ("d", ""), ("e", good), ("f", ""))))
        for name in "abcd":
            (self.dir / name).write_text("one")
        (self.dir / "d").write_text("four")
        result = self.verify()
        named = [f"{name}: {why}: http://me:***@h/{name}" for name, why in (
            ("e", "missing"), ("f", "missing"), ("c", "differs"),
            ("d", "differs in size"))]
        self.assert_verified(result, 8, named, 1, 4, 1)
        for name in "cdef":
            (self.dir / name).write_text("one")
        self.assert_verified(
            self.verify(), 8, ["c: differs: http://me:***@h/c"], 2, 1, 3)
        (self.dir / ".haul/journal").unlink()
        (self.dir / ".haul").rmdir()
        self.write_journal(("a", self.URL, 3, "", "", ""))
        self.assert_verified(self.verify(), 0, [], 0, 0, 1)

    def test_large_files_are_told_in_order_too(self):
        """Each is a batch, and there are more than may be under way."""
        size = 1 << 23
        self.write_journal(*((f"{n}", f"http://h/{n}", size, "", "", "")
                             for n in range(300)))
        for n in range(300):
            if n % 7 > 0:
                with open(self.dir / f"{n}", "wb") as file:
                    file.truncate(size)
        named = [f"{n}: missing: http://h/{n}" for n in range(0, 300, 7)]
        self.assert_verified(self.verify(), 8, named,
                             0, len(named), 300 - len(named))

    def test_a_terminal_shows_how_far_it_is(self):
        self.write_journal(("a", self.URL, 3, "", "", ""))
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        env = self.environment(TERM="xterm")
        process = subprocess.run([HAUL, "verify", self.dir], stderr=its,
                                 stdout=subprocess.PIPE, text=True, env=env,
                                 timeout=DEADLINE)
        os.close(its)
        shown = os.read(ours, 4096)
        self.assertIn(b"1 files, 3 B, 1 differ", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)
        self.assertEqual(len(process.stdout.splitlines()), 2)

    def test_names_cannot_write_to_a_terminal(self):
        name = "a\x1b[31m\u202eb\x85\n" + "\x1b" * 200
        escaped = name.replace("\x1b", "\\1b").replace("\n", "\\0a")
        self.write_journal((escaped, self.URL, 3, "", "", ""))
        shown = r"a\x1b[31m\u202eb\u0085\x0a" + r"\x1b" * 200
        self.assert_verified(self.verify(), 8,
                             [shown + ": missing: http://me:***@h/"], 0, 1, 0)
        (self.dir / name).write_text("one")
        self.assert_verified(self.verify(), 0, [], 0, 0, 1)

    def test_what_cannot_be_told_is_one_line(self):
        self.assert_one_line(self.verify(), 3, "files")
        self.dir.mkdir()
        self.assert_one_line(self.verify(), 3, "no run")
        self.assert_one_line(self.verify(self.dir), 2, "one directory")
        self.assert_one_line(self.haul("verify"), 2, "one directory")
        self.assert_one_line(self.verify("--json"), 2, "--json")
        self.assert_one_line(self.haul("verfy", self.dir), 2, "verify")
        self.write_journal(("a", self.URL, 3, "", "", ""))
        self.assert_one_line(self.verify("-i", "missing"), 3, "missing")
        full = os.open("/dev/full", os.O_WRONLY)
        self.addCleanup(os.close, full)
        process = subprocess.run([HAUL, "verify", self.dir], stdout=full,
                                 stderr=subprocess.PIPE, text=True,
                                 timeout=DEADLINE)
        self.assert_one_line(process, 3, "standard output", "space")
        (self.dir / ".haul/journal").write_text("H\t1\tboot\t1700000000\n")
        self.assert_one_line(self.verify(), 3, "another version")

    def test_an_order_to_stop_ends_it_at_once(self):
        """While a thread reads a file that takes hours."""
        size = 1 << 40
        self.write_journal(("missing", self.URL + "m", 3, "", "", ""),
                           ("a", self.URL, size, "", "", "0" * 64))
        with open(self.dir / "a", "wb") as file:
            file.truncate(size)
        for order in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            process = self.start("verify", self.dir)
            status = pathlib.Path(f"/proc/{process.pid}/io")

            def has_read():
                fields = dict(line.split(": ") for line in
                              status.read_text().splitlines())
                return int(fields["rchar"]) > 10_000_000
            self.assertTrue(wait_for(has_read))
            process.send_signal(order)
            out, err = process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode, 7)
            self.assertEqual(err, "haul: interrupted: not all files were "
                                  "verified\n")
            self.assertIn(out, ("", "missing: missing: http://me:***@h/m\n"))

    def test_a_reader_that_has_enough_ends_it(self):
        self.write_journal(("a", self.URL, 3, "", "", ""))
        with subprocess.Popen([HAUL, "verify", self.dir],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)


class Runs(RerunTest, VerifyTest):
    def test_a_resumed_file_has_the_hash_of_all_of_it(self):
        for way in OPTIONS_OF_WAYS:
            self.dir = self.scratch / "-".join(way)
            self.server.ill = True
            self.get(f"{self.url}/file", *way)
            self.server.ill = False
            self.assertGreater(self.part_size("file"), 0)
            self.assert_verified(self.verify(), 0, [], 0, 0, 0)
            self.asked()
            self.assertEqual(self.get(f"{self.url}/file", *way).returncode, 0)
            self.assertNotIn(None, [a[1] for a in self.asked()])
            self.assert_verified(self.verify(), 0, [], 1, 0, 0)

    def test_a_failed_update_leaves_a_file_on_record(self):
        self.assertEqual(self.get(f"{self.url}/file").returncode, 0)
        self.server.version = "two"
        self.server.missing = {"/file"}
        self.assertEqual(self.get("-N", f"{self.url}/file").returncode, 8)
        self.assert_verified(self.verify(), 0, [], 1, 0, 0)
        self.server.missing = set()
        self.server.ill = True
        self.get("-N", "--retry-failed", f"{self.url}/file")
        self.assert_verified(self.verify(), 0, [], 1, 0, 0)
        change(self.dir / "file")
        self.assert_verified(self.verify(), 8,
                             [f"file: differs: {self.url}/file"], 0, 1, 0)

    def test_a_file_that_a_run_replaces_meanwhile_does_not_differ(self):
        """Once the journal was read, which a line of output tells."""
        names = ["gone", "same", "new", "changed"]
        urls = {name: f"{self.url}/{name}" for name in names}
        self.assertEqual(self.get(*urls.values()).returncode, 0)
        (self.dir / "gone").unlink()
        process = subprocess.Popen(
            [HAUL, "verify", self.dir, "-i", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment())
        self.addCleanup(self.end, process)
        process.stdin.write(urls["gone"] + "\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(),
                         f"gone: missing: {urls['gone']}\n")
        self.server.version = "two"
        result = self.get("-N", urls["new"], urls["changed"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.dir / "new").read_bytes(), body_of("two"))
        change(self.dir / "changed")
        out, err = process.communicate(
            "".join(f"{url}\n" for url in urls.values()), DEADLINE)
        self.assertEqual(err, "")
        self.assertEqual(out.splitlines(), [
            f"changed: differs: {urls['changed']}",
            f"2 right, 2 differ, 0 without a hash: {self.dir}"])
        self.assertEqual(process.returncode, 8)

    def test_it_may_be_asked_while_a_run_is_under_way(self):
        self.assertEqual(self.get(f"{self.url}/one").returncode, 0)
        self.server.stalls = True
        run = self.start("get", "-d", self.dir, "-q", f"{self.url}/one",
                         f"{self.url}/two")
        self.assertTrue(wait_for(lambda: self.part_size("two") > 100_000))
        self.assert_verified(self.verify(), 0, [], 1, 0, 0)
        self.assertIsNone(run.poll())
