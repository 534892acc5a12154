"""Where runs are made: a server, a directory in memory, deadlines."""

import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import nth
import scenes
from server import Server

DEADLINE = 40.0
SANITIZER = 99
# Statuses of haul's contract; 2 is for a command line that is wrong.
STATUSES = (0, 1, 3, 7, 8, 9)


@dataclasses.dataclass
class Outcome:
    status: int
    stdout: str
    stderr: str
    hung: bool
    left: bool  # processes of the run outlived it


class Bench:
    def __init__(self, haul, library, only=None):
        self.haul, self.library = haul, library
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="haul-torture-",
                                                     dir="/dev/shm"))
        self.scratch.chmod(0o755)
        self.env = {k: v for k, v in os.environ.items()
                    if "proxy" not in k.lower() and not k.startswith("NTH_")}
        self.env["XDG_CONFIG_HOME"] = "/nonexistent"
        self.env["TMPDIR"] = str(self.scratch)  # what a kill leaves
        self.lock = threading.Lock()
        self.made = 0
        self.server = Server(self.scratch)
        self.scenes = {}
        self.complete = self.scratch / "complete"
        try:
            self.make_scenes()
        except BaseException:
            self.close()
            raise

    def make_scenes(self):
        for kind in scenes.ALL:
            scene = kind(self)
            self.scenes[scene.name] = scene
            if kind is scenes.Whole:
                self.complete_one(scene)

    def complete_one(self, scene):
        """What the commands that read a directory are to read."""
        scene.begin(self.complete)
        self.healthy(self.complete, scene.command("async"))

    def close(self):
        self.server.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def directory(self):
        with self.lock:
            self.made += 1
            return self.scratch / f"run-{self.made}"

    def run(self, run_dir, arguments, env=None, deadline=DEADLINE):
        env = dict(self.env if env is None else env)
        options = f"log_path={run_dir}/sanitizer:exitcode={SANITIZER}"
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            env[name] = ":".join(filter(None, (env.get(name), options)))
        out, err = run_dir / "stdout", run_dir / "stderr"
        with open(out, "wb") as o, open(err, "wb") as e:
            process = subprocess.Popen(
                [self.haul, *arguments], cwd=run_dir, env=env, stdout=o,
                stderr=e, stdin=subprocess.DEVNULL, start_new_session=True)
            hung = False
            try:
                process.wait(timeout=deadline)
            except subprocess.TimeoutExpired:
                hung = True
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        left = not self.ends(process.pid)
        return Outcome(process.returncode, out.read_text(errors="replace"),
                       err.read_text(errors="replace"), hung, left)

    def ends(self, group, seconds=8):
        """Whether no process of the group is left soon."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.002)
        os.killpg(group, signal.SIGKILL)
        return False

    def healthy(self, run_dir, arguments):
        outcome = self.run(run_dir, arguments)
        if outcome.status not in (0, 8) or outcome.hung:
            raise RuntimeError(f"{arguments}: {outcome}")
        return outcome

    def count(self, scene, mode):
        """How many calls of each kind a run makes, for the parent and the
        workers: the most of two runs."""
        most = {}
        for _ in range(2):
            run_dir = self.directory()
            scene.begin(run_dir)
            env = nth.environment(self.library, self.env,
                                  counts=run_dir / "counts")
            scene.learn(mode, run_dir, self.run(run_dir, scene.command(mode),
                                                env))
            counts = nth.Counts(run_dir / "counts")
            for who in ("parent", "worker"):
                for call, n in getattr(counts, who).items():
                    most[who, call] = max(n, most.get((who, call), 0))
            shutil.rmtree(run_dir)
        return {key: n for key, n in most.items() if n > 0}

    def try_point(self, point, keep=False):
        """@return whether the run came to the point, and what was wrong."""
        scene = self.scenes[point.scene]
        run_dir = self.directory()
        run_dir.mkdir()
        scene.begin(run_dir)
        env = nth.environment(self.library, self.env,
                              counts=run_dir / "counts", log=run_dir / "log",
                              **point.settings())
        outcome = self.run(run_dir, scene.command(point.mode), env)
        struck = nth.Counts(run_dir / "counts").struck > 0
        log = (run_dir / "log").read_text() if struck else ""
        verdict = Verdict(struck, log)
        verdict.judge_end(point, outcome, run_dir)
        verdict.complaints += scene.judge(point.call, run_dir, outcome)
        # Whoever cannot look at a temporary file cannot remove it.
        may_leave = point.lasts or point.call in ("unlink", "stat", "open")
        if scene.again and not verdict.complaints:
            outcome = self.run(run_dir, scene.command(point.mode))
            verdict.complaints += [
                f"the run after it: {c}" for c in
                scene.judge_again(run_dir, outcome, may_leave)]
            verdict.judge_sanitizer(run_dir)
            if verdict.complaints:
                verdict.complaints.append(outcome.stderr)
        if keep:
            print(run_dir)
        else:
            shutil.rmtree(run_dir)
        return verdict


class Verdict:
    def __init__(self, struck, log):
        self.struck, self.log = struck, log
        self.complaints = []
        self.repeats = True
        self.aborted = None  # the call at which libuv gave up
        self.gave_up = False  # the sanitizer itself had no memory

    def judge_end(self, point, outcome, run_dir):
        # The origin of a comparison ends by libmicrohttpd's abort(): its runs
        # then try again for a minute.
        if outcome.hung and "microhttpd" in self.log and \
                point.scene == "compare":
            self.aborted = f"libmicrohttpd's {point.call}"
        elif outcome.hung:
            self.complaints.append("it hangs")
        if outcome.left and not outcome.hung:
            self.complaints.append("processes are left")
        self.judge_sanitizer(run_dir)
        if self.is_unsynced(point) and outcome.status == 0:
            self.complaints.append("exit status 0 after an fsync that failed")
        if outcome.status == -6 and "libuv" in self.log:
            self.aborted = f"libuv's {point.call}"
        elif outcome.status == -6 and "nss_database.c" in outcome.stderr:
            self.aborted = "libc's nss_database_reload"
        elif outcome.status == -9 and point.kills:
            pass
        elif self.aborted or (outcome.status == SANITIZER and self.gave_up):
            pass
        elif outcome.status not in STATUSES and not outcome.hung:
            self.complaints.append(f"exit status {outcome.status}")
        elif outcome.status != 0 and point.call != "write" and \
                not (outcome.stderr or outcome.stdout or outcome.hung):
            self.complaints.append(
                f"exit status {outcome.status} without a word")
        if self.complaints:
            self.complaints.append(outcome.stderr)

    def judge_sanitizer(self, run_dir):
        for path in run_dir.glob("sanitizer*"):
            text = path.read_text(errors="replace")
            if "CHECK failed: sanitizer_" in text:
                self.gave_up = True
            else:
                self.complaints.append(text)

    def is_unsynced(self, point):
        """Has a file not reached the disk that --fsync is to bring there?"""
        return point.call == "fsync" and not point.kills and \
            ".part" in self.log
