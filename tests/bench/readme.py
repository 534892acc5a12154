"""The table of the README, as markdown."""

from report import scaled, shown

PEERS = {"curl": "curl -Z", "wget2": "wget2", "aria2": "aria2"}
GIB = 1 << 30


def table(contests):
    """contests: by name, what bench.py kept of each. Those that haul does not
    win come first."""
    yield ("| | haul | " + " | ".join(PEERS.values()) + " | floor |")
    yield "|---|---|" + "---|" * len(PEERS) + "---|"
    rows = [(name, c) for name, c in contests.items()
            if set(PEERS) <= set(c["ratios"])]
    for name, contest in sorted(rows, key=lambda row: wins(row[1])):
        cells = [f"{name}: {contest['title']}", own(contest),
                 *(cell(contest["ratios"][p]) for p in PEERS), floor(contest)]
        yield "| " + " | ".join(cells) + " |"


def wins(contest):
    """As the table shows it: behind nobody in time or in CPU."""
    ratios = [contest["ratios"][p] for p in PEERS]
    return all(round(r[m], 2) >= 1 for r in ratios for m in ("wall", "cpu"))


def own(contest):
    haul = contest["medians"]["haul"]
    rate = f"{shown(haul['rate'], ',.0f')} {contest['unit']}"
    return f"{rate}, {cost(haul, contest)}"


def cost(row, contest):
    """CPU, of a file or of a GiB."""
    taken = row["cpu_per_file"]
    if contest["unit"] == "MB/s":
        taken = scaled(taken, GIB / contest["size"])
        return f"{shown(taken, '.2f')} s/GiB"
    return f"{shown(scaled(taken, 1e6), ',.0f')} µs"


def cell(ratio):
    return f"{shown(ratio['wall'], '.2f')} / {shown(ratio['cpu'], '.2f')}"


def floor(contest):
    """What haul takes of the bare probe's, of several the one that takes the
    least CPU."""
    probes = [(contest["medians"][name], name) for name in contest["floors"]
              if contest["medians"][name]["cpu_per_file"]]
    if not probes:
        return "–"
    row, name = min(probes, key=lambda p: p[0]["cpu_per_file"])
    of_it = {m: 1 / r for m, r in contest["ratios"][name].items()}
    return f"{cell(of_it)} of {cost(row, contest)}"
