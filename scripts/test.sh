#!/bin/sh
# All tests: installs what they need, builds, fuzzes each parser for three
# seconds, runs everything through ctest, whose closing lines are the last that
# is printed. Arguments go to ctest: then only the tests that they choose are
# run, and nothing is fuzzed. Fuzzing tries other inputs each time: what it
# finds is printed but fails nothing. The inputs that were found before are
# among ctest's tests, and do fail.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES $HAUL_BENCH_PACKAGES
haul_kubernetes_schema
mkdir -p build/test
echo "== building build/test, with the address and undefined sanitizers"
{
    cmake -S . -B build/test -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DHAUL_TESTS=ON -DHAUL_WERROR=ON \
        -DHAUL_SANITIZE=address,undefined &&
        cmake --build build/test
} >build/test/build.log 2>&1 </dev/null || {
    cat build/test/build.log
    exit 1
}
if [ $# -eq 0 ] && command -v clang >/dev/null 2>&1; then
    sh scripts/fuzz.sh 3 ||
        echo "== fuzzing found a new input: see FAILED above, and build/fuzz"
elif [ $# -eq 0 ]; then
    echo "== no clang here: the parsers are not fuzzed"
fi
exec ctest --test-dir build/test --output-on-failure -j 2 "$@" </dev/null
