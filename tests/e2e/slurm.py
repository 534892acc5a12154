"""A Slurm of four nodes on this machine, by scripts/slurm, and an origin for
its tasks whose every answer has other bytes."""

import collections
import getpass
import http.server
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading

from support import HAUL, wait_for

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "slurm"
os.environ["PATH"] += os.pathsep + "/usr/sbin"


def missing():
    """Why there can be no Slurm here; None: there can. Where packages can be
    installed, scripts/test.sh has done so, and it is an error."""
    programs = ("slurmctld", "slurmd", "sbatch")
    if all(map(shutil.which, programs)) or shutil.which("apt-get"):
        return None
    return "no slurmctld, slurmd or sbatch, and no apt-get to install them"


class Origin(http.server.ThreadingHTTPServer):
    """A file is its path and a number that no other answer has. Each request
    says which part and which process it is of: Task: PART NODE PID."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.turn = threading.Condition()
        self.is_open = True
        self.begin()

    def handle_error(self, *args):
        pass  # a task was killed

    def begin(self):
        self.hits = []  # (path, part, node, pid)
        self.answers = collections.Counter()  # of each part
        self.most = {}  # answers of a part; what is beyond waits

    def allow(self, part, most):
        """The part gets so many answers in all; None: as many as it wants."""
        with self.turn:
            self.most[part] = most
            self.turn.notify_all()

    def end(self):
        with self.turn:
            self.is_open = False
            self.turn.notify_all()

    def wait(self, part):
        """@return the number of the answer."""
        with self.turn:
            self.turn.wait_for(lambda: not self.is_open or
                               self.most.get(part) is None or
                               self.answers[part] < self.most[part])
            self.answers[part] += 1
            return self.answers.total()

    def tasks_of(self, part):
        """The processes that have asked for files of the part, in order."""
        return list(dict.fromkeys((node, pid) for _, p, node, pid in self.hits
                                  if p == part))


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        part, node, pid = self.headers["Task"].split()
        part = int(part)
        self.server.hits.append((self.path, part, node, int(pid)))
        number = self.server.wait(part)
        body = f"{self.path} {number}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def parent_of(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return int(stat[stat.rindex(")") + 2:].split()[1])


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"


class Slurm:
    """The cluster of a test, which ends with it."""

    def __init__(self, test, nodes=4):
        self.test = test
        self.dir = test.scratch / "slurm"
        self.user = getpass.getuser()
        self.env = test.environment(SLURM_CONF=str(self.dir / "slurm.conf"))
        self.pids = test.scratch / "pids"
        self.pids.mkdir()
        self.run(SCRIPTS / "cluster.sh", "up", self.dir, nodes, 280)
        test.addCleanup(self.down)

    def try_run(self, *words, **more):
        return subprocess.run(
            [str(w) for w in words], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.env | more, cwd=self.test.scratch, timeout=60)

    def run(self, *words, **more):
        result = self.try_run(*words, **more)
        self.test.assertEqual(result.returncode, 0,
                              f"{words}: {result.stdout}{result.stderr}")
        return result.stdout.strip()

    def pid_of(self, daemon):
        return int((self.dir / f"{daemon}.pid").read_text())

    def kill_daemon(self, daemon):
        pid = self.pid_of(daemon)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(pid))

    def start_controller(self):
        self.run(SCRIPTS / "cluster.sh", "controller", self.dir)

    def start_node(self, name):
        self.run(SCRIPTS / "cluster.sh", "node", self.dir, name)

    def workers(self):
        """The pids of haul's tasks that are alive."""
        return [pid for pid in (int(p.name) for p in self.pids.iterdir())
                if is_alive(pid)]

    def worker_script(self):
        """What the tasks run in place of haul: it notes its pid, and tells the
        origin who asks."""
        script = self.test.scratch / "haul-task"
        script.write_text(
            "#!/bin/sh\n"
            "[ \"$1\" = get ] || exec " + HAUL + " \"$@\"\n"
            f": > {self.pids}/$$\n"
            "exec " + HAUL + " \"$@\" "
            "-H \"Task: $SLURM_ARRAY_TASK_ID $SLURMD_NODENAME $$\"\n")
        script.chmod(0o755)
        return script

    def submit(self, run, *options):
        job = self.run(SCRIPTS / "submit.sh", run, *options,
                       HAUL=str(self.worker_script()))
        self.test.assertRegex(job, r"^[0-9]+$")
        return job

    def states(self):
        """{(job, task): state} of the queue."""
        text = self.run("squeue", "-h", "-r", "-a", "-o", "%F %K %T")
        return {(job, task): state for job, task, state in
                re.findall(r"^(\S+) (\S+) (\S+)$", text, re.M)}

    def down(self):
        self.run(SCRIPTS / "cluster.sh", "down", self.dir)
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
