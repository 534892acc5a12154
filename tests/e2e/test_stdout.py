"""haul -o -: one URL's body on standard output, and nothing else anywhere;
and --report -."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import threading
import unittest

from support import HAUL, MODES, HaulTest

BODY = b"".join(b"%07d\n" % n for n in range(250_000))
SMALL = b"small\n"
CUT = 700_000


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, stated=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(stated or len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True
        if stated not in (None, len(body)):
            self.close_connection = True

    def do_GET(self):
        path = self.path.partition("?")[0]
        asked = self.server.asked
        first = not any(p == self.path for p, _ in asked)
        asked.append((self.path, dict(self.headers)))
        begin = 0
        if "Range" in self.headers:
            begin = int(self.headers["Range"].split("=")[1].rstrip("-"))
        rest = {"Content_Range": f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}"}
        etag = {"ETag": '"one"'}
        if path == "/whole":
            self.send(200, BODY, **etag)
        elif path == "/small":
            self.send(200, SMALL)
        elif path == "/there":
            self.send(302, b"gone", Location="/whole")
        elif path == "/busy" and first:
            self.send(503, b"busy", Retry_After="0")
        elif path == "/busy":
            self.send(200, SMALL)
        elif path == "/small-cut" and first:
            self.send(200, SMALL[:3], stated=len(SMALL))
        elif path == "/small-cut":
            self.send(200, SMALL)
        elif path == "/away-cut":
            self.send(302, b"", Location=self.path.replace("/away-", "/"))
        elif path in ("/cut", "/twice") and begin and not (
                path == "/twice" and len(asked) == 2):
            self.send(206, BODY[begin:], **rest, **etag)
        elif path == "/twice" and begin:
            self.send(206, BODY[begin:begin + CUT], stated=len(BODY) - begin,
                      **rest, **etag)
        elif path == "/changed" and begin:
            self.send(206, BODY[begin:], **rest, ETag='"two"')
        elif path == "/anew" and begin:
            self.send(200, BODY, ETag='"two"')
        elif path == "/deaf" and begin:
            self.send(200, BODY, **etag)
        elif path == "/gone" and begin:
            self.send(404, b"gone")
        elif path == "/weak":
            self.send(200, BODY[:CUT], stated=len(BODY), ETag='W/"one"')
        elif path == "/none":
            self.send(200, BODY[:CUT], stated=len(BODY))
        elif path in ("/cut", "/twice", "/changed", "/anew", "/deaf", "/gone"):
            self.send(200, BODY[:CUT], stated=len(BODY), **etag)
        else:
            self.send(404, b"no such page")


class StdoutTest(HaulTest):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        server.daemon_threads = True
        server.asked = []
        self.asked = server.asked
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.origin = f"http://127.0.0.1:{server.server_port}"

    def bytes_of(self, *arguments, path="/whole"):
        """Status, standard output and standard error; nothing may be made."""
        result = subprocess.run(
            [HAUL, "-o", "-", "--retry-delay", "0", *map(str, arguments),
             self.origin + path],
            stdin=subprocess.DEVNULL, capture_output=True, cwd=self.scratch,
            env=self.environment(), timeout=60)
        self.assertEqual(os.listdir(self.scratch), [])
        return result.returncode, result.stdout, result.stderr.decode()

    def modes(self):
        return (*(["-m", m] for m in MODES), ["--loops", "2"])


class Body(StdoutTest):
    def test_the_body_and_nothing_else(self):
        for mode in self.modes():
            for path, body in (("/whole", BODY), ("/small", SMALL),
                               ("/there", BODY), ("/busy?" + mode[1], SMALL),
                               ("/small-cut?" + mode[1], SMALL)):
                status, out, said = self.bytes_of(*mode, path=path)
                self.assertEqual((status, out), (0, body), said)
                self.assertIn("1 ok", said)
            self.assertEqual(self.bytes_of(*mode, "-q"), (0, BODY, ""))

    def test_an_error_page_is_not_written(self):
        for mode in self.modes():
            status, out, said = self.bytes_of(*mode, path="/missing")
            self.assertEqual((status, out), (8, b""))
            self.assertIn("404", said)

    def test_a_retry_goes_on_behind_what_is_written(self):
        sums = [["--checksum", f"{a}={hashlib.new(a, BODY).hexdigest()}"]
                for a in ("md5", "sha256")]
        for mode in self.modes():
            for path in ("/cut", "/twice", "/away-cut"):
                for more in ([], *sums):
                    self.asked.clear()
                    status, out, said = self.bytes_of(*mode, *more, path=path)
                    self.assertEqual((status, out == BODY), (0, True), said)
                    headers = self.asked[-1][1]
                    self.assertGreater(len(headers["Range"]), len("bytes=0-"))
                    self.assertEqual(headers["If-Range"], '"one"')

    def test_what_cannot_go_on_fails_with_8(self):
        for mode in self.modes():
            for path in ("/weak", "/none", "/changed", "/anew", "/deaf",
                         "/gone"):
                self.asked.clear()
                status, out, said = self.bytes_of(*mode, "--retry", "2",
                                                  path=path)
                self.assertEqual(status, 8, said)
                self.assertGreater(len(out), 0)
                self.assertEqual(out, BODY[:len(out)])
                self.assertIn(f"the {len(out):,} bytes on standard output are "
                              "not the whole body", said)
                # Without a strong validator nobody is asked in vain.
                if path in ("/weak", "/none"):
                    self.assertEqual(len(self.asked), 1)

    def test_a_wrong_checksum(self):
        wrong = ["--checksum", "sha1=" + "0" * 40]
        for mode in self.modes():
            status, out, said = self.bytes_of(*mode, *wrong, path="/small")
            self.assertEqual((status, out), (8, b""), said)
            status, out, said = self.bytes_of(*mode, *wrong, path="/cut")
            self.assertEqual(status, 8, said)
            self.assertEqual(out, BODY[:len(out)])
            self.assertIn("bytes on standard output are wrong", said)
            self.assertIn(hashlib.sha1(BODY).hexdigest(), said)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        for mode in self.modes():
            for path in ("/whole", "/small"):
                process = subprocess.Popen(
                    [HAUL, "-o", "-", *mode, self.origin + path],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    cwd=self.scratch, env=self.environment())
                if path == "/whole":
                    process.stdout.read(10)
                process.stdout.close()
                said = process.stderr.read()
                process.stderr.close()
                self.assertEqual((process.wait(60), said), (3, b""))

    def test_a_slow_reader_does_not_stall_it(self):
        """Its pipe is full for longer than --speed-time."""
        for mode in (["-m", "sequential"], ["-m", "async"]):
            process = subprocess.Popen(
                [HAUL, "-o", "-", *mode, "--speed-time", "1", "--speed-limit",
                 "1000000", "--retry", "0", self.origin + "/whole"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                cwd=self.scratch, env=self.environment())
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(2.5)
            out, said = process.communicate(timeout=60)
            self.assertEqual((process.returncode, out == BODY), (0, True), said)

    def test_a_full_standard_output_is_named(self):
        for mode in self.modes():
            with open("/dev/full", "wb") as full:
                result = subprocess.run(
                    [HAUL, "-o", "-", *mode, self.origin + "/whole"],
                    stdout=full, stderr=subprocess.PIPE, cwd=self.scratch,
                    env=self.environment(), timeout=60)
            said = result.stderr.decode()
            self.assertEqual(result.returncode, 9, said)
            self.assertEqual(
                said, "haul: standard output: no space left: it has not the "
                f"whole body of {self.origin}/whole\n")

    def test_what_cannot_be_printed_is_told(self):
        for words in (["--version"], ["-h"], ["--help"], ["get", "--help"],
                      ["help", "plan"]):
            with open("/dev/full", "wb") as full:
                result = subprocess.run(
                    [HAUL, *words], stdout=full, stderr=subprocess.PIPE,
                    env=self.environment(), timeout=60)
            self.assertEqual(result.returncode, 3, words)
            self.assertIn(b"haul: standard output: ", result.stderr)

    def test_a_reader_of_help_may_have_seen_enough(self):
        for words in (["--version"], ["--help"]):
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run(
                [HAUL, *words], stdout=writer, stderr=subprocess.PIPE,
                env=self.environment(), timeout=60)
            os.close(writer)
            self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_ctrl_c_ends_it_while_nobody_reads(self):
        for mode in self.modes():
            process = subprocess.Popen(
                [HAUL, "-o", "-", *mode, self.origin + "/whole"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                cwd=self.scratch, env=self.environment())
            process.stdout.read(10)
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                with self.assertRaises(subprocess.TimeoutExpired):
                    process.wait(0.3)
                    raise subprocess.TimeoutExpired("", 0)
            self.assertEqual(process.wait(30), 7)
            process.communicate()

    def test_what_makes_no_sense_beside_it(self):
        url = self.origin + "/whole"
        (self.scratch / "list").write_text(url + "\n")
        (self.scratch / "sums").write_text("0" * 64 + "  whole\n")
        for arguments, name in (
                ([url, url], "-o -"), (["-i", "list"], "-o -"),
                (["-i", "list", url], "-o -"), (["--local", "-n", "1"], "-o -"),
                (["--retry-failed"], "-o -"), (["-N", url], "-N"),
                (["--update", url], "--update"), (["--restart", url], "--restart"),
                (["-d", "x", url], "-d"), (["--retry-failed", url], "--retry-failed"),
                (["--if-exists", "skip", url], "--if-exists"),
                (["--checksum-file", "sums", url], "--checksum-file"),
                (["--dry-run", url], "--dry-run"), (["-R", url], "-R"),
                (["--fsync", url], "--fsync"),
                (["--report", "-", url], "--report"),
                (["--report", "/dev/stdout", url], "--report"),
                (["--trace", "/proc/self/fd/1", url], "--trace")):
            result = self.haul("-o", "-", *arguments)
            self.assertEqual(result.stdout, "")
            self.assert_one_line(result, 2, name, "-o -")
        self.assertEqual(self.asked, [])
        self.assertEqual(sorted(os.listdir(self.scratch)), ["list", "sums"])

    def test_a_standard_output_that_is_closed(self):
        for mode in MODES:
            result = subprocess.run(
                ["sh", "-c", 'exec "$0" "$@" >&-', HAUL, "-m", mode, "-o", "-",
                 self.origin + "/whole"], cwd=self.scratch,
                env=self.environment(), capture_output=True, timeout=60)
            self.assertEqual(result.returncode, 3, result.stderr)

    def test_a_config_file_may_speak_of_files(self):
        config = self.scratch / "config"
        config.write_text("dir = elsewhere\nupdate\nfsync\nmode = processes\n")
        result = self.haul("--config", config, "-o", "-", self.origin + "/small")
        self.assertEqual((result.returncode, result.stdout), (0, "small\n"),
                         result.stderr)
        self.assertEqual(os.listdir(self.scratch), ["config"])

    def test_its_report(self):
        result = self.haul("-o", "-", "--report", "report", "--sha256",
                           self.origin + "/small")
        self.assertEqual((result.returncode, result.stdout), (0, "small\n"))
        rows, summary = self.read_report(self.scratch / "report")
        self.assertEqual((rows[0]["outcome"], rows[0]["file"], rows[0]["bytes"],
                          rows[0]["sha256"]),
                         ("ok", None, 6, hashlib.sha256(SMALL).hexdigest()))
        self.assertEqual(os.listdir(self.scratch), ["report"])

    def test_other_names_are_files(self):
        self.haul("-d", self.dir, "-o", "./-", self.origin + "/small")
        self.haul("-d", self.dir, "-o", "--", self.origin + "/small?")
        self.assertEqual(len(self.names()), 2)


class Report(StdoutTest):
    def test_the_report_on_standard_output(self):
        for mode in self.modes():
            self.dir = self.scratch / mode[1]
            result = self.haul("-d", self.dir, *mode, "--report", "-",
                               self.origin + "/small", self.origin + "/missing")
            self.assertEqual(result.returncode, 8)
            rows = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual(sorted(r["outcome"] for r in rows[:-1]),
                             ["failed", "ok"])
            self.assertEqual(rows[-1]["summary"]["ok"], 1)
            self.assertFalse((self.scratch / "-").exists())
            self.assertEqual(self.names(), ["small"])

    def test_a_reader_that_goes_away(self):
        process = subprocess.Popen(
            [HAUL, "-d", self.dir, "--report", "-", self.origin + "/small"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.scratch, env=self.environment())
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(60), 3)
        self.assertNotIn("haul: ", said)
        self.assertEqual(self.names(), ["small"])


if __name__ == "__main__":
    unittest.main()
