"""An installed tree, used from outside."""

import os
import pathlib
import shutil
import subprocess

from support import HaulTest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ["HAUL_BUILD"]
COMPILER = os.environ["HAUL_CC"]
SANITIZE = os.environ.get("HAUL_SANITIZE", "")
FLAGS = [f"-fsanitize={SANITIZE}"] if SANITIZE else []
PAGE = SOURCE / "src" / "cli" / "haul.1"
EXAMPLE = SOURCE / "tests" / "support" / "example_embed.c"
PROJECT = """
cmake_minimum_required(VERSION 3.21)
project(embedder LANGUAGES C)
find_package(haul 0.1 REQUIRED)
add_executable(embedder example_embed.c)
target_link_libraries(embedder PRIVATE haul::haul)
"""


class Installed(HaulTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.scratch / "prefix"
        self.run_here("cmake", "--install", BUILD, "--prefix", self.prefix)
        shutil.copy(EXAMPLE, self.scratch)

    def run_here(self, *command, env=None):
        result = subprocess.run(
            [str(word) for word in command], cwd=self.scratch, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=env or self.environment())
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def assert_fetches(self, program):
        """Worker processes too: they are the embedder's own program."""
        library = next(self.prefix.rglob("libhaul.*"))
        env = self.environment(LD_LIBRARY_PATH=str(library.parent))
        url = self.serve()
        for mode in ("async", "processes"):
            self.dir = self.scratch / mode
            said = self.run_here(program, mode, self.dir, url + "/bytes/7",
                                 env=env)
            self.assertEqual(said.split()[0], "ok", said)
            self.assertEqual(self.names(), ["7"])

    def test_program_and_manual_page(self):
        haul = self.prefix / "bin" / "haul"
        self.assertIn("haul ", self.run_here(haul, "--version"))
        page = self.prefix / "share" / "man" / "man1" / "haul.1"
        self.assertEqual(page.read_bytes(), PAGE.read_bytes())

    def tree(self, root):
        return sorted(str(path.relative_to(root)) for path in root.rglob("*"))

    def uninstall(self, env=None):
        return self.run_here("cmake", "--build", BUILD, "--target",
                             "uninstall", env=env)

    def test_uninstall_leaves_the_prefix_as_before(self):
        """Also where there was none, and with DESTDIR; what else is there
        stays, empty or not."""
        self.uninstall()
        self.assertFalse(self.prefix.exists())
        for destdir in ("", str(self.scratch / "stage")):
            env = self.environment(DESTDIR=destdir)
            root = pathlib.Path(destdir + str(self.prefix))
            if not destdir:
                (root / "share" / "man" / "man1").mkdir(parents=True)
                (root / "include").mkdir()
                (root / "include" / "other.h").write_text("")
            before = self.tree(self.scratch)
            # The second time the directories of the first are there.
            for _ in range(2):
                self.run_here("cmake", "--install", BUILD, "--prefix",
                              self.prefix, env=env)
            installed = set(self.tree(self.scratch)) - set(before)
            self.assertIn("include/haul/haul.h", "\n".join(installed))
            said = self.uninstall(env)
            self.assertEqual(self.tree(self.scratch), before)
            for path in installed:
                self.assertIn(f"Removed: {self.scratch}/{path}\n", said)

    def test_uninstall_without_an_installation(self):
        for _ in range(2):
            result = subprocess.run(
                ["cmake", "--build", BUILD, "--target", "uninstall"],
                capture_output=True, text=True, env=self.environment())
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("Nothing is installed from",
                      result.stdout + result.stderr)

    def test_an_embedder_by_pkg_config(self):
        found = list(self.prefix.rglob("haul.pc"))
        self.assertEqual(len(found), 1)
        env = self.environment(PKG_CONFIG_PATH=str(found[0].parent))
        flags = self.run_here("pkg-config", "--cflags", "--libs", "haul",
                              env=env)
        self.run_here(COMPILER, "-std=c11", "-D_GNU_SOURCE", *FLAGS,
                      "example_embed.c", "-o", "embedder", *flags.split())
        self.assert_fetches(self.scratch / "embedder")

    def test_an_embedder_by_cmake(self):
        (self.scratch / "CMakeLists.txt").write_text(PROJECT)
        self.run_here("cmake", "-S", ".", "-B", "build", "-G", "Ninja",
                      f"-DCMAKE_PREFIX_PATH={self.prefix}",
                      f"-DCMAKE_C_COMPILER={COMPILER}",
                      f"-DCMAKE_C_FLAGS={' '.join(FLAGS)} -D_GNU_SOURCE")
        self.run_here("cmake", "--build", "build")
        self.assert_fetches(self.scratch / "build" / "embedder")
