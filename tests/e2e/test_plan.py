"""haul plan: a list divided into parts for many machines."""

import gzip
import hashlib
import json
import os
import random
import subprocess

from support import HAUL, HaulTest


class Plan(HaulTest):
    def setUp(self):
        super().setUp()
        self.list = self.scratch / "list"
        self.run_dir = self.scratch / "run"

    def plan(self, *options, parts=4, name="run"):
        return self.haul("plan", "-i", self.list, "-d", name,
                         "--shards", parts, *options)

    def manifest(self, name="run"):
        return json.loads((self.scratch / name / "plan.json").read_text())

    def write(self, urls):
        self.list.write_text("".join(url + "\n" for url in urls))

    def test_the_plan_tells_the_list_and_the_parts(self):
        self.write(f"http://h{i % 3}.example/{i}" for i in range(100))
        result = self.plan("-o", "{hash}{ext}", "--compressed",
                           "--max-filesize", "1M", "--input-format", "plain")
        self.assertEqual(result.returncode, 0, result.stderr)
        plan = self.manifest()
        text = self.list.read_bytes()
        self.assertEqual(plan, {
            "haul_plan": 1, "parts": 4, "by": "url", "hash": "xxh3-64",
            "hash_version": 1, "lines": 100,
            "lists": [{"path": str(self.list.resolve()), "bytes": len(text),
                       "mtime_ns": self.list.stat().st_mtime_ns,
                       "sha256": hashlib.sha256(text).hexdigest()}],
            "options": {"output": "{hash}{ext}", "compressed": True,
                        "max-filesize": "1048576", "input-format": "plain"}})
        self.assertEqual(sorted(p.name for p in self.run_dir.iterdir()),
                         ["plan.json"])

    def test_it_prints_the_balance_and_the_busiest_hosts(self):
        self.write([f"http://big.example/{i}" for i in range(90)]
                   + [f"https://small.example:8443/{i}" for i in range(10)]
                   + ["no url"])
        result = self.plan("--shard-by", "host", parts=7)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], "101 lines in 7 parts, 1 bad line: run")
        self.assertRegex(lines[1], "^lines of a part: 0 to (9[01]|100); ")
        self.assertIn("--shard-by url", lines[2])
        self.assertEqual([line.split() for line in lines[4:]],
                         [["big.example", "90", "89.1", "%"],
                          ["small.example", "10", "9.9", "%"]])

    def test_it_names_the_bad_lines(self):
        self.list.write_text("http://a.example/1\nno url\n"
                             "http://u:secret@h:99999/\nftp://a/b\n"
                             + "{bad}\n" * 30)
        result = self.plan()
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 21, result.stderr)
        self.assertRegex(lines[0], "^haul: .*list:2: no url: space in URL")
        self.assertIn("list:3: http://u:***@h:99999/: URL with a bad port",
                      lines[1])
        self.assertEqual(lines[20], "further bad lines are only counted")
        self.assertEqual(result.stdout.splitlines()[0],
                         "34 lines in 4 parts, 33 bad lines: run")
        # get names them the same way.
        result = self.haul("get", "-i", self.list, "--resolve",
                           "a.example:80:127.0.0.1", "--retry", "0")
        self.assertEqual(result.stderr.splitlines()[:3], lines[:3])

    def test_a_bad_record_is_named_by_its_line(self):
        self.list = self.scratch / "list.csv"
        self.list.write_text('url,name\nhttp://a.example/,"a\nb"\nfoo,x\n')
        result = self.plan()
        self.assertRegex(result.stderr,
                         "^haul: .*list.csv:4: record 2: foo: not a URL")

    def test_any_order_of_lines_gives_the_same_parts(self):
        urls = [f"http://h{i % 7}.example/{i}" for i in range(3000)]
        balance = []
        for turn in range(2):
            random.Random(turn).shuffle(urls)
            self.write(urls)
            result = self.plan(parts=64, name=f"run{turn}")
            balance.append(result.stdout.splitlines()[1])
        self.assertEqual(*balance)
        self.assertRegex(balance[0], "the largest part has 1[.]")

    def test_a_packed_list_is_hashed_as_it_lies(self):
        self.list = self.scratch / "list.gz"
        self.list.write_bytes(gzip.compress(b"http://a.example/1\n" * 9))
        self.assertEqual(self.plan().returncode, 0)
        one = self.manifest()
        self.assertEqual(one["lines"], 9)
        self.assertEqual(one["lists"][0]["sha256"], hashlib.sha256(
            self.list.read_bytes()).hexdigest())

    def test_several_lists_are_one(self):
        self.write(["http://a.example/1"])
        other = self.scratch / "other.csv"
        other.write_text("url,x\nhttp://a.example/2,y\n")
        result = self.plan("-i", other)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([one["path"] for one in self.manifest()["lists"]],
                         [str(self.list.resolve()), str(other.resolve())])

    def test_the_same_plan_again_is_no_error(self):
        self.write(["http://a.example/1"])
        self.assertEqual(self.plan().returncode, 0)
        before = (self.run_dir / "plan.json").stat().st_ino
        self.assertEqual(self.plan().returncode, 0)
        self.assertEqual((self.run_dir / "plan.json").stat().st_ino, before)

    def test_another_plan_does_not_replace_it(self):
        self.write(["http://a.example/1"])
        self.plan()
        before = (self.run_dir / "plan.json").read_bytes()
        self.assert_one_line(self.plan(parts=5), 2, "another plan")
        self.list.write_text("http://a.example/2\n")
        self.assert_one_line(self.plan(), 2, "another plan")
        self.assertEqual((self.run_dir / "plan.json").read_bytes(), before)
        self.assertEqual(len(list(self.run_dir.iterdir())), 1)

    def test_a_list_that_changes_while_it_is_read_is_no_plan(self):
        def append():
            with self.list.open("a") as file:
                file.write("http://a.example/2\n")

        def replace():
            other = self.scratch / "other"
            other.write_text(self.list.read_text())
            os.utime(other, (1, 1))
            other.rename(self.list)

        for change in (append, lambda: os.utime(self.list, (1, 1)), replace,
                       self.list.unlink):
            # More messages than a pipe holds: until they are read, the plan
            # stands still within the list.
            self.write(["http://a.example/1"] + ["x" * 10000] * 20)
            process = self.start("plan", "-i", "list", "-d", "run",
                                 "--shards", "2")
            first = process.stderr.read(1)
            change()
            messages = first + process.communicate()[1]
            self.assertEqual(process.returncode, 3, messages[-200:])
            self.assertRegex(messages.splitlines()[-1], "^haul: .*/list: the "
                             "list has changed while it was read$")
            self.assertFalse(self.run_dir.exists())

    def test_its_temporary_file_is_nobody_elses(self):
        self.write(["http://a.example/1"])
        self.run_dir.mkdir()
        victim = self.scratch / "victim"
        victim.write_text("precious")
        # On another machine, or in another container, another plan may have
        # the same process number; and whoever may write there can guess it.
        result = subprocess.run(
            ["sh", "-c", 'ln -s ../victim run/plan.json.$$.new; exec "$@"',
             "sh", HAUL, "plan", "-i", "list", "-d", "run", "--shards", "4"],
            cwd=self.scratch, env=self.environment(), capture_output=True,
            text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(victim.read_text(), "precious")
        self.assertFalse((self.run_dir / "plan.json").is_symlink())
        self.assertEqual(self.manifest()["parts"], 4)

    def test_a_list_of_the_far_future_is_a_list(self):
        self.write(["http://a.example/1"])
        os.utime(self.list, (0, 15_000_000_000))  # ns have more than 63 bits
        self.assertEqual(self.plan().returncode, 0)
        self.assertEqual(self.haul("get", "--plan", "run", "--shard", "0/4",
                                   "--retry", "0", "--part-attempts",
                                   "1").returncode, 0)

    def test_what_cannot_be_read_again_is_refused(self):
        self.write(["http://a.example/1"])
        os.mkfifo(self.scratch / "pipe")
        for name in ("-", "pipe"):
            result = self.haul("plan", "-i", name, "-d", "run", "--shards", 2)
            self.assert_one_line(result, 2, "a plan needs a plain file")
        result = self.haul("plan", "-i", "none", "-d", "run", "--shards", 2)
        self.assert_one_line(result, 3, "none: no such file")
        self.assertFalse(self.run_dir.exists())

    def test_help_says_what_a_list_may_be(self):
        result = self.haul("plan", "--help")
        self.assertEqual(result.stdout.count("--input-file"), 1)
        self.assertIn("a plain file", result.stdout)
        self.assertNotIn("standard input", result.stdout)

    def test_what_is_missing_is_said(self):
        self.write(["http://a.example/1"])
        for words in (["-d", "run", "--shards", "2"],
                      ["-i", "list", "--shards", "2"],
                      ["-i", "list", "-d", "run"]):
            self.assert_one_line(self.haul("plan", *words), 2,
                                 "needs -i LIST, -d RUN and --shards N")
        for parts in (0, -1, 100001, "x", ""):
            self.assert_one_line(self.plan(parts=parts), 2,
                                 f"--shards: '{parts}' is no number from 1 to "
                                 "100000")
            for options in (["plan", "-i", "list", "-d", "run", "--shards",
                             "4", "--concurrent-shards"],
                            ["get", "--plan", "run", "--concurrent-shards"],
                            ["get", "--plan", "run", "--part-attempts"]):
                self.assert_one_line(self.haul(*options, parts), 2,
                                     f"{options[-1]}: '{parts}' is no number "
                                     "from 1 to 100000")
        self.assert_one_line(self.plan("-o", "-"), 2, "for files")
        self.assert_one_line(self.plan("-o", "{id}"), 2, "id")
        self.assertFalse(self.run_dir.exists())
