"""What haul prints and what it calls files: nothing in it steers a terminal
or turns the order of what is shown."""

import http.server
import json
import os
import subprocess
import threading

from support import HAUL, WAYS, HaulTest, free_port

CSI = "\u009b31m"
OVERRIDE = "\u202egnp.exe"
ISOLATE = "\u2066x\u2069"
RAW = b"\x9b\xe9"


def steers(text):
    """The characters of text that may not be shown."""
    return [hex(ord(c)) for c in text
            if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or
            c in "\u061c\u200e\u200f\u2028\u2029" or
            0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069]


class Shown(HaulTest):
    def run_raw(self, *arguments, status=None, stdin=b""):
        result = subprocess.run(
            [os.fsencode(HAUL), *[a if isinstance(a, bytes) else
                                  os.fsencode(str(a)) for a in arguments]],
            input=stdin, capture_output=True, cwd=self.scratch,
            env=self.environment(), timeout=60)
        if status is not None:
            self.assertEqual(result.returncode, status, result.stderr)
        for stream in (result.stdout, result.stderr):
            try:
                text = stream.decode()
            except UnicodeDecodeError as error:
                self.fail(f"{error}: {stream}")
            self.assertEqual(steers(text.replace("\r", "")
                                    .replace("\x1b[K", "")), [], stream)
        return result

    def urls(self):
        dead = f"http://127.0.0.1:{free_port()}/"
        return [dead.encode() + tail for tail in (
            CSI.encode(), OVERRIDE.encode(), ISOLATE.encode(), RAW,
            "caf\u00e9".encode())]

    def test_messages_and_the_debug_text(self):
        self.run_raw("-d", "d", "--retry", "0", "--debug", "all",
                     *self.urls(), status=8)
        for words in (CSI, OVERRIDE, RAW):
            self.run_raw(words)
            self.run_raw("-m", words, "http://h/", status=2)
            self.run_raw("-i", words, status=3)
            self.run_raw("status", words)
            self.run_raw("-d", "d", "--config", words, "http://h/")

    def test_the_report_and_status_as_json(self):
        urls = self.urls()
        self.run_raw("-d", "d", "--retry", "0", "--report", "-", *urls,
                     status=8)
        self.run_raw("-d", "d", "--retry", "0", "--report", "r", *urls,
                     status=8)
        text = (self.scratch / "r").read_text()
        self.assertEqual(steers(text), [])
        rows = [json.loads(line) for line in text.splitlines()][:-1]
        self.assertEqual({row["url"] for row in rows},
                         {url.decode(errors="replace") for url in urls})
        (self.scratch / "list").write_bytes(b"\n".join(urls) + b"\n")
        for more in ((), ("-i", "list")):
            result = self.run_raw("status", "d", "--json", "--list", "all",
                                  *more)
            lines = result.stdout.decode().splitlines()
            self.assertEqual(len([json.loads(line) for line in lines]),
                             len(urls) + 1)
        self.assertIn("caf\u00e9", text)

    def test_a_listed_url_means_the_same(self):
        urls = self.urls()
        (self.scratch / "list").write_bytes(b"\n".join(urls) + b"\n")
        self.run_raw("-d", "d", "--retry", "0", "-i", "list", status=8)
        result = self.run_raw("status", "d", "--list", "failed", "-i", "list")
        listed = result.stdout
        self.assertEqual(len(listed.splitlines()), len(urls))
        again = self.run_raw("status", "d", "--list", "failed", "-i", "-",
                             stdin=listed)
        self.assertEqual(again.stdout, listed)

    def test_directories_and_values(self):
        origin = self.serve()
        name = os.fsencode("d" + CSI) + RAW
        self.run_raw("-d", name, f"{origin}/bytes/1", status=0)
        self.run_raw("status", name, status=0)
        self.run_raw("-d", name, "--dry-run", f"{origin}/bytes/1", status=0)
        said = self.run_raw("-d", name, "-o", "{name}" + CSI, "--print-config")
        (self.scratch / "config").write_bytes(said.stdout)
        again = self.run_raw("--config", "config", "--print-config")
        values = [line for line in said.stdout.splitlines() if b"=" in line]
        self.assertTrue(any(b"\\x" in value for value in values), values)
        for value in values:
            self.assertIn(value, again.stdout)

    def test_what_a_server_says(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.wfile.write(b"HTTP/1.1 404 " + CSI.encode() + RAW +
                                 b"\r\nContent-Length: 0\r\n\r\n")

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.run_raw("-d", "d", "--retry", "0", "-v", "--debug", "all",
                     f"http://127.0.0.1:{server.server_port}/", status=8)


class Names(HaulTest):
    CASES = {
        "caf%E9.txt": "caf%E9.txt", "caf%e9.txt": "caf%e9.txt",
        "caf%C3%A9.txt": "caf\u00e9.txt", "a%C2%9Bb": "a%C2%9Bb",
        "a%E2%80%AEgnp.exe": "a%E2%80%AEgnp.exe",
        "%E2%81%A6x%E2%81%A9": "%E2%81%A6x%E2%81%A9",
    }

    def test_they_stay_encoded_in_every_mode(self):
        origin = self.serve()
        for way in WAYS:
            with self.subTest(way=way):
                subprocess.run(["rm", "-rf", self.dir], check=True)
                result = self.haul("-d", self.dir, "-m", *way, *[
                    f"{origin}/600x400/{path}" for path in self.CASES])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(), sorted(self.CASES.values()))

    def test_names_of_a_list_are_encoded(self):
        origin = self.serve()
        given = {b"caf\xe9": "caf%E9", CSI.encode(): "%C2%9B31m",
                 OVERRIDE.encode() + b"/x": "%E2%80%AEgnp.exe/x",
                 "caf\u00e9".encode(): "caf\u00e9", b"caf%E9.txt": "caf%E9.txt"}
        (self.scratch / "list.tsv").write_bytes(b"".join(
            f"{origin}/bytes/{n}".encode() + b"\t" + name + b"\n"
            for n, name in enumerate(given)))
        result = self.haul("-d", self.dir, "-i", "list.tsv")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), sorted(given.values()))
