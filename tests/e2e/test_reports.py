"""Reports of get and status: what they can be joined by, and their formats."""

import csv
import gzip
import json
import os
import random
import re
import shlex
import subprocess
import unittest

from support import HAUL, HaulTest, WAYS, wait_for


class RunAndStatus(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()

    def get(self, *arguments, **more):
        return self.haul("get", "-d", self.dir, "--retry", "0",
                         "--progress", "none", *arguments, **more)

    def status(self, *arguments, **more):
        return self.haul("status", self.dir, *arguments, **more)

    def write(self, name, rows):
        """A list as Python's csv writes it."""
        path = self.scratch / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    def failed(self, *arguments):
        return self.status("--list", "failed", *arguments)


class ReportTest(RunAndStatus):
    """The formats of reports, and what they can be joined by."""

    def table(self, path):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", newline="") as file:
            return list(csv.DictReader(file, strict=True))

    def mixed_list(self):
        """Lines of all kinds, with ids."""
        url = self.origin
        return self.write("list.csv", [
            ["id", "url"],
            ["a,1", f"{url}/bytes/100"],
            ['b"2', f"{url}/nothing"],
            ["c3", "no url"],
            ["d\n4", f"{url}/bytes/100"],
            ["=e5", f"{url}/bytes/200?x=a,b"],
            ["", f"{url}/bytes/300"],
            ["g7", ""],
            ["h8", "http://127.0.0.1:1/refused"],
            [" i9 ", f"http://u:secret@127.0.0.1:{url.rsplit(':', 1)[1]}"
                     "/bytes/400"],
        ])

    def read_list(self, path):
        with path.open(newline="") as file:
            return [dict(row, n=str(n)) for n, row in
                    enumerate(csv.DictReader(file), 1)]

    def assert_joined(self, path, rows, in_order):
        wanted = self.read_list(path)
        key = lambda row: (int(row["n"]), row["id"])
        found = list(map(key, rows))
        self.assertEqual(found if in_order else sorted(found),
                         list(map(key, wanted)))
        by_n = {row["n"]: row for row in rows}
        for line in wanted:
            row = by_n[line["n"]]
            if line["url"] != "" and "@" not in line["url"]:
                self.assertEqual(row["url"], line["url"])
        return by_n

    def test_a_table_can_be_joined(self):
        path = self.mixed_list()
        common = "-i", path, "--id-col", "id"
        run = self.get(*common, "--report", self.scratch / "run.csv")
        self.assertEqual(run.returncode, 8, run.stderr)
        asked = self.status(*common, "--report", self.scratch / "all.csv")
        self.assertEqual(asked.returncode, 8, asked.stderr)
        ours = self.assert_joined(path, self.table(self.scratch / "run.csv"),
                                  False)
        all_runs = self.assert_joined(
            path, self.table(self.scratch / "all.csv"), True)
        for n, row in all_runs.items():
            for key in ("outcome", "error", "bytes", "file", "dup_of"):
                self.assertEqual(row[key], ours[n][key], (n, key))
            if row["error"] != "" and row["attempts"] != "":
                self.assertEqual(row["status"], ours[n]["status"])
            if row["outcome"] == "ok":
                self.assertEqual(row["xxh3_128"], ours[n]["xxh3_128"])
                self.assertEqual(len(row["xxh3_128"]), 32)
            self.assertEqual(row["total_ms"], "")
        self.assertNotIn("secret", (self.scratch / "all.csv").read_text())
        # Run and status count alike, bad lines too.
        counts = [line for line in run.stderr.splitlines()
                  if " ok, " in line][-1].split(" B in ")[0]
        # The journal does not keep what would help against a cause.
        counts = re.sub(r"(\w \d+) \([^()]*\)", r"\1", counts)
        self.assertEqual(asked.stdout.split(" B: ")[0].rsplit(",", 1)[0],
                         counts.rsplit(",", 1)[0])
        self.assertIn("4 failed (name 2, ", counts)

    def test_each_mode_writes_the_same_table(self):
        path = self.mixed_list()
        tables = []
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            report = self.scratch / "r.csv"
            self.get("-m", *way, "-i", path, "--id-col", "id", "--report",
                     report)
            rows = self.assert_joined(path, self.table(report), False)
            tables.append({n: [row[key] for key in
                               ("outcome", "status", "bytes", "error", "file",
                                "xxh3_128", "dup_of")]
                           for n, row in rows.items()})
        for table in tables[1:]:
            self.assertEqual(table, tables[0])

    def test_packed_reports_have_the_same_rows(self):
        path = self.mixed_list()
        self.get("-i", path)
        rows = {}
        for name in "s.jsonl", "s.jsonl.gz", "s.csv", "s.csv.gz":
            done = self.status("-i", path, "--report", self.scratch / name)
            self.assertEqual(done.returncode, 8, done.stderr)
            self.assertEqual((self.scratch / name).stat().st_mode & 0o77, 0)
            rows[name] = (self.scratch / name).read_bytes()
        for name in "s.jsonl", "s.csv":
            self.assertEqual(gzip.decompress(rows[f"{name}.gz"]), rows[name])
        shown = self.status("-i", path, "--json").stdout
        self.assertEqual(shown, rows["s.jsonl"].decode())
        lines = rows["s.csv"].split(b"\r\n")
        self.assertEqual(lines[-1], b"")
        self.assertTrue(lines[0].startswith(b"n,id,url,file,outcome,status,"))

    def test_a_packed_report_makes_a_page(self):
        for name in "r.jsonl", "r.jsonl.gz":
            report = self.scratch / name
            self.get(f"{self.origin}/bytes/100", f"{self.origin}/nothing",
                     "--restart", "--report", report)
            page = self.haul("page", report, "-o", self.scratch / "p.html")
            self.assertEqual(page.returncode, 0, page.stderr)
            self.assertTrue(f"{self.origin}/nothing" in
                            (self.scratch / "p.html").read_text())
        table = self.scratch / "r.csv"
        self.get(f"{self.origin}/bytes/100", "--report", table)
        self.assert_one_line(self.haul("page", table), 3, "in JSON")

    def test_the_summary_says_what_held_the_run_back(self):
        origin = self.serve("--latency", "100ms")
        host = origin.removeprefix("http://")
        urls = [f"{origin}/bytes/9?{n}" for n in range(24)]
        result = self.get(*urls, "-q", "--report", "r.jsonl", "-x", "2")
        self.assertEqual(result.returncode, 0, result.stderr)
        _, summary = self.read_report(self.scratch / "r.jsonl")
        self.assertRegex(summary["held_back"],
                         f"^{host} has 24 of 24 URLs; -x 2 held it back for ")
        self.assertEqual(summary["mode"], "async")
        self.assertEqual(summary["most_in_flight"], 2)
        [told] = summary["hosts"]
        self.assertEqual((told["host"], told["urls"], told["attempts"]),
                         (host, 24, 24))
        self.assertEqual((told["held_by"], told["cap"]), ("cap", 2))
        self.assertGreater(told["held_seconds"], 0.5)
        self.assertLessEqual(told["held_seconds"], summary["seconds"])
        self.assertGreater(told["seconds"], 2.3)
        again = self.get(*urls, "--report", "r.jsonl")
        self.assertEqual(again.returncode, 0, again.stderr)
        _, summary = self.read_report(self.scratch / "r.jsonl")
        self.assertEqual((summary["held_back"], summary["hosts"]), (None, []))

    def test_status_leaves_out_what_it_does_not_know(self):
        self.get(f"{self.origin}/bytes/100", "--sha256")
        row, last = map(json.loads,
                        self.status("--json").stdout.splitlines())
        for key in ("n", "id", "status", "attempts", "worker", "reused",
                    "start_ms", "total_ms"):
            self.assertIsNone(row[key], key)
        self.assertEqual(row["bytes"], 100)
        self.assertEqual(len(row["sha256"]), 64)
        self.assertIsNone(last["summary"]["seconds"])
        self.assertIsNone(last["summary"]["unchanged"])

    def test_a_table_is_there_once_it_is_whole(self):
        report = self.scratch / "r.csv"
        report.write_text("of a run before\n")
        slow = self.serve("--bandwidth", "100k")
        run = self.start("-d", self.dir, "-q", "--report", report,
                         f"{slow}/bytes/50000000")
        unfinished = self.scratch / "r.csv.unfinished"
        self.assertTrue(wait_for(lambda: unfinished.exists()
                                 and not report.exists()))
        run.kill()
        run.communicate()
        self.assertFalse(report.exists())
        self.get(f"{self.origin}/bytes/100", "--report", report)
        self.assertFalse(unfinished.exists())
        self.assertEqual(len(self.table(report)), 1)

    def test_a_run_that_is_refused_touches_no_report(self):
        slow = self.serve("--bandwidth", "100k")
        report = self.scratch / "r.csv"
        run = self.start("-d", self.dir, "-q", "--report", report,
                         f"{slow}/bytes/50000000")
        unfinished = self.scratch / "r.csv.unfinished"
        self.assertTrue(wait_for(unfinished.exists))
        refused = self.get("--report", report, f"{slow}/bytes/1")
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertFalse(report.exists())
        run.send_signal(2)
        run.send_signal(2)
        run.communicate()
        self.assertEqual([r["outcome"] for r in self.table(report)], ["left"])

    def test_a_full_disk_is_the_same_to_both(self):
        path = self.scratch / "list.txt"
        path.write_text("".join(f"{self.origin}/bytes/{n}\n"
                                for n in range(60000, 60012)))
        script = ('mount -t tmpfs -o size=400k none /mnt || exit 77; list=$1; '
                  '"$2" -i "$list" -d /mnt -m sequential; echo "exit $?"; '
                  '"$2" status /mnt -i "$list"; echo "exit $?"')
        result = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             script, "sh", path, HAUL],
            capture_output=True, text=True, env=self.environment())
        if result.returncode in (1, 77):
            self.skipTest("no file system of its own to fill")
        run, counts, status = result.stdout.splitlines()
        self.assertEqual([run, status], ["exit 9", "exit 9"])
        found = re.match(r"(\d+) ok, 1 failed \(disk_full 1\), (\d+) left",
                         counts)
        self.assertEqual(int(found[1]) + int(found[2]), 11)
        self.assertIn(f"{found[0]}, ",
                      result.stderr.replace(", about ", ", "))
        self.assertIn(f": haul status /mnt -i {path}\n", result.stderr)

    def test_a_report_that_cannot_be_written_is_one_line(self):
        self.get(f"{self.origin}/bytes/100")
        for name in "r.csv", "r.csv.gz", "r.jsonl.gz", "r.jsonl":
            path = self.scratch / name
            path.symlink_to("/dev/full")
            self.assert_one_line(self.status("--report", path), 3, name,
                                 "no space")
            self.assert_one_line(
                self.get(f"{self.origin}/bytes/100", "--report", path), 3,
                name, "no space")
            missing = self.scratch / "nowhere" / name
            self.assert_one_line(self.status("--report", missing), 3,
                                 "no such file")

    def test_options_that_do_not_go_together(self):
        self.get(f"{self.origin}/bytes/100")
        for options in (["--json", "--report", "r"],
                        ["--list", "ok", "--report", "-"],
                        ["--list", "ok", "--cause", "404"],
                        ["--list", "extra"],
                        ["--list", "extra", "-i", "l", "--json"],
                        ["-0"], ["-0", "-v", "--list", "ok"]):
            self.assert_one_line(self.status(*options), 2)
        self.assert_one_line(self.get("--cause", "404", "-i", "l"), 2,
                             "--retry-failed")


class DamageTest(RunAndStatus):
    """A journal that is damaged or lost is mentioned once, in one line."""

    def setUp(self):
        super().setUp()
        self.journal = self.dir / ".haul/journal"
        self.urls = [f"{self.origin}/bytes/{n + 100}" for n in range(9)]
        self.assertEqual(self.get(*self.urls).returncode, 0)
        self.lines = self.journal.read_bytes().splitlines(keepends=True)

    def assert_told(self, words, status):
        """status, verify and then a run say so; a second run does not."""
        for command, code in ("status", status), ("verify", 0):
            result = self.haul(command, self.dir)
            self.assert_one_line(result, code, f"{self.dir}/.haul/journal",
                                 words)
        result = self.get(*self.urls)
        self.assert_one_line(result, 0, f"{self.dir}/.haul/journal", words)
        again = self.get(*self.urls)
        self.assertEqual(again.returncode, 0)
        self.assertNotIn("haul: ", again.stderr)

    def records(self, kind):
        return [n for n, line in enumerate(self.lines)
                if line.startswith(kind)]

    def test_garbled_lines_are_counted(self):
        for n in self.records(b"d")[2:4]:
            self.lines[n] = self.lines[n][:30] + b"\xff" + self.lines[n][31:]
        self.journal.write_bytes(b"".join(self.lines))
        self.assert_told("damaged in 2 lines", 7)
        self.assertEqual(len(self.names()), 9)

    def test_bytes_of_nothing_are_damage(self):
        self.lines[self.records(b"d")[2]] = b"\0" * 600000 + b"\n"
        self.journal.write_bytes(b"".join(self.lines))
        self.assert_told("damaged in 1 line:", 7)

    def test_a_line_that_was_cut_is_told(self):
        last = self.records(b"d")[-1]
        self.journal.write_bytes(b"".join(self.lines[:last])
                                 + self.lines[last][:40])
        status = self.haul("status", self.dir)
        self.assert_one_line(status, 7, "ends within a line")
        self.assert_one_line(self.haul("verify", self.dir), 0,
                             "ends within a line")
        self.assert_one_line(self.get(*self.urls), 0, "ends within a line")
        self.assertNotIn("haul: ", self.get(*self.urls).stderr)

    def test_a_journal_that_is_gone_is_told(self):
        for lose in self.journal.unlink, lambda: os.truncate(self.journal, 0):
            lose()
            words = "is gone or empty"
            there = self.journal.exists()
            for command in "status", "verify":
                result = self.haul(command, self.dir)
                self.assert_one_line(result, 0 if there else 3, words)
            result = self.get("--if-exists", "adopt", *self.urls)
            self.assert_one_line(result, 0, words, "adopt")
            self.assertEqual(len(self.names()), 9)
            self.assertNotIn("haul: ", self.get(*self.urls).stderr)

    def test_a_run_beside_does_no_damage(self):
        """Lines that are being written are none that were cut."""
        slow = self.serve("--bandwidth", "200k")
        run = self.start("-d", self.dir, "-q", "-x", "0", *(
            f"{slow}/bytes/{n}" for n in range(3000, 3300)))
        while run.poll() is None:
            result = self.haul("status", self.dir)
            self.assertEqual(result.stderr, "")
            if result.stdout.startswith("309 ok"):
                break
        run.communicate()


class UpdateTest(HaulTest):
    """-N names what has changed."""

    def test_each_change_is_named_and_counted(self):
        root = self.scratch / "root"
        root.mkdir()
        origin = self.serve("--root", root)
        path = self.scratch / "list.txt"
        path.write_text("".join(f"{origin}/{n}\n" for n in range(7)))
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            common = ["-m", *way, "-i", path, "-d", self.dir, "--retry", "0"]
            for n in range(6):
                (root / str(n)).write_text("old")
                os.utime(root / str(n), (10 ** 9, 10 ** 9))
            (root / "6").unlink(missing_ok=True)
            self.haul(*common)
            (root / "1").write_text("new one")
            (root / "2").unlink()
            (root / "6").write_text("new too")
            run = self.haul(*common, "-N", "-v")
            said = run.stderr.splitlines()
            self.assertEqual([l for l in said if l.startswith("replaced")],
                             [f"replaced: 1: {origin}/1"])
            self.assertEqual([l for l in said if l.startswith("haul: ")],
                             [f"haul: {origin}/2: http: HTTP 404; "
                              "the file is kept: 2"])
            self.assertIn("of the files that were there before: 4 unchanged, "
                          "1 replaced, 1 gone upstream and kept", said)
            self.assertEqual((self.dir / "2").read_text(), "old")
            run = self.haul(*common, "-N")
            self.assertNotIn("replaced", run.stderr)
            self.assertIn("6 unchanged, 1 failed", run.stderr)
            self.assertIn("6 unchanged, 1 gone upstream", run.stderr)

    def test_no_run_goes_on_inside_the_folder_of_another(self):
        origin = self.serve()
        self.haul("-d", self.dir, f"{origin}/bytes/1")
        inside = self.dir / ".haul"
        before = sorted(inside.iterdir())
        link = self.scratch / "link"
        link.symlink_to(inside)
        for place in inside, inside / "new/one", link, f"{inside}/../.haul/":
            run = self.haul("-d", place, "--if-exists", "overwrite",
                            f"{origin}/journal")
            self.assert_one_line(run, 2, str(place), "lies in a .haul")
        self.assertEqual(sorted(inside.iterdir()), before)
        near = self.haul("-d", self.scratch / ".hauls/x.haul",
                         f"{origin}/bytes/1")
        self.assertEqual(near.returncode, 0, near.stderr)


class KeptColumnsTest(RunAndStatus):
    """--keep-cols: columns of the list in reports."""

    def rows(self, path):
        """What follows the report's own columns, with its header."""
        if path.suffix == ".csv":
            with path.open(newline="") as file:
                rows = list(csv.reader(file, strict=True))
            first = rows[0].index("total_ms") + 1
            return rows[0][first:], {int(r[0]): r[first:] for r in rows[1:]}
        rows = [json.loads(l, object_pairs_hook=list)
                for l in path.read_text().splitlines()[:-1]]
        kept = {dict(r)["n"]: r[[k for k, _ in r].index("total_ms") + 1:]
                for r in rows}
        names = max(([k for k, _ in r] for r in kept.values()), key=len)
        return names, {n: [v or "" for _, v in r] for n, r in kept.items()}

    def test_cells_are_as_they_were(self):
        """Whatever Python's csv writes comes back by n, in any order."""
        chance = random.Random(15)
        pieces = ['"', ",", "\n", "\r\n", "=1+1", "-x", "@a", " ", "é", "",
                  "word", "\t", "\\", "'", "\u202e", ";", "#"]
        text = lambda: "".join(chance.choices(pieces, k=chance.randrange(4)))
        url = self.origin
        urls = [f"{url}/bytes/{n}" for n in range(1, 30)]
        urls += ["no url", "", urls[3], f"{url}/nothing"]
        for round in range(6):
            header = ["url", "id", "a", "a", "", "status", "list_status"]
            lines = [[u, text()] + [text() for _ in header[2:]]
                     for u in chance.sample(urls, len(urls))]
            path = self.write("list.csv", [header, *lines])
            if round % 2:
                path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(
                    b"\r\n", b"\n"))
                lines = [[c.replace("\r\n", "\n") for c in l] for l in lines]
            if round % 3 == 0:
                packed = self.scratch / "list.csv.gz"
                packed.write_bytes(gzip.compress(path.read_bytes()))
                path = packed
            self.dir = self.scratch / f"files{round}"
            common = ["-i", path, "--id-col", "id", "--keep-cols", "all",
                      "--report"]
            if round == 5:
                common = ["--input-format", "csv", *common]
                common[common.index(path)] = "-"
            stdin = path.read_text() if round == 5 else ""
            for suffix in ".csv", ".jsonl":
                report = self.scratch / f"r{suffix}"
                for command in self.get, self.status:
                    done = command(*common, report, stdin=stdin)
                    self.assertEqual(done.returncode, 8, done.stderr)
                    names, kept = self.rows(report)
                    self.assertEqual(names, ["a", "a_2", "column5",
                                             "list_status",
                                             "list_status_2"])
                    self.assertEqual(sorted(kept),
                                     list(range(1, len(lines) + 1)))
                    for n, line in enumerate(lines, 1):
                        self.assertEqual(kept[n], line[2:], (n, suffix))

    def test_thousands_that_are_called_the_same(self):
        path = self.write("list.csv", [["url"] + ["c"] * 3000,
                                       [f"{self.origin}/bytes/1"] +
                                       [str(n) for n in range(3000)]])
        for suffix in ".csv", ".jsonl":
            report = self.scratch / f"r{suffix}"
            done = self.get("-i", path, "--keep-cols", "all", "--report",
                            report)
            self.assertEqual(done.returncode, 0, done.stderr)
            names, kept = self.rows(report)
            self.assertEqual(names, ["c", *(f"c_{n}"
                                            for n in range(2, 3001))])
            self.assertEqual(kept[1], [str(n) for n in range(3000)])

    def test_each_mode_keeps_them(self):
        path = self.write("list.csv", [["url", "label"]] + [
            [f"{self.origin}/bytes/{n % 40}", f"label, {n}"]
            for n in range(60)])
        for way in WAYS:
            self.dir = self.scratch / "-".join(way)
            report = self.scratch / "r.csv"
            self.get("-m", *way, "-i", path, "--keep-cols", "label",
                     "--report", report)
            names, kept = self.rows(report)
            self.assertEqual(names, ["label"])
            self.assertEqual(kept, {n + 1: [f"label, {n}"]
                                    for n in range(60)})

    def test_what_was_never_read_or_begun_has_its_columns(self):
        slow = self.serve("--fault", "stall=100")
        path = self.write("list.csv", [["url", "label"]] + [
            [f"{slow}/bytes/{n}", f"label {n}"] for n in range(300)])
        report = self.scratch / "r.csv"
        run = self.start("-i", path, "-d", self.dir, "-q", "--keep-cols",
                         "label", "--report", report)
        self.assertTrue(wait_for(
            lambda: (self.dir / ".haul/journal").exists()
            and b"/bytes/0" in (self.dir / ".haul/journal").read_bytes()))
        run.terminate()
        run.send_signal(2)
        run.communicate()
        _, kept = self.rows(report)
        self.assertEqual(kept, {n: [f"label {n - 1}"] for n in kept})
        done = self.status("-i", path, "--keep-cols", "1,label", "--report",
                           report)
        self.assertEqual(done.returncode, 7)
        names, kept = self.rows(report)
        self.assertEqual(names, ["list_url", "label"])
        self.assertEqual(len(kept), 300)
        self.assertEqual(kept[300], [f"{slow}/bytes/299", "label 299"])

    def test_values_of_json_keep_their_kind_and_digits(self):
        url = self.origin
        path = self.scratch / "list.jsonl"
        path.write_text(
            f'{{"url":"{url}/bytes/1","id":12345678901234567890123,'
            '"score":1.10,"big":123456789012345678901,"t":["a,]",{"b":"}"}],'
            '"no":null,"yes":true,"\\u0061b":2.50}\n'
            f'{{"url":"{url}/bytes/2","score":"1","more":[1]}}\n'
            "nonsense\n")
        self.get("-i", path)
        report = self.scratch / "r.jsonl"
        self.status("-i", path, "--keep-cols", "all", "--report", report)
        text = report.read_text().splitlines()
        for part in ('"id":"12345678901234567890123"', '"score":1.10,',
                     '"big":123456789012345678901,',
                     '"t":["a,]",{"b":"}"}]', '"no":null', '"yes":true',
                     '"ab":2.5'):
            self.assertIn(part, text[0])
        self.assertEqual(json.loads(text[1])["more"], [1])
        self.assertEqual(json.loads(text[1])["score"], "1")
        table = self.scratch / "r.csv"
        done = self.status("-i", path, "--keep-cols", "all", "--report", table)
        self.assertEqual(done.stderr.count("'more' is not in the table"), 1)
        names, kept = self.rows(table)
        self.assertEqual(names, ["score", "big", "t", "no", "yes", "ab"])
        self.assertEqual(kept[1][:5], ["1.10", "123456789012345678901",
                                       '["a,]",{"b":"}"}]', "", "true"])
        self.assertEqual(kept[3], [""] * 6)

    def test_a_column_that_is_not_there_is_named(self):
        path = self.write("list.csv", [["url", "label"],
                                       [f"{self.origin}/bytes/1", "a"]])
        plain = self.scratch / "list.txt"
        plain.write_text(f"{self.origin}/bytes/1\n")
        report = self.scratch / "r.csv"
        self.get("-i", plain)
        for command in self.get, self.status:
            for which, words in (("labels", ("'labels'", "url, label")),
                                 ("label,7", ("7", "1 to 2"))):
                result = command("-i", path, "--keep-cols", which, "--report",
                                 report)
                self.assert_one_line(result, 2, "--keep-cols", *words)
            for which in "all", "label":
                result = command("-i", plain, "--keep-cols", which,
                                 "--report", report)
                self.assert_one_line(result, 2, "--keep-cols", "plain")
            self.assert_one_line(command("-i", path, "--keep-cols", "label"),
                                 2, "--report")
        self.assertFalse(report.exists())

    def test_a_password_is_in_no_report(self):
        url = self.origin.replace("://", "://u:secret@")
        path = self.write("list.csv", [["image", "x"], [f"{url}/bytes/1", 1]])
        for suffix in "csv", "jsonl":
            report = self.scratch / f"r.{suffix}"
            self.get("-i", path, "--url-col", "image", "--keep-cols", "all",
                     "--report", report)
            self.assertNotIn("secret", report.read_text())
            self.assertIn("u:***@", report.read_text())


class ListTest(RunAndStatus):
    """--list with comments, causes, and what is extra."""

    def test_comments_say_why_and_where(self):
        url = self.origin
        path = self.write("list.csv", [
            ["key", "url"],
            ["k\t1", f"{url}/bytes/100"],
            ["k\n2", f"{url}/nothing"],
            ["k4", "http://127.0.0.1:1/x"],
        ])
        self.get("-i", path)
        shown = self.failed("-i", path, "--id-col", "key", "-v").stdout
        self.assertEqual(shown, f"# http 404, line 3, id k\\x0a2\n"
                                f"{url}/nothing\n"
                                "# connect, line 5, id k4\n"
                                "http://127.0.0.1:1/x\n")
        again = self.haul("-i", "-", "-d", self.scratch / "b", "--retry", "0",
                          stdin=shown)
        self.assertIn("0 ok, 2 failed (http 404 1, connect 1", again.stderr)
        self.assertCountEqual(self.failed("-v").stdout.splitlines()[::2],
                              ["# http 404", "# connect"])
        everything = self.status("--list", "all", "-v", "-i", path, "--id-col",
                                 "key").stdout
        self.assertTrue(everything.startswith("# ok, line 2, id k\\x091\n"))

    def test_causes_pick_what_failed(self):
        url = self.origin
        urls = [f"{url}/bytes/100", f"{url}/nothing", "http://127.0.0.1:1/x"]
        self.get(*urls)
        for causes, wanted in (("404", urls[1:2]), ("4xx,dns", urls[1:2]),
                               ("connect", urls[2:]), ("http", urls[1:2]),
                               ("5xx,dns", []), ("connect,404", urls[1:])):
            self.assertCountEqual(
                self.failed("--cause", causes).stdout.split(), wanted, causes)
            self.assertCountEqual(
                self.status("--cause", causes).stdout.split(), wanted, causes)
            rows = self.status("--json", "--list", "failed", "--cause",
                               causes).stdout.splitlines()[:-1]
            self.assertCountEqual([json.loads(r)["url"] for r in rows],
                                  wanted)
        for what in self.status, lambda *a: self.get("--retry-failed", *a):
            self.assert_one_line(what("--cause", "404,dnss"), 2, "dnss",
                                 "nodomain", "4xx", "too_large")

    def test_a_retry_picks_causes_too(self):
        url = self.origin
        path = self.scratch / "list.txt"
        path.write_text(f"{url}/bytes/100\n{url}/nothing\n"
                        f"http://127.0.0.1:1/x\n{url}/nothing\n")
        self.get("-i", path)
        for causes, wanted, skipped in (("404", "http 404 1", 3),
                                        ("connect", "connect 1", 3)):
            report = self.scratch / "r.jsonl"
            run = self.get("--retry-failed", "--cause", causes, "--report",
                           report)
            self.assertIn(f"0 ok, 1 failed ({wanted}", run.stderr)
            self.assertEqual(len(self.read_report(report)[0]), 1)
            run = self.get("--retry-failed", "--cause", causes, "-i", path,
                           "--report", report)
            self.assertEqual(run.returncode, 8)
            rows, _ = self.read_report(report)
            tried = [r for r in rows if r["attempts"] > 0]
            self.assertEqual([r["error"] for r in tried],
                             [wanted.split()[0]])
        run = self.get("--retry-failed", "--cause", "dns", "-i", path)
        self.assertIn("0 failed, 3 skipped", run.stderr)
        self.assertEqual(run.returncode, 0)

    def test_lines_that_had_a_user_are_counted(self):
        port = self.origin.rsplit(":", 1)[1]
        path = self.scratch / "list.txt"
        path.write_text(f"{self.origin}/nothing\n"
                        f"http://u:secret@127.0.0.1:{port}/none\n")
        self.get("-i", path)
        for more in [], ["-i", path]:
            result = self.failed("-v", *more)
            self.assertEqual(result.stdout.splitlines()[1:],
                             [f"{self.origin}/nothing"])
            self.assert_one_line(result, 8, "1 more URL is not printed")
            self.assertNotIn("secret", result.stdout + result.stderr)

    def test_the_runs_last_line_leads_to_bad_lines(self):
        path = self.scratch / "a list.txt"
        path.write_text(f"{self.origin}/bytes/100\nnonsense\n")
        run = self.get("-i", path)
        command = run.stderr.splitlines()[-1].split(": haul ", 1)[1]
        self.assertIn("-i ", command)
        words = shlex.split(command)
        shown = self.haul(*words)
        self.assertEqual(shown.returncode, run.returncode)
        self.assertIn("1 ok, 1 failed (name 1)", shown.stdout)
        self.assertIn("1 ok, 1 failed (name 1)", run.stderr)
        self.assertIn("a list.txt:2: nonsense", shown.stderr)

    def test_bad_lines_of_all_kinds_count_alike(self):
        url = self.origin
        lines = [{"url": f"{url}/bytes/{n}", "out": name, "id": n}
                 for n, name in enumerate(
                     ["../x", "/x", "..", "n" * 300, ".haul", "a\nb", " "], 1)]
        lines += [{"url": f"{url}/bytes/20", "headers": {"Range": "x"}},
                  {"url": f"{url}/bytes/21", "headers": {"X": "a\nb"}},
                  {"url": f"{url}/bytes/22", "checksum": "sha256=zz"},
                  {"url": "ftp://x/"}, {"url": "http://a b/"}, {"id": 9},
                  {"url": "http://h/" + "p" * 9000}]
        path = self.scratch / "list.jsonl"
        path.write_text("".join(json.dumps(l) + "\n" for l in lines) + "[]\n")
        run = self.get("-i", path, "-v", "--resolve", "h:80:127.0.0.1")
        status = self.status("-i", path, "-v")
        self.assertEqual(status.returncode, run.returncode)
        self.assertIn("6 ok, 9 failed (name 9), ", status.stdout)
        self.assertIn("6 ok, 9 failed (name 9), ", run.stderr)
        named = [[l for l in said.splitlines() if l.startswith("haul: ")]
                 for said in (run.stderr, status.stderr)]
        self.assertEqual(*named)

    def test_files_of_lines_that_are_gone_are_extra(self):
        url = self.origin
        path = self.scratch / "list.jsonl"
        lines = [
            {"url": f"{url}/bytes/100"}, {"url": f"{url}/bytes/200"},
            {"url": f"{url}/bytes/300", "out": "a b/c\nd"},
            {"url": f"{url}/bytes/400", "headers": {"X-A": "1"}},
            {"url": f"{url}/bytes/500"}, {"url": f"{url}/nothing"},
        ]

        def extra(*arguments, of, status=0):
            path.write_text("".join(json.dumps(l) + "\n" for l in of))
            result = self.status("--list", "extra", "-i", path, *arguments)
            self.assertEqual(result.returncode, status, result.stderr)
            return result.stdout, result.stderr
        path.write_text("".join(json.dumps(l) + "\n" for l in lines))
        self.get("-i", path)
        self.assertEqual(extra(of=lines), ("", ""))
        names = {row["n"]: row["file"] for row in map(json.loads, self.status(
            "-i", path, "--json").stdout.splitlines()[:-1])}
        out, _ = extra(of=lines[:2])
        self.assertCountEqual(out.splitlines(), [
            f"{self.dir}/{names[n]}" for n in (3, 4, 5)])
        out, _ = extra("-0", of=lines[:2])
        self.assertEqual(out.count("\0"), 3)
        for name in out.split("\0")[:-1]:
            self.assertTrue(os.path.isfile(name), name)
        # With other headers it is still the same URL.
        lines[3]["headers"] = {"X-A": "2"}
        self.assertEqual(extra(of=lines), ("", ""))
        # What somebody changed is not haul's.
        (self.dir / "500").write_text("mine")
        (self.dir / "200").unlink()
        out, err = extra(of=lines[:1])
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn("1 more file was changed", err)
        # Who has no list must not lose everything.
        self.assertEqual(extra(of=[], status=2)[0], "")
        path.write_text('{"url": "' + f'{url}/bytes/100"' + '}\nbad\n')
        result = self.status("--list", "extra", "-i", path)
        self.assertEqual(result.returncode, 0)
        self.assertIn("1 bad line", result.stderr)
        broken = self.scratch / "list.txt.gz"
        broken.write_bytes(gzip.compress(f"{url}/bytes/100\n".encode()
                                         * 1000)[:-9])
        result = self.status("--list", "extra", "-i", broken)
        self.assert_one_line(result, 3, "list.txt.gz")
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
