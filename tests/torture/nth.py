"""Runs of haul under tests/support/nth.c: its settings and its counts."""

import os
import struct

ROW = struct.Struct("32sQQ")
HEAD = struct.Struct("QQ")


def environment(library, env=None, **settings):
    """The environment of a run: nth.c's settings by name, in small letters
    without NTH_. None: that one is not set."""
    env = dict(os.environ if env is None else env)
    env["LD_PRELOAD"] = str(library)
    # The library stands before the sanitizers' own.
    options = [env["ASAN_OPTIONS"]] if env.get("ASAN_OPTIONS") else []
    env["ASAN_OPTIONS"] = ":".join([*options, "verify_asan_link_order=0"])
    for name, value in settings.items():
        if value is not None:
            env[f"NTH_{name.upper()}"] = str(value)
    return env


class Counts:
    """What the file of NTH_COUNTS says."""

    def __init__(self, path):
        data = path.read_bytes()
        self.matched, self.struck = HEAD.unpack_from(data)
        self.parent, self.worker = {}, {}
        for name, parent, worker in ROW.iter_unpack(data[HEAD.size:]):
            call = name.rstrip(b"\0").decode()
            self.parent[call], self.worker[call] = parent, worker
