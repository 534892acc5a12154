"""One run of a command, and what it took."""

import mmap
import os
import pathlib
import signal
import subprocess
import time

GRACE = 10.0
KEPT = 2000


def touch_memory(size):
    """A virtual machine's host takes free memory back, and gives it again page
    by page as it is used, which may take longer than to copy a file there and
    would be counted as whichever tool's run it meets. Free pages are not reused
    in order, so touch more than the run needs."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
    mmap.mmap(-1, max(mmap.PAGESIZE, min(4 * size, free // 2)),
              flags=flags).close()


class _TimeOver(Exception):
    pass


def _on_alarm(*_):
    raise _TimeOver


class Run:
    """The command, as a process group of its own, until it ends or its time is
    over.

    seconds    from its start to its end
    cpu        seconds, user and system, of it and its children
    peak       bytes of memory, of the largest of its processes
    status     its exit status
    timed_out  it was interrupted, and what is there is what it had got
    message    the end of what it said
    """

    def __init__(self, command, scratch, seconds):
        self.timed_out = False
        self.peak = 0
        peak_path = pathlib.Path(scratch, "peak")
        peak_path.unlink(missing_ok=True)
        log_path = pathlib.Path(scratch, "log")
        env = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        env |= {"HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch)}
        # A process begins with the peak of the one that forked it, which would
        # be this interpreter's. time is so small that the peak is the tool's.
        wrapped = ["time", "-q", "-f", "%M", "-o", peak_path, *command]
        with open(log_path, "wb") as log:
            self.begun = time.monotonic()
            self.process = subprocess.Popen(
                list(map(str, wrapped)), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=scratch, env=env, start_new_session=True)
        try:
            self._wait_until_over(seconds)
        finally:
            self._kill()
        if peak_path.exists():
            self.peak = int(peak_path.read_text().split()[-1]) * 1024
        self.message = log_path.read_bytes()[-KEPT:].decode(errors="replace")

    def _wait_until_over(self, seconds):
        if self._wait(seconds):
            return
        self.timed_out = True
        # time ignores SIGINT while it waits, and so still reports.
        os.killpg(self.process.pid, signal.SIGINT)
        if not self._wait(GRACE):
            self._kill()

    def _wait(self, seconds):
        """Is it over? Blocks in wait4, as polling would take the tool's CPU."""
        before = signal.signal(signal.SIGALRM, _on_alarm)
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            self._reap()
        except _TimeOver:
            return False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return True

    def _reap(self):
        _, status, usage = os.wait4(self.process.pid, 0)
        self.seconds = time.monotonic() - self.begun
        self.cpu = usage.ru_utime + usage.ru_stime
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.status = self.process.returncode

    def _kill(self):
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self._reap()
