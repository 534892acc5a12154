#!/bin/sh
# The long tests, in full: a million lines, 200 kills, a server that is away
# for two minutes. soak.sh [NAME...] runs those of tests/soak that are named, or
# all, which takes about an hour on two cores, and prints a line of figures for
# each.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES
sh scripts/build-release.sh
HAUL_BIN="$PWD/build/release/haul"
export HAUL_BIN
unset HAUL_SANITIZE
[ $# -gt 0 ] || set -- memory rerun crash fair names twodays nightly ends polite flat
failed=""
log=$(mktemp)
for name in "$@"; do
    if python3 "tests/soak/$name.py" 2>"$log" </dev/null; then
        continue
    fi
    cat "$log"
    failed="$failed $name"
done
rm -f "$log"
[ -z "$failed" ] || {
    echo "== failed:$failed"
    exit 1
}
