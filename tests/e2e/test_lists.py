"""Lists of every format, through the program: names, ids, bad lines, pipes."""

import gzip
import hashlib
import json
import os
import subprocess

from support import HAUL, MODES, WAYS, HaulTest, wait_for

HEX = "00" * 32


class ListTest(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = self.serve()

    def write(self, name, data):
        data = data.encode() if isinstance(data, str) else data
        if name.endswith(".gz"):
            data = gzip.compress(data)
        (self.scratch / name).write_bytes(data)
        return name

    def fetch(self, *arguments, **more):
        return self.haul("-d", self.dir, "--report", "report.jsonl", "--retry",
                         "0", *arguments, **more)

    def rows(self):
        rows, _ = self.read_report(self.scratch / "report.jsonl")
        return {row["n"]: row for row in rows}


class Formats(ListTest):
    def test_csv_gz_with_a_header_and_captions(self):
        o = self.origin
        self.write(
            "list.csv.gz",
            "id,caption,url\r\n"
            f'7,"two\nlines, ""quoted""",{o}/bytes/1\r\n'
            "8,no url,not a url\r\n"
            f"9,plain,{o}/bytes/2\r\n",
        )
        result = self.fetch("-i", "list.csv.gz", "--id-col", "id")
        self.assert_one_line(result, 8, "list.csv.gz:4", "not a url")
        self.assertEqual(self.names(), ["1", "2"])
        rows = self.rows()
        self.assertEqual(
            {n: (row["id"], row["outcome"]) for n, row in rows.items()},
            {1: ("7", "ok"), 2: ("8", "failed"), 3: ("9", "ok")},
        )

    def test_csv_names_by_a_column(self):
        o = self.origin
        self.write(
            "list.csv",
            "id,caption,image_url\n"
            f"7,one two,{o}/bytes/1\n8,a/../../b,{o}/bytes/2\n",
        )
        result = self.fetch(
            "-i", "list.csv", "--url-col", "image_url", "--name-col", "2"
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["a/b", "one two"])

    def test_an_id_names_a_file(self):
        self.write("list.csv", f"url,key\n{self.origin}/600x400/a.png,k1\n")
        self.fetch("-i", "list.csv", "--id-col", "key", "-o", "{id}{ext}")
        self.assertEqual(self.names(), ["k1.png"])

    def test_aria2_with_directories_and_a_bad_entry(self):
        o = self.origin
        self.write(
            "list.txt",
            f"# a list\n{o}/bytes/1\n  out=one\n  dir=/a/../b\n"
            f"{o}/bytes/2\n  checksum=md5=00\n"
            f"{o}/600x400/p.png\n  dir=sub\n"
            f"{o}/bytes/4\n  out=../../four\n",
        )
        result = self.fetch("-i", "list.txt", "-o", "{stem}-{n}{ext}")
        self.assert_one_line(result, 8, "list.txt:5", "line 6", "md5")
        self.assertEqual(self.names(), ["a/b/one", "four", "sub/p-7.png"])

    def test_jsonl_with_names_ids_and_a_bad_line(self):
        o = self.origin
        lines = [
            json.dumps({"url": f"{o}/bytes/1", "out": "x/one", "id": 2**64 - 1}),
            '{"url": "http://',
            json.dumps({"url": f"{o}/bytes/2", "id": "two", "more": [1]}),
        ]
        self.write("list.jsonl", "\n".join(lines) + "\n")
        result = self.fetch("-i", "list.jsonl")
        self.assert_one_line(result, 8, "list.jsonl:2", "JSON")
        self.assertEqual(self.names(), ["2", "x/one"])
        rows = self.rows()
        self.assertEqual(rows[1]["id"], "18446744073709551615")
        self.assertEqual(rows[3]["id"], "two")

    def test_tsv_with_a_bad_line_in_the_middle(self):
        o = self.origin
        self.write("list.tsv", f"{o}/bytes/1\ta\n\tb\n{o}/bytes/2\tc\n")
        result = self.fetch("-i", "list.tsv")
        self.assert_one_line(result, 8, "list.tsv:2", "no URL")
        self.assertEqual(self.names(), ["a", "c"])

    def test_plain_with_bad_lines_in_the_middle(self):
        o = self.origin
        self.write(
            "list.txt",
            f"{o}/bytes/1\nhttp://h/\0\nhttp://{'x' * 70000}/\n{o}/bytes/2\n",
        )
        result = self.fetch("-i", "list.txt")
        self.assertEqual(result.returncode, 8)
        self.assertIn("list.txt:2: http://h/: NUL byte", result.stderr)
        self.assertIn("list.txt:3: : line longer than 64 kB", result.stderr)
        self.assertEqual(self.names(), ["1", "2"])

    def test_a_format_by_request(self):
        self.write("list", f"{self.origin}/bytes/1,a\n")
        self.fetch("-i", "list", "--input-format", "csv")
        self.assertEqual(self.names(), ["a"])


class Names(ListTest):
    def test_no_url_writes_to_the_file_of_another(self):
        """The first has the name that the third one's hash would give it."""
        third = self.origin.replace("127.0.0.1", "localhost") + "/8x8/a"
        start = hashlib.sha256(third.encode()).hexdigest()[:16]
        self.write("list", f"{self.origin}/8x8/a-{start}\n"
                           f"{self.origin}/8x8/a\n{third}\n")
        result = self.fetch("-i", "list")
        self.assert_one_line(result, 3, third, "of this name already")
        self.assertEqual(self.names(), ["a", f"a-{start}"])
        self.assertEqual(self.rows()[3]["attempts"], 0)


class Columns(ListTest):
    """A column that is not there is told before anything is fetched."""

    def test_a_file_that_lacks_a_column(self):
        self.write("good.csv", f"url\n{self.origin}/bytes/1\n")
        self.write("list.csv.gz", f"id,url\n1,{self.origin}/bytes/1\n")
        for option in "--url-col", "--name-col", "--id-col":
            for column in "nope", "3":
                result = self.fetch(
                    "-i", "list.csv.gz", option, column
                )
                self.assert_one_line(result, 2, option, column, "list.csv.gz")
        self.assertFalse(self.dir.exists())

    def test_a_header_without_url(self):
        self.write("list.csv", f"id,image_url\n1,{self.origin}/bytes/1\n")
        result = self.fetch("-i", "list.csv")
        self.assert_one_line(result, 2, "--url-col", "list.csv", "image_url")

    def test_a_list_without_columns(self):
        self.write("list.txt", f"{self.origin}/bytes/1\n")
        result = self.fetch("-i", "list.txt", "--url-col", "url")
        self.assert_one_line(result, 2, "--url-col", "list.txt", "plain")

    def test_standard_input_that_lacks_a_column(self):
        result = self.fetch(
            "-i", "-", "--input-format", "csv", "--url-col", "nope",
            stdin=f"id,url\n1,{self.origin}/bytes/1\n",
        )
        self.assert_one_line(result, 2, "--url-col", "nope", "standard input")
        self.assertEqual(self.names(), [])

    def test_an_unknown_format(self):
        result = self.fetch("-i", "x", "--input-format", "xml")
        self.assert_one_line(result, 2, "--input-format", "jsonl")


class Packed(ListTest):
    def test_members_from_standard_input(self):
        o = self.origin
        packed = gzip.compress(f"{o}/bytes/1\n{o}/by".encode())
        packed += gzip.compress(b"tes/2\n")
        result = subprocess.run(
            [HAUL, "-i", "-", "-d", self.dir], input=packed,
            capture_output=True, env=self.environment(), timeout=60,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["1", "2"])

    def test_a_list_cut_short_loses_no_line_before(self):
        o = self.origin
        self.write("whole.gz", "".join(f"{o}/bytes/{i}\n" for i in range(1, 9)))
        whole = (self.scratch / "whole.gz").read_bytes()
        (self.scratch / "list.txt.gz").write_bytes(whole[:-8])
        result = self.fetch("-i", "list.txt.gz")
        self.assert_one_line(result, 3, "list.txt.gz", "line 8", "ends early")
        self.assertEqual(len(self.names()), 8)

    def test_a_list_that_is_no_gz(self):
        (self.scratch / "list.gz").write_text(f"{self.origin}/bytes/1\n")
        result = self.fetch("-i", "list.gz")
        self.assert_one_line(result, 3, "list.gz", "not a .gz")


class Pipes(ListTest):
    def test_csv_is_fetched_while_it_is_written(self):
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [HAUL, "-i", "-", "--input-format", "csv", "-d", str(self.dir)],
            stdin=reader, stderr=subprocess.PIPE, text=True,
            env=self.environment(),
        )
        os.close(reader)
        self.addCleanup(self.end, process)
        with os.fdopen(writer, "w") as pipe:
            pipe.write(f'id,url\n1,"{self.origin}/bytes/1"\n2,"')
            pipe.flush()
            self.assertTrue(wait_for(lambda: self.dir.exists() and self.names()))
            pipe.write(f'{self.origin}/bytes/2"\n')
        _, stderr = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, stderr)
        self.assertEqual(self.names(), ["1", "2"])

    def test_a_named_pipe_is_opened_once_and_waited_for(self):
        fifo = self.scratch / "fifo"
        os.mkfifo(fifo)
        process = self.start("-i", "fifo", "-d", self.dir)
        with open(fifo, "w") as pipe:
            pipe.write(f"{self.origin}/bytes/1\n")
            pipe.flush()
            self.assertTrue(wait_for(lambda: self.dir.exists() and self.names()))
            pipe.write(f"{self.origin}/bytes/2\n")
        _, stderr = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, stderr)
        self.assertEqual(self.names(), ["1", "2"])

    def test_the_end_of_a_list_and_of_a_transfer_at_once(self):
        """The run must not wait for a list that it has read to its end. Which
        of the two the loop sees first is chance, so there are many runs."""
        for n in range(30):
            fifo, self.dir = self.scratch / f"fifo{n}", self.scratch / f"d{n}"
            os.mkfifo(fifo)
            process = self.start("-i", fifo, "-d", self.dir)
            with open(fifo, "w") as pipe:
                pipe.write(f"{self.origin}/bytes/1\n")
                pipe.flush()
                self.assertTrue(wait_for((self.dir / "1").exists))
                pipe.write(f"{self.origin}/bytes/2\n")
            _, stderr = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, stderr)
            self.assertEqual(self.names(), ["1", "2"])


class Local(ListTest):
    def test_the_embedded_origin_has_its_own_bytes(self):
        """So no checksum of the list holds there, and no mirror is asked."""
        self.write(
            "list.txt",
            "http://h.invalid/bytes/1\thttp://m.invalid/x\n"
            f"  checksum=sha-256={HEX}\n  out=a\n",
        )
        result = self.haul("--local", "-i", "list.txt", "-d", self.dir)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["a"])


class Records(ListTest):
    """{n} and n are what a table is joined on; messages name lines too."""

    def numbers(self, name, data, *options, status=0):
        self.write(name, data)
        result = self.fetch("-i", name, "-o", "{n:03}", *options)
        self.assertEqual(result.returncode, status, result.stderr)
        rows, _ = self.read_report(self.scratch / "report.jsonl")
        found = {row["n"]: (row["file"], row["url"].rsplit("/", 1)[-1])
                 for row in rows}
        self.assertEqual(len(found), len(rows))
        return found, result

    def test_numbers_of_csv_and_tsv_are_those_of_records(self):
        o = self.origin
        for name, c in (("list.csv", ","), ("list.tsv", "\t")):
            for way in WAYS:
                with self.subTest(name=name, way=way):
                    subprocess.run(["rm", "-rf", self.dir], check=True)
                    found, result = self.numbers(
                        name,
                        f'caption{c}url\n"two\nlines"{c}{o}/bytes/11\n\n \n'
                        f'x{c}not a url\n"three\n\nlines"{c}{o}/bytes/13\n',
                        "-m", *way, status=8)
                    self.assertEqual(found, {
                        1: ("001", "11"), 2: (None, "not a url"),
                        3: ("003", "13")})
                    self.assertIn(f"{name}:6: record 2: not a url: ",
                                  result.stderr)
                    self.assertEqual(self.names(), ["001", "003"])

    def test_without_a_header_the_first_line_is_the_first_record(self):
        o = self.origin
        self.assertEqual(
            self.numbers("list.csv", f"{o}/bytes/11\n{o}/bytes/12\n")[0],
            {1: ("001", "11"), 2: ("002", "12")})

    def test_bad_records_are_counted(self):
        o = self.origin
        found, result = self.numbers(
            "list.csv", f'url,x\n{o}/bytes/11,"stray\n{o}/bytes/12,\n,\n'
            f"{o}/bytes/14,\n", status=8)
        self.assertEqual({n: file for n, (file, _) in found.items()},
                         {1: None, 2: "002", 3: None, 4: "004"})
        self.assertIn("list.csv:2: record 1: ", result.stderr)
        self.assertIn("list.csv:4: record 3: ", result.stderr)

    def test_other_formats_go_by_the_line(self):
        o = self.origin
        for name, data, last in (
                ("list.txt", f"# a list\n\n{o}/bytes/11\n", 3),
                ("list.jsonl", '\n{"url": "%s/bytes/11"}\n' % o, 2),
                ("list.aria2", f"\n{o}/bytes/11\n  header=A: b\n", 2)):
            with self.subTest(name=name):
                found, _ = self.numbers(name, data)
                self.assertEqual(list(found), [last])

    def test_each_list_has_numbers_of_its_own(self):
        o = self.origin
        self.write("a.csv", f"url\n{o}/bytes/11\n")
        self.write("b.csv", f"url\n{o}/bytes/12\nbad\n")
        result = self.fetch("-i", "a.csv", "-i", "b.csv")
        self.assertIn("b.csv:3: record 2: bad", result.stderr)
        rows, _ = self.read_report(self.scratch / "report.jsonl")
        self.assertEqual(sorted(row["n"] for row in rows), [1, 1, 2])

    def test_the_dry_run_and_repeats_say_the_same_numbers(self):
        o = self.origin
        lines = f"url\n{o}/bytes/11\nbad\n{o}/bytes/11\n"
        self.write("list.csv", lines)
        self.assertIn("list.csv:3: record 2: bad",
                      self.fetch("-i", "list.csv", "--dry-run").stderr)
        self.fetch("-i", "list.csv")
        self.assertEqual(self.rows()[3]["dup_of"], 1)


class NamesInLists(ListTest):
    def test_a_name_of_blanks_is_none(self):
        o = self.origin
        for name, data in (
                ("list.tsv", f"{o}/bytes/11\t \n{o}/bytes/12\t\t\n"),
                ("list.csv", f"{o}/bytes/11,  \n{o}/bytes/12,\"\t\"\n"),
                ("list.jsonl", '{"url": "%s/bytes/11", "out": " "}\n'
                 '{"url": "%s/bytes/12", "out": "\\n\\t"}\n' % (o, o)),
                ("list.aria2", f"{o}/bytes/11\n  out= \n"
                 f"{o}/bytes/12\n  dir= \n")):
            with self.subTest(name=name):
                subprocess.run(["rm", "-rf", self.dir], check=True)
                self.write(name, data)
                result = self.fetch("-i", name, "--input-format",
                                    name.split(".")[1])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(), ["11", "12"])

    def test_an_id_that_no_list_has_is_a_usage_error(self):
        o = self.origin
        self.write("list.csv", f"url,key\n{o}/600x400/a.png,k1\n")
        self.write("list.txt", f"{o}/600x400/a.png\n")
        for template in ("{id}{ext}", "x/{id}"):
            for arguments, words in (
                    (("-i", "list.csv"), ("--id-col", "url, key")),
                    (("-i", "list.txt"), ("list.txt", "plain")),
                    ((f"{o}/600x400/a.png",), ("on the command line",)),
                    (("-i", "list.csv", "--dry-run"), ("--id-col",))):
                with self.subTest(template=template, arguments=arguments):
                    result = self.fetch("-o", template, *arguments)
                    self.assert_one_line(result, 2, "--output: {id}", *words)
                    self.assertFalse(self.dir.exists())
        result = self.fetch("-o", "{id}", "-i", "-", "--input-format", "csv",
                            stdin=f"url,key\n{o}/bytes/1,k\n")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("--output: {id}", result.stderr)
        self.assertEqual(self.names(), [])

    def test_an_empty_id_is_a_bad_line(self):
        o = self.origin
        for name, lines in (
                ("list.csv", ["key,url", f",{o}/600x400/a.png",
                              f"  ,{o}/600x400/b.png", f"k,{o}/600x400/c.png"]),
                ("list.jsonl", ['{"url": "%s/600x400/a.png"}' % o,
                                '{"url": "%s/600x400/b.png", "key": ""}' % o,
                                '{"url": "%s/600x400/c.png", "key": "k"}' % o,
                                '{"url": "%s/600x400/d.png", "out": "d"}' % o,
                                ])):
            with self.subTest(name=name):
                subprocess.run(["rm", "-rf", self.dir], check=True)
                self.write(name, "\n".join(lines) + "\n")
                result = self.fetch("-i", name, "--id-col", "key", "-o",
                                    "{id}{ext}")
                self.assertEqual(result.returncode, 8, result.stderr)
                self.assertEqual(result.stderr.count("no id in this line"), 2)
                self.assertEqual([n for n in self.names() if n != "d"],
                                 ["k.png"])
                self.assertEqual(self.rows()[1]["error"], "name")


class Refused(ListTest):
    """What is no list of lines, with the command that makes one of it."""

    def check(self, name, data, what, command, *options):
        self.write(name, data)
        result = self.fetch("-i", name, *options)
        self.assert_one_line(result, 2, f"{name}: it is {what}", command)
        self.assertFalse(self.dir.exists())

    def test_another_encoding(self):
        text = f"{self.origin}/bytes/1\n"
        for name, codec, what, call in (
                ("le.txt", "utf-16-le", "UTF-16", "UTF-16"),
                ("be.txt", "utf-16-be", "UTF-16", "UTF-16"),
                ("le32.txt", "utf-32-le", "UTF-32", "UTF-32"),
                ("be32.txt", "utf-32-be", "UTF-32", "UTF-32")):
            with self.subTest(name=name):
                self.check(name, ("\ufeff" + text).encode(codec), what,
                           f"iconv -f {call} -t UTF-8 {name} | haul -i -")
        for name, codec, call in (("le", "utf-16-le", "UTF-16LE"),
                                  ("be", "utf-16-be", "UTF-16BE")):
            with self.subTest(name=name):
                self.check(name, text.encode(codec), "UTF-16 without a mark",
                           f"iconv -f {call} -t UTF-8 {name} | haul -i -")

    def test_the_command_makes_a_list_of_it(self):
        text = f"\ufeffurl\n{self.origin}/bytes/1\n".encode("utf-16-le")
        self.check("list.csv", text, "UTF-16",
                   "UTF-8 list.csv | haul -i - --input-format csv")
        self.check("list.csv.gz", text, "UTF-16", "gzip -dc list.csv.gz | iconv")
        said = self.fetch("-i", "list.csv").stderr
        command = said.split("read: ")[1].splitlines()[0].replace(
            "haul", f"{HAUL} -d {self.dir}")
        subprocess.run(command, shell=True, check=True, cwd=self.scratch,
                       capture_output=True, env=self.environment())
        self.assertEqual(self.names(), ["1"])

    def test_tables_and_archives(self):
        for name, data, what, command in (
                ("l.parquet", b"PAR1\x15\x04", "a Parquet table",
                 "duckdb -c \"copy (from 'l.parquet') to"),
                ("l.csv", b"PAR1", "a Parquet table", "duckdb -c"),
                ("l.xlsx", b"PK\x03\x04\x14", "a zip archive", "unzip -p l.xlsx"),
                ("l.zst", b"\x28\xb5\x2f\xfd\x04", "packed by zstd",
                 "zstd -dc l.zst"),
                ("l.xz", b"\xfd7zXZ\0", "packed by xz", "xz -dc l.xz"),
                ("l.bz2", b"BZh91AY&SY", "packed by bzip2", "bzip2 -dc l.bz2")):
            with self.subTest(name=name):
                self.check(name, data, what, command)
                self.check(name, data, what, command, "--dry-run")

    def test_standard_input(self):
        for mode in MODES:
            result = subprocess.run(
                [HAUL, "-i", "-", "-d", self.dir, "-m", mode],
                input=f"\ufeff{self.origin}/bytes/1\n".encode("utf-16-le"),
                capture_output=True, cwd=self.scratch,
                env=self.environment())
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(b"iconv -f UTF-16 -t UTF-8 | haul -i -",
                          result.stderr)
            self.assertEqual(self.names(), [])

    def test_what_only_begins_like_them_is_read(self):
        o = self.origin
        for name, data in (
                ("bom.txt", b"\xef\xbb\xbf" + f"{o}/bytes/1\n".encode()),
                ("bom.csv", b"\xef\xbb\xbf" + f"url\n{o}/bytes/1\n".encode()),
                ("par.csv", f"PAR,url\nx,{o}/bytes/1\n".encode()),
                ("pk.csv", f"PK,url\n1,{o}/bytes/1\n".encode()),
                ("bz.csv", f"BZh,url\n1,{o}/bytes/1\n".encode())):
            with self.subTest(name=name):
                self.write(name, data)
                result = self.fetch("-i", name)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.names(), ["1"])
