"""The live view: on a terminal, as JSON and as lines."""

import gzip
import json
import re
import signal
import time
import unittest

from support import HAUL, WAYS, HaulTest, free_port, wait_for
from terminal import Terminal


class Live(HaulTest):
    def on_terminal(self, *arguments, **how):
        terminal = Terminal([HAUL, *arguments], cwd=self.scratch,
                            env=self.environment(TERM="xterm"), **how)
        self.addCleanup(terminal.close)
        return terminal

    def test_it_shows_what_is_under_way_and_leaves_only_the_summary(self):
        origin = self.serve("--latency", "3500ms")
        terminal = self.on_terminal(
            "--retry", "0", "-d", self.dir, f"http://127.0.0.1:{free_port()}/x",
            *(f"{origin}/bytes/{n}" for n in range(100, 104)))
        self.assertEqual(terminal.finish(), 8)
        drawn = "\n".join(terminal.frames())
        self.assertRegex(drawn, r"[#.]{20} 1 of 5 \(20 %\)")
        self.assertRegex(drawn, r"4 in flight, 1 failed \(connect 1\)")
        self.assertRegex(drawn, r"slowest now: 127\.0\.0\.1:\d+ \d s")
        self.assertLess(terminal.screen.widest, 80)
        self.assertIn("4 ok, 1 failed", terminal.text())
        self.assertNotIn("in flight,", terminal.text())

    def test_it_writes_little(self):
        origin = self.serve("--latency", "20ms")
        begin = time.monotonic()
        terminal = self.on_terminal(
            "-d", self.dir, "-j", "1",
            *(f"{origin}/bytes/{n}" for n in range(60)))
        terminal.finish()
        frames = len(terminal.frames())
        self.assertLessEqual(frames, 4 * (time.monotonic() - begin) + 2)
        self.assertGreater(frames, 2)

    def test_what_does_not_change_is_not_drawn_again(self):
        # After two seconds it would be called slow.
        origin = self.serve("--latency", "1200ms")
        terminal = self.on_terminal("-d", self.dir, f"{origin}/bytes/9")
        terminal.finish()
        self.assertLessEqual(len(terminal.frames()), 2)

    def test_a_terminal_that_was_written_to_is_drawn_anew(self):
        origin = self.serve("--latency", "4s")
        terminal = self.on_terminal("-d", self.dir, f"{origin}/bytes/9")
        terminal.run_until(lambda text: "0 of 1" in text)
        for sign in (signal.SIGWINCH, signal.SIGCONT):
            terminal.stream.feed("^Z")
            self.assertIn("^Z", terminal.text())
            terminal.process.send_signal(sign)
            terminal.run_until(lambda text: "^Z" not in text, 1)
            self.assertIn("0 of 1", terminal.text())

    def test_lines_take_its_place_where_it_could_not_be_drawn(self):
        origin = self.serve("--latency", "600ms")
        for extra, env in ((("--debug", "worker"), {"TERM": "xterm"}),
                           (("--progress", "bar"), {"TERM": "dumb"}),
                           ((), {"TERM": "dumb"})):
            terminal = Terminal([HAUL, "-d", self.dir, "--restart", *extra,
                                 f"{origin}/bytes/9"], cwd=self.scratch,
                                env=self.environment(**env))
            self.addCleanup(terminal.close)
            self.assertEqual(terminal.finish(), 0)
            self.assertNotIn("\x1b", terminal.raw)
            self.assertIn("1 ok", terminal.text())

    def json_rows(self, *arguments, stdin=None, **more):
        result = self.haul("-d", self.dir, "--progress", "json", *arguments,
                           stdin=stdin or "", **more)
        rows = [json.loads(line) for line in result.stderr.splitlines()
                if line.startswith("{")]
        return rows, result.stderr

    def test_programs_get_json(self):
        origin = self.serve("--latency", "3200ms")
        rows, _ = self.json_rows("--retry", "0", f"{origin}/bytes/9",
                                 f"http://127.0.0.1:{free_port()}/x")
        self.assertGreaterEqual(len(rows), 3)
        row = rows[-2]
        self.assertEqual(row["errors"], {"connect": 1})
        self.assertEqual(row["in_flight"], 1)
        self.assertGreaterEqual(row["lag_p99_ms"], 0)
        self.assertIn("127.0.0.1", row["slowest"][0]["host"])
        self.assertEqual((row["done"], row["total"], row["estimated"]),
                         (1, 2, False))
        self.assertFalse(row["ended"])
        last = rows[-1]
        self.assertTrue(last["ended"])
        self.assertEqual((last["done"], last["share"], last["eta_s"]),
                         (2, 1, None))

    def test_the_names_in_json_stay(self):
        """Programs read them: a name may be added here, none may go."""
        origin = self.serve("--latency", "0")
        rows, _ = self.json_rows(f"{origin}/bytes/9")
        self.assertEqual(list(rows[-1]), [
            "v", "done", "failed", "left", "already_there", "read", "total",
            "estimated", "list_bytes_read", "list_bytes", "share",
            "files_per_s", "eta_s", "in_flight", "slots", "waiting", "bytes",
            "bytes_per_s", "bytes_there", "bytes_total", "seconds",
            "lag_p99_ms", "waits", "stopping", "ended", "errors", "slowest"])

    def a_list(self, name, count):
        urls = "".join(f"{self.origin}/bytes/{n % 50}?{n:05}\n"
                       for n in range(count))
        if name.endswith(".gz"):
            (self.scratch / name).write_bytes(gzip.compress(urls.encode()))
        else:
            (self.scratch / name).write_text(urls)
        return urls

    def test_a_list_has_an_estimated_total_and_then_the_true_one(self):
        self.origin = self.serve("--latency", "100ms")
        self.a_list("a.txt", 100)
        self.a_list("b.txt", 140)
        self.a_list("c.gz", 120)
        for lists, total in ((("a.txt", "b.txt"), 240), (("c.gz",), 120)):
            inputs = [word for name in lists for word in ("-i", name)]
            self.dir = self.scratch / lists[0][0]
            rows, _ = self.json_rows("-j", "6", "-x", "0", *inputs)
            guesses = [row for row in rows if row["estimated"]]
            self.assertTrue(guesses, rows)
            for row in guesses:
                self.assertLess(abs(row["total"] - total), total / 5, row)
                self.assertLessEqual(row["list_bytes_read"], row["list_bytes"])
                # Of a file that comes, what is there counts too.
                self.assertGreaterEqual(row["share"] + 1e-5,
                                        row["done"] / row["total"])
                self.assertLessEqual(
                    row["share"] - 1e-5,
                    (row["done"] + row["in_flight"]) / row["total"])
            last = rows[-1]
            self.assertEqual((last["total"], last["estimated"], last["share"]),
                             (total, False, 1))
            self.assertEqual(last["list_bytes_read"], last["list_bytes"])

    def test_a_pipe_has_no_total_before_its_end(self):
        self.origin = self.serve("--latency", "100ms")
        urls = self.a_list("list", 100)
        rows, _ = self.json_rows("-j", "5", "-x", "0", "-i", "-", stdin=urls)
        self.assertIsNone(rows[0]["total"])
        self.assertIsNone(rows[0]["share"])
        self.assertIsNone(rows[0]["eta_s"])
        self.assertEqual((rows[-1]["total"], rows[-1]["share"]), (100, 1))

    def test_a_large_file_shows_its_bytes_as_they_come(self):
        origin = self.serve("--latency", "0")
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            rows, text = self.json_rows("--limit-rate", "200k", "-m", *way,
                                        f"{origin}/bytes/300000")
            under_way = [row for row in rows if 0 < row["bytes"] < 300000]
            self.assertTrue(under_way, (way, rows))
            for row in under_way:
                self.assertEqual(row["bytes_total"], 300000, way)
                self.assertAlmostEqual(row["share"],
                                       row["bytes_there"] / 300000, 3)
            self.assertIn("300 kB", text)

    def test_a_part_that_is_there_counts_in_the_share_and_not_in_the_speed(self):
        origin = self.serve("--latency", "0", "--bandwidth", "1M")
        url = f"{origin}/bytes/2500000"
        process = self.start("-d", self.dir, url)
        self.assertTrue(wait_for(lambda: self.part_size("2500000") > 1000000))
        process.kill()
        process.communicate()
        rows, _ = self.json_rows(url)
        self.assertGreater(rows[0]["bytes_there"], 1000000)
        self.assertGreater(rows[0]["share"], 0.4)
        for row in rows:
            self.assertLess(row["bytes_per_s"], 2000000)

    def test_files_that_are_there_are_no_speed(self):
        self.origin = self.serve("--latency", "0")
        self.a_list("list", 3000)
        self.haul("-d", self.dir, "-x", "0", "-i", "list")
        rows, text = self.json_rows("-i", "list")
        for before, after in zip(rows[:-1], rows[1:-1]):
            self.assertGreater(after["seconds"], before["seconds"] + 0.4)
        last = rows[-1]
        self.assertEqual((last["done"], last["already_there"]), (3000, 3000))
        self.assertEqual((last["files_per_s"], last["bytes"]), (0, 0))
        self.assertIn("3,000 ok (3,000 were there)", text)

    def test_what_a_signal_leaves_is_not_done(self):
        self.origin = self.serve("--latency", "1500ms")
        self.a_list("list", 100)
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            process = self.start("-d", self.dir, "--progress", "json", "-i",
                                 "list", "-j", "3", "-x", "0", "-m", *way)
            said = ""
            for sign in ('"in_flight":', "stopping: "):
                while sign not in said:
                    said += process.stderr.readline()
                process.send_signal(signal.SIGINT)
            said += process.stderr.read()
            process.wait()
            ok = int(re.search(r"(?m)^(\d+) ok", said)[1])
            last = [json.loads(line) for line in said.splitlines()
                    if line.startswith("{")][-1]
            self.assertTrue(last["ended"] and last["stopping"], way)
            self.assertEqual(last["done"], ok, way)
            self.assertLess(last["share"], 0.2, way)
            self.assertRegex(said, r"about \d+ left", way)


if __name__ == "__main__":
    unittest.main()
