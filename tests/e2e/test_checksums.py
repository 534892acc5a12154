"""Checksums by md5, sha1, sha256 and sha512: from the command line, a file of
them and each kind of list; what cannot be understood is refused."""

import hashlib
import http.server
import json
import threading
import unittest

from support import MODES, HaulTest

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
BODY = bytes(range(256)) * 4096


class Origin(http.server.BaseHTTPRequestHandler):
    """/whole is BODY; /cut ends in its midst, once for each path, and goes on
    where it is asked to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        begin = 0
        wanted = self.headers.get("Range")
        if wanted is not None:
            begin = int(wanted.split("=")[1].rstrip("-"))
        self.send_response(206 if begin else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(BODY) - begin))
        if begin:
            self.send_header(
                "Content-Range", f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        first = self.path not in self.server.asked
        self.server.asked.append(self.path)
        if self.path.startswith("/cut") and first:
            self.wfile.write(BODY[:600_000])
            self.close_connection = True
        else:
            self.wfile.write(BODY[begin:])

    def log_message(self, *_):
        pass


def digest(algorithm, body=BODY):
    return hashlib.new(algorithm, body).hexdigest()


def wrong(algorithm):
    return digest(algorithm, b"something else")


class Checksums(HaulTest):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        server.asked = []
        self.asked = server.asked
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.origin = f"http://127.0.0.1:{server.server_port}"

    def fetch(self, *arguments, stdin=""):
        return self.haul("-d", self.dir, "--retry-delay", "0", "--report",
                         "report", *arguments, stdin=stdin)

    def rows(self):
        rows, _ = self.read_report(self.scratch / "report")
        return {r["url"].rpartition("/")[2]: r for r in rows}

    def file(self, name, text):
        path = self.scratch / name
        path.write_text(text)
        return path

    def test_one_url_by_each_algorithm_in_each_mode(self):
        for mode in MODES:
            for algorithm in ALGORITHMS:
                self.dir = self.scratch / mode / algorithm
                url = f"{self.origin}/cut?{mode}{algorithm}"
                right = f"{algorithm.upper()}:{digest(algorithm).upper()}"
                result = self.fetch("-m", mode, "--checksum",
                                    f"{algorithm}={wrong(algorithm)}",
                                    f"{self.origin}/whole")
                self.assertEqual(result.returncode, 8, result.stderr)
                self.assertIn(digest(algorithm), result.stderr)
                self.assertEqual(self.names(), [])
                result = self.fetch("-m", mode, "-o", "got", "--checksum",
                                    right, url)
                self.assertEqual(result.returncode, 0, result.stderr)
                row, = self.rows().values()
                self.assertGreater(row["resumed_from"], 0)
                self.assertEqual((self.dir / "got").read_bytes(), BODY)

    def test_lists_of_each_kind(self):
        """aria2's words for them, and all of ours."""
        words = {"md5": "md5", "sha1": "sha-1", "sha256": "sha-256",
                 "sha512": "SHA-512"}
        aria2, jsonl = [], []
        for algorithm in ALGORITHMS:
            for name, hex_digits in (("right", digest(algorithm)),
                                     ("wrong", wrong(algorithm))):
                url = f"{self.origin}/whole-{name}-{algorithm}"
                aria2 += [url, f"  checksum={words[algorithm]}={hex_digits}"]
                jsonl.append(json.dumps(
                    {"url": url, "checksum": f"{algorithm}:{hex_digits}"}))
        for name, lines in (("list.aria2", aria2), ("list.jsonl", jsonl)):
            self.dir = self.scratch / ("of-" + name)
            self.file(name, "\n".join(lines) + "\n")
            form = ["--input-format", "aria2"] if name == "list.aria2" else []
            result = self.fetch("-i", name, *form)
            self.assertEqual(result.returncode, 8, result.stderr)
            for url, row in self.rows().items():
                self.assertEqual(
                    (row["outcome"], row["error"]),
                    ("ok", None) if "right" in url else ("failed", "checksum"))

    def test_files_of_checksums(self):
        urls = [f"{self.origin}/whole-{a}" for a in ALGORITHMS]
        gnu = [f"{digest(a)}  whole-{a}" for a in ALGORITHMS]
        bsd = [f"{a.upper()} (whole-{a}) = {digest(a)}" for a in ALGORITHMS]
        for name, lines in (("gnu", gnu), ("bsd", bsd)):
            for mode in MODES:
                self.dir = self.scratch / name / mode
                sums = self.file("sums", "\n".join(lines) + "\n")
                result = self.fetch("-m", mode, "--checksum-file", sums, *urls)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("sums", result.stderr)
                bad = [l.replace(digest(a), wrong(a))
                       for a, l in zip(ALGORITHMS, lines)]
                sums = self.file("sums", "\n".join(bad) + "\n")
                result = self.fetch("-m", mode, "--restart",
                                    "--checksum-file", sums, *urls)
                self.assertEqual(result.returncode, 8, result.stderr)
                self.assertEqual({r["error"] for r in self.rows().values()},
                                 {"checksum"})

    def test_the_longest_of_several_digests_counts(self):
        for lines in ((digest("sha512"), wrong("md5")),
                      (wrong("md5"), digest("sha512"))):
            sums = self.file("sums", "".join(f"{l}  whole\n" for l in lines))
            result = self.fetch("--restart", "--checksum-file", sums,
                                f"{self.origin}/whole")
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_file_whose_line_cannot_be_used_fails(self):
        """Rather than that it passes unverified."""
        for line in ("SHA224 (whole) = " + "0" * 56, "0" * 63 + "  whole",
                     "MD5 (whole) = " + "0" * 64, "CRC32 (whole) = 12345678"):
            sums = self.file("sums", f"{line}\n{digest('md5')}  more\n")
            result = self.fetch("--checksum-file", sums,
                                f"{self.origin}/whole", f"{self.origin}/more")
            self.assertEqual(result.returncode, 8, result.stderr)
            rows = self.rows()
            self.assertEqual((rows["whole"]["error"], rows["more"]["outcome"]),
                             ("name", "ok"), line)
            self.assertIn("sums:1: ", result.stderr)
            dry = self.fetch("--dry-run", "--checksum-file", sums,
                             f"{self.origin}/whole")
            self.assertIn("1 bad", dry.stdout + dry.stderr)
        self.assertEqual(self.names(), ["more"])

    def test_what_is_no_checksum_is_refused_when_given(self):
        bad = ("", "0" * 64, "garbage", "sha256", "sha256=", "md5=" + "0" * 64,
               "sha1=" + "0" * 32, "sha512=" + "0" * 64, "sha224=" + "0" * 56,
               "crc32=00000000", "sha256=" + "g" * 64,
               f"sha256= {digest('sha256')}", f"sha256={digest('sha256')} ")
        for text in bad:
            self.assert_one_line(
                self.fetch("--checksum", text, f"{self.origin}/whole"), 2,
                "--checksum")
            line = json.dumps(
                {"url": f"{self.origin}/whole", "checksum": text})
            result = self.fetch("-i", "-", "--input-format", "jsonl",
                                stdin=line + "\n")
            self.assertEqual(result.returncode, 8, result.stderr)
            self.assertIn("checksum", result.stderr)
            if text.strip() == text:
                result = self.fetch(
                    "-i", "-", "--input-format", "aria2",
                    stdin=f"{self.origin}/whole\n  checksum={text}\n")
                self.assertEqual(result.returncode,
                                 8 if "= " not in text else 8, result.stderr)
        self.assertEqual(self.asked, [])

    def test_sha256_beside_another(self):
        """Both are recorded, and known on a rerun."""
        url = f"{self.origin}/whole"
        md5 = f"md5={digest('md5')}"
        for mode in MODES:
            self.dir = self.scratch / mode
            for _ in range(2):
                result = self.fetch("-m", mode, "--sha256", "--checksum", md5,
                                    url)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.rows()["whole"]["sha256"],
                                 digest("sha256"))
            self.assertEqual(self.rows()["whole"]["attempts"], 0)
            status = self.haul("status", "--json", self.dir)
            self.assertEqual(json.loads(status.stdout.splitlines()[0])["sha256"],
                             digest("sha256"))

    def test_a_kept_file_is_counted_alone_without_N(self):
        for path in ("whole", "more"):
            self.fetch(f"{self.origin}/{path}")
        sums = self.file("sums", "0" * 64 + "  more\n")
        result = self.fetch("--checksum-file", sums, f"{self.origin}/whole",
                            f"{self.origin}/more")
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertIn("\nof the files that were there before: 1 kept, as "
                      "fetching them anew failed\n", result.stderr)

    def test_what_is_done_is_compared_by_another_algorithm(self):
        url = f"{self.origin}/whole"
        self.fetch("--checksum", f"md5={digest('md5')}", url)
        for algorithm in ALGORITHMS:
            result = self.fetch("--checksum",
                                f"{algorithm}={digest(algorithm)}", url)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("1 was there", result.stderr)
        self.assertEqual(len(self.asked), 1)
        for algorithm in ALGORITHMS:
            result = self.fetch("--checksum",
                                f"{algorithm}={wrong(algorithm)}", url)
            self.assertEqual(result.returncode, 8, result.stderr)


if __name__ == "__main__":
    unittest.main()
