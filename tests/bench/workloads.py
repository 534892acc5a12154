"""What is fetched: each workload is a list of contests, in which tools fetch
the same files; the contests of a workload take turns too."""

import dataclasses
import random
from collections.abc import Callable

import tools

CURL, WGET2, ARIA2, CP = tools.Curl(), tools.Wget2(), tools.Aria2(), tools.Cp()


@dataclasses.dataclass
class How:
    """What a tool is told beside the list."""

    flight: int  # transfers at a time
    bundle: str = ""  # certificates to trust
    h2: bool = False
    watch: bool = False  # haul: its loop's figures too
    source: str = ""  # cp: from where


@dataclasses.dataclass
class Contest:
    name: str
    title: str
    files: int
    size: int  # of each
    url: Callable[[int], str]
    entries: list  # of (tool, How)
    rounds: int = 1000  # at most
    seconds: float = 300  # for a run
    large: bool = False  # MB/s count, not files/s

    def jobs(self):
        return ((self.url(i), f"{i:07}") for i in range(self.files))


def count(files, scale, least=1):
    return max(least, round(files * scale))


def peers(haul, flights, **how):
    """The four of them, with as many in flight as suits each."""
    entrants = (haul, CURL, WGET2, ARIA2)
    return [(tool, How(flight, **how))
            for tool, flight in zip(entrants, flights)]


# As many as are fastest here; on loopback more only wait for each other.
SMALL = (64, 50, 32, 32)


def small_files(server, haul, scale):
    files = count(20_000, scale)
    return [Contest(
        "a", f"{files:,} x 10 kB, HTTP/1.1, kept-alive connections",
        files, 10_000, lambda i: server.url("10k", i), peers(haul, SMALL))]


WORKLOADS = {
    "a": small_files,
}
