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
    """haul against each other tool: medians of the ratios within rounds.
    speed: how many times as fast it is; cpu: its part of the other's."""
    result = {}
    ours = {r["round"]: r for r in runs_of(runs, contest.name, "haul")}
    for tool, _ in contest.entries:
        theirs = runs_of(runs, contest.name, tool.name)
        if tool.name == "haul":
            continue
        pairs = [(ours[r["round"]], r) for r in theirs
                 if r["rate"] and r["cpu_per_file"]]
        result[tool.name] = {
            "speed": median([o["rate"] / t["rate"] for o, t in pairs]),
            "cpu": median([o["cpu_per_file"] / t["cpu_per_file"]
                           for o, t in pairs]),
        }
    return result


def shown(value, form):
    return "-" if value is None else format(value, form)


def table(contest, rows, against):
    unit, per = (("MB/s", "CPU ms/file") if contest.large else
                 ("files/s", "CPU us/file"))
    factor = 1e3 if contest.large else 1e6
    yield (f"  {'':8}{unit:>9}{per:>13}{'server':>9}{'peak MB':>9}"
           f"{'failed':>8}   haul against it")
    for name, row in rows.items():
        ratio = against.get(name)
        line = (f"  {name:8}{shown(row['rate'], '9,.0f')}"
                f"{shown(scaled(row['cpu_per_file'], factor), '13,.1f')}"
                f"{shown(scaled(row['server_per_file'], factor), '9,.1f')}"
                f"{shown(scaled(row['peak'], 1e-6), '9,.1f')}"
                f"{row['failed']:8,}")
        if ratio:
            line += (f"   x{shown(ratio['speed'], '.2f')} as fast, "
                     f"x{shown(ratio['cpu'], '.2f')} the CPU")
        if row["timed_out"]:
            line += f"; out of time in {row['timed_out']} of {row['rounds']}"
        yield line


def scaled(value, factor):
    return None if value is None else value * factor
