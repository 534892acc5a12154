#!/bin/sh
# Looks for inputs that break a parser: each fuzz target runs under libFuzzer,
# from its committed corpus, for SECONDS (300), in build/fuzz. What it finds is
# left there as crash-TARGET-*; it belongs into tests/fuzz/corpora/TARGET.
#   scripts/fuzz.sh [SECONDS [TARGET...]]
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES clang
seconds=${1:-300}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- head journal list name opt url wire
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
for target in "$@"; do
    echo "== fuzz_$target, $seconds s"
    mkdir -p "build/fuzz/corpus-$target"
    log=build/fuzz/$target.log
    build/fuzz/tests/fuzz_"$target" -max_total_time="$seconds" -timeout=10 \
        -max_len=4096 -artifact_prefix="build/fuzz/crash-$target-" \
        "build/fuzz/corpus-$target" "tests/fuzz/corpora/$target" \
        >"$log" 2>&1 </dev/null || {
        tail -n 40 "$log"
        exit 1
    }
    tail -n 1 "$log"
done
