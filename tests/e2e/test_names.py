"""Names of files that meet: one URL needs a file where another needs a
directory, or where somebody else's stands."""

import hashlib
import subprocess

from support import WAYS, HaulTest


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Meeting(HaulTest):
    def setUp(self):
        super().setUp()
        site = self.scratch / "site"
        (site / "d" / "a").mkdir(parents=True)
        (site / "a").write_text("file a")
        for name in "bc":
            (site / "d/a" / name).write_text(f"file {name}")
        self.origin = self.serve("--root", site)
        self.file = f"{self.origin}/a"
        self.below = [f"{self.origin}/d/a/{name}" for name in "bc"]

    def fetch(self, lines, *options, status=0):
        """Fetches (URL, name) in this order; no name is the URL's."""
        text = "".join(f"{url}\t{name}\n" for url, name in lines)
        (self.scratch / "list.tsv").write_text(text)
        result = self.haul("-i", "list.tsv", "-d", self.dir, *options)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def read(self):
        return {name: (self.dir / name).read_text() for name in self.names()}

    def empty(self):
        subprocess.run(["rm", "-rf", self.dir], check=True)

    def lines(self, order):
        file = [(self.file, "a")]
        below = [(url, f"a/{url[-1]}") for url in self.below]
        return file + below if order == "file first" else below + file

    def expected(self, order):
        if order == "file first":
            folder = f"a-{hashed('a')}"
            return {"a": "file a", f"{folder}/b": "file b",
                    f"{folder}/c": "file c"}
        return {"a/b": "file b", "a/c": "file c",
                f"a-{hashed(self.file)}": "file a"}

    def test_the_earlier_line_keeps_its_name_in_every_mode(self):
        for way in WAYS:
            for order in ("file first", "directory first"):
                with self.subTest(way=way, order=order):
                    self.empty()
                    self.fetch(self.lines(order), "-m", *way)
                    self.assertEqual(self.read(), self.expected(order))

    def test_later_runs_keep_first_names(self):
        for order in ("file first", "directory first"):
            with self.subTest(order=order):
                self.empty()
                lines = self.lines(order)
                self.fetch(lines[:1])
                self.fetch(lines[::-1])
                self.assertEqual(self.read(), self.expected(order))
                self.fetch(lines[::-1])
                self.fetch(lines)
                self.assertEqual(self.read(), self.expected(order))
                (self.dir / lines[0][1]).unlink()
                self.fetch(lines[::-1])
                self.assertEqual(self.read(), self.expected(order))

    def test_by_a_template(self):
        urls = [f"{self.origin}/d", f"{self.origin}/d/a/b"]
        (self.scratch / "list.txt").write_text("\n".join(urls) + "\n")
        self.haul("-i", "list.txt", "-d", self.dir, "-o", "{path}/{name}",
                  "--retry", "0")
        # The origin has no file /d, and the name is kept for it all the same.
        self.assertEqual(self.names(), [f"d-{hashed('d')}/a/b"])

    def test_the_dry_run_counts_them(self):
        for order, count in (("file first", 2), ("directory first", 1)):
            result = self.fetch(self.lines(order), "--dry-run")
            self.assertIn(f"names: {count} clash and get -HASH\n",
                          result.stdout)

    def test_deep_inside(self):
        self.fetch([(self.below[0], "x/y"), (self.file, "x/y/z/one"),
                    (self.below[1], "x/y/two"), (self.below[1] + "?3", "x/y"),
                    (self.below[1] + "?4", "x")])
        folder = f"x/y-{hashed('x/y')}"
        self.assertEqual(self.names(), sorted([
            f"x-{hashed(self.below[1] + '?4')}", "x/y",
            f"x/y-{hashed(self.below[1] + '?3')}",
            f"{folder}/two", f"{folder}/z/one"]))

    def test_a_repeated_line_is_linked_beside_them(self):
        self.fetch([(self.file, "a"), (self.file, "a/again"),
                    (self.below[0], "b/c"), (self.below[0], "b")])
        self.assertEqual(self.read(), {
            "a": "file a", f"a-{hashed('a')}/again": "file a",
            "b/c": "file b", f"b-{hashed(self.below[0])}": "file b"})

    def test_names_that_an_older_haul_gave_to_both(self):
        """Its journal says that a is done and that a/b has failed, as it could
        not be made: two journals in one."""
        flaky = self.serve("--fault", "503=100")
        other = f"{flaky}/bytes/7"
        self.fetch([(other, "a/b")], "--retry", "0", status=8)
        journal = self.dir / ".haul" / "journal"
        failed = journal.read_bytes()
        self.empty()
        self.fetch([(self.file, "a")])
        journal.write_bytes(journal.read_bytes() + failed)
        lines = [(other, "a/b"), (self.file, "a")]
        self.assertIn("1 clash", self.fetch(lines, "--dry-run").stdout)
        self.fetch(lines)
        self.assertEqual(self.names(), ["a", f"a-{hashed('a')}/b"])

    def test_two_journals_in_one_that_give_a_name_twice(self):
        """Somebody has put one behind the other: each has a URL whose file is
        a. Both URLs are done, and each run says and leaves the same."""
        journal = self.dir / ".haul" / "journal"
        self.fetch([(self.below[0], "a")])
        other = journal.read_bytes()
        self.empty()
        self.fetch([(self.file, "a")])
        journal.write_bytes(journal.read_bytes() + other)
        lines = [(self.below[0], "a"), (self.file, "a")]
        for again in range(3):
            result = self.fetch(lines[::-1] if again == 1 else lines)
            self.assertNotIn("was changed", result.stderr)
            self.assertEqual(self.read(), {
                "a": "file a", f"a-{hashed(self.below[0])}": "file b"})
            for command in "status", "verify":
                result = self.haul(command, self.dir)
                self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_strange_file_where_a_directory_is_needed(self):
        for options in ((), ("--if-exists", "overwrite"),
                        ("--if-exists", "adopt")):
            with self.subTest(options=options):
                self.empty()
                self.dir.mkdir()
                (self.dir / "a").write_text("mine")
                below = self.lines("directory first")[:2]
                self.assertIn("2 clash",
                              self.fetch(below, "--dry-run", *options).stdout)
                self.fetch(below, *options)
                folder = f"a-{hashed('a')}"
                self.assertEqual(self.read(), {
                    "a": "mine", f"{folder}/b": "file b",
                    f"{folder}/c": "file c"})

    def test_a_strange_directory_where_a_file_is_needed(self):
        for options in ((), ("--if-exists", "overwrite"),
                        ("--if-exists", "adopt")):
            with self.subTest(options=options):
                self.empty()
                (self.dir / "a").mkdir(parents=True)
                (self.dir / "a" / "mine").write_text("mine")
                self.fetch([(self.file, "a")], *options)
                self.assertEqual(self.read(), {
                    "a/mine": "mine", f"a-{hashed(self.file)}": "file a"})


class Kept(HaulTest):
    """A URL keeps its first name in a directory, and the run says so where it
    would give another."""

    TOLD = "from an earlier run here: -o and names in a list are for new URLs"

    def told(self, *arguments):
        result = self.haul("-d", self.dir, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [line for line in result.stderr.splitlines()
                 if self.TOLD in line]
        self.assertLessEqual(len(lines), 1)
        return lines[0].split(" the ")[0] if lines else None

    def test_another_template_is_for_new_urls(self):
        origin = self.serve()
        urls = [f"{origin}/bytes/{n}" for n in (1, 2)]
        # Two that clash: the second gets -HASH, which is no other template.
        urls.append(f"{origin}/bytes/2?again")
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            self.assertIsNone(self.told("-m", *way, *urls))
            self.assertIsNone(self.told("-m", *way, *urls))
            self.assertEqual(
                self.told("-m", *way, "-o", "x{name}", *urls[:1]),
                "1 file keeps")
            # Also where the file is fetched again; a new URL has the new name.
            (self.dir / "1").unlink()
            self.assertEqual(
                self.told("-m", *way, "-o", "x{name}", *urls,
                          f"{origin}/bytes/3"), "3 files keep")
            self.assertLessEqual({"1", "2", "x3"}, set(self.names()))

    def test_a_name_of_the_list(self):
        origin = self.serve()
        (self.scratch / "list.tsv").write_text(f"{origin}/bytes/1\ta\n")
        self.assertIsNone(self.told("-i", "list.tsv"))
        self.assertIsNone(self.told("-i", "list.tsv"))
        (self.scratch / "list.tsv").write_text(f"{origin}/bytes/1\tb\n")
        self.assertEqual(self.told("-i", "list.tsv"), "1 file keeps")
        self.assertIsNone(self.told("-q", "-i", "list.tsv"))
