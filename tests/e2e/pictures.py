#!/usr/bin/env python3
"""Prints what a terminal shows of haul's progress, for a person to look at:

    HAUL_BIN=build/test/haul python3 tests/e2e/pictures.py [COLUMNS...]

Each scene is a run against the embedded origin; test_pictures.py asserts the
words of the same scenes."""

import os
import pathlib
import subprocess
import sys
import tempfile

from terminal import LINES, Terminal

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))

import ports

BAR = r"(?m)^(?:[#.]{20} )?"


class Scene:
    """One run on one terminal, with what its pictures are called."""

    def __init__(self, columns, wraps=False, lines=LINES):
        self.columns, self.wraps, self.lines = columns, wraps, lines
        self.scratch = tempfile.TemporaryDirectory(prefix="haul-pictures-")
        self.folder = pathlib.Path(self.scratch.name)
        self.origin = None
        self.terminal = None
        self.pictures = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.terminal:
            self.terminal.close()
        if self.origin:
            self.origin.kill()
            self.origin.communicate()
        self.scratch.cleanup()

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if "proxy" not in k.lower() and k != "COLUMNS"}
        return env | {"TERM": "xterm", "LC_ALL": "C.UTF-8",
                      "XDG_CONFIG_HOME": str(self.folder / "no-config")}

    def serve(self, *options):
        self.origin = subprocess.Popen(
            [os.environ["HAUL_BIN"], "serve", *options], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=self.environment())
        return self.origin.stdout.readline().split()[-1]

    def write_list(self, urls, name="urls.txt"):
        (self.folder / name).write_text("".join(f"{url}\n" for url in urls))
        return name

    def start(self, *arguments, **more):
        self.terminal = Terminal(
            [os.environ["HAUL_BIN"], "-d", "files", *arguments],
            columns=self.columns, lines=self.lines, wraps=self.wraps,
            cwd=self.folder, env=self.environment() | more)
        return self.terminal

    def take(self, name, *narrower):
        """narrower: further widths that the terminal takes then."""
        self.pictures.append((name, self.terminal.text()))
        for columns in narrower:
            self.terminal.resize(columns)
            before = len(self.terminal.raw)
            self.terminal.run_until(
                lambda _, before=before: len(self.terminal.raw) > before)
            self.pictures.append((f"{name}, at {columns}",
                                  self.terminal.text()))


def a_list(scene, *narrower):
    """A long list: its share, its speed and its end; then Ctrl-C."""
    origin = scene.serve("--latency", "30ms")
    urls = [f"{origin}/bytes/{100 + n % 50}?{n}" for n in range(20000)]
    terminal = scene.start("-i", scene.write_list(urls), "-j", "10", "-x", "0")
    terminal.run_until(lambda text: " left" in text or
                       (scene.columns < 20 and "%" in text))
    scene.take("a list of 20,000", *narrower)
    terminal.type("\x03")
    terminal.finish()
    scene.take("after Ctrl-C")


def a_large_file(scene, *narrower):
    """One file that takes a while: its bytes, and its end."""
    origin = scene.serve("--latency", "0", "--bandwidth", "1M")
    terminal = scene.start(f"{origin}/bytes/4000000")
    terminal.run_until(lambda text: " left" in text or
                       (scene.columns < 20 and "%" in text))
    scene.take("a file of 4 MB", *narrower)
    terminal.finish()
    scene.take("at the end")


def few_files(scene):
    """Three files at a time, whose bytes are counted together."""
    origin = scene.serve("--latency", "0", "--bandwidth", "300k")
    terminal = scene.start(*(f"{origin}/bytes/{n}" for n in
                             (600000, 900000, 1200000)))
    terminal.run_until(lambda text: " left" in text or
                       (scene.columns < 20 and "%" in text))
    scene.take("three files")
    terminal.finish()


def failures(scene, *narrower):
    """Failures are named above the bar, and counted in it."""
    origin = scene.serve("--latency", "30ms", "--fault", "404=3")
    dead = f"http://127.0.0.1:{ports.free_port()}"
    urls = [f"{origin}/bytes/{100 + n % 50}?{n}" for n in range(3000)]
    urls[100] = f"{dead}/no"
    terminal = scene.start("-i", scene.write_list(urls), "-j", "10", "-x", "0",
                           "--retry", "0")
    terminal.run_until(lambda text: "further failures" in text)
    terminal.run_for(0.6)
    scene.take("with failures", *narrower)
    terminal.type("\x03")
    terminal.finish()


def a_stop(scene, *narrower):
    """After Ctrl-C transfers in flight have their time."""
    origin = scene.serve("--latency", "2500ms")
    urls = [f"{origin}/bytes/{100 + n}" for n in range(100)]
    terminal = scene.start("-i", scene.write_list(urls), "-j", "6", "-x", "0")
    terminal.run_until(lambda text: "6 in" in text)
    terminal.type("\x03")
    terminal.run_until(lambda text: text.count("stopping") > 1)
    scene.take("while it stops", *narrower)
    terminal.finish()
    scene.take("stopped")


def a_pipe(scene):
    """A list of no known length."""
    origin = scene.serve("--latency", "30ms")
    urls = [f"{origin}/bytes/{100 + n % 50}?{n}" for n in range(20000)]
    scene.write_list(urls)
    binary = os.environ["HAUL_BIN"]
    scene.terminal = Terminal(
        ["sh", "-c", f"cat urls.txt | '{binary}' -d files -i - -j 10 -x 0"],
        columns=scene.columns, cwd=scene.folder, env=scene.environment())
    scene.terminal.run_until(lambda text: "files/s" in text or
                             (scene.columns < 30 and "done" in text))
    scene.take("a pipe")
    scene.terminal.type("\x03")
    scene.terminal.finish()


SCENES = (a_list, a_pipe, a_large_file, few_files, failures, a_stop)


def show(picture, columns):
    print("+" + "-" * columns + "+")
    for line in picture.split("\n"):
        print("|" + line.ljust(columns) + "|")
    print("+" + "-" * columns + "+")


def main():
    for columns in [int(word) for word in sys.argv[1:]] or [80, 40]:
        for play in SCENES:
            with Scene(columns) as scene:
                play(scene)
                for name, picture in scene.pictures:
                    print(f"\n{name}, {columns} columns")
                    show(picture, columns)


if __name__ == "__main__":
    os.environ["HAUL_BIN"] = os.path.abspath(os.environ["HAUL_BIN"])
    main()
