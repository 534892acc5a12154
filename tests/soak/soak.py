"""What the soak tests share: two sizes, figures, nginx, measured runs.

Each of them is a program: `python3 memory.py` runs its full size, with
`--short` the one that goes with the other tests. What was measured is printed
as one line.
"""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import support
from support import HAUL, HaulTest, free_port, is_listening, wait_for

MODES = support.MODES

SHORT = "--short" in sys.argv
# The sanitizers' own memory is no figure of the program's.
SANITIZED = bool(os.environ.get("HAUL_SANITIZE"))
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
MB = 1024 * 1024
LONG = 3600.0

figures = []


def size(full, short):
    return short if SHORT else full


def figure(text):
    figures.append(text)


def main():
    name = pathlib.Path(sys.argv[0]).stem
    # Millions of files, and none of them worth a disk's time.
    tempfile.tempdir = os.environ.get("TMPDIR", "/dev/shm")
    # Who ends a test that takes too long ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    words = [w for w in sys.argv[1:] if w != "--short"]
    program = unittest.main(
        argv=[sys.argv[0], *words], exit=False, verbosity=2 if SHORT else 1)
    print(f"{name}: {'; '.join(figures)}", flush=True)
    sys.exit(not program.result.wasSuccessful())


def peak_rss(pid):
    """Bytes, so far; 0 when the process is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


class Run:
    """A run in the background, and what it took. Its peak is sampled, as
    ru_maxrss would begin with the memory of the process that forked it."""

    def __init__(self, test, arguments, stdin=subprocess.DEVNULL, env=None,
                 wrap=()):
        self.err_path = test.scratch / f"stderr-{time.monotonic_ns()}"
        self.out_path = test.scratch / f"stdout-{time.monotonic_ns()}"
        self.peak = 0
        self.begun = time.monotonic()
        with open(self.err_path, "wb") as err, open(self.out_path, "wb") as out:
            self.process = subprocess.Popen(
                [*wrap, HAUL, *map(str, arguments)], stdin=stdin, stdout=out,
                stderr=err, cwd=test.scratch, env=env or test.environment(),
                start_new_session=True)
        self.pid = self.process.pid
        self.watch = threading.Thread(target=self._watch, daemon=True)
        self.watch.start()
        test.addCleanup(self.kill)

    def _watch(self):
        while self.process.returncode is None:
            peak = peak_rss(self.pid)
            if peak == 0:
                return
            self.peak = max(self.peak, peak)
            time.sleep(0.02)

    def wait(self, seconds=LONG):
        """Returns its status."""
        deadline = time.monotonic() + seconds
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"not over after {seconds} s: {self.stderr}")
            time.sleep(0.005)
        self.seconds = time.monotonic() - self.begun
        self.cpu = usage.ru_utime + usage.ru_stime
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        if self.process.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait(60)

    @property
    def stderr(self):
        return self.err_path.read_text(errors="replace")

    @property
    def stdout(self):
        return self.out_path.read_text(errors="replace")


class Request:
    """A line of nginx's log."""

    __slots__ = ("end", "took", "host", "path", "status", "sent", "range",
                 "known")

    def __init__(self, line):
        f = line.rstrip("\n").split("\t")
        self.end = float(f[0])
        self.took = float(f[1])
        self.host = f[2]
        self.path = f[3]
        self.status = int(f[4])
        self.sent = int(f[5])  # of the body
        self.range = f[6]  # "bytes=N-", or "-"
        self.known = f[7]  # If-None-Match

    def asked_from(self):
        found = re.match(r"bytes=(\d+)-", self.range)
        return int(found[1]) if found and self.status == 206 else 0

    def reached(self):
        """Where in the file the last byte that was sent stood."""
        return self.asked_from() + self.sent


LOG_FORMAT = ("$msec\\t$request_time\\t$server_addr\\t$request_uri\\t$status\\t"
              "$body_bytes_sent\\t$http_range\\t$http_if_none_match")


class Nginx:
    """Listens on all of 127.0.0.0/8. server is what its server block says; log
    the format of a log in which a request is when it is over."""

    env = None

    def __init__(self, test, server, http="", log=False, port=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="nginx-",
                                                 dir=test.scratch))
        self.dir.chmod(0o755)
        test.scratch.chmod(0o755)
        self.port = port or free_port()
        self.log = self.dir / "access.log"
        self.config = self.dir / "nginx.conf"
        user = pwd.getpwuid(os.getuid()).pw_name
        access = f"access_log {self.log} haul buffer=64k flush=1s;" \
            if log is True else f"access_log {self.log} haul;"
        self.config.write_text(f"""
            {f"user {user};" if os.getuid() == 0 else ""}
            daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log;
            worker_processes 1; worker_rlimit_nofile 16000;
            events {{ worker_connections 8000; }}
            http {{
                log_format haul "{LOG_FORMAT if log is True else log}";
                {access if log else "access_log off;"}
                client_body_temp_path {self.dir}/t1;
                proxy_temp_path {self.dir}/t2;
                fastcgi_temp_path {self.dir}/t3;
                uwsgi_temp_path {self.dir}/t4;
                scgi_temp_path {self.dir}/t5;
                keepalive_requests 1000000000; default_type image/png;
                {http}
                server {{ listen 0.0.0.0:{self.port} backlog=4096; {server} }}
            }}""")
        self.process = None
        self.start()
        test.addCleanup(self.stop)

    def start(self):
        self.launch()
        if not wait_for(lambda: is_listening(self.port), 20):
            raise RuntimeError((self.dir / "error.log").read_text())

    def launch(self):
        self.process = subprocess.Popen(
            [NGINX, "-e", f"{self.dir}/error.log", "-c", str(self.config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=self.env,
            start_new_session=self.env is not None)

    def stop(self):
        """At once: connections are reset."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
        self.process = None

    def requests(self):
        """All that was asked for until now; it must have stopped, or a second
        have passed."""
        with open(self.log, errors="replace") as log:
            return [Request(line) for line in log]

    def url(self, path="", host="127.0.0.1"):
        return f"http://{host}:{self.port}/{path}"


class BlackHole:
    """A port on all of 127.0.0.0/8 where connecting hangs: its queue is full,
    and nobody accepts."""

    def __init__(self, test):
        self.listener = socket.socket()
        self.listener.bind(("0.0.0.0", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fill = []
        test.addCleanup(self.close)
        while len(self.fill) < 8 and self._connects():
            pass
        if self._connects():
            test.skipTest("no port can be made to hang here")

    def _connects(self):
        s = socket.socket()
        s.settimeout(0.3)
        try:
            s.connect(("127.9.9.9", self.port))
        except OSError:
            s.close()
            return False
        self.fill.append(s)
        return True

    def close(self):
        for s in (*self.fill, self.listener):
            s.close()


class Soak(HaulTest):
    """Runs of the program over local servers."""

    def environment(self, **more):
        # What was freed is not kept to find who uses it.
        asan = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"
        return super().environment(ASAN_OPTIONS=asan, **more)

    def nginx(self, server, **more):
        if NGINX is None:
            self.skipTest("no nginx")
        return Nginx(self, server, **more)

    def begin(self, *arguments, **more):
        return Run(self, arguments, **more)

    def finish(self, run, status=0, seconds=LONG):
        self.assertEqual(run.wait(seconds), status, run.stderr)
        return run

    def fetch(self, *arguments, status=0, **more):
        return self.finish(self.begin(*arguments, **more), status)

    def write_list(self, name, lines):
        path = self.scratch / name
        with open(path, "w") as out:
            out.writelines(f"{line}\n" for line in lines)
        return path
