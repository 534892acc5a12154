"""What the manual page says is what --help says."""

import pathlib
import re
import shutil
import subprocess
import unittest

from support import HAUL

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src" / "cli" / "haul.1"


class ManualPage(unittest.TestCase):
    """The page's options stand in a subsection for each command, and in one
    for the embedded origin, which all commands have."""

    ORIGIN = "The embedded origin"

    def page_options(self):
        sections, name = {}, None
        for line in PAGE.read_text().splitlines():
            if line.startswith((".Sh ", ".Ss ")):
                name = line[4:]
            if line.startswith(".It Fl "):
                flags = re.findall(r"Fl (\S+)", line)
                sections.setdefault(name, set()).update(
                    "-" + flag for flag in flags)
        return sections

    def help_options(self, command):
        text = subprocess.run([HAUL, *command.split()[1:], "--help"],
                              capture_output=True, text=True).stdout
        rows = re.findall(r"^ {2,6}((?:-\w, )?--[\w-]+|-\w\b)", text, re.M)
        return {word for row in rows for word in row.split(", ")}

    def test_it_names_the_options_that_help_names(self):
        page = self.page_options()
        origin = page.pop(self.ORIGIN)
        self.assertIn("--latency", origin)
        self.assertIn("haul get", page)
        for command, options in page.items():
            offered = self.help_options(command)
            self.assertEqual(options, offered - origin, command)
            self.assertTrue(origin <= offered or not origin & offered, command)

    def test_every_command_has_its_section(self):
        text = subprocess.run([HAUL, "--help"], capture_output=True,
                              text=True).stdout
        commands = set(re.findall(r"^  (haul \w+)   ", text, re.M))
        self.assertEqual(commands - {"haul help"},
                         set(self.page_options()) - {self.ORIGIN})

    def test_the_first_screen_fits_a_terminal(self):
        """80 x 24, with the prompt below; it tells where the rest is."""
        for words in (["-h"], ["help"], []):
            text = subprocess.run([HAUL, *words], capture_output=True,
                                  text=True).stdout
            self.assertLess(len(text.splitlines()), 24, words)
            self.assertLess(max(map(len, text.splitlines())), 80)
            self.assertEqual(len(re.findall(r"^ +(?:-\w, )?--\w", text, re.M)),
                             10)
            self.assertIn("haul --help ", text)
            self.assertIn("haul COMMAND --help", text)

    def test_all_is_all(self):
        whole = subprocess.run([HAUL, "--help"], capture_output=True,
                               text=True).stdout
        for words in (["help", "all"], ["-h", "all"], ["--help", "all"]):
            self.assertEqual(
                subprocess.run([HAUL, *words], capture_output=True,
                               text=True).stdout, whole)
        options = subprocess.run([HAUL, "get", "--help"], capture_output=True,
                                 text=True).stdout
        self.assertTrue(whole.endswith(options))
        for words in (["-h", "all"], ["--help=all"]):
            self.assertEqual(
                subprocess.run([HAUL, "get", *words], capture_output=True,
                               text=True).stdout, options)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_it_is_well_formed(self):
        result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE],
                                capture_output=True, text=True)
        self.assertEqual(result.stdout, "")
