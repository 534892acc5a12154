"""What can go wrong at a call: a point is one call of one run."""

import dataclasses

# The errors that a call can have; "short" moves half of the bytes, "kill" ends
# the process before the call, "killed" after it.
ERRORS = {
    "alloc": ("ENOMEM",),
    "alloc_curl": ("ENOMEM",),
    "alloc_uv": ("ENOMEM",),
    "alloc_ssl": ("ENOMEM",),
    "alloc_libc": ("ENOMEM",),
    "alloc_other": ("ENOMEM",),
    "access": ("EACCES",),
    "bind": ("EADDRINUSE",),
    "chmod": ("EPERM", "EIO"),
    "close": ("EIO", "EINTR", "ENOSPC"),
    "connect": ("ECONNREFUSED", "ENETUNREACH"),
    "copy": ("EIO", "ENOSPC", "EXDEV", "short"),
    "dup": ("EMFILE",),
    "epoll_create": ("EMFILE",),
    "epoll_ctl": ("ENOMEM",),
    "epoll_wait": ("EINTR",),
    "eventfd": ("EMFILE",),
    "exec": ("ENOMEM",),
    "fcntl": ("EBADF",),
    "flock": ("EINTR", "ENOLCK"),
    "fork": ("EAGAIN",),
    "fsync": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO", "ENOSPC"),
    "getaddrinfo": ("EAGAIN", "ENOMEM", "EIO"),
    "getcwd": ("ENOENT",),
    "getrandom": ("ENOSYS",),
    "getsockname": ("ENOBUFS",),
    "getsockopt": ("ENOBUFS",),
    "ioctl": ("ENOTTY",),
    "link": ("EPERM", "EIO", "ENOSPC"),
    "listen": ("EADDRINUSE",),
    "lseek": ("EIO",),
    "memfd": ("EMFILE",),
    "mkdir": ("EACCES", "ENOSPC"),
    "mmap": ("ENOMEM",),
    "open": ("EMFILE", "EACCES", "EIO", "kill"),
    "pidfd": ("EMFILE", "ENOSYS"),
    "pipe": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
    "pread": ("EIO", "short"),
    "pwrite": ("ENOSPC", "EIO", "EINTR", "short", "kill", "killed"),
    "read": ("EIO", "EINTR", "short"),
    "readdir": ("EIO",),
    "recv": ("ECONNRESET", "EINTR", "short"),
    "rename": ("EIO", "EACCES", "ENOSPC", "kill", "killed"),
    "send": ("ECONNRESET", "EINTR", "short"),
    "setsockopt": ("ENOBUFS",),
    "shutdown": ("ENOTCONN",),
    "signalfd": ("EMFILE",),
    "socket": ("EMFILE", "ENOBUFS"),
    "socketpair": ("EMFILE",),
    "spawn": ("EAGAIN", "ENOMEM"),
    "stat": ("EIO", "EACCES", "ENOMEM"),
    "statfs": ("EIO",),
    "syncfs": ("EIO",),
    "thread": ("EAGAIN",),
    "unlink": ("EIO", "EACCES", "kill"),
    "utime": ("EPERM", "EIO"),
    "write": ("ENOSPC", "EIO", "EINTR", "EPIPE", "short", "kill"),
}
# And these may fail from one call on until the run ends.
LASTING = {"alloc": "ENOMEM", "alloc_curl": "ENOMEM", "open": "EMFILE",
           "pwrite": "ENOSPC", "socket": "EMFILE",
           "fsync": "EIO", "rename": "EIO"}


@dataclasses.dataclass(frozen=True)
class Point:
    """The n-th call of a kind, in one process or the other, of a scene."""

    scene: str
    mode: str
    who: str
    call: str
    n: int
    error: str
    lasts: bool = False
    path: str = ""  # only calls on a file with this in its path count

    def __str__(self):
        call = f"{self.call}@{self.path}" if self.path else self.call
        text = ":".join(map(str, (self.scene, self.mode, self.who, call,
                                  self.n, self.error)))
        return text + "+" if self.lasts else text

    @classmethod
    def parse(cls, text):
        scene, mode, who, call, n, error = text.rstrip("+").split(":")
        call, _, path = call.partition("@")
        return cls(scene, mode, who, call, int(n), error, text.endswith("+"),
                   path)

    @property
    def kills(self):
        return self.error in ("kill", "killed")

    def settings(self):
        """Those of nth.c."""
        settings = {"call": self.call, "at": self.n, "who": self.who,
                    "times": 0 if self.lasts else None,
                    "path": self.path or None}
        if self.kills:
            settings["signal"] = 9
            settings["after"] = 1 if self.error == "killed" else None
        elif self.error == "short":
            settings["short"] = 1
        else:
            settings["errno"] = self.error
        return settings


def of_call(scene, mode, who, call, count, most):
    """All points of a kind of call that a run makes count times; most of them
    at the most, the first ones and then at equal distances."""
    numbers = list(range(1, count + 1))
    if len(numbers) > most:
        first = numbers[:most // 2]
        step = (count - len(first)) / (most - len(first))
        numbers = first + [len(first) + 1 + int(i * step)
                           for i in range(most - len(first))]
    for n in numbers:
        for error in ERRORS.get(call, ()):
            yield Point(scene, mode, who, call, n, error)
        if call in LASTING:
            yield Point(scene, mode, who, call, n, LASTING[call], True)
