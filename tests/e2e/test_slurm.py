"""A list on a real Slurm of four nodes, where everything goes wrong: no URL is
lost, no file has two contents, and few URLs are asked for twice."""

import collections
import os
import signal
import unittest

import slurm
from slurm import is_alive, name_of, parent_of
from support import HaulTest, wait_for

URLS = 440
PARTS = 4
JOBS = 2    # transfers at once of a task
BEGUN = 40  # answers of each part before the faults
LAST = 10   # URLs of a part for which two tasks compete
# Slurm waits 10 s for a node that is silent, and looks now and then.
PATIENCE = 100


@unittest.skipIf(slurm.missing(), slurm.missing())
class OnSlurm(HaulTest):
    def setUp(self):
        super().setUp()
        self.origin = slurm.Origin()
        self.url = self.answer_with(self.origin)
        self.addCleanup(self.origin.end)
        self.run_dir = self.scratch / "run"
        (self.scratch / "list").write_text(
            "".join(f"{self.url}/{i}\n" for i in range(URLS)))
        self.sizes = self.rehearse()
        self.plan("run")
        self.slurm = slurm.Slurm(self)

    def plan(self, run):
        result = self.haul("plan", "-i", "list", "-d", run, "--shards", PARTS)
        self.assertEqual(result.returncode, 0, result.stderr)

    def rehearse(self):
        """How many URLs each part has."""
        self.plan("rehearsal")
        for part in range(PARTS):
            result = self.haul("get", "--plan", "rehearsal", "--shard",
                               f"{part}/{PARTS}", "-H", f"Task: {part} x 0",
                               "--concurrent-shards", "1")
            self.assertEqual(result.returncode, 0, result.stderr)
        sizes = collections.Counter(hit[1] for hit in self.origin.hits)
        self.origin.begin()
        return [sizes[part] for part in range(PARTS)]

    def submit(self, *options):
        return self.slurm.submit("run", *options, "--", "-q", "-x",
                                 JOBS * PARTS, "--speed-time", "600")

    def merge(self, *options):
        return self.haul("merge", "run", *options)

    def wait(self, what, condition):
        self.assertTrue(wait_for(condition, PATIENCE), what)

    def tasks_of(self, part):
        return self.origin.tasks_of(part)

    def is_done(self, part):
        return (self.run_dir / f"{part:05}" / ".haul" / "DONE").exists()

    def first_task_of(self, part):
        """@return its node and its process."""
        return self.tasks_of(part)[0]

    def lose_daemon(self, part):
        """The node's daemon is gone, but not the task."""
        node, pid = self.first_task_of(part)
        self.slurm.kill_daemon(f"slurmd.{node}")
        self.assertTrue(is_alive(pid))
        return node

    def lose_node(self, part):
        """All of a node is gone: its daemon, and what runs the task."""
        node, pid = self.first_task_of(part)
        script = parent_of(pid)
        step = parent_of(script)
        self.assertEqual(name_of(step), "slurmstepd")
        self.slurm.kill_daemon(f"slurmd.{node}")
        for each in (step, script, pid):
            os.kill(each, signal.SIGKILL)
        return node

    def begin(self):
        """All four parts run, and have come to the same point."""
        for part in range(PARTS):
            self.origin.allow(part, BEGUN)
        self.submit()
        self.wait("four tasks", lambda: all(
            self.origin.answers[part] == BEGUN for part in range(PARTS)))

    def compete(self):
        """The part whose node lost its daemon is begun on another node, while
        the first task goes on: both ask for the rest of it."""
        self.origin.allow(0, self.sizes[0] - LAST)
        self.wait("a second task", lambda: len(self.tasks_of(0)) > 1)
        (node, first), (other, second) = self.tasks_of(0)[:2]
        self.wait("what both ask for", lambda: sum(
            hit[3] == second for hit in self.origin.hits) == JOBS)
        self.assertNotEqual(node, other)
        self.assertTrue(is_alive(first))
        self.origin.allow(0, None)
        self.wait("part 0", lambda: self.is_done(0))

    def crash_controller(self):
        """The new one does not know that part 1 was begun again on another
        node, unless the old one has saved that, and ends the task there."""
        _, last = self.tasks_of(1)[-1]
        self.slurm.kill_daemon("slurmctld")
        self.slurm.start_controller()
        wait_for(lambda: not is_alive(last), 15)

    def give_up(self, nodes):
        """The operator ends what is left, and mends the nodes."""
        self.slurm.run("scancel", "-u", self.slurm.user)
        for node in nodes:
            self.slurm.start_node(node)
        self.wait("an empty queue", lambda: self.slurm.states() == {})
        self.wait("no tasks", lambda: self.slurm.workers() == [])

    def resume_nodes(self):
        for part in range(PARTS):
            self.slurm.try_run("scontrol", "update", f"nodename=n{part}",
                               "state=resume")

    def contents(self):
        """{name: hashes on record} over the journals of all attempts."""
        hashes = collections.defaultdict(set)
        for journal in self.run_dir.glob("*/.haul/journal.*"):
            for line in journal.read_text().splitlines():
                fields = line.split("\t")
                if fields[0] == "d":
                    hashes[journal.parents[1].name, fields[2]].add(fields[9])
        return hashes

    def assert_all_there(self):
        two = {name for name, found in self.contents().items()
               if len(found) != 1}
        self.assertEqual(two, set())
        report = self.scratch / "report.jsonl"
        result = self.merge("--verify", "--report", report)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        rows, _ = self.read_report(report)
        self.assertEqual([row["outcome"] for row in rows], ["ok"] * URLS)
        for row in rows:
            text = (self.run_dir / row["file"]).read_text()
            self.assertEqual(text.split()[0],
                             "/" + row["url"].rsplit("/", 1)[1])

    def assert_few_requests(self):
        """A task that is killed has asked for what was on its way; two that
        compete ask for the same."""
        tasks = sum(len(self.tasks_of(part)) for part in range(PARTS))
        hits = len(self.origin.hits)
        print(f"{URLS} URLs, {hits} requests of {tasks} tasks", flush=True)
        self.assertLessEqual(hits, URLS + LAST + JOBS * (tasks - PARTS + 1))
        self.assertLessEqual(hits, URLS * 1.1)

    def test_a_list_survives_all_that_befalls_a_cluster(self):
        self.begin()
        lost = [self.lose_daemon(0), self.lose_node(1)]
        os.kill(self.first_task_of(2)[1], signal.SIGKILL)
        self.origin.allow(3, None)
        self.wait("part 3", lambda: self.is_done(3))
        self.compete()
        self.wait("part 1 again", lambda: len(self.tasks_of(1)) > 1)
        self.crash_controller()
        self.give_up(lost)
        result = self.merge()
        self.assertEqual(result.returncode, 7, result.stdout + result.stderr)
        self.assertIn("2 of 4 parts are not done: --array=1-2", result.stdout)
        self.origin.allow(1, None)
        self.origin.allow(2, None)
        self.resume_nodes()
        self.submit("--array=1-2")
        self.wait("all parts", lambda: self.is_done(1) and self.is_done(2))
        self.wait("an empty queue", lambda: self.slurm.states() == {})
        self.assert_all_there()
        self.assert_few_requests()
        log = (self.run_dir / "slurm" / "merge.log").read_text()
        self.assertIn(f"{URLS} ok, 0 failed", log)
