"""haul compare and haul serve."""

import html
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time
import unittest
import urllib.error
import urllib.request
import zlib

from support import DEADLINE, HAUL, MODES, HaulTest, wait_for
from workers import children_of

URLS = pathlib.Path(__file__).resolve().parents[2] / "urls.txt"

KEYS = {"mode", "workers", "label", "files", "failed", "seconds", "speedup",
        "cpu_seconds", "peak_rss_bytes", "threads", "processes",
        "ctx_switches", "loop_lag_p99_ms", "work_on_pool", "cpu_work_ms",
        "in_flight", "fetching_threads"}
PLAIN = ("--cpu-work", "0")  # without the rows that work on the files


def page_text(text):
    """With its line breaks as spaces."""
    return " ".join(text.split())


class Compare(HaulTest):
    def compare(self, *arguments):
        tmp = self.scratch / "tmp"
        tmp.mkdir(exist_ok=True)
        result = self.haul("compare", "--json", "rows.json", *arguments,
                           env=self.environment(TMPDIR=str(tmp)))
        self.assertEqual(os.listdir(tmp), [], "left directories behind")
        rows = []
        if (self.scratch / "rows.json").exists():
            rows = json.loads((self.scratch / "rows.json").read_text())
        return result, rows

    def test_an_order_to_stop_ends_it_without_a_verdict(self):
        """Also one that reaches the command alone, and not its processes."""
        tmp = self.scratch / "tmp"
        tmp.mkdir()
        for number in (signal.SIGTERM, signal.SIGINT):
            run = self.start("compare", "-n", "5000", "--latency", "100ms",
                             env=self.environment(TMPDIR=str(tmp)))
            # The origin, and the first row.
            self.assertTrue(
                wait_for(lambda: len(children_of(run.pid)) == 2))
            os.kill(run.pid, number)
            out, err = run.communicate(timeout=DEADLINE)
            self.assertEqual(run.returncode, 7, err)
            self.assertEqual(err, "haul: compare: interrupted: not all modes "
                                  "were measured\n")
            self.assertNotIn("For this list", out)
            self.assertEqual(os.listdir(tmp), [])

    def test_all_modes_fetch_the_same_without_work_and_with_work(self):
        (self.scratch / "list").write_text(
            "".join(f"https://x.example/600x400/a&text={i}\n" for i in range(42)))
        result, rows = self.compare("-i", "list", "--latency", "1ms")
        self.assertEqual(result.returncode, 0, result.stderr)
        modes = [("sequential", 1), ("threads", 10), ("processes", 5),
                 ("async", 100), ("threads", 100)]
        self.assertEqual([(r["mode"], r["workers"]) for r in rows[:5]], modes)
        self.assertEqual(
            [(r["mode"], r["workers"], r["work_on_pool"]) for r in rows[5:]],
            [(*mode, False) for mode in modes[:4]] +
            [("async", 100, True), ("threads", 100, False)])
        for at, row in enumerate(rows):
            self.assertEqual(set(row), KEYS)
            self.assertEqual((row["files"], row["failed"], row["cpu_work_ms"]),
                             (42, 0, 0) if at < 5 else (40, 0, 20))
            self.assertGreater(row["peak_rss_bytes"], 1000000)
            # It is CPU time: no machine does the work in less.
            if at >= 5:
                self.assertGreater(row["cpu_seconds"], 40 * 0.020)
            self.assertLessEqual(row["in_flight"], min(row["workers"], 42))
            self.assertEqual(row["fetching_threads"], 1 if row["mode"] == "async"
                             else row["in_flight"])
        self.assertEqual(rows[2]["processes"], 6)
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 79, line)
        self.assertIn("The files of list from the built-in server, which answers after "
                      "1 ms", page_text(result.stdout))
        self.assertIn("40 files of list from the built-in server, which answers after "
                      "1 ms; each file then takes 20 ms of processor work",
                      page_text(result.stdout))
        self.assertEqual(result.stdout.count("For this list: "), 2)
        self.assertRegex(result.stdout, r"(?m)^async \(100\) .* 1/\d+ ")
        page = (self.scratch / "haul-compare.html").read_text()
        self.assertIn("threads (100)", page)
        self.assertNotRegex(page, r"""(src|href)=["']?https?:|url\(["']?https?:""")
        # The page has the same words.
        page = page_text(html.unescape(page))
        self.assertIn("42 files of list from the built-in server", page)
        for words in re.findall(r"For this list: .*?(?=For this list|The page:)",
                                page_text(result.stdout)):
            self.assertIn(words.split(" files of ")[0].rsplit(". ", 1)[0], page)

    def test_what_cannot_be_compared_is_not(self):
        result, _ = self.compare("-n", "2", "--modes", "async", *PLAIN)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("as fast as", result.stdout)
        self.assertIn("Only one row was run", result.stdout)
        result, rows = self.compare("-n", "2", "--modes", "threads", *PLAIN)
        self.assertEqual([row["in_flight"] for row in rows], [2, 2])
        self.assertIn("In both threads (10) and threads (100), all 2 files were "
                      "under way", page_text(result.stdout))

    def test_each_row_meets_the_same_faults(self):
        result, rows = self.compare("-n", "2", "--latency", "1ms", "--modes",
                                    "sequential,async", "--fault", "503=100",
                                    *PLAIN)
        self.assertEqual(result.returncode, 0, result.stderr)
        for row in rows:
            self.assertEqual((row["files"], row["failed"]), (2, 0))
            # Retry-After is a second.
            self.assertGreater(row["seconds"], 1)
        text = page_text(result.stdout)
        self.assertRegex(text, r"Some requests failed at first: \S.* tried 2 files "
                               r"again\. For [\d.]+ s of its [\d.]+ s nothing was")

    def test_paths_that_the_origin_does_not_know(self):
        (self.scratch / "list").write_text(
            "".join(f"https://x.example/page{i}.html\n" for i in range(3)))
        result, rows = self.compare("-i", "list", "--latency", "1ms", "--modes",
                                    "sequential,async")
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertEqual([row["failed"] for row in rows], [3, 3])
        text = page_text(result.stdout)
        self.assertIn("No row fetched all its files", text)
        self.assertIn("knows only paths such as /600x400/NAME", text)
        self.assertNotRegex(text, "fastest|times as fast|helped")
        self.assertRegex(result.stdout, r"(?m)^sequential +0 +\S+ +- ")

    def test_a_page_that_cannot_be_written_is_one_line(self):
        for path in ("none/page.html", "/dev/full"):
            result, rows = self.compare("-n", "1", "--modes", "async", *PLAIN,
                                        "--latency", "1ms", "--html", path)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn(f"cannot write {path}: ", result.stderr)
            self.assertNotIn("The page", result.stdout)
            self.assertEqual(len(rows), 1)

    def test_workers_make_all_equal_and_work_gets_a_row_on_the_pool(self):
        result, rows = self.compare("-n", "6", "--workers", "3", "--latency", "5ms",
                                    "--cpu-work", "5ms", "--runs", "3")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([(r["workers"], r["work_on_pool"]) for r in rows],
                         [(1, False), (3, False), (3, False), (3, False), (3, True)])

    def test_modes_are_chosen_and_bad_ones_refused(self):
        _, rows = self.compare("-n", "3", "--modes", "async", "--latency", "1ms")
        self.assertEqual([(r["mode"], r["cpu_work_ms"], r["work_on_pool"])
                          for r in rows],
                         [("async", 0, False), ("async", 20, False),
                          ("async", 20, True)])
        result, _ = self.compare("--modes", "quick")
        self.assertEqual(result.returncode, 2)

    def test_failures_are_counted_below_their_row(self):
        result, rows = self.compare("-n", "5", "--modes", "async", "--latency",
                                    "1ms", "--fault", "404=100")
        self.assertEqual(result.returncode, 8)
        self.assertEqual(rows[0]["failed"], 5)
        self.assertIn("5 failed: http 5", result.stdout)


def decode_png(data):
    """The size and the pixels; raises where a viewer would give up."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    chunks = []
    at = 8
    while at < len(data):
        size, = struct.unpack_from(">I", data, at)
        body = data[at + 4:at + 8 + size]
        if zlib.crc32(body) != struct.unpack_from(">I", data, at + 8 + size)[0]:
            raise ValueError("a checksum is wrong")
        chunks.append((body[:4], body[4:]))
        at += 12 + size
    if chunks[0][0] != b"IHDR" or chunks[-1] != (b"IEND", b""):
        raise ValueError("its ends are not there")
    width, height, depth, colour, _, _, interlaced = struct.unpack(
        ">IIBBBBB", chunks[0][1])
    pixels = zlib.decompress(
        b"".join(body for kind, body in chunks if kind == b"IDAT"))
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (width * depth * samples + 7) // 8
    if interlaced or len(pixels) != height * row:
        raise ValueError("rows are missing")
    if any(pixels[i] > 4 for i in range(0, len(pixels), row)):
        raise ValueError("an unknown filter")
    return (width, height), pixels


class Images(HaulTest):
    """What the table of the README is made of."""

    def test_each_mode_leaves_the_same_hundred_images_which_open(self):
        sets = {}
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.haul("get", "-i", URLS, "--local", "--latency", "1ms",
                               "-m", mode, "-d", self.dir)
            self.assertEqual(result.returncode, 0, result.stderr)
            sets[mode] = {name: (self.dir / name).read_bytes()
                          for name in self.names()}
        first = sets["sequential"]
        self.assertEqual(len(first), 100)
        self.assertEqual(len(set(first.values())), 100)
        for data in first.values():
            self.assertEqual(decode_png(data)[0], (600, 400))
        for mode in MODES:
            self.assertEqual(sets[mode], first, mode)


def cpu_seconds(pid):
    """User and system time of a process, from fields 14 and 15 of its stat."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Serve(HaulTest):
    def get(self, url, **headers):
        request = urllib.request.Request(url, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def test_images_differ_by_path_and_are_always_the_same(self):
        url = self.serve()
        _, headers, one = self.get(url + "/600x400/a&text=001")
        self.assertEqual(headers["Content-Type"], "image/png")
        self.assertEqual(one, self.get(url + "/600x400/a&text=001")[2])
        self.assertNotEqual(one, self.get(url + "/600x400/a&text=002")[2])
        self.assertEqual(one[16:24], b"\x00\x00\x02\x58\x00\x00\x01\x90")

    def test_ranges_and_validators(self):
        url = self.serve() + "/bytes/1000?x"
        status, headers, whole = self.get(url)
        self.assertEqual((status, len(whole)), (200, 1000))
        etag = headers["ETag"]
        status, headers, part = self.get(url, Range="bytes=100-199")
        self.assertEqual((status, part), (206, whole[100:200]))
        self.assertEqual(headers["Content-Range"], "bytes 100-199/1000")
        self.assertEqual(self.get(url, Range="bytes=-10")[2], whole[-10:])
        self.assertEqual(self.get(url, Range="bytes=990-")[2], whole[-10:])
        self.assertEqual(self.get(url, Range="bytes=1000-")[0], 416)
        given = {"Range": "bytes=5-", "If-Range": etag}
        self.assertEqual(self.get(url, **given)[0], 206)
        given["If-Range"] = '"another"'
        self.assertEqual(self.get(url, **given)[0], 200)
        self.assertEqual(self.get(url, **{"If-None-Match": etag})[0], 304)

    def test_a_connection_serves_one_request_after_another(self):
        for latency in ("0", "5ms"):
            address = self.serve("--latency", latency).removeprefix("http://")
            connection = http.client.HTTPConnection(address, timeout=20)
            self.addCleanup(connection.close)
            for path in ("/bytes/9", "/600x400/a", "/none", "/bytes/8"):
                connection.request("GET", path)
                with connection.getresponse() as response:
                    self.assertFalse(response.will_close, path)
                    response.read()

    def test_files_below_the_root_and_none_above(self):
        (self.scratch / "www").mkdir()
        (self.scratch / "www" / "a").write_text("text")
        (self.scratch / "secret").write_text("secret")
        (self.scratch / "www" / "link").symlink_to("../secret")
        url = self.serve("--root", str(self.scratch / "www"))
        self.assertEqual(self.get(url + "/a")[2], b"text")
        for path in ("/../secret", "/link", "/./../secret", "//etc/passwd"):
            self.assertIn(self.get(url + path)[0], (403, 404), path)

    def test_faults_strike_once_and_404_always(self):
        url = self.serve("--fault", "503=100")
        status, headers, _ = self.get(url + "/bytes/1")
        self.assertEqual((status, headers["Retry-After"]), (503, "1"))
        self.assertEqual(self.get(url + "/bytes/1")[0], 200)
        url = self.serve("--fault", "404=100")
        self.assertEqual([self.get(url + "/bytes/1")[0] for _ in range(3)],
                         [404, 404, 404])

    def test_limited_bandwidth_is_sent_in_useful_pieces_by_an_idle_origin(self):
        rate, seconds = 2 << 20, 1.5
        process = self.start("serve", "--bandwidth", "2M")
        address = process.stdout.readline().split()[-1].removeprefix("http://")
        host, port = address.split(":")
        connection = socket.create_connection((host, int(port)), timeout=20)
        self.addCleanup(connection.close)
        cpu = cpu_seconds(process.pid)
        begun = time.monotonic()
        connection.sendall(b"GET /bytes/100000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        size = pieces = 0
        while time.monotonic() - begun < seconds:
            size += len(connection.recv(1 << 20))
            pieces += 1
        took = time.monotonic() - begun
        cpu = cpu_seconds(process.pid) - cpu
        # A slow machine receives less, and in larger pieces, but never more.
        self.assertLess(size, rate * took + 1000)
        self.assertGreater(size, rate * took * 0.5)
        self.assertLess(pieces, 150 * took)
        # Under a sanitizer, too: a few percent; the margin is for the clock.
        self.assertLess(cpu, 0.25 * took)

    def test_limited_bandwidth_changes_no_byte_and_no_head(self):
        plain, slow = self.serve(), self.serve("--bandwidth", "20000")
        for path, headers in (("/bytes/3000", {}),
                              ("/bytes/90000", {"Range": "bytes=80000-82999"}),
                              ("/bytes/90000", {"Range": "bytes=-3000"})):
            want = self.get(plain + path, **headers)
            begun = time.monotonic()
            have = self.get(slow + path, **headers)
            self.assertGreater(time.monotonic() - begun, 3000 / 20000)
            self.assertEqual((have[0], have[2]), (want[0], want[2]), path)
        for url in (plain, slow):
            connection = http.client.HTTPConnection(
                url.removeprefix("http://"), timeout=20)
            self.addCleanup(connection.close)
            connection.request("HEAD", "/bytes/1000000000")
            with connection.getresponse() as response:
                self.assertEqual(response.headers["Content-Length"], "1000000000")

    def test_the_fault_slow_is_never_faster_than_the_bandwidth(self):
        for arguments, least in ((("--fault", "slow=100"), 0.2),
                                 (("--fault", "slow=100", "--bandwidth", "400"), 0.5)):
            url = self.serve(*arguments)
            begun = time.monotonic()
            self.assertEqual(len(self.get(url + "/bytes/200")[2]), 200)
            self.assertGreaterEqual(time.monotonic() - begun, least)

    def test_it_ends_by_signal_with_connections_that_wait(self):
        process = self.start("serve", "--latency", "1h")
        url = process.stdout.readline().split()[-1]
        client = subprocess.Popen([HAUL, "-d", str(self.dir), url + "/bytes/1"],
                                  stderr=subprocess.DEVNULL,
                                  env=self.environment())
        self.addCleanup(self.end, client)
        process.terminate()
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        client.kill()
        client.wait()

    def test_a_bad_fault_is_refused(self):
        self.assert_one_line(self.haul("serve", "--fault", "fire=3"), 2, "--fault")


if __name__ == "__main__":
    unittest.main()
