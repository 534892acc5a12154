"""How often a tool asks the kernel for something, counted by strace in a run of
its own: steadier than time, and the same on every machine."""

import re
import shutil

from measure import Run

STRACE = shutil.which("strace")
LISTED = 8
# % time, seconds, usecs/call, calls, errors if any, name
LINE = re.compile(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$")


def traced(command, scratch, seconds):
    """Runs it, slowly. Returns the run, and by name how many calls it made,
    with those of its threads and children."""
    path = scratch / "calls"
    path.unlink(missing_ok=True)
    run = Run([STRACE, "-f", "-c", "-o", path, *command], scratch, seconds)
    return run, parse(path.read_text() if path.exists() else "")


def parse(text):
    matches = map(LINE.match, text.splitlines())
    calls = {m[2]: int(m[1]) for m in matches if m}
    calls.pop("total", None)
    return calls


def figures(calls, units):
    """units: files, or MiB of large files."""
    by_name = {name: n / units for name, n in
               sorted(calls.items(), key=lambda item: -item[1])}
    return {"calls": sum(by_name.values()), "sockets": by_name.get("socket", 0),
            "by_name": by_name}


def table(contest, by_tool):
    unit = "MiB" if contest.large else "file"
    yield f"  {'':8}{'calls/' + unit:>11}{'sockets/' + unit:>13}   most often"
    for name, row in by_tool.items():
        most = [f"{call} {n:.2f}" for call, n in row["by_name"].items()][:LISTED]
        yield (f"  {name:8}{row['calls']:11.2f}{row['sockets']:13.3f}   "
               f"{', '.join(most)}")
