"""Name servers that misbehave, in a mount namespace of our own."""

import os
import socket
import struct
import subprocess
import threading
import time

from support import wait_for

A, AAAA = 1, 28
SERVFAIL, NXDOMAIN = 2, 3


class NameServer:
    """Asks behave(name, kind) what to answer: a list of addresses, a failure's
    number, bytes, or None for no answer. A test's run goes through wrap()."""

    def __init__(self, test, behave, delay=0):
        self.behave = behave
        self.delay = delay
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        test.addCleanup(self.socket.close)
        # Another run of the tests may have one too, and other tests do.
        pid = os.getpid()
        address = f"127.{pid >> 8 & 127}.{pid & 255}.54"
        try:
            self.socket.bind((address, 53))
        except OSError as error:
            test.skipTest(f"no name server can be made here: {error}")
        self.file = test.scratch / "resolv.conf"
        self.file.write_text(f"nameserver {address}\n")
        if subprocess.run(self.wrap("true"), capture_output=True).returncode:
            test.skipTest("no mount namespace can be made here")
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        test.addCleanup(self._close)

    def _close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()

    def wrap(self, *command):
        script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        return ["unshare", "-m", "sh", "-c", script, str(self.file), *command]

    def wait_for_query(self):
        assert wait_for(lambda: self.asked)

    def _serve(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            if not query:
                return
            threading.Thread(target=self._answer, args=(query, peer),
                             daemon=True).start()

    def _answer(self, query, peer):
        name, end = read_name(query)
        kind = struct.unpack("!H", query[end:end + 2])[0]
        self.asked.append(name)
        answer = self.behave(name, kind)
        time.sleep(self.delay)
        if answer is None:
            return
        if not isinstance(answer, bytes):
            answer = reply(query[:end + 4], kind, answer)
        try:
            self.socket.sendto(answer, peer)
        except OSError:
            pass


def read_name(query):
    labels, at = [], 12
    while query[at] > 0:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), at + 1


def reply(query, kind, answer):
    """To a query that is cut behind its question."""
    code = answer if isinstance(answer, int) else 0
    family = socket.AF_INET if kind == A else socket.AF_INET6
    addresses = [] if code else [
        socket.inet_pton(family, a) for a in answer if (":" in a) == (kind == AAAA)]
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(addresses),
                                   0, 0)
    return head + query[12:] + b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(a)) + a
        for a in addresses)
