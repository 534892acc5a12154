"""Ratios, floors, system calls and the README's table, over made-up runs."""

import unittest

import readme
import report
import syscalls
from tools import Curl, Haul, Probe
from workloads import Contest, How


def contest(**more):
    entries = [(Haul("haul"), How(1)), (Curl(), How(1, part=0.1)),
               (Probe("probe", "small"), How(1))]
    return Contest("a", "files", 100, 10, str, entries, **more)


def run(tool, number, seconds, cpu, files=100):
    return {"contest": "a", "tool": tool, "round": number, "seconds": seconds,
            "cpu": cpu, "rate": files / seconds, "cpu_per_file": cpu / files,
            "server_cpu": 0, "server_per_file": 0, "peak": 1, "failed": 0,
            "timed_out": False}


class Ratios(unittest.TestCase):
    def test_are_of_the_same_round(self):
        """The machine becomes slower from round to round; medians of all would
        compare haul's second with curl's third."""
        runs = [run("haul", 0, 1, 1), run("haul", 1, 2, 2), run("haul", 2, 9, 9),
                run("curl", 0, 1.5, 3), run("curl", 1, 3, 6), run("curl", 2, 9, 9)]
        self.assertEqual(report.ratios(runs, contest())["curl"],
                         {"wall": 1.5, "cpu": 3})

    def test_are_of_a_file_where_a_tool_had_fewer(self):
        runs = [run("haul", 0, 1, 1), run("curl", 0, 1, 1, files=10)]
        self.assertEqual(report.ratios(runs, contest())["curl"],
                         {"wall": 10, "cpu": 10})
        said, = report.parts(contest())
        self.assertIn("curl: of the first 10 files", said)

    def test_a_run_without_files_has_none(self):
        broken = run("curl", 0, 1, 1) | {"rate": 0, "cpu_per_file": None}
        self.assertEqual(report.ratios([run("haul", 0, 1, 1), broken],
                                       contest())["curl"],
                         {"wall": None, "cpu": None})


class Floors(unittest.TestCase):
    def said(self, **more):
        runs = [run("haul", 0, 3, 0.3), run("probe", 0, 2, 0.2)]
        c = contest(**more)
        return list(report.floors(c, report.medians(runs, c),
                                  report.ratios(runs, c)))

    def test_say_how_far_haul_is(self):
        self.assertEqual(self.said(), [
            "  floor by a bare probe (small): 2000.0 us CPU, haul x1.50 of it; "
            "2.00 s, haul x1.50 of it"])

    def test_of_large_files_are_by_size(self):
        self.assertIn("214748.36 s CPU a GiB", self.said(large=True)[0])


class Syscalls(unittest.TestCase):
    SAID = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000600           6       100         5 openat
 40.00    0.000400           4        20           socket
------ ----------- ----------- --------- --------- ----------------
100.00    0.001000           8       120         5 total
"""

    def test_are_counted_by_file(self):
        calls = syscalls.parse(self.SAID)
        self.assertEqual(calls, {"openat": 100, "socket": 20})
        figures = syscalls.figures(calls, 50)
        self.assertEqual((figures["calls"], figures["sockets"]), (2.4, 0.4))


class Readme(unittest.TestCase):
    def row(self, **walls):
        ratios = {p: {"wall": walls.get(p, 2), "cpu": 2} for p in readme.PEERS}
        median = {"rate": 1000, "cpu_per_file": 40e-6}
        return {"title": "files", "unit": "files/s", "size": 10,
                "ratios": ratios | {"probe": {"wall": 0.5, "cpu": 0.8}},
                "medians": {"haul": median, "probe": median},
                "floors": ["probe"]}

    def test_begins_with_what_haul_does_not_win(self):
        rows = {"a": self.row(), "b": self.row(wget2=0.99),
                "c": self.row(wget2=0.996)}
        lines = list(readme.table(rows))
        self.assertEqual([line[2] for line in lines[2:]], ["b", "a", "c"])
        self.assertEqual(lines[2], "| b: files | 1,000 files/s, 40 µs | "
                         "2.00 / 2.00 | 0.99 / 2.00 | 2.00 / 2.00 | "
                         "2.00 / 1.25 of 40 µs |")

    def test_has_no_row_without_peers(self):
        alone = self.row() | {"ratios": {}}
        self.assertEqual(len(list(readme.table({"lag-a": alone}))), 2)


class Parts(unittest.TestCase):
    def test_a_part_is_at_least_a_file(self):
        c = contest()
        c.files = 3
        self.assertEqual(c.files_of(c.entries[1][1]), 1)
        self.assertEqual(len(list(c.jobs(2))), 2)


if __name__ == "__main__":
    unittest.main()
