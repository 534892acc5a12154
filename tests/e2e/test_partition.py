"""The parts of a plan, as tasks fetch them: together they are the list, no two
have a URL in common, and the order of the lines does not matter. This starts
thousands of tasks, of the program as it is released."""

import concurrent.futures
import random

from test_parts import Parts

URLS = 300
# For so many parts, so many tasks of the list in another order.
SAMPLES = {1: 1, 2: 2, 7: 7, 64: 64, 1000: 100}


class Partition(Parts):
    def fetch(self, run, parts, indices):
        """@return the names that each of the parts has."""
        def task(index):
            result = self.haul("get", "--plan", run, "--shard",
                               f"{index}/{parts}", "--concurrent-shards", "1",
                               "-x", "0", "-q", "--no-fsync")
            self.assertEqual(result.returncode, 0, result.stderr)
            return {path.name for path in
                    (self.scratch / run / f"{index:05}").iterdir()
                    if path.name != ".haul"}

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return dict(zip(indices, pool.map(task, indices)))

    def plan_list(self, name, run, urls, parts):
        (self.scratch / name).write_text("".join(u + "\n" for u in urls))
        result = self.haul("plan", "-i", name, "-d", run, "--shards", parts)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_parts_are_the_list_in_any_order(self):
        urls = [f"{self.url}/{i}" for i in range(URLS)]
        names = [str(i) for i in range(URLS)]
        shuffled = random.Random(18).sample(urls, URLS)
        for parts, sample in SAMPLES.items():
            with self.subTest(parts=parts):
                self.plan_list("list", f"a{parts}", urls, parts)
                self.plan_list("shuffled", f"b{parts}", shuffled, parts)
                a = self.fetch(f"a{parts}", parts, range(parts))
                self.assertEqual(sorted(sum(map(list, a.values()), [])),
                                 sorted(names))
                b = self.fetch(f"b{parts}", parts,
                               random.Random(1).sample(range(parts), sample))
                self.assertEqual(b, {i: a[i] for i in b})
                result = self.haul("merge", f"a{parts}")
                self.assertEqual(result.returncode, 0, result.stdout)
