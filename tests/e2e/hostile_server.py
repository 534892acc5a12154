"""A server that answers as a script says: one thread for all connections.

A script is a list of steps. A step is bytes to send or one of the objects
below. After the last step the server closes the connection, or reads the next
request if the last step is KEEP. A path's last segment names its script, and
the segment before it is the run's: requests are counted for each run.
"""

import asyncio
import socket
import ssl
import struct
import threading

LIMIT = 1 << 20  # a request's head
BLOCK = 32 << 10


class Endless:
    """Sends a block again and again until the peer has gone."""

    def __init__(self, block):
        self.block = block * max(1, BLOCK // len(block))

    async def play(self, peer):
        while True:
            await peer.send(self.block)
            await asyncio.sleep(0.001)  # others have their turn


class Slowly:
    """Sends a byte at a time, round and round, until the peer has gone."""

    def __init__(self, data, seconds=0.2):
        self.data, self.seconds = data, seconds

    async def play(self, peer):
        while True:
            for byte in self.data:
                await peer.send(bytes([byte]))
                await asyncio.sleep(self.seconds)


class Fast:
    """Sends each of these by itself."""

    def __init__(self, *pieces):
        self.pieces = pieces

    async def play(self, peer):
        for piece in self.pieces:
            await peer.send(piece)
            await asyncio.sleep(0)


class Stall:
    """Says nothing until the peer has gone."""

    async def play(self, peer):
        while await peer.reader.read(65536):
            pass


class Hear:
    """Waits for the first bytes of the peer: what follows cannot come before it
    has connected."""

    async def play(self, peer):
        await peer.reader.read(1)


class Reset:
    async def play(self, peer):
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        peer.writer.transport.abort()


class Abort:
    """Closes without the close_notify of TLS."""

    async def play(self, peer):
        await asyncio.sleep(0.05)
        peer.writer.transport.abort()


class Keep:
    async def play(self, peer):
        peer.keeps = True


STALL, HEAR, RESET, ABORT, KEEP = Stall(), Hear(), Reset(), Abort(), Keep()


class Request:
    def __init__(self, head, port, certificate):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target = lines[0].split(" ")[:2]
        self.port = port
        self.certificate = certificate
        self.head = head.decode("latin-1")
        path = self.target.partition("?")[0]
        self.run, self.name = (["", ""] + path.split("/"))[-2:]

    def header(self, name):
        """All values of that name."""
        pairs = (l.partition(":") for l in self.head.split("\r\n")[1:])
        return [v.strip() for n, _, v in pairs if n.lower() == name.lower()]


class Peer:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.socket = writer.get_extra_info("socket")
        self.keeps = False

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()
        if self.writer.transport.is_closing():
            raise ConnectionResetError

    async def play(self, steps):
        self.keeps = False
        for step in steps:
            if isinstance(step, bytes):
                await self.send(step)
            else:
                await step.play(self)


class Server:
    """script(request, nth) gives the steps for the nth request of its run and
    name. Use as a context: within it the server answers."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self.counts = {}
        self.listening = []
        self.tasks = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def end(self):
        for server in self.listening:
            server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def listen(self, address="127.0.0.1", port=0, context=None, at_once=None):
        """Another port, which it returns. at_once: the steps for whoever
        connects, before a request."""
        async def open_port():
            server = await asyncio.start_server(
                lambda r, w: self.accept(Peer(r, w), at_once), address, port,
                ssl=context, limit=LIMIT, backlog=512)
            self.listening.append(server)
            return server.sockets[0].getsockname()[1]

        return asyncio.run_coroutine_threadsafe(open_port(), self.loop).result(30)

    async def accept(self, peer, at_once):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            if at_once is not None:
                await peer.play(at_once)
            if at_once is None or peer.keeps:
                await self.converse(peer)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError,
                asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            peer.writer.close()

    async def converse(self, peer):
        while True:
            head = await peer.reader.readuntil(b"\r\n\r\n")
            await peer.play(self.answer(peer, head))
            if not peer.keeps:
                break
        # What was sent is not lost by a reset.
        if peer.writer.can_write_eof():
            peer.writer.write_eof()
            await asyncio.wait_for(STALL.play(peer), 5)

    def answer(self, peer, head):
        tls = peer.writer.get_extra_info("ssl_object")
        request = Request(head, peer.socket.getsockname()[1],
                          tls.getpeercert(True) if tls is not None else None)
        self.requests.append(request)
        key = request.run, request.name
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.script(request, self.counts[key])
