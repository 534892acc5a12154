"""What the tests of worker processes share."""

import os
import pathlib

from support import HaulTest, wait_for


def status_of(pid):
    """Parent and state of a process, or None when it is gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return int(parent), state


def is_alive(pid):
    status = status_of(pid)
    return status is not None and status[1] not in "ZX"


def children_of(parent):
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [
        pid
        for pid in pids
        if (status_of(pid) or (0, ""))[0] == parent and is_alive(pid)
    ]


class WorkersTest(HaulTest):
    def workers_in_mid_run(self, run, count):
        """The workers, once all are there and a file has arrived."""
        def ready():
            workers = children_of(run.pid)
            arrived = self.dir.exists() and any(self.dir.glob("[0-9]*"))
            return workers if arrived and len(workers) == count else None

        workers = wait_for(ready)
        self.assertTrue(workers, "no workers in mid-run")
        return workers
