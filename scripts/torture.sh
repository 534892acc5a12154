#!/bin/sh
# Fails each call of haul in turn: the n-th allocation, the n-th open, write,
# fsync, rename, socket, connect, spawn... with each error that the call can
# have, or kills haul there, for every n of small runs in all modes. After each
# of them no file is wrong, the journal and the report claim nothing that is not
# so, exit status 0 means that all is there, nothing crashes, leaks or hangs,
# and the run that follows makes up for it. First in a release build, then the
# points of a spread again under the address and undefined sanitizers; about an
# hour on two cores. One line of figures for each.
#
#     --short         a spread of a minute, in build/test alone, as a test does
#     --mode M        sequential, threads, processes, async or loops
#     --scene S       whole, fresh, local, stdout, status, status_json, verify,
#                     page or compare
#     --calls LIST    kinds of calls, as in tests/support/nth.h
#     --seed N        another order, and another spread (1)
#     --point P       this point alone, as it was printed; repeatable
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES

# build NAME OPTIONS...: haul and the preload in build/NAME.
build()
{
    name=$1
    shift
    mkdir -p "build/$name"
    { cmake -S . -B "build/$name" -G Ninja -DHAUL_TESTS=ON "$@" &&
        cmake --build "build/$name" --target haul_cli_program nth; } \
        >"build/$name/torture.log" 2>&1 </dev/null || {
        cat "build/$name/torture.log"
        exit 1
    }
}

# torture NAME OPTIONS...
torture()
{
    name=$1
    shift
    echo "== build/$name"
    python3 tests/torture/torture.py --haul "build/$name/haul" \
        --nth "build/$name/tests/libnth.so" "$@"
}

build test -DCMAKE_BUILD_TYPE=Debug -DHAUL_WERROR=ON \
    -DHAUL_SANITIZE=address,undefined
for word in "$@"; do
    case $word in
    --short | --point | --point=*)
        torture test "$@"
        exit
        ;;
    esac
done
build torture -DCMAKE_BUILD_TYPE=Release
failed=0
torture torture "$@" || failed=1
torture test --short --seconds 900 "$@" || failed=1
exit $failed
