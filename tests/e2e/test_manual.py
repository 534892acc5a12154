"""What the manual page says is what --help says."""

import pathlib
import re
import shutil
import subprocess
import unittest

from support import HAUL

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src" / "cli" / "haul.1"


class ManualPage(unittest.TestCase):
    """The options of get stand in the page in the groups that help has. Those
    of the other commands have a subsection for each command, and one for the
    built-in server, which several have."""

    GET = "OPTIONS OF HAUL GET"
    OTHERS = "OPTIONS OF THE OTHER COMMANDS"
    SERVER = "The built-in server"

    def page_options(self, section):
        """{subsection: its options} of a section of the page."""
        text = PAGE.read_text().split(f"\n.Sh {section}")[1]
        parts = text.split("\n.Sh ")[0].split("\n.Ss ")[1:]
        return {part.split("\n")[0]: {
            "-" + flag for line in re.findall(r"^\.It (.*)$", part, re.M)
            for flag in re.findall(r"Fl (\S+)", line)} for part in parts}

    def help_groups(self, command):
        """{title: its options} as help shows them."""
        text = subprocess.run([HAUL, *command.split()[1:], "--help"],
                              capture_output=True, text=True).stdout
        groups, title = {}, None
        for line in text.splitlines():
            if re.match(r"\S.*:$", line):
                title = line[:-1]
            row = re.match(r" {2,6}((?:-\w, )?--[\w-]+|-\w\b)", line)
            if row:
                groups.setdefault(title, set()).update(
                    row.group(1).split(", "))
        return groups

    def help_options(self, command):
        return set().union(*self.help_groups(command).values())

    def server_options(self):
        return self.page_options(self.OTHERS)[self.SERVER]

    def test_it_groups_the_options_of_get_as_help_does(self):
        groups = self.help_groups("haul get")
        server = groups.pop(self.SERVER + ", with --local")
        self.assertEqual(server, self.server_options())
        page = self.page_options(self.GET)
        self.assertEqual(list(page), list(groups))
        for title, options in groups.items():
            self.assertEqual(page[title], options, title)

    def test_it_names_the_options_of_the_other_commands(self):
        page = self.page_options(self.OTHERS)
        server = page.pop(self.SERVER)
        self.assertIn("--latency", server)
        for command, options in page.items():
            offered = self.help_options(command)
            self.assertEqual(options, offered - server, command)
            self.assertTrue(server <= offered or not server & offered, command)

    def test_every_command_has_its_section(self):
        text = subprocess.run([HAUL, "--help"], capture_output=True,
                              text=True).stdout
        commands = set(re.findall(r"^  (haul \w+)   ", text, re.M))
        self.assertEqual(commands - {"haul help", "haul get"},
                         set(self.page_options(self.OTHERS)) - {self.SERVER})

    def test_it_names_what_the_program_itself_takes(self):
        text = subprocess.run([HAUL, "--help"], capture_output=True,
                              text=True).stdout
        program = text.split("The program:\n")[1].split("\n\n")[0]
        for name in re.findall(r"--([\w-]+)", program):
            self.assertIn(f"\n.Nm Fl -{name}\n", PAGE.read_text())

    def test_it_has_the_usual_sections(self):
        sections = re.findall(r"^\.Sh (.*)$", PAGE.read_text(), re.M)
        self.assertLessEqual(
            {"NAME", "SYNOPSIS", "DESCRIPTION", self.GET, self.OTHERS,
             "FILES", "EXIT STATUS", "SIGNALS", "ENVIRONMENT", "EXAMPLES",
             "THE REPORT", "CAUSES OF FAILURE", "SEE ALSO"}, set(sections))

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
        for command in ("status", "compare", "serve"):
            self.assertEqual(*(subprocess.run(
                [HAUL, command, word], capture_output=True,
                text=True).stdout for word in ("-h", "--help")))
        for words in (["-h", "all"], ["--help=all"]):
            self.assertEqual(
                subprocess.run([HAUL, "get", *words], capture_output=True,
                               text=True).stdout, options)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_it_is_well_formed(self):
        result = subprocess.run(["mandoc", "-T", "lint", "-W", "style", PAGE],
                                capture_output=True, text=True)
        # Which other manual pages there are is this machine's affair.
        self.assertEqual([line for line in result.stdout.splitlines()
                          if "referenced manual not found" not in line], [])
