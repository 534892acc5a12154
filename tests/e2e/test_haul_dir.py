"""DIR/.haul: what stands in it is haul's own, or haul refuses DIR."""

import os
import shutil

from support import HaulTest, state_of


class Journal(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()
        self.outside = self.scratch / "outside"

    def begin(self):
        """A run has been here; its .haul is known to be in order."""
        for folder in (self.dir, self.outside):
            shutil.rmtree(folder, ignore_errors=True)
        self.outside.mkdir()
        result = self.haul("-d", self.dir, f"{self.origin}/bytes/10")
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_refused(self, name, commands):
        before = state_of(self.outside)
        for command in commands:
            with self.subTest(command=command[0]):
                result = self.haul(*command, timeout=10)
                self.assert_one_line(result, 3, f"{self.dir}/{name}: ")
        self.assertEqual(state_of(self.outside), before)

    def commands(self):
        url = f"{self.origin}/bytes/20"
        return [("get", "-d", self.dir, url),
                ("get", "-d", self.dir, "-m", "processes", url),
                ("get", "-d", self.dir, "--keep-dirlinks", url)]

    def readers(self):
        return [("status", self.dir),
                ("get", "-d", self.dir, "--dry-run",
                 f"{self.origin}/bytes/20"),
                ("get", "-d", self.dir, "--retry-failed")]

    def test_a_file_that_is_not_plain_and_alone_is_refused(self):
        for name in ("journal", "lock"):
            for kind in ("link", "hard link", "fifo", "directory"):
                with self.subTest(name=name, kind=kind):
                    self.begin()
                    path, other = self.dir / ".haul" / name, self.outside / "x"
                    if kind == "hard link":
                        os.link(path, other)
                    else:
                        path.rename(other)
                    if kind == "link":
                        path.symlink_to(other)
                    elif kind == "fifo":
                        os.mkfifo(path)
                    elif kind == "directory":
                        path.mkdir()
                    commands = self.commands()
                    if name == "journal":
                        commands += self.readers()
                    self.assert_refused(f".haul/{name}", commands)

    def test_a_haul_directory_that_is_a_link_is_refused(self):
        self.begin()
        (self.dir / ".haul").rename(self.outside / "h")
        (self.dir / ".haul").symlink_to("../outside/h")
        self.assert_refused(".haul", self.commands() + self.readers())

    def test_so_is_one_that_leads_nowhere_and_a_file(self):
        for kind in ("dangling", "file"):
            with self.subTest(kind=kind):
                self.begin()
                shutil.rmtree(self.dir / ".haul")
                if kind == "file":
                    (self.dir / ".haul").write_text("")
                else:
                    (self.dir / ".haul").symlink_to("../outside/none")
                self.assert_refused(".haul", self.commands())
