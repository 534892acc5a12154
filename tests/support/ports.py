"""TCP ports of this machine."""

import socket


def free_port():
    """A port that refuses: it was bound a moment ago and is not now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
