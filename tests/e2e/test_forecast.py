"""Before a run and after it: the config, the forecast, checksums, allowed
failures, what is said at the end."""

import os
import stat
import unittest

from support import HaulTest


class Config(HaulTest):
    def setUp(self):
        super().setUp()
        self.home = self.scratch / "home"
        self.own = self.home / ".config" / "haul" / "config"
        self.own.parent.mkdir(parents=True)

    def print_config(self, *arguments, **env):
        """What --print-config says is set, as a list of lines."""
        env = {"HOME": str(self.home), "XDG_CONFIG_HOME": ""} | env
        result = self.haul("--print-config", *arguments,
                           env=self.environment(**env))
        self.assertEqual(result.returncode, 0, result.stderr)
        return [line for line in result.stdout.splitlines()
                if line and not line.startswith("#")]

    def config(self, text):
        path = self.scratch / "config"
        path.write_text(text)
        return path

    def test_a_line_is_an_option_however_it_is_written(self):
        path = self.config(
            "# a comment\n"
            "\n"
            "jobs = 7\n"
            "retry 3   # three\n"
            "  --max-time=2m\n"
            "user-agent = \"a \\\"b\\\" # c\"\n"
            "verbose = no\n"
            "quiet\r\n")
        self.assertEqual(self.print_config("--config", path), [
            "quiet", "verbose = no", "jobs = 7", "retry = 3", "max-time = 2m",
            'user-agent = "a \\"b\\" # c"'])

    def test_the_users_own_file_is_read_unless_told_not_to(self):
        self.own.write_text("jobs = 7\n")
        self.assertEqual(self.print_config(), ["jobs = 7"])
        self.assertEqual(self.print_config("--no-config"), [])
        self.assertEqual(
            self.print_config("--config", self.config("jobs = 8")),
            ["jobs = 8"])

    def test_xdg_config_home_comes_before_home(self):
        self.own.write_text("jobs = 7\n")
        other = self.scratch / "xdg" / "haul"
        other.mkdir(parents=True)
        (other / "config").write_text("jobs = 8\n")
        self.assertEqual(
            self.print_config(XDG_CONFIG_HOME=str(other.parent)), ["jobs = 8"])

    def test_a_file_in_the_current_directory_is_never_read(self):
        for place in (".config/haul", "haul", "."):
            (self.scratch / place).mkdir(parents=True, exist_ok=True)
            (self.scratch / place / "config").write_text("jobs = 7\n")
        self.assertEqual(self.print_config(XDG_CONFIG_HOME="."), [])
        result = self.haul("--print-config",
                           env=self.environment(HOME=".", XDG_CONFIG_HOME=""))
        self.assertNotIn("\njobs = ", result.stdout)

    def test_the_command_line_wins(self):
        path = self.config("jobs = 7\nquiet\nheader = X-A: 1\n")
        self.assertEqual(
            self.print_config("-j9", "--config", path, "--no-quiet",
                              "-H", "X-B: 2"),
            ["quiet = no", "jobs = 9", "header = X-A: ***",
             "header = X-B: ***"])

    def test_secrets_are_masked(self):
        text = "\n".join(self.print_config(
            "-u", "me:s3cret", "-b", "session=s3cret",
            "-H", "Authorization: Bearer s3cret", "-H", "X-Key: s3cret",
            "--proxy", "http://me:s3cret@proxy:3128"))
        self.assertNotIn("s3cret", text)
        self.assertIn("user = me:***", text)
        self.assertIn("proxy = http://***@proxy:3128", text)

    def test_what_is_printed_is_a_config_that_says_the_same(self):
        arguments = ["-j", "9", "-q", "-A", " blank # \"quoted\" \\ ",
                     "--resolve", "a:1:2", "--resolve", "b:1:2",
                     "--debug", "loop", "-i", "my list", "--local",
                     "--fault", "404=3"]
        first = self.haul("--no-config", "--print-config", *arguments)
        second = self.haul("--print-config", "--config",
                           self.config(first.stdout))
        self.assertIn("resolve = a:1:2\nresolve = b:1:2", first.stdout)
        self.assertEqual(first.stdout.splitlines()[1:],
                         second.stdout.splitlines()[2:])

    def test_errors_name_file_and_line(self):
        for text, words in (
            ("jobs = many", ("config:1", "jobs", "many")),
            ("\n\nmode = fast\n", ("config:3", "mode", "async")),
            ("jbos = 3\n", ("config:1", "jbos")),
            ("jobs\n", ("config:1", "jobs", "value")),
            ("quiet = perhaps\n", ("config:1", "quiet")),
            ("output = \"{name}\n", ("config:1", "output", "quotes")),
            ("output = \"{name}\" x\n", ("config:1", "output", "quotes")),
            ("config = other\n", ("config:1", "command line")),
            ("help\n", ("config:1", "command line")),
            ("Z\n", ("config:1", "Z")),
        ):
            result = self.haul("--config", self.config(text),
                               "http://127.0.0.1:1/")
            self.assert_one_line(result, 2, *words)

    def test_a_config_that_cannot_be_read_is_named(self):
        self.assert_one_line(self.haul("--config", "nowhere", "http://a/"), 3,
                             "nowhere")
        self.assert_one_line(self.haul("--config", self.scratch, "http://a/"),
                             3, str(self.scratch))

    def test_a_run_follows_its_config(self):
        origin = self.serve()
        path = self.config(f"dir = \"{self.dir}\"\noutput = x-{{name}}\n")
        result = self.haul("--config", path, f"{origin}/bytes/5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["x-5"])
