"""Passwords, headers and cookies reach the server, and nothing that haul
prints, writes or shows in ps."""

import http.server
import json
import os
import pathlib
import stat
import threading
import unittest

from support import MODES, HaulTest, free_port, wait_for

SECRET = "S3CR3T"


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers))
        place = {
            "/there": f"http://you:{SECRET}@127.0.0.1:{server.server_port}/ok",
            "/loop": f"http://you:{SECRET}@127.0.0.1:{server.server_port}/loop",
            "/ftp": f"ftp://you:{SECRET}@127.0.0.1/x",
            "/odd": f"http://you:{SECRET}@127.0.0.1:odd/x",
        }.get(self.path)
        if self.path.endswith("/stall"):  # a proxy is asked for the whole URL
            server.done.wait(60)
            return
        if place is not None:
            self.send_response(302)
            self.send_header("Location", place)
        else:
            self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class SecretsTest(HaulTest):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        server.daemon_threads = True
        server.asked = []
        server.done = threading.Event()
        self.server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.done.set)
        self.host = f"127.0.0.1:{server.server_port}"

    def url(self, path, user=f"me:{SECRET}"):
        return f"http://{user}@{self.host}/{path}"

    def assert_no_secret(self, where, text):
        at = text.find(SECRET)
        self.assertEqual(at, -1, f"{where}: {text[max(at - 200, 0):at + 20]}")


class Printed(SecretsTest):
    def write_lists(self):
        (self.scratch / "plain.txt").write_text("".join(f"{line}\n" for line in (
            self.url("ok"), self.url("missing"), self.url("there"),
            self.url("loop"), self.url("ftp"), self.url("odd"),
            self.url("token", SECRET), self.url("encoded", f"me:%40{SECRET}"),
            f"htp://me:{SECRET}@h/", f"http://me:{SECRET}@h:odd/",
            f"http://me:pass/{SECRET}@h/", f"http://me:{SECRET}@/", f"me:{SECRET}@h/x",
            f"http://me:{SECRET}@127.0.0.1:{free_port()}/refused",
            *(self.url("ok?odd", f"me:{odd}{SECRET}")
              for odd in ('"', "1<", "1>", "1\\", "1 ", "x y", "1'", "é")),
            f"http:/me:{SECRET}@h/", f"http//me:{SECRET}@h/", f"//me:{SECRET}@h/",
            f"me:1 {SECRET}@h/")))
        (self.scratch / "aria2.txt").write_text(
            f"{self.url('missing?m')}\t{self.url('loop?m')}\n  out=m\n"
            f"{self.url('missing?n')}\t{self.url('ok?n')}\n  out=n\n"
            f"{self.url('x')}\n  checksum=bad\n")
        (self.scratch / "list.jsonl").write_text(
            json.dumps({"url": self.url("ok?j"), "headers": {"X-Own": SECRET}})
            + "\n" + f'{{"url": "{self.url("bad?j")}", "out": 3}}\n'
            + f'{{"url": "{self.url("cut?j")}"\n')

    def outputs(self, *arguments):
        result = self.haul(*arguments)
        for name in ("stdout", "stderr"):
            self.assert_no_secret(f"{name} of {arguments[:6]}",
                                  getattr(result, name))
        return result

    def check_files(self):
        for path in self.scratch.rglob("*"):
            lists = ("plain.txt", "aria2.txt", "list.jsonl")
            if path.is_file() and path.name not in lists:
                self.assert_no_secret(path, path.read_bytes().decode("latin-1"))

    def test_no_output_of_any_mode_holds_a_secret(self):
        self.write_lists()
        lists = ["-i", "plain.txt", "-i", "aria2.txt", "-i", "list.jsonl"]
        secrets = ["-u", f"you:{SECRET}", "-H", f"X-Key: {SECRET}",
                   "-b", f"a={SECRET}"]
        options = ["--retry", "1", "--retry-delay", "0", "--host-give-up", "0"]
        for mode in (*MODES, "loops"):
            modes = ["--loops", "2"] if mode == "loops" else ["-m", mode]
            self.dir = self.scratch / mode
            run = ["-d", self.dir, *modes, *lists, *secrets, *options]
            self.outputs(*run, "--dry-run", "-v")
            self.server.asked.clear()
            result = self.outputs(
                *run, "--debug", "all", "--progress", "json", "-v",
                "--trace", f"{mode}.trace", "--report", f"{mode}.report")
            self.assertEqual(result.returncode, 8, result.stderr)
            sent = {path: headers for path, headers in self.server.asked}
            self.assertEqual(sent["/ok"]["X-Key"], SECRET)
            self.assertEqual(sent["/ok"]["Cookie"], f"a={SECRET}")
            self.assertTrue(sent["/ok"]["Authorization"])
            self.outputs(*run)
            self.outputs(*run, "--retry-failed", "-q")
            self.outputs("-d", self.dir, "--retry-failed", "-v")
            for kind in ("all", "left", "failed", "ok"):
                self.outputs("status", self.dir, "--list", kind, *lists[:2])
                self.outputs("status", self.dir, "--list", kind, "--json", *lists)
            self.outputs("status", self.dir, "--list", "failed")
            self.outputs("page", f"{mode}.report", f"{mode}.trace", "-o",
                         f"{mode}.html")
        self.outputs("--print-config", *secrets,
                     "--proxy", f"http://p:{SECRET}@h")
        self.check_files()

    def test_the_user_is_shown_and_the_password_is_not(self):
        self.haul("-d", self.dir, "--report", "report", self.url("missing"),
                  self.url("token", SECRET), self.url("%40@x", "plain"))
        rows, _ = self.read_report(self.scratch / "report")
        self.assertEqual(
            sorted(r["url"].partition("127")[0] + r["url"].rpartition("/")[2]
                   for r in rows),
            ["http://***@%40@x", "http://***@token", "http://me:***@missing"])

    def test_a_proxy_with_a_password(self):
        for mode in MODES:
            for scheme in ("http://", "socks5h://", ""):
                result = self.outputs(
                    "-d", self.scratch / mode, "-m", mode, "--debug", "all",
                    "-v", "--retry", "0", "--trace", "t", "--report", "r",
                    "--proxy", f"{scheme}p:{SECRET}@127.0.0.1:{free_port()}",
                    f"http://{self.host}/ok")
                self.assertEqual(result.returncode, 8, result.stderr)
        self.check_files()

    def test_a_proxy_that_libcurl_cannot_use(self):
        """Such a run is refused; libcurl's words hold the whole URL."""
        for proxy in (f"http://p:{SECRET}@[bad", f"ftp://p:{SECRET}@h",
                      f"http://p:1 {SECRET}@h"):
            self.dir = self.scratch / "odd"
            result = self.outputs(
                "-d", self.dir, "--debug", "all", "--retry", "0", "--trace", "t",
                "--report", "r", "--proxy", proxy, f"http://{self.host}/ok")
            self.assertEqual(result.returncode, 2, result.stderr)
        self.check_files()

    def test_pages_of_reports_of_an_older_haul(self):
        row = {"v": 1, "n": 1, "url": self.url("x"), "outcome": "failed",
               "attempts": 1, "error": "http", "total_ms": 1}
        (self.scratch / "list.jsonl").write_text(json.dumps(row) + "\n")
        self.outputs("page", "list.jsonl", "-o", "page.html")
        self.assertIn("me:***@", (self.scratch / "page.html").read_text())
        self.check_files()


class Arguments(SecretsTest):
    def command_lines(self, process):
        """Of the process and all below it, by what /proc says."""
        lines = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if os.getpgid(int(entry.name)) == process.pid:
                    lines[entry.name] = (entry / "cmdline").read_bytes()
            except (ValueError, OSError):
                pass
        return lines

    def test_ps_shows_no_secret(self):
        ways = (
            ["-u", f"me:{SECRET}", "-H", f"X-Key: {SECRET}", "-b",
             f"a={SECRET}"],
            [f"-ume:{SECRET}", f"-HX-Key: {SECRET}", f"-ba={SECRET}"],
            [f"--user=me:{SECRET}", f"--header=X-Key: {SECRET}",
             f"--cookie=a={SECRET}"],
            [f"-Rkume:{SECRET}", "--header", f"X-Key: {SECRET}", "--cookie",
             f"a={SECRET}"],
        )
        proxy = f"http://p:{SECRET}@{self.host}"
        for number, secrets in enumerate(ways):
            for mode in MODES:
                self.server.asked.clear()
                process = self.start(
                    "-d", self.scratch / f"{number}{mode}", "-m", mode,
                    *secrets, "--proxy", proxy, self.url("stall"))
                self.assertTrue(wait_for(lambda: self.server.asked))
                lines = self.command_lines(process)
                self.assertGreaterEqual(
                    len(lines), 2 if mode == "processes" else 1)
                for line in lines.values():
                    self.assertNotIn(SECRET.encode(), line)
                own = lines[str(process.pid)]
                self.assertIn(self.host.encode(), own)
                _, headers = self.server.asked[0]
                self.assertEqual(headers["X-Key"], SECRET)
                self.assertEqual(headers["Cookie"], f"a={SECRET}")
                self.end(process)


class Modes(SecretsTest):
    def test_journal_report_and_trace_are_for_the_owner_alone(self):
        old = self.scratch / "old.report"
        old.write_text("old")
        old.chmod(0o644)
        mask = os.umask(0)
        self.addCleanup(os.umask, mask)
        for mode in MODES:
            self.dir = self.scratch / mode
            for report in (f"{mode}.report", "old.report"):
                self.haul("-d", self.dir, "-m", mode, "--report", report,
                          "--trace", f"{mode}.trace", self.url("ok"))
            for path in (self.scratch / f"{mode}.trace", old,
                         self.scratch / f"{mode}.report",
                         *(p for p in (self.dir / ".haul").iterdir())):
                self.assertEqual(oct(stat.S_IMODE(path.stat().st_mode)),
                                 "0o600", path)
            self.assertEqual(
                oct(stat.S_IMODE((self.dir / ".haul").stat().st_mode)), "0o700")
            # The files themselves are as the umask says.
            self.assertEqual(
                oct(stat.S_IMODE((self.dir / "ok").stat().st_mode)), "0o666")

    def test_a_journal_of_an_older_haul_becomes_private(self):
        self.haul("-d", self.dir, self.url("ok"))
        journal = self.dir / ".haul" / "journal"
        journal.chmod(0o644)
        self.haul("-d", self.dir, self.url("ok"))
        self.assertEqual(oct(stat.S_IMODE(journal.stat().st_mode)), "0o600")


if __name__ == "__main__":
    unittest.main()
