"""haul status: what a directory's journal says, and what it makes of files."""

import json
import os
import re
import signal
import subprocess
import unittest

from support import DEADLINE, HAUL, HaulTest, free_port, wait_for


class StatusTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.list = self.scratch / "list.txt"

    def get(self, *arguments):
        return self.haul("get", "-d", self.dir, "--retry", "0",
                         "--progress", "none", *arguments)

    def status(self, *arguments, **more):
        return self.haul("status", self.dir, *arguments, **more)

    def write_list(self, urls):
        self.list.write_text("".join(f"{url}\n" for url in urls))

    def run_with_failures(self):
        """40 files of an origin that knows some of them not."""
        origin = self.serve("--fault", "404=30")
        self.urls = [f"{origin}/bytes/{n + 100}" for n in range(40)]
        self.write_list(self.urls)
        result = self.get("-i", self.list, "--report", self.scratch / "report")
        self.assertEqual(result.returncode, 8, result.stderr)
        rows, summary = self.read_report(self.scratch / "report")
        self.failed = [r["url"] for r in rows if r["outcome"] == "failed"]
        self.assertTrue(0 < len(self.failed) < 40)
        return result, rows, summary

    def listed(self, which, *arguments, stdin="", status=None):
        result = self.status("--list", which, *arguments, stdin=stdin)
        self.assertEqual(result.stderr, "")
        if status is not None:
            self.assertEqual(result.returncode, status)
        return result.stdout.splitlines()

    def test_it_counts_what_the_run_counted(self):
        run, _, summary = self.run_with_failures()
        result = self.status()
        self.assertEqual(result.returncode, 8)
        self.assertEqual(result.stderr, "")
        counts = re.search(r"\d+ ok, \d+ failed \(.*\)", result.stdout)
        self.assertIsNotNone(counts, result.stdout)
        self.assertIn(counts.group(), run.stderr)
        self.assertIn("http 404", counts.group())
        self.assertEqual(summary["failed"], len(self.failed))

    def test_a_list_of_what_failed_can_be_fetched(self):
        self.run_with_failures()
        failed = self.listed("failed", status=8)
        self.assertCountEqual(failed, self.failed)
        self.assertCountEqual(self.listed("ok"),
                              set(self.urls) - set(failed))
        self.assertCountEqual(self.listed("all"), self.urls)
        again = self.haul("-i", "-", "-d", self.dir, "--retry", "0",
                          "--retry-failed", "--report",
                          self.scratch / "again", stdin="\n".join(failed))
        self.assertEqual(again.returncode, 8, again.stderr)
        rows, _ = self.read_report(self.scratch / "again")
        self.assertEqual({r["outcome"] for r in rows}, {"failed"})
        self.assertEqual({r["attempts"] for r in rows}, {1})

    def test_rows_have_the_reports_keys(self):
        _, rows, summary = self.run_with_failures()
        result = self.status("--json")
        self.assertEqual(result.returncode, 8)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        by_url = {r["url"]: r for r in rows}
        self.assertEqual(len(lines), 41)
        for row in lines[:-1]:
            told = by_url[row["url"]]
            self.assertEqual(row.keys(), told.keys())
            for key in ("outcome", "error", "attempts"):
                if row["outcome"] == "failed":
                    self.assertEqual(row[key], told[key])
            self.assertEqual(row["file"], told["file"])
            if row["outcome"] == "ok":
                self.assertEqual(row["bytes"], told["bytes"])
            else:
                self.assertEqual(row["status"], 404)
        ours = lines[-1]["summary"]
        self.assertEqual(ours.keys(), summary.keys())
        for key in ("ok", "failed", "left", "errors"):
            self.assertEqual(ours[key], summary[key])
        some = self.status("--json", "--list", "failed").stdout.splitlines()
        self.assertEqual(len(some), len(self.failed) + 1)

    def test_a_file_that_is_gone_or_cut_is_left(self):
        origin = self.serve()
        urls = [f"{origin}/bytes/{n + 100}" for n in range(5)]
        self.write_list(urls + ["http://127.0.0.1:1/never"])
        self.assertEqual(self.get(*urls).returncode, 0)
        self.assertEqual(self.status().returncode, 0)
        (self.dir / "100").unlink()
        os.truncate(self.dir / "101", 7)
        result = self.status()
        self.assertEqual(result.returncode, 7)
        self.assertIn("3 ok, 0 failed, 2 left", result.stdout)
        left = self.listed("left", "-i", self.list, status=7)
        self.assertEqual(left, urls[:2] + ["http://127.0.0.1:1/never"])
        self.assertEqual(self.get(*left[:2]).returncode, 0)
        self.assertEqual(self.listed("left", "-i", "-", status=0,
                                     stdin="\n".join(urls)), [])

    def test_a_line_counts_once(self):
        origin = self.serve()
        url = f"{origin}/bytes/100"
        self.assertEqual(self.get(url).returncode, 0)
        self.write_list([url, url + "#part", url.upper().replace("BYTES",
                                                                  "bytes")])
        result = self.status("-i", self.list)
        self.assertEqual(result.returncode, 0)
        self.assertIn("1 ok, 0 failed, 2 skipped, 100 B", result.stdout)
        rows = [json.loads(line) for line in
                self.status("-i", self.list, "--json").stdout.splitlines()]
        self.assertEqual([r.get("dup_of") for r in rows[:-1]], [None, 1, 1])
        self.assertEqual([r.get("n") for r in rows[:-1]], [1, 2, 3])

    def test_a_line_with_headers_is_no_plain_url(self):
        port = free_port()
        self.list = self.scratch / "list.jsonl"
        self.list.write_text(
            json.dumps({"url": f"http://127.0.0.1:{port}/a"}) + "\n"
            + json.dumps({"url": f"http://127.0.0.1:{port}/b",
                          "headers": {"X-A": "b"}}) + "\n")
        self.assertEqual(self.get("-i", self.list).returncode, 8)
        for arguments in [], ["-i", self.list]:
            result = self.status("--list", "failed", *arguments)
            self.assertEqual(result.stdout, f"http://127.0.0.1:{port}/a\n")
            self.assert_one_line(result, 8, "1 more", "headers")
            rows = self.status("--json", "--list", "failed", *arguments)
            urls = [json.loads(r).get("url")
                    for r in rows.stdout.splitlines()[:-1]]
            self.assertEqual(urls, [f"http://127.0.0.1:{port}/a",
                                    f"http://127.0.0.1:{port}/b"])

    def test_it_may_be_asked_during_a_run(self):
        origin = self.serve("--fault", "stall=50")
        urls = [f"{origin}/bytes/{n + 100}" for n in range(20)]
        self.write_list(urls)
        run = self.start("-i", self.list, "-d", self.dir, "-q", "-x", "0")
        text = r"(\d+) ok, 0 failed, (\d+) left"

        def stalled():
            found = re.match(text, self.status().stdout)
            return found and int(found[1]) > 0 and sum(
                map(int, found.groups())) == 20
        self.assertTrue(wait_for(stalled), self.status())
        self.assertIsNone(run.poll())
        self.assertEqual(self.status().returncode, 7)
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 7)
        self.assertEqual(self.status().returncode, 7)

    def test_parts_are_told(self):
        origin = self.serve("--bandwidth", "1M")
        run = self.start(f"{origin}/bytes/50000000", "-d", self.dir, "-q")
        self.assertTrue(wait_for(
            lambda: self.part_size("50000000") > 300000))
        run.kill()
        run.communicate()
        result = self.status()
        self.assertEqual(result.returncode, 7)
        self.assertRegex(result.stdout,
                         r"^0 ok, 0 failed, 1 left \(1 part, [\d.]+ .?B\), 0 B")
        row = json.loads(self.status("--json").stdout.splitlines()[0])
        self.assertEqual(row["outcome"], "left")
        self.assertEqual(row["bytes"], self.part_size("50000000"))

    def test_a_reader_that_has_enough_ends_it(self):
        self.run_with_failures()
        with subprocess.Popen([HAUL, "status", self.dir, "--json"],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)

    def test_what_cannot_be_told_is_one_line(self):
        self.dir.mkdir()
        nowhere = self.haul("status", self.scratch / "nowhere")
        self.assert_one_line(nowhere, 3, "nowhere")
        self.assert_one_line(self.status(), 3, "no run")
        self.assert_one_line(self.status("--list", "left"), 2, "-i")
        self.assert_one_line(self.status("--list", "most"), 2, "ok, failed")
        self.assert_one_line(self.status(self.dir), 2, "one directory")
        self.assert_one_line(self.haul("status"), 2, "one directory")
        self.assertEqual(self.get("http://127.0.0.1:1/x").returncode, 8)
        self.assert_one_line(self.status("-i", "missing"), 3, "missing")
        full = os.open("/dev/full", os.O_WRONLY)
        self.addCleanup(os.close, full)
        for arguments in [], ["--json"], ["--list", "all"]:
            process = subprocess.run(
                [HAUL, "status", self.dir, *arguments], stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
            self.assert_one_line(process, 3, "standard output", "space")

    def test_another_versions_journal_is_refused(self):
        (self.dir / ".haul").mkdir(parents=True)
        (self.dir / ".haul/journal").write_text("H\t1\tboot\t1700000000\n")
        self.assert_one_line(self.status(), 3, "another version")
        run = self.get("http://127.0.0.1:1/x")
        self.assert_one_line(run, 3, "another version")


if __name__ == "__main__":
    unittest.main()
