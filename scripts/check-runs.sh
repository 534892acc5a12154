#!/bin/sh
# check-runs.sh HAUL [WRAPPER...]: 1,000 URLs in each mode from a local origin,
# under a wrapper such as valgrind; all files must arrive. Workers are started
# as /proc/self/exe, which under valgrind is valgrind's own: with a wrapper the
# processes are left to the sanitizers.
set -eu
haul=$1
shift
modes="sequential threads processes async"
[ $# -eq 0 ] || modes="sequential threads async"
dir=$(mktemp -d)
"$haul" serve >"$dir/origin" &
origin=$!
trap 'kill $origin; rm -rf "$dir"' EXIT
while ! grep -q listening "$dir/origin"; do sleep 0.1; done
url=$(sed 's/listening on //' "$dir/origin")
seq 1000 | sed "s|^|$url/600x400/|" >"$dir/list"
for mode in $modes; do
    "$@" "$haul" get -i "$dir/list" -x 0 -q -m $mode -d "$dir/$mode" || {
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
