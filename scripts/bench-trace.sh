#!/bin/sh
# bench-trace.sh HAUL [FILES [ROUNDS]]: what watching costs. Runs of FILES
# (10000) small files from a local origin, plain, with --trace and with --debug
# all to a file, in turn, ROUNDS (7) times; prints the medians of the ratios of
# each round's wall time and CPU to its plain run. The origin's CPU is not
# counted. Its ceilings are 1.10 and 1.15 for --trace, 1.40 for --debug all.
set -eu
haul=$1
files=${2:-10000}
rounds=${3:-7}
# In memory: a disk would be most of the noise.
dir=$(mktemp -d -p /dev/shm)
"$haul" serve >"$dir/origin" &
origin=$!
trap 'kill $origin; rm -rf "$dir"' EXIT
while ! grep -q listening "$dir/origin"; do sleep 0.1; done
url=$(sed 's/listening on //' "$dir/origin")
seq "$files" | sed "s|^|$url/bytes/1000?|" >"$dir/list"

measure='
import os, resource, shutil, statistics, subprocess, sys, time
haul, scratch, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = [haul, "-i", scratch + "/list", "-x", "0", "-q", "-d", scratch + "/out",
        "-o", "{n}", "-j", "64"]
ways = {"plain": [], "plain again": [], "--trace": ["--trace", scratch + "/t"],
        "--debug all": ["--debug", "all"]}

def run(more):
    shutil.rmtree(scratch + "/out", ignore_errors=True)
    with open(scratch + "/err", "w") as err:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        subprocess.run(base + more, stderr=err, check=True)
        wall = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return wall, cpu

run([])
ratios = {way: [] for way in ways}
for _ in range(rounds):
    got = {way: run(more) for way, more in ways.items()}
    for way, (wall, cpu) in got.items():
        ratios[way].append((wall / got["plain"][0], cpu / got["plain"][1]))
    print("plain: %.2f s, %.2f s CPU" % got["plain"], flush=True)
for way, pairs in ratios.items():
    print("%-12s time x%.3f  CPU x%.3f" % (
        way, statistics.median(p[0] for p in pairs),
        statistics.median(p[1] for p in pairs)))
print("the timeline: %.1f MB" % (os.path.getsize(scratch + "/t") / 1e6))
'
python3 -c "$measure" "$haul" "$dir" "$rounds"
