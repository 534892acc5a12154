"""Medians of the runs, as rows and as data."""

import statistics

MEASURES = ("rate", "seconds", "cpu", "cpu_per_file", "server_cpu",
            "server_per_file", "peak")


def median(values):
    return statistics.median(values) if values else None


def runs_of(runs, contest, tool):
    return [r for r in runs if r["contest"] == contest and r["tool"] == tool]


def medians(runs, contest):
    """By tool; a run that was interrupted counts with what it delivered."""
    result = {}
    for tool, _ in contest.entries:
        own = runs_of(runs, contest.name, tool.name)
        row = {m: median([r[m] for r in own if r[m] is not None])
               for m in MEASURES}
        row |= {
            "failed": max((r["failed"] for r in own), default=0),
            "timed_out": sum(r["timed_out"] for r in own),
            "rounds": len(own),
        }
        result[tool.name] = row
    return result


def ratios(runs, contest):
    """Each other tool against haul: medians of the ratios within rounds, of the
    time and of the CPU that a file takes it to what it takes haul. Above 1
    haul is better."""
    result = {}
    ours = {r["round"]: r for r in runs_of(runs, contest.name, "haul")}
    for tool, _ in contest.entries:
        theirs = runs_of(runs, contest.name, tool.name)
        if tool.name == "haul":
            continue
        pairs = [(ours[r["round"]], r) for r in theirs
                 if is_whole(r) and is_whole(ours[r["round"]])]
        result[tool.name] = {
            "wall": median([o["rate"] / t["rate"] for o, t in pairs]),
            "cpu": median([t["cpu_per_file"] / o["cpu_per_file"]
                           for o, t in pairs]),
        }
    return result


def is_whole(run):
    """Not when it delivered nothing, or took no measurable CPU."""
    return bool(run["rate"] and run["cpu_per_file"])


def shown(value, form):
    return "-" if value is None else format(value, form)


def table(contest, rows, against):
    unit, per = (("MB/s", "CPU ms/file") if contest.large else
                 ("files/s", "CPU us/file"))
    factor = 1e3 if contest.large else 1e6
    bare = {tool.name for tool, _ in contest.entries if tool.bare}
    yield (f"  {'':8}{unit:>9}{per:>13}{'server':>9}{'peak MB':>9}"
           f"{'failed':>8}   against haul's")
    for name, row in rows.items():
        ratio = None if name in bare else against.get(name)
        line = (f"  {name:8}{shown(row['rate'], '9,.0f')}"
                f"{shown(scaled(row['cpu_per_file'], factor), '13,.1f')}"
                f"{shown(scaled(row['server_per_file'], factor), '9,.1f')}"
                f"{shown(scaled(row['peak'], 1e-6), '9,.1f')}"
                f"{row['failed']:8,}")
        if ratio:
            line += (f"   x{shown(ratio['wall'], '.2f')} time, "
                     f"x{shown(ratio['cpu'], '.2f')} CPU")
        if row["timed_out"]:
            line += f"; out of time in {row['timed_out']} of {row['rounds']}"
        yield line


def floors(contest, rows, against):
    """How far haul is from what the bare probes take."""
    for tool, _ in contest.entries:
        ratio = against.get(tool.name)
        if not tool.bare or not ratio["cpu"]:
            continue
        row = rows[tool.name]
        each = row["cpu_per_file"]
        taken = (f"{each * (1 << 30) / contest.size:.2f} s CPU a GiB"
                 if contest.large else f"{each * 1e6:.1f} us CPU")
        yield (f"  floor by a bare probe ({tool.way}): {taken}, haul "
               f"x{1 / ratio['cpu']:.2f} of it; {row['seconds']:.2f} s, haul "
               f"x{1 / ratio['wall']:.2f} of it")


def parts(contest):
    """Which tools had a part of the list."""
    for tool, how in contest.entries:
        if how.part < 1:
            yield (f"  {tool.name}: of the first {contest.files_of(how):,} "
                   "files, as it takes so long; its start weighs more")


def scaled(value, factor):
    return None if value is None else value * factor
