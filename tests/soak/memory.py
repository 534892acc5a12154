"""Memory goes with what is in flight, not with the list; and a long list
starts as soon as a short one."""

import os
import random
import shutil
import socket
import threading
import time

import soak
from soak import MB, SANITIZED, Soak, figure, size

MANY = size(1_000_000, 20_000)
FEW = size(10_000, 9_000)
HOSTS = size(200_000, 1_000)
BYTES_A_LINE = 32
PEAK = 64 * MB
SOON = size(1, 5)  # s
# What an allocator keeps of what was freed is not a line's.
SLACK = size(0, 4 * MB)
NAME = "{hash:3}/{hash}"
# A short run has to have them all in flight too, on a busy machine as well.
JOBS = size(256, 32)


def loopback(i):
    """The i-th host, of millions."""
    return f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}"


class FirstRequest:
    """A server that notes when it was first asked for anything."""

    def __init__(self, test):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = None
        threading.Thread(target=self._serve, daemon=True).start()
        test.addCleanup(self.listener.close)

    def _serve(self):
        try:
            while True:
                peer, _ = self.listener.accept()
                with peer:
                    if peer.recv(4096) and self.asked is None:
                        self.asked = time.monotonic()
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                 b"Connection: close\r\n\r\nx")
        except OSError:
            pass

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"


class Memory(Soak):
    def setUp(self):
        super().setUp()
        self.origin = self.nginx('return 200 "sixteen bytes...";')

    def measure(self, name, urls):
        path = self.write_list(name, urls)
        run = self.fetch("-q", "-i", path, "-d", self.dir, "-o", NAME,
                         "-j", JOBS)
        shutil.rmtree(self.dir)
        return run

    def compare(self, what, few, many):
        a_line = (many.peak - few.peak) / (MANY - FEW)
        figure(f"{what}: {few.peak / MB:.1f} MB, {MANY:,}: {many.peak / MB:.1f} "
               f"MB ({a_line:.1f} bytes a line), {MANY / many.seconds:,.0f} "
               f"URLs/s, {many.cpu / MANY * 1e6:.0f} µs CPU each")
        self.assertLessEqual(many.peak - few.peak,
                             BYTES_A_LINE * (MANY - FEW) + SLACK)
        if not SANITIZED:
            self.assertLessEqual(many.peak, PEAK)

    def test_one_host(self):
        def urls(count):
            return (self.origin.url(i) for i in range(count))

        few = self.measure("few", urls(FEW))
        many = self.measure("many", urls(MANY))
        self.compare(f"{FEW:,} lines", few, many)

    def test_many_hosts(self):
        order = list(range(MANY))
        random.Random(1).shuffle(order)

        def urls(count):
            return (self.origin.url(i, loopback(i % HOSTS))
                    for i in order[:count])

        few = self.measure("few", urls(FEW))
        many = self.measure("many", urls(MANY))
        self.compare(f"{FEW:,} lines of {HOSTS:,} hosts", few, many)


class Start(Soak):
    def setUp(self):
        super().setUp()
        self.first = FirstRequest(self)
        self.origin = self.nginx('return 200 "sixteen bytes...";')

    def asked_after(self, begun):
        self.assertTrue(soak.wait_for(lambda: self.first.asked, 10))
        return self.first.asked - begun

    def test_the_first_request_does_not_wait_for_the_list(self):
        lines = [self.first.url("first")]
        lines += (self.origin.url(i) for i in range(MANY))
        path = self.write_list("list", lines)
        run = self.begin("-q", "-i", path, "-d", self.dir, "-o", NAME)
        after = self.asked_after(run.begun)
        figure(f"first request of {MANY:,} lines after {after:.2f} s")
        self.assertLess(after, SOON)
        run.kill()

    def test_a_slow_pipe_starts_at_its_first_line(self):
        reader, writer = os.pipe()
        run = self.begin("-q", "-i", "-", "-d", self.dir, stdin=reader)
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            wrote = time.monotonic()
            pipe.write(f"{self.first.url('first')}\n")
            pipe.flush()
            after = self.asked_after(wrote)
            figure(f"of a pipe after {after:.2f} s")
            self.assertLess(after, SOON)
            for i in range(20):
                pipe.write(f"{self.origin.url(i)}\n")
                pipe.flush()
                time.sleep(0.05)
            # All but the last lines are here before the pipe ends.
            self.assertTrue(soak.wait_for(lambda: len(self.names()) == 21, 5))
        self.finish(run)


if __name__ == "__main__":
    soak.main()
