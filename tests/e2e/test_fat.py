"""FAT, as tests/support/fat.c has it: no links, no modes, inode numbers that
are made up, names that cannot be, times of two seconds, files that are too
long. tests/e2e/test_folding.py mounts a real one where the kernel can."""

import os
import unittest

from support import MODES, WAYS, HaulTest, wait_for

PRELOAD = os.environ["HAUL_FAT"]
FILES = 12


class FatTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()
        self.mounts = 0
        self.most = {}

    def mounted(self):
        """As it is mounted now."""
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        return self.environment(
            LD_PRELOAD=PRELOAD, FAT_MOUNT=str(self.mounts), **self.most,
            # The preload stands before the sanitizers' library.
            ASAN_OPTIONS=f"{sanitizer}:verify_asan_link_order=0")

    def new_dir(self):
        self.dir = self.scratch / f"files-{len(list(self.scratch.iterdir()))}"

    def run_list(self, way, lines, *options, status=0):
        (self.scratch / "list.tsv").write_text("".join(
            f"{self.origin}/bytes/{size}\t{name}\n" for size, name in lines))
        result = self.haul("-m", *way, "-i", "list.tsv", "-d", self.dir,
                           "--report", "report", *options, env=self.mounted())
        self.assertEqual(result.returncode, status, result.stderr)
        self.rows, _ = self.read_report(self.scratch / "report")
        return result

    def sizes(self):
        return {name: (self.dir / name).stat().st_size for name in self.names()}

    def test_files_come_and_later_runs_know_them(self):
        """Small and large ones and one that the list repeats, which has no
        link here; mounted anew in between."""
        lines = [(n * 40_000 + 1, f"file{n}") for n in range(FILES)]
        lines.append((1, "copy"))
        sizes = {name: size for size, name in lines}
        for way in WAYS:
            with self.subTest(way=way):
                self.new_dir()
                self.run_list(way, lines)
                self.assertEqual(self.sizes(), sizes)
                for options in ((), ("-N",), ("--restart", "-R")):
                    self.mounts += 1
                    result = self.run_list(way, lines, *options)
                    self.assertEqual(self.sizes(), sizes)
                    if not options:
                        self.assertIn(f"({FILES} were there)",
                                      result.stderr)
                self.assertEqual(
                    self.haul("verify", self.dir,
                              env=self.mounted()).returncode, 0)

    def test_a_file_that_is_not_hauls_is_left_alone(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.new_dir()
                self.dir.mkdir()
                (self.dir / "file").write_text("mine")
                self.run_list(way, [(70, "file"), (70_000, "large"),
                                    (700_000, "huge")])
                self.assertEqual((self.dir / "file").read_text(), "mine")
                self.assertEqual(len(self.names()), 4)

    def test_a_part_is_gone_on_with_after_another_mount(self):
        """And nothing of it is left."""
        url = f"{self.origin}/bytes/2000000"
        for mode in MODES:
            with self.subTest(mode=mode):
                self.new_dir()
                run = self.start("-m", mode, "-d", self.dir, "--limit-rate",
                                 "500k", url, env=self.mounted())
                self.assertTrue(wait_for(
                    lambda: self.part_size("2000000") > 600_000))
                run.kill()
                run.wait()
                self.mounts += 1
                result = self.haul("-m", mode, "-d", self.dir, "--report",
                                   "report", url, env=self.mounted())
                self.assertEqual(result.returncode, 0, result.stderr)
                rows, _ = self.read_report(self.scratch / "report")
                self.assertGreater(rows[0]["resumed_from"], 0)
                self.assertEqual(self.sizes(), {"2000000": 2_000_000})

    def test_what_it_cannot_take_is_named_and_fails_alone(self):
        self.most = {"FAT_MAX": "500000"}
        for way in WAYS:
            with self.subTest(way=way):
                self.new_dir()
                result = self.run_list(way, [
                    (1, "a:b"), (2, "what?"), (70_000, 'q"r'), (3, "fine"),
                    (600_000, "long")], status=3)
                kept = {name: size for name, size in self.sizes().items()
                        if not name.endswith(".part")}
                self.assertEqual(kept, {"fine": 3})
                self.assertEqual(result.stderr.count("no such name (FAT"), 3)
                self.assertIn("long: larger than a file may be here",
                              result.stderr)


if __name__ == "__main__":
    unittest.main()
