"""An HTTP/2 server over TLS that does what a script says, frame by frame.

A row of h2_rows.py has a port of its own. A request for /bad runs the row's
script, which yields what is sent: bytes, or one of the words below. Any other
path is answered as it should be."""

import hashlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import unittest

sys.path.append("/usr/lib/python3/dist-packages")  # for another Python, too
try:
    import hpack
except ImportError:
    raise unittest.SkipTest("no python3-hpack")

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(6, 10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = 4, 5, 6, 7
CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = 8, 9, 10, 11
INADEQUATE_SECURITY, HTTP_1_1_REQUIRED = 12, 13

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS = 1, 2, 3
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = 4, 5, 6

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
BAD_BYTES, GOOD_BYTES = 20000, 5000

CLOSE = "close"      # hang up, with no word of TLS's
PAUSE = "pause"      # a moment, so that the client reads what there is first
BYTEWISE = "bytewise"  # from now on one byte a TLS record


def make_certificate(directory, *names):
    """Signed by itself, for these names and 127.0.0.1; its two files."""
    key, pem = directory / "h2.key", directory / "h2.pem"
    san = ",".join(["IP:127.0.0.1", *(f"DNS:{name}" for name in names)])
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=haul test", "-addext", f"subjectAltName={san}",
         "-keyout", key, "-out", pem], check=True, capture_output=True)
    return key, pem


def body_of(path):
    """The bytes that belong to a path."""
    size = BAD_BYTES if path.endswith("/bad") else GOOD_BYTES
    block = hashlib.sha256(path.encode()).digest()
    return (block * (size // len(block) + 1))[:size]


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) +
            struct.pack(">I", stream) + payload)


def number(value, prefix, first=0):
    """An integer of HPACK."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytes([first | most]), value - most
    while value >= 128:
        out, value = out + bytes([value % 128 | 128]), value // 128
    return out + bytes([value])


def literal(name, value, first=0x00):
    """A header, never a word for it in a table. 0x40: to be put into one."""
    name, value = (x if isinstance(x, bytes) else str(x).encode()
                   for x in (name, value))
    return (bytes([first]) + number(len(name), 7) + name +
            number(len(value), 7) + value)


def block(*headers):
    return b"".join(literal(name, value) for name, value in headers)


def headers(stream, *pairs, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block(*pairs))


def head(stream, length=None, *more, status=200, flags=END_HEADERS):
    size = [] if length is None else [("content-length", length)]
    return headers(stream, (":status", status), *size, *more, flags=flags)


def data(stream, body, end=False):
    return frame(DATA, END_STREAM if end else 0, stream, body)


def answer(stream, body, *more):
    """A whole one."""
    out = head(stream, len(body), *more)
    while len(body) > 16384:
        out, body = out + data(stream, body[:16384]), body[16384:]
    return out + data(stream, body, True)


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last, code=NO_ERROR, debug=b""):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + debug)


def settings(*pairs):
    return frame(SETTINGS, 0, 0,
                 b"".join(struct.pack(">HI", *pair) for pair in pairs))


def window(stream, more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", more))


class Gone(Exception):
    """The client has hung up, or the script has."""


class Connection:
    """One that a client has opened. row is what it has to bear."""

    def __init__(self, server, row, stream, number):
        self.server, self.row, self.stream = server, row, stream
        self.number = number  # among the row's, from 1
        self.decoder = hpack.Decoder()
        self.requests = 0  # on this connection
        self.host = None   # that the last of them was for
        self.bytewise = False

    def read(self, size):
        got = b""
        while len(got) < size:
            piece = self.stream.recv(size - len(got))
            if not piece:
                raise Gone
            got += piece
        return got

    def send(self, what):
        if what == CLOSE:
            raise Gone
        if what == PAUSE:
            threading.Event().wait(0.02)
        elif what == BYTEWISE:
            self.bytewise = True
        elif self.bytewise:
            for i in range(len(what)):
                self.stream.send(what[i:i + 1])
        else:
            self.stream.sendall(what)

    def run(self, script):
        for what in script:
            self.send(what)

    def serve_2(self):
        if self.read(len(PREFACE)) != PREFACE:
            raise Gone
        self.run(self.row.hello(self))
        while True:
            size, kind, flags, stream = struct.unpack(
                ">IBBI", b"\0" + self.read(9))
            payload = self.read(size)
            if kind == HEADERS:
                self.on_request(stream, self.decoder.decode(payload))
            elif kind == SETTINGS and not flags & ACK and self.row.acks:
                self.send(frame(SETTINGS, ACK, 0))

    def on_request(self, stream, pairs):
        path, self.host = dict(pairs)[":path"], dict(pairs)[":authority"]
        self.requests += 1
        count = self.server.note(self.row, path)
        if path.endswith("/bad"):
            self.run(self.row.bad(self, stream, body_of(path), count))
        else:
            self.run(self.row.good(self, stream, body_of(path)))

    def serve_1(self):
        """HTTP/1.1, a request a connection: right, in chunks."""
        request = b""
        while b"\r\n\r\n" not in request:
            piece = self.stream.recv(65536)
            if not piece:
                raise Gone
            request += piece
        path = request.split()[1].decode()
        self.server.note(self.row, path + " 1.1")
        self.run(self.row.old(self, body_of(path)))


class Server:
    """One port a row. Threads serve; close() ends them."""

    def __init__(self, key, pem, rows, address="127.0.0.1"):
        self.lock = threading.Lock()
        self.counts = {}
        self.connections = {}
        self.key, self.pem = key, pem
        self.listeners, self.ports = [], {}
        for row in rows:
            listener = socket.create_server((address, 0), backlog=64)
            self.listeners.append(listener)
            self.ports[row.name] = listener.getsockname()[1]
            threading.Thread(target=self.accept, args=(listener, row),
                             daemon=True).start()

    def close(self):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def note(self, row, path):
        """How often it has been asked for by now."""
        with self.lock:
            key = (row.name, path)
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]

    def forget(self):
        with self.lock:
            self.counts, self.connections = {}, {}

    def accept(self, listener, row):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem, self.key)
        context.set_alpn_protocols(["h2", "http/1.1"])
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(context, raw, row),
                             daemon=True).start()

    def serve(self, context, raw, row):
        with self.lock:
            number = self.connections.get(row.name, 0) + 1
            self.connections[row.name] = number
        try:
            with context.wrap_socket(raw, server_side=True) as stream:
                connection = Connection(self, row, stream, number)
                if stream.selected_alpn_protocol() != "h2":
                    connection.serve_1()
                else:
                    connection.serve_2()
        except (OSError, Gone, hpack.HPACKError):
            pass
