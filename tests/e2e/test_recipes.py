"""The commands of README's section "Recipes", run as they stand there. Only
what names a place outside is put in its stead: directories, hosts, and how long
a night is. A recipe without a test here is an error."""

import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest

from real import TINYPROXY, Tinyproxy
from support import DEADLINE, HAUL, HaulTest, free_port, wait_for

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
# What duckdb -csv prints for such a table: quotes where a value needs them, and
# nothing for NULL.
CSV = '''id,url
7,{0}/8x8/7.png
8,"{0}/8x8/8.jpg?size=1,2"
"nine ""9""",{0}/nothing.png
'''


def recipes():
    """{heading: its blocks of code, each one string}."""
    text = README.read_text().split("\n## Recipes\n")[1].split("\n## ")[0]
    found = {}
    for part in text.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        blocks = re.findall(r"(?:^    .*\n?)+", body, re.M)
        found[heading] = [re.sub(r"^    ", "", b, flags=re.M) for b in blocks]
    return found


class Recipes(HaulTest):
    MIRROR = "A mirror that is brought up to date every night"
    PARQUET = "A data set whose URLs are in a parquet file"
    INTERRUPTED = "After an interruption"
    CAUSE = "What failed for a passing cause, once more"
    PROXY = "Behind a proxy"

    def setUp(self):
        super().setUp()
        self.home = self.scratch / "home"
        self.bin = self.scratch / "bin"
        for folder in (self.home, self.bin):
            folder.mkdir()
        (self.bin / "haul").symlink_to(HAUL)
        self.dir = self.scratch / "images"

    def environment(self, **more):
        """As cron has it: no terminal, no configuration but that of HOME."""
        keep = {k: v for k, v in os.environ.items()
                if k.endswith("SAN_OPTIONS")}
        return keep | {"HOME": str(self.home), "SHELL": "/bin/sh",
                       "PATH": f"{self.bin}:/usr/bin:/bin"} | more

    def shell(self, command, replaced=(), begin=False):
        for text, by in replaced:
            self.assertIn(text, command)
            command = command.replace(text, str(by))
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=self.scratch, text=True,
            env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        self.addCleanup(self.end, process)
        if begin:
            return process
        said = process.communicate(timeout=DEADLINE)
        return subprocess.CompletedProcess(command, process.returncode, *said)

    def write_list(self, *urls):
        (self.scratch / "urls.txt").write_text("".join(
            url + "\n" for url in urls))

    def test_each_recipe_has_a_test(self):
        self.assertEqual(set(recipes()), {self.MIRROR, self.PARQUET,
                                          self.INTERRUPTED, self.CAUSE,
                                          self.PROXY})

    def test_a_nightly_mirror(self):
        (line,) = recipes()[self.MIRROR]
        self.dir = self.scratch / "files"
        command = re.fullmatch(r"0 2 \* \* \* (.*)\n", line).group(1)
        self.assertNotIn("%", command)  # which cron takes for a line break

        def night(hours="5h"):
            """What cron would mail, and the exit status."""
            result = self.shell(command, (("/srv/mirror", self.scratch),
                                          ("5h", hours)))
            return result.stdout + result.stderr, result.returncode

        origin = self.serve()
        good = [f"{origin}/bytes/{n}" for n in range(5)]
        self.write_list(*good)
        self.assertEqual(night(), ("", 0))
        self.assertEqual(self.names(), ["0", "1", "2", "3", "4"])
        self.write_list(*good, f"{origin}/gone")
        mail, status = night()
        self.assertEqual(status, 8)
        self.assertIn(f"haul: {origin}/gone: http: ", mail)
        self.assertEqual(len(mail.splitlines()), 2, mail)
        slow = self.serve("--latency", "100ms")
        self.write_list(*[f"{slow}/bytes/1?{n}" for n in range(120)])
        mail, status = night("1")
        self.assertEqual(status, 7)
        self.assertIn("interrupted: the same command goes on", mail)
        self.assertEqual(night(), ("", 0))

    def test_a_data_set_from_parquet(self):
        """duckdb is a program that prints what duckdb would; the real one makes
        the table and reads it where it is installed."""
        (block,) = recipes()[self.PARQUET]
        origin = self.serve()
        csv = self.scratch / "table.csv"
        csv.write_text(CSV.format(origin))
        real = shutil.which("duckdb")
        fake = f"#!/bin/sh\n[ \"$1 $2\" = '-csv -c' ] || exit 1\ncat {csv}\n"
        if real:
            fake = f"#!/bin/sh\nexec {shlex.quote(real)} \"$@\"\n"
            subprocess.run(
                [real, "-c", f"COPY (SELECT * FROM read_csv('{csv}', "
                 "all_varchar = true)) TO 'images.parquet'"],
                cwd=self.scratch, check=True, stdout=subprocess.DEVNULL)
        (self.bin / "duckdb").write_text(fake)
        (self.bin / "duckdb").chmod(0o755)
        result = self.shell(block)
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertEqual(sorted(name[3:] for name in self.names()),
                         ["7.png", "8.jpg"])
        rows, _ = self.read_report(self.scratch / "images.jsonl")
        self.assertEqual(
            {row["id"]: (row["outcome"], row["file"][3:], row["error"])
             for row in rows},
            {"7": ("ok", "7.png", None), "8": ("ok", "8.jpg", None),
             'nine "9"': ("failed", 'nine "9".png', "http")})

    def test_after_an_interruption(self):
        (block,) = recipes()[self.INTERRUPTED]
        fetch, status = block.splitlines()
        log = self.scratch / "log"
        origin = self.serve("--latency", "100ms", "--log", log)
        urls = [f"{origin}/bytes/1?{n}" for n in range(80)]
        self.write_list(*urls)
        for number in (signal.SIGINT, signal.SIGKILL):
            done = len(self.names()) if self.dir.exists() else 0
            process = self.shell(f"exec {fetch}", begin=True)
            self.assertTrue(wait_for(lambda: self.dir.exists() and
                                     len(self.names()) > done + 6))
            os.killpg(process.pid, number)
            process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode,
                             7 if number == signal.SIGINT else -number)
            told = self.shell(status)
            self.assertEqual(told.returncode, 7, told.stdout)
            self.assertRegex(told.stdout, r"^[1-7]\d ok, 0 failed, .*left")
            time.sleep(0.3)  # the killed haul's last answers are logged
        self.assertEqual(self.shell(block).returncode, 0)
        self.assertEqual(len(self.names()), 80)
        asked = [line.split("\t")[0] for line in log.read_text().splitlines()]
        # A kill loses what was in flight, and the last tenth of a second.
        self.assertLess(len(asked), 80 + 25)

    def test_what_failed_for_a_passing_cause(self):
        (block,) = recipes()[self.CAUSE]
        ask, again = block.splitlines()
        port = free_port()
        server = self.start("serve", "--port", port, "--fault", "503=50",
                            "--fault", "404=50", "--fault-times", "0")
        server.stdout.readline()
        urls = [f"http://127.0.0.1:{port}/bytes/{n}" for n in range(20)]
        result = self.haul("-d", self.dir, "--retry", "0", *urls)
        self.assertEqual(result.returncode, 8, result.stderr)
        self.end(server)
        listed = self.shell(ask)
        names = {line.split("/")[-1] for line in listed.stdout.splitlines()}
        fetched = set(self.names())
        self.assertTrue(names and len(names | fetched) < 20, listed)
        self.serve("--port", port)
        self.shell(again)
        self.assertEqual(set(self.names()), names | fetched)
        self.assertEqual(self.shell(ask).stdout, "")

    @unittest.skipUnless(TINYPROXY, "no tinyproxy")
    def test_behind_a_proxy(self):
        environment, config = recipes()[self.PROXY]
        origin = self.serve()
        proxies = (Tinyproxy(self), Tinyproxy(self, "BasicAuth me password"))
        for n, (block, proxy) in enumerate(zip((environment, config), proxies)):
            proxy.start()
            self.write_list(f"{origin}/bytes/{n}")
            host = proxy.url.split("/")[-1]
            result = self.shell(block, (("proxy.example.org:3128", host),))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(origin.split("/")[-1].split(":")[0],
                          proxy.log.read_text())
            self.assertIn("GET ", proxy.log.read_text())
        self.assertEqual(self.names(), ["0", "1"])
        made = self.home / ".config" / "haul" / "config"
        self.assertEqual(made.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
