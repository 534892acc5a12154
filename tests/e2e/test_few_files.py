"""haul get where so few files may be open that a run hardly begins: it fetches
everything, however slowly, or refuses at once and has touched nothing."""

import resource
import subprocess
import unittest

from limited import WAYS
from support import DEADLINE, HAUL, HaulTest

SMALL, LARGE = 3000, 300_000
FILES = 8
HOSTS = 4


class FewFiles(HaulTest):
    def setUp(self):
        super().setUp()
        self.port = self.serve("--bind", "0.0.0.0").rsplit(":")[-1]

    def write_list(self, host=None):
        """With so much between its lines that it stays open for long."""
        lines = []
        for n in range(FILES):
            at = host or f"127.0.0.{2 + n % HOSTS}"
            size = (SMALL, LARGE)[n % 2]
            lines.append(f"http://{at}:{self.port}/bytes/{size}?{n}\n")
            lines.append("#" + "x" * 30_000 + "\n")
        (self.scratch / "list").write_text("".join(lines))

    def get(self, limit, *options, beside=()):
        return subprocess.run(
            [HAUL, "get", "-i", "list", "-d", self.dir, "-o", "{query}",
             *options],
            capture_output=True, text=True, cwd=self.scratch, timeout=DEADLINE,
            env=self.environment(), pass_fds=beside,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (limit, limit)))

    def assert_all_there(self):
        sizes = {p.name: p.stat().st_size for p in self.dir.rglob("*")
                 if p.is_file() and ".haul" not in p.parts}
        self.assertEqual(sizes, {str(n): (SMALL, LARGE)[n % 2]
                                 for n in range(FILES)})

    def check(self, limit, *options, **more):
        """True when it was fetched, False when it was refused."""
        result = self.get(limit, *options, **more)
        if result.returncode == 0:
            self.assert_all_there()
            return True
        self.assert_one_line(result, 3, f"the limit of {limit} open files is "
                             "too low: this run needs", "(ulimit -n ")
        self.assertFalse(self.dir.exists())
        return False

    def check_limits(self, limits, *options, **more):
        """Refused below some limit, which it names, and fetched from there."""
        for way, mode in WAYS.items():
            fetched = {}
            for limit in limits:
                with self.subTest(way=way, limit=limit, options=options):
                    self.dir = self.scratch / f"{way}-{limit}-{len(options)}"
                    fetched[limit] = self.check(limit, *mode, *options, **more)
            flags = list(fetched.values())
            self.assertEqual(flags, sorted(flags), (way, fetched))
            self.assertTrue(flags[-1], (way, fetched))

    def test_every_limit_from_4_to_30(self):
        self.write_list()
        self.check_limits(range(4, 31))

    def test_with_all_that_a_run_may_have_open(self):
        self.write_list()
        self.check_limits(range(19, 27), "-o", "a/b/{query}", "--report",
                          "report", "--trace", "trace", "--limit-rate", "1G")

    def test_with_names_to_look_up(self):
        self.write_list("localhost")
        self.check_limits(range(17, 24))

    def test_what_the_parent_left_open_counts(self):
        self.write_list()
        with open("/dev/null") as a, open("/dev/null") as b:
            beside = (a.fileno(), b.fileno())
            self.check_limits(range(16, 26), beside=beside)

    def test_the_named_limit_is_enough(self):
        self.write_list()
        for way, mode in WAYS.items():
            with self.subTest(way=way):
                self.dir = self.scratch / f"named-{way}"
                refusal = self.get(10, *mode).stderr
                named = int(refusal.split("ulimit -n ")[1].split(")")[0])
                self.assertFalse(self.check(named - 1, *mode))
                self.assertTrue(self.check(named, *mode))

    def test_a_directory_that_has_a_journal_stays_as_it_is(self):
        self.write_list()
        self.assertEqual(self.get(64).returncode, 0)
        (self.dir / "1").unlink()
        before = {p: p.read_bytes() for p in self.dir.rglob("*")
                  if p.is_file()}
        for limit in (10, 13, 16):
            self.assertEqual(self.get(limit).returncode, 3)
        self.assertEqual(before, {p: p.read_bytes()
                                  for p in self.dir.rglob("*") if p.is_file()})
        self.assertTrue(self.check(18))


if __name__ == "__main__":
    unittest.main()
