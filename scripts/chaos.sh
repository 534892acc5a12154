#!/bin/sh
# Everything at once: 10,000 URLs through all faults of the embedded origin and
# through an nginx that is killed and restarted, while the run is killed and
# resumed, its workers are killed and stopped, and strangers' files stand where
# it is about to put its own. It ends when all is there, proves that, and prints
# a line of figures; under a quarter of an hour a mode on two cores.
#
#     chaos.sh [--mode M] [--urls N] [--seed S] [--kills K] [--faults P]
#     chaos.sh --parts [--seed S] [--kills K]
#     chaos.sh --mutations [MUTATION...]
#
# M is sequential, threads, processes, async, or loops, which is async with
# --loops 2; without --mode it is each of them in turn. The same seed gives the
# same faults and kills. --parts kills two tasks that fetch one part of a plan at
# once, 100 times, in about two minutes. --mutations breaks haul on purpose, and
# says which check notices.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES
if [ "${1:-}" = --mutations ]; then
    shift
    exec python3 tests/chaos/mutations.py "$@"
fi
sh scripts/build-release.sh
HAUL_BIN="$PWD/build/release/haul"
HAUL_STRIKE="$PWD/build/release/libstrike.so"
export HAUL_BIN HAUL_STRIKE
unset HAUL_SANITIZE
cc -std=c11 -D_GNU_SOURCE -O2 -U_FORTIFY_SOURCE -fPIC -shared \
    -o "$HAUL_STRIKE" tests/support/strike.c
if [ "${1:-}" = --parts ]; then
    shift
    exec python3 tests/chaos/parts.py "$@"
fi
case " $* " in
*" --mode"*) exec python3 tests/chaos/chaos.py "$@" ;;
esac
failed=""
for mode in sequential threads processes async loops; do
    python3 tests/chaos/chaos.py --mode "$mode" "$@" || failed="$failed $mode"
done
[ -z "$failed" ] || {
    echo "== failed:$failed"
    exit 1
}
