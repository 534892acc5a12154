"""The command line: words, messages, exit statuses, files."""

import http.server
import os
import re
import signal
import statistics
import subprocess
import threading
import unittest

from support import HAUL, MODES, HaulTest, free_port, wait_for


class Words(HaulTest):
    def test_a_cause_to_retry_on_that_there_is_not_is_refused(self):
        for bad in ("foo", "404,tlss", "99", "4040", "404, tls", "3xx", ","):
            result = self.haul("--retry-on", bad, "http://127.0.0.1:1/")
            self.assert_one_line(result, 2, "--retry-on", bad,
                                 "is not a status")

    def test_a_newcomers_first_command_needs_no_network(self):
        result = self.haul("get", "--local", "-n", "3", "-d", self.dir)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.names()), 3)
        for name in self.names():
            self.assertEqual((self.dir / name).read_bytes()[:4], b"\x89PNG")

    def test_the_same_again_finds_what_is_there(self):
        """Each folder has a port of its own, unless somebody else has it."""
        for attempt in range(5):
            self.dir = self.scratch / str(attempt)
            ports = set()
            for run in range(2):
                report = self.scratch / "report"
                result = self.haul("get", "--local", "-n", "2", "-d", self.dir,
                                   "--latency", "0", "--report", report)
                self.assertEqual(result.returncode, 0, result.stderr)
                rows, _ = self.read_report(report)
                ports.update(row["url"].split("/")[2] for row in rows)
            if len(ports) == 1:
                break
        self.assertIn("2 were there", result.stderr)
        self.assertEqual(len(self.names()), 2)

    def test_sequential_says_that_it_has_one_at_a_time(self):
        result = self.haul("get", "--local", "-n", "1", "-d", self.dir, "-j",
                           "2", "-m", "sequential")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("-j 2 is ignored: -m sequential makes one transfer",
                      result.stderr)
        self.assertNotIn("too many open files", result.stderr)

    def test_version_names_the_libraries(self):
        result = self.haul("--version")
        self.assertEqual(result.returncode, 0)
        self.assertIn("libcurl/", result.stdout)
        self.assertIn("libuv/", result.stdout)

    def test_help_names_each_command_and_option(self):
        self.assertIn("compare", self.haul("--help").stdout)
        for command in ("get", "compare", "serve"):
            asked = self.haul("help", command)
            self.assertEqual(asked.returncode, 0)
            text = self.haul(command, "--help")
            self.assertEqual(text.returncode, 0)
            self.assertIn("--latency", text.stdout)
            self.assertEqual(asked.stdout, text.stdout)
            for line in text.stdout.splitlines():
                self.assertLessEqual(len(line), 79)

        self.assert_one_line(self.haul("help", "sevre"), 2, "serve")

    def test_bad_usage_ends_with_a_pointer_to_help(self):
        """One line, and not the help itself."""
        for words, command in (
                (["--dirr", "x"], "get "), (["get", "-x"], "get "),
                (["status", "--lst"], "status "), (["serve", "x"], "serve "),
                (["compare", "x"], "compare "), (["page"], "page "),
                (["verify"], "verify "), (["statsu"], ""),
                (["help", "x"], ""), (["--completion", "x"], "")):
            result = self.haul(*words)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            lines = result.stderr.splitlines()
            self.assertEqual(len(lines), 2, lines)
            self.assertEqual(lines[1], f"Try 'haul {command}--help'.")

    def test_a_word_that_is_no_url_is_told_what_it_may_be(self):
        (self.scratch / "list").touch()
        self.assert_one_line(self.haul("list"), 2, "-i list")
        self.assert_one_line(self.haul("a.example/x"), 2, "https://a.example/x")

    def test_what_is_for_the_embedded_origin_needs_it(self):
        for option, value in (("--latency", "3s"), ("--fault", "404=10"),
                              ("--seed", "3"), ("--fault-times", "0")):
            result = self.haul(option, value, "http://127.0.0.1:1/")
            self.assert_one_line(result, 2, option, "--local")

    def test_a_root_that_is_missing_is_named(self):
        result = self.haul("serve", "--root", "nowhere")
        self.assert_one_line(result, 1, "--root", "nowhere")

    def test_every_option_of_help_is_known(self):
        options = [
            word
            for word in self.haul("get", "--help").stdout.split()
            if word.startswith("--") and word.strip("-").replace("-", "").isalpha()
        ]
        self.assertGreater(len(options), 30)
        for option in options:
            result = self.haul("get", option)
            self.assertNotIn("no such option", result.stderr)

    def test_a_misspelt_option_gets_a_suggestion(self):
        self.assert_one_line(self.haul("--retyr", "3"), 2, "--retyr", "--retry")

    def test_a_misspelt_command_gets_a_suggestion(self):
        self.assert_one_line(self.haul("comapre"), 2, "comapre", "compare")

    def test_letters_of_other_tools_are_refused_with_ours(self):
        self.assert_one_line(self.haul("-Z", "http://a/"), 2, "-Z", "-j")
        self.assert_one_line(self.haul("-O", "http://a/"), 2, "-O", "-o")

    def test_an_address_to_resolve_to_is_checked(self):
        url = "http://a.example:1/"
        for bad in ("", "a.example", "a.example:1", "a.example:1:",
                    ":1:127.0.0.1", "a.example:x:127.0.0.1",
                    "a.example:0:127.0.0.1", "a.example:65536:127.0.0.1",
                    "a.example:1:localhost", "a.example:1:[127.0.0.1]",
                    "a.example:1:127.0.0.1,", "a\nb:1:127.0.0.1", "a.example:1:127.0.0.1,b",
                    "a.example:1:" + "0" * 99):
            self.assert_one_line(self.haul("--resolve", bad, "--dry-run", url),
                                 2, "HOST:PORT:ADDRESS")
        for good in ("a.example:1:127.0.0.1", "+a.example:1:127.0.0.1",
                     "*:65535:127.0.0.1,127.0.0.2", "a.example:1:::1",
                     "a.example:1:[::1],127.0.0.1"):
            result = self.haul("--resolve", good, "--dry-run", url)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_bad_values_name_the_option(self):
        for option, value in (
            ("--jobs", "many"),
            ("--limit-rate", "-3"),
            ("--max-time", "soon"),
            ("--mode", "fast"),
            ("--header", "no colon"),
            ("--resolve", "nothing"),
            ("--debug", "everything"),
            ("--output", "{nothing}"),
        ):
            result = self.haul(option, value, "http://127.0.0.1:1/")
            self.assert_one_line(result, 2, option if option != "--output" else "{")


class BadInput(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()

    def test_a_missing_list_is_named(self):
        self.assert_one_line(self.haul("-i", "nowhere.txt"), 3, "nowhere.txt")

    def test_a_line_that_is_no_url_fails_alone(self):
        (self.scratch / "list.txt").write_text(
            f"{self.origin}/bytes/10\nthis is no url\nftp://x/y\n"
            f"{self.origin}/bytes/20\n"
        )
        result = self.haul("-i", "list.txt", "-d", self.dir)
        self.assertEqual(result.returncode, 8)
        self.assertIn("list.txt:2: this is no url", result.stderr)
        self.assertIn("list.txt:3: ftp://x/y", result.stderr)
        self.assertEqual(self.names(), ["10", "20"])

    def test_a_bad_line_is_named_with_its_own_list(self):
        (self.scratch / "a.txt").write_text(f"{self.origin}/bytes/10\n")
        (self.scratch / "b.txt").write_text("#\nthis is no url\n")
        lists = ("-i", "a.txt", "-i", "b.txt", "-d", self.dir)
        for more in ([], ["--dry-run"]):
            result = self.haul("ftp://x/y", *lists, *more)
            self.assertIn("haul: b.txt:2: this is no url:", result.stderr)
            self.assertIn("haul: ftp://x/y: name:", result.stderr)

    def test_an_unwritable_directory_is_named(self):
        (self.scratch / "file").write_text("")
        result = self.haul("-d", "file/below", f"{self.origin}/bytes/1")
        self.assert_one_line(result, 3, "file/below")

    def test_an_unresolvable_host_is_named_and_the_others_are_fetched(self):
        result = self.haul(
            "-d", self.dir, "--retry", "0",
            "http://no-such-host.invalid/x", f"{self.origin}/bytes/5",
        )
        self.assert_one_line(result, 8, "no-such-host.invalid", "nodomain")
        self.assertEqual(self.names(), ["5"])

    def test_a_port_that_refuses_is_named_and_the_others_are_fetched(self):
        url = f"http://127.0.0.1:{free_port()}/x"
        for mode in MODES:
            result = self.haul(
                "-m", mode, "-d", self.dir, "--retry", "0", url,
                f"{self.origin}/bytes/5?{mode}",
            )
            self.assert_one_line(result, 8, url, "connect")
        self.assertEqual(len(self.names()), 4)

    def test_a_report_that_cannot_be_written_is_named(self):
        result = self.haul("--report", "no/where", f"{self.origin}/bytes/1")
        self.assert_one_line(result, 3, "no/where")

    def test_a_missing_certificate_is_named(self):
        result = self.haul("--cacert", "ca.pem", f"{self.origin}/bytes/1")
        self.assert_one_line(result, 2, "--cacert", "ca.pem")

    def test_a_netrc_that_is_a_pipe_is_refused(self):
        """Nobody could end a run that waits for it."""
        os.mkfifo(self.scratch / ".netrc")
        result = self.haul("--netrc", f"{self.origin}/bytes/1",
                           env=self.environment(HOME=str(self.scratch)))
        self.assert_one_line(result, 3, "--netrc", "plain file")

    def test_names_never_leave_the_directory(self):
        (self.scratch / "list.tsv").write_text(
            f"{self.origin}/bytes/1\t../../escaped\n"
            f"{self.origin}/bytes/2\t/absolute\n"
            f"{self.origin}/..%2f..%2fbytes%2f3\n"
        )
        self.haul("-i", "list.tsv", "-d", self.dir, "--retry", "0")
        self.assertEqual(self.names(), ["absolute", "escaped"])
        self.assertFalse((self.scratch / "escaped").exists())

    def test_server_text_cannot_write_to_the_terminal(self):
        result = self.haul("-d", self.dir, f"{self.origin}/no\x1b[31m")
        self.assertNotIn("\x1b", result.stderr)


class Lists(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()

    def test_crlf_bom_comments_and_a_missing_last_newline(self):
        (self.scratch / "list.txt").write_bytes(
            f"\ufeff# a comment\r\n{self.origin}/bytes/1\r\n\r\n"
            f"  {self.origin}/bytes/2".encode()
        )
        result = self.haul("-i", "list.txt", "-d", self.dir)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["1", "2"])

    def test_tsv_with_names_and_with_a_header(self):
        (self.scratch / "a.tsv").write_text(
            f"{self.origin}/bytes/1\tone.bin\n{self.origin}/bytes/2\tsub/two\n"
        )
        (self.scratch / "b.tsv").write_text(
            f"caption\turl\nthree\t{self.origin}/bytes/3\n"
        )
        result = self.haul("-i", "a.tsv", "-i", "b.tsv", "-d", self.dir)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["3", "one.bin", "sub/two"])

    def test_a_list_from_a_pipe_starts_at_its_first_line(self):
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as pipe:
            process = self.start_with_stdin(reader)
            pipe.write(f"{self.origin}/bytes/1\n")
            pipe.flush()
            self.assertTrue(wait_for(lambda: self.dir.exists() and self.names()))
            pipe.write(f"{self.origin}/bytes/2\n")
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.names(), ["1", "2"])

    def start_with_stdin(self, fd):
        import subprocess
        from support import HAUL

        process = subprocess.Popen(
            [HAUL, "-i", "-", "-d", str(self.dir)],
            stdin=fd,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        os.close(fd)
        self.addCleanup(self.end, process)
        return process

    def test_two_urls_of_one_name_both_keep_a_file(self):
        result = self.haul(
            "-d", self.dir, f"{self.origin}/bytes/7?a", f"{self.origin}/bytes/7?b"
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.names()), 2)

    def test_templates_make_names(self):
        self.haul(
            "-d", self.dir, "-o", "{host}/{n:03}-{stem}{ext}",
            f"{self.origin}/600x400/a.png",
        )
        self.assertEqual(self.names(), ["127.0.0.1/001-a.png"])


class Runs(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve("--latency", "5ms")

    def urls(self, count):
        return [f"{self.origin}/bytes/{1000 + i}" for i in range(count)]

    def test_a_rerun_fetches_nothing_and_a_deleted_file_again(self):
        self.haul("-d", self.dir, *self.urls(5))
        (self.dir / "1003").unlink()
        report = self.scratch / "report"
        result = self.haul("-d", self.dir, "--report", report, *self.urls(5))
        self.assertEqual(result.returncode, 0)
        self.assertIn("4 were there", result.stderr)
        rows, _ = self.read_report(report)
        self.assertEqual([r["attempts"] for r in sorted(rows, key=lambda r: r["n"])],
                         [0, 0, 0, 1, 0])
        self.assertEqual(len(self.names()), 5)

    def test_anothers_file_is_not_touched(self):
        self.dir.mkdir()
        (self.dir / "1000").write_text("mine")
        self.haul("-d", self.dir, self.urls(1)[0])
        self.assertEqual((self.dir / "1000").read_text(), "mine")
        self.assertEqual(len(self.names()), 2)
        result = self.haul("-d", self.dir, "--if-exists", "skip",
                           f"{self.origin}/bytes/1000?x")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(self.names()), 2)

    def test_modes_leave_the_same_files(self):
        contents = []
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.haul("-m", mode, "-d", self.dir, *self.urls(20))
            self.assertEqual(result.returncode, 0, result.stderr)
            contents.append({n: (self.dir / n).read_bytes() for n in self.names()})
        self.assertEqual(len(contents[0]), 20)
        for other in contents[1:]:
            self.assertEqual(contents[0], other)

    def test_a_good_quiet_run_prints_nothing(self):
        result = self.haul("-q", "-d", self.dir, *self.urls(3))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_the_report_has_a_row_for_each_line_and_a_summary(self):
        report = self.scratch / "report"
        for mode in MODES:
            self.haul("-m", mode, "-d", self.scratch / mode, "--report", report,
                      *self.urls(3), f"{self.origin}/none", "bad:url")
            rows, summary = self.read_report(report)
            self.assertEqual(sorted(r["n"] for r in rows), [1, 2, 3, 4, 5])
            self.assertEqual(summary["ok"], 3)
            self.assertEqual(summary["errors"], {"http": 1, "name": 1})
            self.assertEqual(summary["left"], 0)
            for row in rows:
                parts = sum(row[k] for k in ("queued_ms", "dns_ms", "connect_ms",
                                             "tls_ms", "wait_ms", "body_ms",
                                             "ready_ms", "work_ms", "file_ms"))
                self.assertAlmostEqual(parts, row["total_ms"], delta=0.01)
                self.assertEqual(row["v"], 1)
            good = [r for r in rows if r["outcome"] == "ok"]
            self.assertTrue(all(r["status"] == 200 and r["http"] == "1.1" and
                                r["worker"] >= 1 for r in good))

    def test_nothing_is_queued_for_longer_than_the_run(self):
        """Of a long queue most waits in a file, and comes back from there."""
        origin = self.serve("--latency", "10ms")
        report = self.scratch / "report"
        self.haul("-d", self.dir, "--report", report, "-x", "2",
                  *(f"{origin}/bytes/10?{n}" for n in range(100)))
        rows, summary = self.read_report(report)
        self.assertEqual(summary["ok"], 100)
        for row in rows:
            self.assertLessEqual(row["queued_ms"], 1000 * summary["seconds"])

    def test_faults_are_retried_until_all_is_there(self):
        origin = self.serve("--fault", "503=30", "--fault", "truncate=20",
                            "--fault", "reset=20", "--seed", "7")
        for mode in MODES:
            self.dir = self.scratch / mode
            result = self.haul("-m", mode, "-d", self.dir, "-x", "0",
                               "--retry-delay", "10ms",
                               *[f"{origin}/bytes/{2000 + i}" for i in range(15)])
            self.assertEqual(result.returncode, 0, result.stderr)
            for name in self.names():
                self.assertEqual((self.dir / name).stat().st_size, int(name))

    def test_the_debug_story_is_stamped_and_in_order(self):
        for mode in MODES:
            result = self.haul("-m", mode, "-d", self.scratch / mode, "--debug",
                               "all", "--progress", "none", *self.urls(3))
            lines = [l for l in result.stderr.splitlines() if " ms  " in l]
            self.assertGreater(len(lines), 20, mode)
            self.assertIn("3 ok", result.stderr.split(lines[-1])[1], mode)
            # The middle one: on a busy machine a single one may take longer.
            took = re.findall(r"took=(\d+)us timeout=0ms", result.stderr)
            self.assertLessEqual(statistics.median(map(int, took or [0])),
                                 1000, mode)
            story = "\n".join(lines)
            for word in ("turn", "taken", "transfer begins", "answer status=200",
                         "transfer ends", "publish", "done"):
                self.assertIn(word, story, mode)
            if mode == "async":
                self.assertIn("socket watch", story)
                self.assertIn("timer set", story)
            else:
                self.assertIn("worker" if mode != "sequential" else "turn", story)
            begins = story.index("#1 transfer begins")
            self.assertLess(story.index("#1 queued"), begins)
            self.assertLess(begins, story.index("#1 answer"))
            self.assertLess(story.index("#1 answer"), story.index("#1 transfer ends"))

    def test_local_errors_lose_nothing_else(self):
        self.dir.mkdir()
        (self.dir / "elsewhere").symlink_to(self.scratch)
        urls = self.urls(3)
        (self.scratch / "list.tsv").write_text(
            "".join(f"{url}\t{name}\n" for url, name in
                    zip(urls, ("1000", "elsewhere/1001", "1002"))))
        result = self.haul("-d", self.dir, "-i", "list.tsv")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(self.names(), ["1000", "1002"])

    def test_standard_files_that_are_closed_are_no_others(self):
        for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
            result = subprocess.run(
                ["sh", "-c", f'exec "$0" "$@" {closed}', HAUL, "get",
                 "--local", "-n", "2", "-d", self.dir, "--latency", "1ms",
                 "--restart", "--debug", "all"], cwd=self.scratch,
                env=self.environment(), capture_output=True, timeout=60)
            self.assertEqual(result.returncode, 0, (closed, result.stderr))
        journal = (self.dir / ".haul/journal").read_bytes()
        self.assertNotIn(b" ms  ", journal)

    def test_what_failed_before_names_the_option_that_asks_again(self):
        origin = self.serve()
        urls = [f"{origin}/status/404", f"{origin}/bytes/5000"]
        for again in ("", " when it was last asked for; --retry-failed asks "
                      "again"):
            result = self.haul(*urls, "-d", self.dir, "--max-filesize", "1000",
                               "--report", "report")
            comma = "," if again else ""
            said = ["HTTP 404" + again,
                    "larger than --max-filesize" + comma + again]
            rows, _ = self.read_report(self.scratch / "report")
            self.assertEqual(
                [r["message"] for r in sorted(rows, key=lambda r: r["n"])],
                said)
            for text in said:
                self.assertIn(f": {text}\n", result.stderr)


class Interrupts(HaulTest):
    """Ctrl-C in each mode, on transfers that stand still."""

    def started(self, mode, origin):
        report = self.scratch / "report"
        process = self.start("get", "-m", mode, "-d", self.dir, "-j", "3",
                             "--report", report, "--debug", "transfer",
                             *[f"{origin}/bytes/{i}" for i in range(10, 14)])
        while "answer status=200" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        return process, report

    def test_two_interrupts_end_a_stalled_transfer(self):
        origin = self.serve("--fault", "stall=100", "--fault-times", "0")
        for mode in MODES:
            with self.subTest(mode=mode):
                process, report = self.started(mode, origin)
                os.killpg(process.pid, signal.SIGINT)
                os.killpg(process.pid, signal.SIGINT)
                _, told = process.communicate(timeout=10)
                self.assertEqual(process.returncode, 7)
                if mode == "sequential":
                    self.assertIn("0 ok, 0 failed, 4 left", told)
                rows, _ = self.read_report(report)
                self.assertTrue(all(r["outcome"] == "left" for r in rows))

    def test_one_interrupt_lets_what_is_in_flight_finish(self):
        origin = self.serve("--bandwidth", "100")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.dir = self.scratch / mode
                process, report = self.started(mode, origin)
                os.killpg(process.pid, signal.SIGTERM)
                process.communicate(timeout=20)
                self.assertIn(process.returncode, (0, 7))
                rows, _ = self.read_report(report)
                self.assertTrue(any(r["outcome"] == "ok" for r in rows))

    def test_an_interrupt_ends_a_long_pause(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever).start()
        for mode in MODES:
            with self.subTest(mode=mode):
                process = self.start(
                    "get", "-m", mode, "-d", self.dir, "--debug", "schedule",
                    f"http://127.0.0.1:{server.server_port}/x")
                while " retry " not in process.stderr.readline():
                    self.assertIsNone(process.poll())
                os.killpg(process.pid, signal.SIGTERM)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, 7)


class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.send_header("Retry-After", "3000")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Held(HaulTest):
    def test_a_transfer_that_was_held_back_and_failed_ends_the_run(self):
        origin = self.serve()
        run = self.haul("-d", self.dir, "--limit-rate", "1", "--max-time", "1",
                        "--retry", "0", f"{origin}/bytes/100000", timeout=20)
        self.assertEqual(run.returncode, 8, run.stderr)


if __name__ == "__main__":
    unittest.main()
