#!/bin/sh
# bench.sh [OPTIONS] [WORKLOAD...]: haul against curl -Z, wget2, aria2 and bare
# probes, over nginx on loopback, files in memory; bench.sh --help lists the
# options, and tests/bench/workloads.py says what each workload is. Without
# --haul PATH, build/release/haul is built and measured. All workloads take about
# an hour on two cores.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/packages.sh"
haul_install $HAUL_BUILD_PACKAGES $HAUL_BENCH_PACKAGES
case " $* " in
*" --haul "* | *" --haul="* | *" --help "* | *" -h "*) ;;
*)
    sh "$root/scripts/build-release.sh"
    set -- --haul "$root/build/release/haul" "$@"
    ;;
esac
exec python3 "$root/tests/bench/bench.py" "$@" </dev/null
