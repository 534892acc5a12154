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
    large: bool = False  # files
    split: int = 1  # aria2: connections for a file
    watch: bool = False  # haul: its loop's figures too
    source: str = ""  # cp: from where
    part: float = 1  # of the list; a tool that takes very long gets less


@dataclasses.dataclass
class Contest:
    name: str
    title: str
    files: int
    size: int  # of each
    url: Callable[[int], str]
    entries: list  # of (tool, How)
    rounds: int = 5
    seconds: float = 300  # for a run
    large: bool = False  # MB/s count, not files/s

    def jobs(self, files):
        return ((self.url(i), f"{i:07}") for i in range(files))

    def files_of(self, how):
        return max(1, round(self.files * how.part))


@dataclasses.dataclass
class Field:
    """Where contests are held."""

    server: object
    haul: object
    probe: str  # the program of the bare probes; none are run without it
    scale: float

    def count(self, files):
        return max(1, round(files * self.scale))

    def all_four(self, flights, curl_part=1, **how):
        """With as many in flight as suits each: haul, curl, wget2, aria2."""
        return [(tool, How(flight, part=curl_part if tool is CURL else 1, **how))
                for tool, flight in
                zip((self.haul, CURL, WGET2, ARIA2), flights)]

    def bare(self, way, flight, name="probe", **how):
        """A probe, if any are wanted."""
        if not self.probe:
            return []
        return [(tools.Probe(self.probe, way, name), How(flight, **how))]

    def alone(self, flight, **how):
        return [(self.haul, How(flight, **how))]


# In flight: what was fastest for each of the four on two cores. On loopback
# more of them only wait for each other.
SMALL = (40, 50, 8, 16)
H2 = (100, 50, 8, 32)  # over 128, curl opens connections without end
TLS = (32, 32, 8, 32)
# With more, the kernel does the server's sending in the client's time.
LARGE = (2, 1, 2, 8)
# curl's cap; more threads, or more of aria2's, take longer for all of them.
WAITING = (10_000, 300, 4_000, 2_000)
WIDE = (64, 300, 16, 32)
PROBED = 16


def small(field):
    files = field.count(20_000)
    return [Contest(
        "a", f"{files:,} x 10 kB, HTTP/1.1, connections kept alive",
        files, 10_000, lambda i: field.server.url("10k", i),
        field.all_four(SMALL) + field.bare("small", PROBED))]


def small_h2(field):
    files = field.count(20_000)
    return [Contest(
        "b", f"{files:,} x 10 kB, HTTP/2 (aria2: 1.1), TLS verified",
        files, 10_000, lambda i: field.server.h2_url("10k", i),
        field.all_four(H2, bundle=field.server.bundle, h2=True) +
        field.bare("h2", H2[0], bundle=field.server.bundle))]


def handshakes(field):
    """curl reads the bundle for each connection, which takes it 26 times as
    long."""
    files = field.count(2_000)
    return [Contest(
        "c", f"{files:,} new TLS connections, verified",
        files, 1_000, lambda i: field.server.closing_url("1k", i),
        field.all_four(TLS, curl_part=0.1, bundle=field.server.bundle) +
        field.bare("small", TLS[0], bundle=field.server.bundle))]


def large_files(field):
    field.server.make_large_files()
    # aria2 is faster when it splits a file that is alone.
    return [large_contest(field, "d1", "large", 1, split=4),
            large_contest(field, "d8", "eighth", 8, split=1)]


def large_contest(field, name, kind, files, split):
    size = field.server.sizes[kind]
    bare = [*field.bare("large", 1), *field.bare("splice", 1, name="splice"),
            (CP, How(1, source=field.server.files / kind))]
    return Contest(
        name, f"{files} x {size >> 20:,} MiB", files, size,
        lambda i: field.server.url(kind, i),
        field.all_four(LARGE, large=True, split=split) + bare, large=True)


def slow_answers(field):
    """haul over fewer with less in flight too: does a transfer cost more among
    ten thousand?"""
    files, fewer = field.count(10_000), field.count(1_000)
    return [slow_contest(field, "e", files, field.all_four(WAITING)),
            slow_contest(field, "e-100", fewer, field.alone(100))]


def slow_contest(field, name, files, entries):
    return Contest(
        name, f"{files:,} answers, each after a second (haul -j "
        f"{entries[0][1].flight})", files, field.server.sizes["slow"],
        lambda i: field.server.url("slow", i), entries)


def long_list(field):
    """curl has no part: its list would be all in memory, as its config."""
    files = field.count(500_000)
    entries = [e for e in field.all_four(SMALL) if e[0] is not CURL]
    return [Contest(
        "f", f"{files:,} x 100 bytes: memory",
        files, 100, lambda i: field.server.url("tiny", i), entries,
        rounds=1, seconds=600)]


def many_hosts(field):
    hosts = field.count(2_000)
    files = hosts * 5
    order = list(range(files))
    random.Random(1).shuffle(order)  # as in a list that was not sorted

    def url(i):
        host = order[i] // 5
        address = f"127.20.{host // 200}.{1 + host % 200}"
        return field.server.url("1k", i, address)

    return [Contest("g", f"{hosts:,} hosts x 5 files of 1 kB, shuffled",
                    files, 1_000, url,
                    field.all_four(WIDE) + field.bare("small", WIDE[0]))]


def line_counts(field):
    """haul alone: does a file cost more in a long list? A list of one is its
    start."""
    counts = map(field.count, (1_000, 10_000, 100_000, 1_000_000))
    return [line_contest(field, "start", 1),
            *(line_contest(field, files, files) for files in counts)]


def line_contest(field, name, files):
    return Contest(
        f"lines-{name}", f"{files:,} x 1 kB", files, 1_000,
        lambda i: field.server.url("1k", i), field.alone(SMALL[0]),
        rounds=3 if files > 500_000 else 5)


def short_lists(field):
    """What a tool takes from its start to its end is most of what a short list
    takes. The scale does not change them."""
    return [Contest(
        f"start-{files}", f"{files} x 1 kB, from start to end", files, 1_000,
        lambda i: field.server.url("1k", i), field.all_four(SMALL), rounds=15)
        for files in (1, 10, 100)]


def watched(contests):
    """haul alone, watching its loop; all eight large files at a time. Each way
    is a workload by itself: the ten thousand connections that (e) leaves keep
    the kernel busy in whatever comes next."""
    for contest in contests:
        how = contest.entries[0][1]
        how = dataclasses.replace(how, watch=True, flight=max(how.flight, 8))
        contest.entries = [(contest.entries[0][0], how)]
        contest.name = f"lag-{contest.name}"
    return contests


WORKLOADS = {
    "a": small,
    "b": small_h2,
    "c": handshakes,
    "d": large_files,
    "e": slow_answers,
    "f": long_list,
    "g": many_hosts,
    "lines": line_counts,
    "start": short_lists,
    "lag-a": lambda field: watched(small(field)),
    "lag-d": lambda field: watched(large_files(field)),
    "lag-e": lambda field: watched(slow_answers(field)[:1]),
}

MEANINGS = """workloads:
  a      20,000 files of 10 kB over HTTP/1.1
  b      the same over HTTP/2 and TLS
  c      2,000 new TLS connections
  d      one file of --large MiB, and eight of an eighth; beside cp
  e      10,000 answers that take a second; and 1,000 of them, 100 at a time
  f      500,000 files of 100 bytes: memory
  g      2,000 hosts with five files each
  lines  haul alone: what a file takes in lists of 1,000 to a million
  start  lists of 1, 10 and 100 files, from start to end
  lag-a  haul alone, with how late its loop came to events; lag-d, lag-e too
"""
