"""haul get --plan and haul merge: the parts of a list as tasks of a scheduler,
killed, repeated, and run twice at once."""

import errno
import http.server
import itertools
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import subprocess
import threading
import time
import unittest

from limited import NEEDS_NUMBERS, refuse
from support import HAUL, HaulTest, MODES, state_of, wait_for


class Origin(http.server.ThreadingHTTPServer):
    """Each answer has other bytes, so that a file that was written twice shows
    it. status: of a path, for the requests that still get it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.hits = []
        self.status = {}
        self.numbers = itertools.count()
        self.spans = []  # when each answer began and ended
        self.delay = 0
        self.hold = threading.Event()
        self.hold.set()

    def handle_error(self, *args):
        pass  # a task was killed


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.hits.append(self.path)
        begun = time.monotonic()
        server.hold.wait()
        time.sleep(server.delay)
        server.spans.append((begun, time.monotonic()))
        status = server.status.get(self.path, [200])
        status = status.pop(0) if len(status) > 1 else status[0]
        body = f"{self.path} {next(server.numbers)}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Parts(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = Origin()
        self.url = self.answer_with(self.origin)
        self.addCleanup(self.origin.hold.set)
        self.list = self.scratch / "list"
        self.run_dir = self.scratch / "run"

    def plan(self, count, *options, parts=4, more=()):
        urls = [f"{self.url}/{i}" for i in range(count)]
        self.list.write_text("".join(u + "\n" for u in [*urls, *more]))
        result = self.haul("plan", "-i", "list", "-d", "run", "--shards",
                           parts, *options)
        self.assertEqual(result.returncode, 0, result.stderr)

    def part(self, index, *options, parts=4, env=None):
        return self.haul("get", "--plan", "run", "--shard", f"{index}/{parts}",
                         "--concurrent-shards", "1", "--retry-delay", "0",
                         *options, env=env)

    def begin(self, *options, parts=1, index=0):
        return self.start("get", "--plan", "run", "--shard",
                          f"{index}/{parts}", "-q", "-x", "0",
                          "--retry-delay", "0", *options)

    def merge(self, *options):
        return self.haul("merge", "run", *options)

    def rows(self, *options):
        report = self.scratch / "report.jsonl"
        result = self.merge("--report", report, *options)
        return result, *self.read_report(report)

    def is_done(self, index):
        return (self.run_dir / f"{index:05}" / ".haul" / "DONE").exists()

    def files(self):
        return {str(p.relative_to(self.run_dir)): p.read_text()
                for p in sorted(self.run_dir.rglob("*"))
                if p.is_file() and ".haul" not in p.parts
                and p.name != "plan.json"}

    def done_records(self):
        """{(part, name): the hashes that attempts have on record}."""
        hashes = {}
        for journal in self.run_dir.glob("*/.haul/journal.*"):
            for line in journal.read_text().splitlines():
                fields = line.split("\t")
                if fields[0] == "d":
                    key = journal.parents[1].name, fields[2]
                    hashes.setdefault(key, set()).add(fields[9])
        return hashes

    def assert_all_there(self, count):
        """Every URL has one file with one content."""
        result, rows, _ = self.rows("--verify")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual([row["outcome"] for row in rows], ["ok"] * count)
        files = self.files()
        finished = {n: t for n, t in files.items() if not n.endswith(".part")}
        self.assertEqual(sorted(finished), sorted(r["file"] for r in rows))
        for row in rows:
            path = "/" + row["url"].rsplit("/", 1)[1]
            self.assertEqual(finished[row["file"]].split()[0], path)
        for name, hashes in self.done_records().items():
            self.assertEqual(len(hashes), 1, name)


class EachPart(Parts):
    def test_the_parts_are_the_list_and_have_nothing_in_common(self):
        for parts in (1, 2, 7, 64):
            with self.subTest(parts=parts):
                self.run_dir = self.scratch / f"run{parts}"
                self.origin.hits.clear()
                self.plan(100, parts=parts)
                (self.scratch / "run").rename(self.run_dir)
                for i in range(parts):
                    result = self.haul("get", "-i", "list", "--plan",
                                       self.run_dir, "--shard", f"{i}/{parts}",
                                       "--concurrent-shards", "1")
                    self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(sorted(self.origin.hits),
                                 sorted(f"/{i}" for i in range(100)))
                names = [pathlib.Path(n).name for n in self.files()]
                self.assertEqual(sorted(names),
                                 sorted(str(i) for i in range(100)))

    @unittest.skipUnless(platform.machine() == "x86_64", NEEDS_NUMBERS)
    def test_files_are_synced_before_they_get_their_names(self):
        leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        for options, count in ((["--no-fsync"], 10), ([], 0)):
            self.plan(10, parts=1)
            result = subprocess.run(
                [HAUL, "get", "--plan", "run", "--shard", "0/1", "--retry",
                 "0", *options], capture_output=True, text=True,
                cwd=self.scratch, env=self.environment(ASAN_OPTIONS=leaks),
                preexec_fn=lambda: refuse("fsync", errno.EIO))
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertFalse(self.is_done(0))
            self.assertEqual(len(self.files()), count)
            self.run_dir.rename(self.scratch / f"run-{count}")

    def test_each_mode_fetches_a_part(self):
        self.plan(40)
        for index, mode in enumerate(MODES):
            result = self.part(index, "-m", mode)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_all_there(40)

    def test_a_part_that_is_done_ends_at_once(self):
        self.plan(20)
        self.assertEqual(self.part(1).returncode, 0)
        self.assertTrue(self.is_done(1))
        self.list.unlink()
        self.origin.hits.clear()
        result = self.part(1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("part 1 of 4 is done", result.stderr)
        self.assertEqual(self.origin.hits, [])

    def test_the_number_comes_from_the_scheduler(self):
        self.plan(20)
        cases = [
            ({"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "1"}, [],
             2),
            ({"JOB_COMPLETION_INDEX": "1"}, ["--shard", "auto"], 1),
            ({"AWS_BATCH_JOB_ARRAY_INDEX": "3"}, [], 3),
            ({"SLURM_ARRAY_TASK_ID": "1"}, ["--shard-offset", "-1"], 0),
            ({"SLURM_ARRAY_TASK_ID": "2", "JOB_COMPLETION_INDEX": "2"}, [], 2),
        ]
        for env, options, index in cases:
            with self.subTest(env=env):
                done = self.run_dir / f"{index:05}" / ".haul" / "DONE"
                done.unlink(missing_ok=True)
                result = self.haul("get", "--plan", "run", *options,
                                   env=self.environment(**env))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(self.is_done(index))

    def test_disagreement_is_said(self):
        self.plan(20)
        auto = ["get", "--plan", "run"]
        cases = [
            ({}, [], "none of SLURM_ARRAY_TASK_ID"),
            ({"SLURM_ARRAY_TASK_ID": "1", "JOB_COMPLETION_INDEX": "2"}, [],
             "SLURM_ARRAY_TASK_ID is 1, but JOB_COMPLETION_INDEX is 2"),
            ({"SLURM_ARRAY_TASK_ID": "4"}, [], "--shard-offset -1"),
            ({"SLURM_ARRAY_TASK_ID": "x"}, [], "is no number of a part"),
            ({}, ["--shard", "4/4"], "--shard 4/4: parts are 0 to 3; for an "
             "array that begins at 1: --shard-offset -1"),
            ({}, ["--shard", "0/4", "--shard-offset", "-1"],
             "with --shard-offset it is -1: parts are 0 to 3"),
            ({}, ["--shard", "0/4", "--shard-offset", "4"],
             "with --shard-offset it is 4: parts are 0 to 3"),
            ({}, ["--shard", "0/4", "--shard-offset", "1000000001"],
             "is no number from -1000000000 to 1000000000"),
            ({}, ["--shard", "0/4", "--shard-offset", "--1"],
             "is no number from -1000000000 to 1000000000"),
            ({}, ["--shard", "1/5"], "the plan has 4 parts"),
            ({}, ["--shard", "1"], "is no number of a part, as 0/64"),
            ({}, ["--shard", "0/4", "-d", "x"], "does not go with -d"),
            ({}, ["--shard", "0/4", "-N"], "does not go with -N"),
            ({}, ["--shard", "0/4", "--restart"], "does not go with --restart"),
            ({}, ["--shard", "0/4", "--data", "x"], "does not go with --data"),
            ({}, ["--shard", "0/4", "http://a.example/"], "takes no URLs"),
            ({}, ["--shard", "0/4", "-o", "{n}"], "--output: the plan does "
             "without it"),
        ]
        for env, options, words in cases:
            with self.subTest(options=options, env=env):
                self.assert_one_line(
                    self.haul(*auto, *options, env=self.environment(**env)), 2,
                    words)
        self.assert_one_line(self.haul("get", "-i", "list", "--shard", "0/4"),
                             2, "--shard: needs --plan RUN")
        self.assert_one_line(self.haul("get", "--plan", "none"), 2,
                             "there is no plan")
        self.assertEqual(self.origin.hits, [])

    def test_the_plans_options_hold_for_all(self):
        self.plan(8, "-o", "x{n}{ext}", "--max-filesize", "1M", parts=1)
        self.assertEqual(self.part(0, "--max-filesize", "1048576",
                                   parts=1).returncode, 0)
        self.assertEqual(sorted(self.files()),
                         [f"00000/x{n}" for n in range(1, 9)])

    def test_another_list_is_refused(self):
        self.plan(20)
        before = self.list.stat()
        text = self.list.read_text()
        self.list.write_text(text + f"{self.url}/more\n")
        self.assert_one_line(self.part(0), 2, "its size is another")
        self.list.write_text(text)
        refused = self.part(0)
        self.assert_one_line(refused, 2, "at another time; if it is the same "
                             "list, copy it with its time (cp -p), or touch")
        # What is advised makes the list usable.
        line = refused.stderr.splitlines()[0]
        words = line[line.index("touch -d @"):].split()
        subprocess.run(words, cwd=self.scratch, check=True)
        self.assertEqual(self.origin.hits, [])
        self.assertEqual(self.part(1).returncode, 0)
        # Another content, with the same size and time.
        self.list.write_text(text.replace("/1\n", "/x\n"))
        os.utime(self.list, ns=(before.st_atime_ns, before.st_mtime_ns))
        result = self.part(0)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("its SHA-256 is another", result.stderr)
        self.assertFalse(self.is_done(0))

    def test_a_damaged_plan_is_refused(self):
        self.plan(8, "-o", "{n}")
        path = self.run_dir / "plan.json"
        text = path.read_text()
        plan = json.loads(text)
        damaged = [
            ({"parts": 4 + 2**32}, "it is damaged"),
            ({"haul_plan": 1 + 2**32}, "another version"),
            ({"hash_version": 1 + 2**32}, "another version"),
            ({"at_once": 2**32}, "it is damaged"),
            ({"options": {"output": 5}}, "option output: it is damaged"),
            ({"options": {"output": None}}, "option output: it is damaged"),
            ({"options": {"compressed": False}},
             "option compressed: it is damaged"),
            ({"lists": [plan["lists"][0] | {"mtime_ns": -2**63}]},
             "touch -d @-9223372037.145224192 "),
        ]
        texts = [(json.dumps(plan | change), words)
                 for change, words in damaged]
        texts += [("", "it is damaged"), (text[:90], "it is damaged"),
                  (text.replace('"by"', '"parts": 7,\n"by"'),
                   "it is damaged")]
        for changed, words in texts:
            with self.subTest(changed=changed):
                path.write_text(changed)
                self.assert_one_line(self.part(0), 2, words)
                self.assert_one_line(self.merge(), 2, words)
        path.unlink()
        os.mkfifo(path)  # that nobody writes to
        self.assert_one_line(self.part(0), 2, "plan.json: it is no plain file")
        self.assert_one_line(self.merge(), 2, "plan.json: it is no plain file")
        self.assertEqual(self.origin.hits, [])

    def test_a_done_that_is_no_part_of_this_plan_does_not_count(self):
        self.plan(20, parts=2)
        self.part(0, parts=2)
        done = self.run_dir / "00000" / ".haul" / "DONE"
        text = done.read_text()
        (self.run_dir / "plan.json").unlink()
        self.plan(20, parts=3)
        self.assert_one_line(self.part(0, parts=3), 2, "run/00000: its DONE is "
                             "of another plan: --retry-failed looks through")
        for cut in ("", text[:50], text.replace("[", "7, \"x\": [")):
            done.write_text(cut)
            self.assert_one_line(self.part(0, parts=3), 2,
                                 "run/00000: its DONE is damaged")
            self.assertEqual(self.merge().returncode, 7)
        for index in range(3):
            result = self.part(index, "--retry-failed", parts=3)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.merge("--verify").returncode, 0)

    def test_what_is_wrong_with_the_directory_of_a_part_names_it(self):
        self.plan(20)
        part = self.run_dir / "00000"
        other = self.scratch / "other"
        other.mkdir()
        part.symlink_to(other)
        # merge would not find what lies there.
        self.assert_one_line(self.part(0), 3, "run/00000: not a directory")
        self.assertEqual(list(other.iterdir()), [])
        self.assert_one_line(self.merge(), 3, "run/00000: not a directory")
        part.unlink()
        part.write_text("")
        self.assert_one_line(self.part(0), 3, "run/00000: not a directory")
        part.unlink()
        part.mkdir()
        (part / ".haul").symlink_to(other)
        self.assert_one_line(self.part(0), 3, "run/00000: its .haul")
        self.assertEqual(self.origin.hits, [])

    def test_a_damaged_journal_keeps_the_files(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        folder = self.run_dir / "00000" / ".haul"
        (folder / "DONE").unlink()
        journal, = folder.glob("journal.*")
        journal.write_text("no journal\n" * 3)
        self.origin.hits.clear()
        result = self.part(0, parts=1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("00000/.haul/journal.* is damaged in 3 lines: files that "
                      "are there are kept", result.stderr)
        self.assertEqual(self.origin.hits, [])

    def test_commands_without_a_plan_name_the_one_that_is_meant(self):
        self.plan(20)
        get = "part 1 of a plan: haul get --plan run --shard 1/4 "
        for turn in range(2):
            for options in (["-i", "list"], ["--retry-failed"]):
                self.assert_one_line(
                    self.haul("get", "-d", "run/00001/", *options), 2, get)
            self.part(1)
        hits = len(self.origin.hits)
        for words in (["status", "run"], ["--retry-failed", "-d", "run"]):
            self.assert_one_line(self.haul(*words), 3,
                                 "haul merge run tells about its 4 parts")
        # Directories that only look so.
        (self.scratch / "other").mkdir()
        for name in ("00001", "other/00001", "run/00004", "run/1"):
            result = self.haul("get", "-d", name, f"{self.url}/1")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.origin.hits), hits + 4)

    def paste(self, text, begin, end):
        """Runs the command of a message that begins and ends so."""
        command = text[text.index(begin):].splitlines()[0]
        command = command[:command.index(end)] if end else command
        return subprocess.run(
            ["sh", "-c", f'haul() {{ "$HAUL" "$@"; }}\n{command}'],
            cwd=self.scratch, capture_output=True, text=True,
            env=self.environment(HAUL=HAUL, HOME=str(self.scratch)))

    def test_what_is_advised_can_be_pasted_into_a_shell(self):
        self.origin.status["/3"] = [404]
        for name in ("a b", "-dash", "quo'te\"", "$HOME`id`;&", "~*"):
            with self.subTest(name=name):
                self.plan(4, parts=1)
                run = self.scratch / name
                self.run_dir.rename(run)
                shutil.copy(self.list, run / "list")
                result = self.haul("get", f"--plan={name}", "--shard", "0/1",
                                   "-i", f"{name}/list")
                self.assert_one_line(result, 2, "touch -d @")
                self.assertEqual(self.paste(result.stderr, "touch -d @",
                                            "").returncode, 0)
                result = self.haul("get", "-d", f"./{name}/00000/",
                                   f"{self.url}/1")
                self.assert_one_line(result, 2, "this is part 0")
                result = self.paste(result.stderr, "haul get", " fetches it")
                self.assertEqual(result.returncode, 0, result.stderr)
                result = self.haul("status", f"./{name}")
                self.assert_one_line(result, 3, "the directory of a plan")
                result = self.paste(result.stderr, "haul merge", " tells")
                self.assertEqual(result.returncode, 8, result.stderr)
                (run / "plan.json").unlink()
                result = self.haul("get", f"--plan={name}", "--shard", "0/1")
                self.assert_one_line(result, 2, "there is no plan: ")
                result = self.paste(result.stderr.replace("LIST", "list")
                                    .replace("N makes", "1 makes"),
                                    "haul plan", " makes")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue((run / "plan.json").exists())

    def test_names_that_meet_are_resolved_in_each_part_alone(self):
        more = [f"{self.url}/{i}/same" for i in range(8)]
        self.plan(0, more=more, parts=2)
        for index in (0, 1):
            self.assertEqual(self.part(index, parts=2).returncode, 0)
        result, rows, _ = self.rows()
        self.assertEqual(result.returncode, 0)
        files = [row["file"] for row in rows]
        self.assertEqual(len(set(files)), 8)
        for row in rows:
            self.assertIn(row["url"].split("/", 3)[3],
                          (self.run_dir / row["file"]).read_text())


class Failures(Parts):
    def test_failures_for_good_do_not_keep_a_part_open(self):
        self.plan(10, parts=1, more=["no url"])
        self.origin.status["/3"] = [404]
        result = self.part(0, parts=1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(self.is_done(0))
        result, rows, summary = self.rows()
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertIn("9 ok, 2 failed (http 404 1, name 1)", result.stdout)
        self.assertEqual((summary["failed"], summary["left"]), (2, 0))
        self.assertEqual([row["n"] for row in rows], list(range(1, 12)))

    def test_passing_failures_keep_it_open_three_times(self):
        self.plan(10, parts=1)
        self.origin.status["/3"] = [503]
        for status, done in ((8, False), (8, False), (0, True)):
            result = self.part(0, "--retry", "0", parts=1)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertEqual(self.is_done(0), done)
            self.assertEqual("part 0: gave up on 1 URL after 3 tasks; "
                             "--retry-failed asks again" in result.stderr, done)
        self.assertEqual(self.origin.hits.count("/3"), 3)
        self.assertEqual(self.merge().returncode, 8)

    def test_failures_that_this_machine_causes_never_count(self):
        self.plan(10, parts=1)
        # A proxy wants a password.
        self.origin.status["/3"] = [407] * 4 + [200]
        for option in ("-q", "-q", "-v", "-v"):
            result = self.part(0, "--retry", "0", option, parts=1)
            self.assertEqual(result.returncode, 8, result.stderr)
            self.assertIn("part 0 is not done: 1 URL failed for a cause on "
                          "this machine, as a proxy that wants a password; "
                          "mend that, and run the task again", result.stderr)
            self.assertFalse(self.is_done(0))
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assert_all_there(10)

    def test_the_number_of_attempts_can_be_set(self):
        self.plan(10, parts=1)
        self.origin.status["/3"] = [503, 200]
        self.assertEqual(self.part(0, "--retry", "0", "--part-attempts", "1",
                                   parts=1).returncode, 0)
        self.assertTrue(self.is_done(0))

    def test_retry_failed_opens_a_part_again(self):
        self.plan(10, parts=1)
        self.origin.status["/3"] = [404, 200]
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assertEqual(self.merge().returncode, 8)
        self.origin.hits.clear()
        result = self.part(0, "--retry-failed", parts=1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.origin.hits, ["/3"])
        self.assertTrue(self.is_done(0))
        self.assert_all_there(10)

    def test_a_part_that_is_opened_again_has_all_its_attempts(self):
        self.plan(10, parts=1)
        self.origin.status["/3"] = [503]
        statuses = [self.part(0, "--retry", "0", *options,
                              parts=1).returncode
                    for options in ((), (), (), ["--retry-failed"], (), ())]
        self.assertEqual(statuses, [8, 8, 0, 8, 8, 0])

    def test_retry_failed_fetches_what_was_never_begun(self):
        self.plan(10, parts=1)
        result = self.part(0, "--retry-failed", parts=1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_all_there(10)


class Merge(Parts):
    def test_missing_parts_are_a_list_for_the_scheduler(self):
        self.plan(200, parts=12)
        for index in (0, 3, 4, 11):
            self.assertEqual(self.part(index, parts=12).returncode, 0)
        result, rows, summary = self.rows()
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertIn("8 of 12 parts are not done: --array=1-2,5-10",
                      result.stdout)
        self.assertEqual([row["n"] for row in rows], list(range(1, 201)))
        self.assertEqual(summary["left"],
                         sum(row["outcome"] == "left" for row in rows))
        self.assertEqual(summary["ok"], len(self.files()))
        for index in (1, 2, 5, 6, 7, 8, 9, 10):
            self.assertEqual(self.part(index, parts=12).returncode, 0)
        self.assert_all_there(200)

    def test_not_all_journals_are_open_at_once(self):
        parts = 24
        self.plan(100, parts=parts)
        for index in range(parts):
            self.assertEqual(self.part(index, parts=parts).returncode, 0)
        # 16 of them are for journals, two for a part.
        result = subprocess.run(
            [HAUL, "merge", "run", "--verify"], capture_output=True, text=True,
            cwd=self.scratch, env=self.environment(), preexec_fn=lambda:
            resource.setrlimit(resource.RLIMIT_NOFILE, (51, 51)))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("100 ok, 0 failed", result.stdout)

    def test_a_file_that_is_gone_is_missed(self):
        self.plan(20, parts=2)
        for index in (0, 1):
            self.part(index, parts=2)
        name = sorted(self.files())[0]
        (self.run_dir / name).unlink()
        index = int(name.split("/")[0])
        result = self.merge()
        self.assertEqual(result.returncode, 7)
        self.assertIn(f"need get --retry-failed: --array={index}",
                      result.stdout)
        result = self.part(index, "--retry-failed", parts=2)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(name, self.files())
        self.assertEqual(self.merge("--verify").returncode, 0)

    def test_verify_reads_the_files(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        path = self.run_dir / "00000" / "7"
        st = path.stat()
        path.write_text(path.read_text()[::-1])
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        result, rows, _ = self.rows("--verify")
        self.assertEqual(result.returncode, 7, result.stdout)
        self.assertEqual([row["url"] for row in rows
                          if row["outcome"] == "failed"], [f"{self.url}/7"])

    def test_a_lost_journal_is_noticed(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        journal, = (self.run_dir / "00000" / ".haul").glob("journal.*")
        text = journal.read_bytes()
        journal.write_bytes(text[:-40])
        result = self.merge()
        self.assertEqual(result.returncode, 7)
        self.assertIn("one of its journals is gone or was changed",
                      result.stderr)

    def test_lines_of_a_journal_that_is_gone_are_left_and_not_bad(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        for journal in (self.run_dir / "00000" / ".haul").glob("journal.*"):
            journal.unlink()
        result, rows, summary = self.rows()
        self.assertEqual(result.returncode, 7)
        self.assertEqual([row["outcome"] for row in rows], ["left"] * 20)
        self.assertEqual(summary["left"], 20)
        self.assertNotIn("no usable URL", result.stderr)
        self.assertIn("need get --retry-failed: --array=0", result.stdout)
        self.assertEqual(self.part(0, "--retry-failed",
                                   parts=1).returncode, 0)
        self.assert_all_there(20)

    def test_failures_that_may_pass_are_a_list_for_the_scheduler(self):
        self.plan(40, parts=2)
        for i in range(40):
            self.origin.status[f"/{i}"] = [503]
        self.origin.status["/7"] = self.origin.status["/8"] = [404]
        options = "--retry", "0", "--part-attempts", "1"
        self.part(0, *options, parts=2)
        # What is not done asks again without an option.
        self.part(1, "--retry", "0", parts=2)
        self.assertIn("in parts --array=0: get --plan run --retry-failed "
                      "asks again", self.merge().stdout)
        self.part(1, *options, parts=2)
        result = self.merge()
        self.assertEqual(result.returncode, 8)
        self.assertIn("38 URLs failed for causes that may pass, in parts "
                      "--array=0-1: get --plan run --retry-failed asks again",
                      result.stdout)
        for i in range(40):
            self.origin.status[f"/{i}"] = [404]
        for index in (0, 1):
            self.part(index, "--retry-failed", *options, parts=2)
        result = self.merge()
        self.assertEqual(result.returncode, 8)
        self.assertNotIn("may pass", result.stdout)

    def test_lists_with_columns_and_repeated_lines(self):
        self.list = self.scratch / "list.csv"
        self.list.write_text("link,label\n" + "".join(
            f"{self.url}/{i % 5},l{i}\n" for i in range(8)))
        result = self.haul("plan", "-i", "list.csv", "-d", "run", "--shards",
                           2, "--url-col", "link", "-o", "{n}")
        self.assertEqual(result.returncode, 0, result.stderr)
        for index in (0, 1):
            result = self.part(index, parts=2)
            self.assertEqual(result.returncode, 0, result.stderr)
        result, rows, _ = self.rows("--keep-cols", "label")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([row["label"] for row in rows],
                         [f"l{i}" for i in range(8)])
        self.assertEqual([row["dup_of"] for row in rows],
                         [None] * 5 + [1, 2, 3])
        self.assertEqual(sorted(self.origin.hits), [f"/{i}" for i in range(5)])
        self.assertEqual(len(self.files()), 8)

    def test_with_no_dedupe_repeated_lines_are_fetched_each(self):
        self.plan(3, "--no-dedupe", "-o", "{n}", parts=1,
                  more=[f"{self.url}/1"])
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assertEqual(sorted(self.origin.hits), ["/0", "/1", "/1", "/2"])
        result, rows, _ = self.rows()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual([(row["outcome"], row["dup_of"], row["file"])
                          for row in rows],
                         [("ok", None, f"00000/{n}") for n in range(1, 5)])

    def test_status_and_verify_know_a_part(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        result = self.haul("status", "run/00000")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.startswith("20 ok, 0 failed"),
                        result.stdout)
        result = self.haul("verify", "run/00000")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("20 right, 0 differ", result.stdout)

    def test_a_report_is_not_written_over_what_is_read(self):
        self.plan(20, parts=2)
        self.part(0, parts=2)
        (self.scratch / "link").symlink_to("list")
        os.link(self.list, self.scratch / "other")
        journal, = (self.run_dir / "00000" / ".haul").glob("journal.*")
        before = state_of(self.scratch)
        for name, words in (
                ("list", "this is the list"), ("./link", "this is the list"),
                ("other", "this is the list"),
                ("run/../list", "this is the list"),
                ("run/plan.json", "this is the plan"),
                ("run/00000/.haul/DONE", "the directory of a part"),
                (journal, "the directory of a part"),
                ("run/00000/0", "the directory of a part"),
                ("run/./00000/new.csv", "the directory of a part")):
            words = f"--report {name}: {words}"
            self.assert_one_line(self.merge("--report", name), 2, words)
            if "00000" not in str(name):
                self.assert_one_line(self.part(1, "--report", name, parts=2),
                                     2, words)
                shutil.rmtree(self.run_dir / "00001")
            self.assertEqual(state_of(self.scratch).keys(), before.keys())
            for path in ("list", "run/plan.json", "run/00000/.haul/DONE"):
                self.assertEqual(state_of(self.scratch)[path], before[path])
        self.assertEqual(self.merge("--report", "run/report").returncode, 7)
        self.haul("get", "-d", "files", f"{self.url}/0")
        for words in (["get", "-d", "files"], ["status", "files"]):
            self.assert_one_line(
                self.haul(*words, "-i", "list", "--report", "list"), 2,
                "--report list: this is the list")
            self.assertEqual(state_of(self.scratch)["list"], before["list"])

    def test_a_report_of_another_list_is_not_finished(self):
        self.plan(20, parts=1)
        self.part(0, parts=1)
        st = self.list.stat()
        self.list.write_text(self.list.read_text().replace("/1\n", "/x\n"))
        os.utime(self.list, ns=(st.st_atime_ns, st.st_mtime_ns))
        for name in ("r.jsonl", "r.csv"):
            result = self.merge("--report", name)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("its SHA-256 is another", result.stderr)
        self.assertNotIn("summary", (self.scratch / "r.jsonl").read_text())
        self.assertFalse((self.scratch / "r.csv").exists())

    def test_what_cannot_be_merged_is_said(self):
        self.assert_one_line(self.merge(), 2, "there is no plan")
        self.assert_one_line(self.haul("merge"), 2, "haul merge RUN")
        self.plan(5)
        (self.run_dir / "plan.json").write_text("{}")
        self.assert_one_line(self.merge(), 2, "plan.json: it is damaged")


class Together(Parts):
    """Parts that are fetched at once keep to the limits of one run."""

    def fetch(self, parts, *options):
        tasks = [self.start("get", "--plan", "run", "--shard", f"{i}/{parts}",
                            *options) for i in range(parts)]
        texts = [task.communicate()[1] for task in tasks]
        self.assertEqual([task.returncode for task in tasks], [0] * parts,
                         texts)
        return texts

    def seconds(self):
        begins, ends = zip(*self.origin.spans)
        return max(ends) - min(begins)

    def in_flight(self):
        """@return the most at a time, and the average."""
        changes = sorted([(b, 1) for b, _ in self.origin.spans]
                         + [(e, -1) for _, e in self.origin.spans])
        most = max(itertools.accumulate(c for _, c in changes))
        busy = sum(e - b for b, e in self.origin.spans)
        return most, busy / self.seconds()

    def test_the_cap_is_divided(self):
        self.plan(60, parts=3)
        self.origin.delay = 0.02
        texts = self.fetch(3, "-x", "6")
        self.assertNotIn("on average", "".join(texts))
        most, _ = self.in_flight()
        self.assertLessEqual(most, 6)

    def test_a_share_below_one_is_one_with_rests(self):
        self.plan(96, parts=8)
        self.origin.delay = 0.1
        texts = self.fetch(8, "-x", "2")
        for text in texts:
            self.assertIn("8 parts: up to 8 at a time to one host, 2 on "
                          "average; plan --shard-by host keeps it to one",
                          text)
            self.assertIn("; -x 2 over 8 parts at once, with rests", text)
        most, average = self.in_flight()
        self.assertLessEqual(most, 8)
        # Without rests it would be 8. The last transfers have none behind.
        self.assertLess(average, 2.6)

    def test_rates_are_divided(self):
        self.plan(80, parts=4)
        self.fetch(4, "--rate", "40/s", "-x", "0")
        # Of the parts, one may have had a quarter more than its share, and
        # each begins with a burst.
        self.assertGreater(self.seconds(), 1)

    def test_the_number_at_once_is_given_or_planned(self):
        cases = [
            ([], ["--concurrent-shards", "6"], False),
            ([], ["--concurrent-shards", "7"], True),
            (["--concurrent-shards", "2"], [], False),
            (["--concurrent-shards", "7"], [], True),
            (["--concurrent-shards", "7"], ["--concurrent-shards", "2"],
             False),
            (["--shard-by", "host"], [], False),
            ([], [], True),
        ]
        for index, (planned, given, is_told) in enumerate(cases):
            with self.subTest(planned=planned, given=given):
                run = f"run{index}"
                self.plan(8, *planned, parts=8)
                (self.scratch / "run").rename(self.scratch / run)
                result = self.haul("get", "--plan", run, "--shard", "0/8",
                                   *given)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual("8 parts: up to" in result.stderr, is_told,
                                 result.stderr)


class Attempts(Parts):
    """Tasks that run twice at once, and after a kill. Kills at random are
    those of tests/chaos/parts.py."""

    def test_a_signal_keeps_everything_and_exits_with_7(self):
        self.plan(60, parts=1)
        self.origin.delay = 0.05
        process = self.begin("-j", "2")
        self.assertTrue(wait_for(lambda: len(self.origin.hits) > 10))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 7)
        self.assertFalse(self.is_done(0))
        self.assertEqual(self.merge().returncode, 7)
        self.origin.delay = 0
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assertEqual(len(self.origin.hits), 60)
        self.assert_all_there(60)

    def test_two_at_once_leave_one_content(self):
        self.plan(100, parts=1)
        self.origin.hold.clear()
        both = [self.begin("-j", "100") for _ in range(2)]
        self.assertTrue(wait_for(lambda: len(self.origin.hits) == 200))
        self.origin.hold.set()
        self.assertEqual([p.wait() for p in both], [0, 0])
        self.assert_all_there(100)
        self.assertEqual(list(self.run_dir.rglob("*.part")), [])

    def test_a_file_without_a_record_is_adopted_without_a_request(self):
        self.plan(30, parts=1)
        self.part(0, parts=1)
        folder = self.run_dir / "00000"
        journal, = (folder / ".haul").glob("journal.*")
        kept = [line for line in journal.read_text().splitlines(True)
                if line[0] in "Hc"]
        journal.write_text("".join(kept))
        (folder / ".haul" / "DONE").unlink()
        before = self.files()
        self.origin.hits.clear()
        result = self.part(0, parts=1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("30 adopted", result.stderr)
        self.assertEqual(self.origin.hits, [])
        self.assertEqual(self.files(), before)
        self.assert_all_there(30)

    def test_temporary_files_of_others_are_left_alone(self):
        self.plan(1, parts=1)
        self.origin.hold.clear()
        first = self.begin()
        self.assertTrue(wait_for(lambda: len(self.origin.hits) == 1))
        folder = self.run_dir / "00000"
        journal, = (folder / ".haul").glob("journal.*")
        part = folder / f"0.{journal.suffix[1:]}.part"
        part.write_text("of the first")
        first.kill()
        first.wait()
        self.origin.hold.set()
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assertEqual(part.read_text(), "of the first")

    def test_a_file_that_somebody_changed_is_not_replaced(self):
        self.plan(10, parts=1)
        self.part(0, parts=1)
        path = self.run_dir / "00000" / "4"
        path.write_text("mine, and longer than before")
        (self.run_dir / "00000" / ".haul" / "DONE").unlink()
        result = self.part(0, parts=1)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("remove the file", result.stderr)
        self.assertEqual(path.read_text(), "mine, and longer than before")
        self.assertFalse(self.is_done(0))
        path.unlink()
        self.assertEqual(self.part(0, parts=1).returncode, 0)
        self.assertIn("/4 ", path.read_text())
