#!/bin/sh
# Looks for inputs that break a parser: each fuzz target (tests/fuzz/fuzz_*.c)
# runs under libFuzzer for SECONDS (600), two targets at a time, from its
# committed corpus and with its dictionary, in build/fuzz. Prints a line a
# target: how many inputs were executed, how much code they reached. What it
# finds is left there as crash-TARGET-*; it belongs into
# tests/fuzz/corpora/TARGET, under a name that tells what is wrong.
#   scripts/fuzz.sh [SECONDS [TARGET...]]
#   scripts/fuzz.sh merge TARGET...   what was found new, into the corpora
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES clang
seconds=${1:-600}
[ $# -gt 0 ] && shift
if [ $# -eq 0 ]; then
    set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
fi
mkdir -p build/fuzz
{
    cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_COMPILER=clang -DHAUL_FUZZ=ON -DHAUL_TESTS=ON \
        -DHAUL_SANITIZE=address,undefined &&
        cmake --build build/fuzz --target fuzzers
} >build/fuzz/build.log 2>&1 </dev/null || {
    cat build/fuzz/build.log
    exit 1
}

# Writes the corpus anew: as few inputs as reach the same code.
merge() {
    mkdir -p "build/fuzz/merged-$1"
    build/fuzz/tests/fuzz_"$1" -merge=1 -max_len=4096 "build/fuzz/merged-$1" \
        "tests/fuzz/corpora/$1" "build/fuzz/corpus-$1" \
        >"build/fuzz/$1.merge.log" 2>&1 </dev/null
}
if [ "$seconds" = merge ]; then
    for target in "$@"; do
        merge "$target"
        echo "$target: build/fuzz/merged-$target"
    done
    exit 0
fi

run() {
    mkdir -p "build/fuzz/corpus-$1"
    build/fuzz/tests/fuzz_"$1" -max_total_time="$seconds" -timeout=25 \
        -max_len=4096 -dict="tests/fuzz/dictionaries/$1.dict" \
        -print_final_stats=1 -artifact_prefix="build/fuzz/crash-$1-" \
        "build/fuzz/corpus-$1" "tests/fuzz/corpora/$1" \
        >"build/fuzz/$1.log" 2>&1 </dev/null
}

# Waits for the run of a target that is under way, and says what came of it.
failed=0
finish() {
    log=build/fuzz/$1.log
    if wait "$2"; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        cover=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
        echo "fuzz_$1: $runs runs in $seconds s, $cover places reached"
    else
        echo "fuzz_$1: FAILED"
        tail -n 40 "$log"
        failed=1
    fi
}
while [ $# -gt 0 ]; do
    run "$1" &
    first=$!
    if [ $# -gt 1 ]; then
        run "$2" &
        second=$!
    fi
    finish "$1" "$first"
    [ $# -gt 1 ] && finish "$2" "$second" && shift
    shift
done
exit "$failed"
