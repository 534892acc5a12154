"""Directories in which two spellings are one name: FAT, NTFS, and ext4 where
it was told so. Each needs a kernel and a user that can mount it."""

import hashlib
import os
import shutil
import subprocess
import unittest

from support import WAYS, HaulTest


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run(*command):
    if shutil.which(command[0]) is None:
        return False
    result = subprocess.run(command, capture_output=True, text=True)
    return result.returncode == 0


class Folding:
    """Fetches below self.home, a directory that folds."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root may mount")
        image = self.scratch / "image"
        with image.open("wb") as file:
            file.truncate(32 << 20)
        self.home = self.scratch / "mount"
        self.home.mkdir()
        self.mount(image)
        self.dir = self.home / "files"
        self.origin = self.serve()

    def mount_or_skip(self, *command):
        if not run(*command):
            self.skipTest(f"no {' '.join(map(str, command[:3]))} here")
        self.addCleanup(run, "umount", self.home)

    def fetch(self, lines, *options):
        """Fetches these names; each has a file of as many bytes as its
        number."""
        text = "".join(f"{self.origin}/bytes/{size}\t{name}\n"
                       for size, name in lines)
        (self.scratch / "list.tsv").write_text(text)
        result = self.haul("-i", "list.tsv", "-d", self.dir, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def hash_of(self, size):
        return hashed(f"{self.origin}/bytes/{size}")

    def sizes(self):
        return {path.relative_to(self.dir).as_posix().lower():
                path.stat().st_size for path in self.dir.rglob("*")
                if path.is_file() and ".haul" not in path.parts}

    def test_the_later_spelling_gets_a_hash(self):
        for way in WAYS:
            with self.subTest(way=way):
                shutil.rmtree(self.dir, ignore_errors=True)
                self.fetch([(40001, "Ab.txt"), (40002, "aB.txt"),
                            (40003, "Dir/x"), (40004, "dir/X"),
                            (40005, "DIR")], "-m", *way)
                self.assertEqual(self.sizes(), {
                    "ab.txt": 40001, f"ab-{self.hash_of(40002)}.txt": 40002,
                    "dir/x": 40003, f"dir/x-{self.hash_of(40004)}": 40004,
                    f"dir-{self.hash_of(40005)}": 40005})

    def test_later_runs_know_the_names(self):
        self.fetch([(1, "Ab"), (2, "D/Cd")])
        lines = [(3, "aB"), (4, "D/cD"), (2, "D/Cd"), (1, "Ab")]
        self.assertIn("names: 2 clash", self.fetch(lines, "--dry-run").stdout)
        self.fetch(lines)
        self.fetch(lines[::-1])
        self.assertEqual(self.sizes(), {
            "ab": 1, "d/cd": 2, f"ab-{self.hash_of(3)}": 3,
            f"d/cd-{self.hash_of(4)}": 4})

    def test_a_directory_below_one_that_does_not_fold(self):
        """The mount is DIR/mount; DIR knows both spellings apart."""
        self.dir = self.scratch
        self.fetch([(1, "mount/Ab"), (2, "Ab")])
        lines = [(3, "mount/aB"), (4, "Cd"), (5, "cD"), (6, "mount/cD"),
                 (7, "mount/CD"), (1, "mount/Ab")]
        self.fetch(lines)
        names = {name for name in os.listdir(self.home) if name != ".Trash"}
        self.assertEqual(
            {name.lower() for name in names},
            {"ab", f"ab-{self.hash_of(3)}", "cd", f"cd-{self.hash_of(7)}"} |
            ({"lost+found"} & names))
        self.assertEqual((self.home / "ab").stat().st_size, 1)

    def test_nothing_is_left_of_trying_it_out(self):
        self.fetch([(1, "a")])
        self.assertEqual(sorted(os.listdir(self.dir / ".haul")),
                         ["journal", "lock"])


class Fat(Folding, HaulTest):
    def mount(self, image):
        run("mkfs.vfat", image)
        self.mount_or_skip("mount", "-t", "vfat", "-o", "loop", image,
                           self.home)


class Ntfs(Folding, HaulTest):
    def mount(self, image):
        run("mkntfs", "-F", "-q", image)
        self.mount_or_skip("lowntfs-3g", "-o", "ignore_case", image, self.home)


class Ext4(Folding, HaulTest):
    def mount(self, image):
        run("mkfs.ext4", "-q", "-O", "casefold", image)
        self.mount_or_skip("mount", "-t", "ext4", "-o", "loop", image,
                           self.home)
        if not run("chattr", "+F", self.home):
            # lost+found is in the way: a directory below it will do.
            self.home /= "folds"
            self.home.mkdir()
            if not run("chattr", "+F", self.home):
                self.skipTest("no chattr +F here")

    def test_nothing_is_left_of_trying_it_out(self):
        pass


if __name__ == "__main__":
    unittest.main()
