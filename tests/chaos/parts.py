"""Two tasks fetch one part of a plan at once, and are killed at random and begun
again, until there were as many kills as asked for: in lists of 150 URLs, one
after another, each in another mode. No URL is lost, and no file has two
contents, as each answer has other bytes.

    parts.py [--kills K] [--seed S] [--short]

When it kills follows from the seed; what a task is at by then does not.
"""

import argparse
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))

import test_parts
from support import WAYS

URLS = 150
JOBS = 6
options = None


def parse():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--kills", type=int, help="100, or 20 with --short")
    p.add_argument("--seed", type=int, default=18)
    p.add_argument("--short", action="store_true",
                   help="the size that goes with the other tests")
    out = p.parse_args()
    out.kills = out.kills or (20 if out.short else 100)
    return out


class Kills(test_parts.Parts):
    def round(self, number, way):
        """Fetches a list. @return the kills."""
        self.run_dir = self.scratch / "run"
        if self.run_dir.exists():
            self.run_dir.rename(self.scratch / f"run{number - 1}")
        self.origin.hits.clear()
        self.plan(URLS, parts=1)
        tasks = [self.task(way), self.task(way)]
        begun, kills = len(tasks), 0
        while not self.is_done(0):
            time.sleep(self.random.uniform(0.05, 0.4))
            victim = self.random.randrange(2)
            if tasks[victim].poll() is None:
                tasks[victim].kill()
                kills += 1
            tasks[victim].communicate()
            if not self.is_done(0):
                tasks[victim] = self.task(way)
                begun += 1
        for task in tasks:
            text = task.communicate()[1]
            self.assertIn(task.returncode, (0, -9), text)
        self.assert_all_there(URLS)
        self.assertLessEqual(len(self.origin.hits), 2 * URLS + JOBS * begun)
        print(f"parts: {' '.join(way)}: {kills} kills of {begun} tasks, "
              f"{URLS} URLs by {len(self.origin.hits)} requests", flush=True)
        return kills

    def task(self, way):
        jobs = [] if way[0] == "sequential" else ["-j", str(JOBS)]
        return self.begin("-m", *way, *jobs)

    def test_kills_at_random_lose_nothing(self):
        self.random = random.Random(options.seed)
        self.origin.delay = 0.02
        kills = number = 0
        while kills < options.kills:
            kills += self.round(number, WAYS[(3 + number) % len(WAYS)])
            number += 1
        print(f"parts: {kills} kills in {number} lists: no URL was lost, and "
              f"no file has two contents", flush=True)


if __name__ == "__main__":
    options = parse()
    unittest.main(argv=sys.argv[:1])
