#!/bin/sh
# check-runs.sh HAUL [WRAPPER...]: 1,000 URLs in each mode from a local origin,
# under a wrapper such as valgrind; all files must arrive.
set -eu
haul=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for mode in sequential threads processes async; do
    "$@" "$haul" get --local -n 1000 --latency 0 -x 0 -q -m $mode \
        -d "$dir/$mode" || {
        echo "$mode: exit $?" >&2
        exit 1
    }
    files=$(find "$dir/$mode" -type f ! -path '*/.haul/*' | wc -l)
    [ "$files" -eq 1000 ] || {
        echo "$mode: $files files" >&2
        exit 1
    }
    echo "$mode: 1000 files"
done
