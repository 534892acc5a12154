"""What several contests of a workload say together, as lines of text."""

from report import median, medians, runs_of


def per_transfer(contests, runs):
    """(e): CPU of a transfer among ten thousand and among a hundred."""
    many, few = (runs_of(runs, c.name, "haul") for c in contests)
    pairs = [m["cpu_per_file"] / f["cpu_per_file"] for m, f in zip(many, few)
             if m["cpu_per_file"] and f["cpu_per_file"]]
    if pairs:
        yield (f"a transfer among {contests[0].files:,} takes "
               f"x{median(pairs):.2f} the CPU of one among 100")


def linearity(contests, runs):
    """(lines): files/s of each length, less the start, and against the
    longest."""
    start, *lists = contests
    begin = median([r["seconds"] for r in runs_of(runs, start.name, "haul")])
    taken = {c.files: median([r["seconds"] - begin for r in
                              runs_of(runs, c.name, "haul")]) for c in lists}
    # A list may be too short to take longer than the start.
    rates = {files: files / t for files, t in taken.items() if t > 0}
    if not rates:
        return
    yield f"start {begin * 1e3:.0f} ms; without it:"
    longest = rates[max(rates)]
    for files, rate in rates.items():
        yield (f"{files:9,} lines {rate:9,.0f} files/s, "
               f"{rate / longest - 1:+.1%} of the longest's")


def lag(contests, runs):
    """(lag-...): medians over the rounds, and the worst of all."""
    for contest in contests:
        loops = [r["loop"] for r in runs_of(runs, contest.name, "haul")]
        worst = max(loops, key=lambda loop: loop["lag_max_ms"])
        yield (f"{contest.title}: lag p99 "
               f"{median([l['lag_p99_ms'] for l in loops]):.1f} ms, max "
               f"{median([l['lag_max_ms'] for l in loops]):.1f} ms (of all "
               f"rounds {worst['lag_max_ms']:.1f}); longest "
               f"{worst['longest_ms']:.1f} ms: {worst['longest']}")


def starts(contests, runs):
    """(start): how long each list took, by tool."""
    for contest in contests:
        row = medians(runs, contest)
        times = ", ".join(f"{name} {of['seconds'] * 1e3:.1f} ms"
                          for name, of in row.items() if of["seconds"])
        yield f"{contest.files:3} files: {times}"


NOTES = {"e": per_transfer, "lines": linearity, "start": starts, "lag-a": lag,
         "lag-d": lag, "lag-e": lag}
