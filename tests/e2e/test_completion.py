"""The completions of an installed haul in the real shells: each shell finds its
script by itself, below the prefix that haul is installed to."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from support import DEADLINE, HAUL, HaulTest

BUILD = os.environ["HAUL_BUILD"]
LOADER = "/usr/share/bash-completion/bash_completion"


class Shell:
    """An interactive shell on a terminal of 200 columns. Its command haul says
    what it was called with."""

    def __init__(self, *command, cwd, env):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, env)
        self.pid = pid
        self.said = ""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 50, 200, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Reads on until the pattern has come."""
        end = time.monotonic() + DEADLINE
        while True:
            found = re.search(pattern, self.said)
            if found:
                self.said = self.said[found.end():]
                return found
            left = end - time.monotonic()
            if left < 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f"no {pattern!r} in {self.said!r}")
            self.said += os.read(self.fd, 65536).decode(errors="replace")

    def close(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Completions(HaulTest):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="haul-e2e-")
        cls.addClassCleanup(scratch.cleanup)
        cls.prefix = f"{scratch.name}/prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix],
                       check=True, stdout=subprocess.DEVNULL)
        cls.commands = set(re.findall(
            r"^  haul (\w+)", cls.help_of("--help"), re.M))

    @staticmethod
    def help_of(*arguments):
        return subprocess.run([HAUL, *arguments], capture_output=True,
                              text=True, check=True).stdout

    def setUp(self):
        super().setUp()
        (self.scratch / "some dir").mkdir()
        (self.scratch / "some.list").write_text("")
        share = f"{self.prefix}/share"
        self.env = self.environment(
            PATH=f"{self.prefix}/bin:{os.environ['PATH']}", HOME=scratch_home(
                self.scratch), TERM="xterm", XDG_DATA_DIRS=f"{share}:/usr/share")

    def options_of(self, command):
        """The options that help names; all of them have a long name."""
        text = self.help_of(command, "--help")
        rows = re.findall(r"^ {2,6}((?:-\w, )?--[\w-]+)", text, re.M)
        return {word for row in rows for word in row.split(", ")}

    def values_of(self, command):
        """{option: its words}, as haul names them to one who gives none."""
        values = {}
        for option in {"get": ("--mode", "--progress", "--if-exists"),
                       "status": ("--list",)}.get(command, ()):
            result = self.haul(command, option, "none-of-them")
            words = re.search("is not one of: (.*)", result.stderr).group(1)
            values[option] = set(words.split(", "))
        return values

    def type_and_run(self, shell):
        """What each shell must make of the same keys."""
        for keys, line in (
            ("haul --mo\tproc\t -d some\\ d\tend", "--mode processes -d some dir/end"),
            ("haul --mode=seq\t", "--mode=sequential"),
            ("haul -i some.l\t", "-i some.list"),
            ("haul sta\tsome\\ d\tend", "status some dir/end"),
            ("haul status some\\ dir --li\tfai\t",
             "status some dir --list failed"),
            ("haul get --debug loop,tim\t", "get --debug loop,timer"),
            ("haul status --cause 5xx,time\t", "status --cause 5xx,timeout"),
            ("haul compare --modes async,thr\t",
             "compare --modes async,threads"),
            ("haul help veri\t", "help verify"),
            ("haul --compl\tfi\t", "--completion fish"),
        ):
            shell.type(keys + "\r")
            said = shell.expect(r"ran <(.*?)>\r?\n").group(1)
            # zsh puts "=" behind a name, and takes off a last "/".
            self.assertEqual(said.replace("=", " ").split(),
                             line.replace("=", " ").split())

    def shell(self, *command, start):
        shell = Shell(*command, cwd=self.scratch, env=self.env)
        self.addCleanup(shell.close)
        shell.type(start + "; haul() { echo \"ran <$*>\"; }; "
                   "echo rea''dy\r")
        shell.expect(r"ready\r?\n")
        return shell

    @unittest.skipUnless(os.path.exists(LOADER), "no bash-completion")
    def test_bash_completes_what_is_typed(self):
        self.type_and_run(self.shell("bash", "--norc", "--noprofile",
                                     start=f". {LOADER}"))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_completes_what_is_typed(self):
        self.type_and_run(self.shell("zsh", "-f", start=(
            f"fpath=({self.prefix}/share/zsh/site-functions $fpath); "
            "autoload -Uz compinit; compinit -u -D")))

    def bash_offers(self, *words):
        """Without bash-completion: the script stands alone."""
        line = " ".join(f"'{word}'" for word in ("haul", *words))
        script = (f". {self.prefix}/share/bash-completion/completions/haul; "
                  f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _haul; "
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(
            ["bash", "--norc", "-c", script], cwd=self.scratch, env=self.env,
            capture_output=True, text=True, check=True)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split("\n")) - {""}

    def fish_offers(self, *words):
        result = subprocess.run(
            ["fish", "--no-config", "-c", 'source $argv[1]; '
             'complete -C "$argv[2]"',
             f"{self.prefix}/share/fish/vendor_completions.d/haul.fish",
             " ".join(("haul", *words))], cwd=self.scratch, env=self.env,
            capture_output=True, text=True, check=True)
        self.assertEqual(result.stderr, "")
        return {line.split("\t")[0] for line in result.stdout.splitlines()}

    def assert_offers(self, offers):
        self.assertEqual(offers(""), self.commands)
        self.assertLessEqual({"--version", "--completion"}, offers("--"))
        for command in self.commands - {"help"}:
            options = {o for o in self.options_of(command) if len(o) > 2}
            self.assertGreater(len(options), 1)
            self.assertEqual({o for o in offers(command, "--")
                              if len(o) > 2}, options, command)
            for option, words in self.values_of(command).items():
                self.assertEqual(offers(command, option, ""), words)
        self.assertEqual({o.rstrip("/") for o in offers("-d", "some")},
                         {"some dir"})
        self.assertEqual({o.rstrip("/") for o in offers("page", "some")},
                         {"some dir", "some.list"})
        self.assertEqual(offers("--retry", ""), set())
        self.assertEqual(offers("--jobs", ""), {"auto"})

    def test_bash_offers_every_option(self):
        self.assert_offers(self.bash_offers)
        letters = {o for o in self.options_of("get") if len(o) == 2}
        self.assertEqual({o for o in self.bash_offers("get", "-")
                          if len(o) == 2}, letters)

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_offers_every_option(self):
        self.assert_offers(self.fish_offers)

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_finds_its_script(self):
        result = subprocess.run(["fish", "-c", "complete -C 'haul --mod'"],
                                env=self.env, capture_output=True, text=True)
        self.assertTrue(result.stdout.startswith("--mode\t"), result)

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_offers_every_option(self):
        """The list on the screen is sorted."""
        for command in self.commands - {"help"}:
            shell = self.shell("zsh", "-f", start=(
                f"fpath=({self.prefix}/share/zsh/site-functions $fpath); "
                "autoload -Uz compinit; compinit -u -D; LISTMAX=999; "
                "zstyle ':completion:*' list-colors ''"))
            shell.type(f"haul {command} --\t")
            for option in sorted(self.options_of(command)):
                if len(option) > 2:
                    shell.expect(rf"{option}(?![\w-])")

    def test_another_shell_is_refused(self):
        for words in (("csh",), (), ("bash", "zsh")):
            result = self.haul("--completion", *words)
            self.assertEqual(result.returncode, 2)
            self.assertEqual(
                result.stderr,
                "haul: --completion: name one shell: bash, zsh or fish\n"
                "Try 'haul --help'.\n")


def scratch_home(scratch):
    home = scratch / "home"
    home.mkdir()
    return str(home)


if __name__ == "__main__":
    unittest.main()
