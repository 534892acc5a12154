"""What is on a terminal, of any width: the scenes of pictures.py."""

import re
import unittest

import pictures
from pictures import Scene


class Pictures(unittest.TestCase):
    def play(self, play, columns, **how):
        scene = Scene(columns, **how)
        self.addCleanup(scene.__exit__)
        play(scene)
        self.assertLess(scene.terminal.screen.widest, columns + 1)
        return dict(scene.pictures)

    def assert_nothing_is_left(self, text, last_line):
        """Only messages and the summary are there, each from its beginning."""
        self.assertNotRegex(text, r"[#.]{20} \d")
        self.assertNotRegex(text, r"(?m)files/s|in flight,|^\d+ in flight$")
        self.assertRegex(text.replace("\n", ""), last_line)

    def test_a_list(self):
        shown = self.play(lambda scene: pictures.a_list(scene, 40), 80)
        self.assertRegex(
            shown["a list of 20,000"],
            r"^[#.]{20} \d[\d,]* of ~2\d,\d00 \(\d\.\d %\), \d+ files/s, "
            r"~\d+ (s|min) left\n\d+ in flight, .* [kM]?B at .*B/s$")
        self.assertRegex(
            shown["a list of 20,000, at 40"],
            r"^\d[\d,]*( of ~2\d,\d00)? \(\d\.\d %\), ~\d+ (s|min) left\n"
            r"\d+ in flight(, .*B)?( at .*B/s)?$")
        self.assert_nothing_is_left(shown["after Ctrl-C"],
                                    r"ok, 0 failed, about 2\d,\d+ left")

    def test_a_large_file(self):
        shown = self.play(lambda scene: pictures.a_large_file(scene, 40, 20), 80)
        for name, words in (
                ("a file of 4 MB",
                 r"^[#.]{20} \d\.\d MB of 4\.0 MB \(\d+ %\), \d\.\d MB/s, "
                 r"~\d s left$"),
                ("a file of 4 MB, at 40",
                 r"^\d\.\d MB of 4\.0 MB \(\d+ %\), ~\d s left$"),
                ("a file of 4 MB, at 20", r"^\d+ %, ~\d s left$")):
            self.assertRegex(shown[name], words)
        self.assert_nothing_is_left(shown["at the end"], "^1 ok, 0 failed")

    def test_few_files(self):
        shown = self.play(pictures.few_files, 80)
        self.assertRegex(shown["three files"],
                         r"^[#.]{20} \d of 3, \d\.\d MB of 2\.7 MB \(\d+ %\), "
                         r"\d+ kB/s, ~\d+ s left\n\d in flight$")

    def test_failures_stand_above_the_bar(self):
        pictures_of = self.play(lambda scene: pictures.failures(scene, 40), 80)
        shown = pictures_of["with failures"].split("\n")
        for lines, bar in (
                (shown,
                 [r"[#.]{20} [\d,]+ of ~?[\d,]+ \(\d+ %\), \d+ files/s, ~.*",
                  r"\d+ in flight, .*\d+ failed \(http 404 \d+, connect 1\)"
                  r".*"]),
                (pictures_of["with failures, at 40"].split("\n"),
                 [r"[\d,]+ of ~?[\d,]+ \(\d+ %\), ~.*",
                  r"\d+ failed \(http 404 \d+, connect 1\)"])):
            for line, words in zip(lines[-2:], bar, strict=True):
                self.assertRegex(line, f"^{words}$")
        above = "".join(line.ljust(80) for line in shown[:-2])
        messages = re.split(r"(?=haul: http)", above)[1:]
        for message in messages[1:-1]:
            self.assertRegex(message.rstrip(), r"^haul: http\S+: "
                             r"(http: HTTP 404|connect: .*)$")
        self.assertIn("further failures are only counted; -v ",
                      messages[-1])

    def test_a_stop(self):
        shown = self.play(lambda scene: pictures.a_stop(scene, 40), 80)
        for name in ("while it stops", "while it stops, at 40"):
            self.assertRegex(shown[name],
                             r"\n(\.{20} )?0 of ~\d+ \(0\.0 %\)\n"
                             r"6 in flight\nstopping: [2-5] s for 6 transfers$")
        self.assertIn("stopping: 6 transfers have 5 s to finish; a second "
                      "Ctrl-C stops at once", shown["while it stops"])
        self.assert_nothing_is_left(shown["stopped"],
                                    r"6 ok, 0 failed, about 9\d left")


class Resized(unittest.TestCase):
    """The terminal becomes narrower and wider while the bar is drawn."""

    def resize(self, wraps, rows_above):
        scene = Scene(80, wraps=wraps)
        self.addCleanup(scene.__exit__)
        origin = scene.serve("--latency", "2500ms")
        urls = [f"{origin}/bytes/{100 + n}" for n in range(100)]
        terminal = scene.start("-i", scene.write_list(urls), "-j", "6", "-x",
                               "0")
        terminal.stream.feed("above\r\n" * rows_above)
        terminal.run_until(lambda text: "slowest now" in text)
        for columns in (30, 10, 50, 20, 100, 7):
            terminal.resize(columns)
            before = len(terminal.raw)
            terminal.run_until(lambda _: len(terminal.raw) > before)
            terminal.run_for(0.1)
            lines = terminal.text().split("\n")
            bar = terminal.bar()
            self.assertLess(terminal.screen.widest, columns + 1)
            self.assertLessEqual(len(bar), 3)
            self.assertRegex(bar[0], r"^([#.]{20} )?\d.*%")
            above = lines[:len(lines) - len(bar)]
            if rows_above < 20:
                self.assertEqual(above, ["above"] * rows_above, lines)
            else:  # some have left the screen at its top
                self.assertEqual(set(above), {"above"}, lines)

    def test_of_a_terminal_that_wraps(self):
        self.resize(True, 3)

    def test_of_a_terminal_that_cuts_at_the_bottom_of_its_screen(self):
        self.resize(False, 23)

    def test_a_terminal_that_does_not_say_how_wide_it_is(self):
        scene = Scene(0)
        self.addCleanup(scene.__exit__)
        origin = scene.serve("--latency", "2s")
        terminal = scene.start(f"{origin}/bytes/9", f"{origin}/bytes/8",
                               COLUMNS="33")
        terminal.run_until(lambda text: "of 2" in text)
        self.assertLess(terminal.screen.widest, 33)
        terminal.finish()

    def test_a_terminal_of_two_lines_shows_one(self):
        scene = Scene(80, lines=2)
        self.addCleanup(scene.__exit__)
        origin = scene.serve("--latency", "2s")
        terminal = scene.start(f"{origin}/bytes/9", f"{origin}/bytes/8")
        terminal.run_until(lambda text: "of 2" in text)
        self.assertEqual(len(terminal.bar()), 1)
        terminal.finish()

    def test_a_wide_host_name_takes_its_columns(self):
        scene = Scene(44)
        self.addCleanup(scene.__exit__)
        origin = scene.serve("--latency", "9s")
        port = origin.rsplit(":", 1)[1]
        hosts = ("例え例え例え.test", "テスト.test")
        resolve = [word for host in ("xn--r8jza4b3ve.test", "xn--zckzah.test")
                   for word in ("--resolve", f"{host}:{port}:127.0.0.1")]
        terminal = scene.start(
            *resolve, "--proxy", "",
            *(f"http://{host}:{port}/bytes/9" for host in hosts))
        terminal.run_until(lambda text: "slowest now" in text)
        slow = [line for line in terminal.bar() if "slowest" in line][0]
        self.assertRegex(slow, "^slowest now: ")
        self.assertLess(terminal.screen.widest, 45)


if __name__ == "__main__":
    unittest.main()
