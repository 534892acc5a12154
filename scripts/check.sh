#!/bin/sh
# What is run before each commit, in about three minutes: format, direction and
# rings of includes, sizes, headers that compile alone, scripts, tidy of changed
# files, unit and contract tests under the address and undefined sanitizers. --all
# adds every file to tidy, cppcheck, gcc's analyzer, clang and its sanitizers of
# conversions and of uninitialized memory, end-to-end tests, the thread sanitizer
# and valgrind. What a tool is wrong about is told at the line, with the reason.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
all=no
[ "${1:-}" = --all ] && all=yes
haul_install $HAUL_BUILD_PACKAGES $HAUL_TEST_PACKAGES $HAUL_CHECK_PACKAGES

began=$(date +%s)
step_began=

# step NAME...: says how long the one before it took.
step()
{
    now=$(date +%s)
    [ -z "$step_began" ] || echo "   $((now - step_began)) s"
    step_began=$now
    echo "== $*"
}

all_is_well()
{
    step "all is well, after $(($(date +%s) - began)) s"
    exit 0
}

# build NAME[/TARGET] OPTIONS...: builds build/NAME, all of it or TARGET, and
# shows the log on failure.
build()
{
    name=${1%/*}
    target=all
    [ "$name" = "$1" ] || target=${1#*/}
    shift
    mkdir -p "build/$name"
    { cmake -S . -B "build/$name" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DHAUL_WERROR=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" &&
        cmake --build "build/$name" --target "$target"; } >"build/$name/build.log" 2>&1 || {
        cat "build/$name/build.log"
        exit 1
    }
}

# run_tests NAME OPTIONS...: those of build/NAME that ctest's options choose. A
# pipe to tail would have the status of tail.
run_tests()
{
    name=$1
    shift
    ctest --test-dir "build/$name" --output-on-failure --no-tests=error \
        "$@" >"build/$name/test.log" 2>&1 || {
        cat "build/$name/test.log"
        exit 1
    }
    tail -n 4 "build/$name/test.log"
}

sources=$(git ls-files -co --exclude-standard -- 'src/*.[ch]' \
    'include/*.h' 'tests/*.[ch]')

step format
clang-format --dry-run --Werror $sources

step sizes
python3 scripts/check-sizes.py --strict

step "headers compile alone"
flags="-std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Itests -fsyntax-only"
for header in $(echo "$sources" | grep '\.h$'); do
    gcc $flags -include stddef.h -x c "$header" ||
        { echo "$header does not compile alone" >&2; exit 1; }
done
clang++ -std=c++17 -Iinclude -fsyntax-only -x c++ include/haul/debug.h

step "scripts"
# Lists of words are split on purpose.
shellcheck -x -S warning -e SC2046 scripts/*.sh scripts/slurm/*.sh .ci/run
pyflakes3 scripts tests

step "build, with sanitizers"
build asan -DHAUL_SANITIZE=address,undefined

step "includes point one way, without rings"
python3 scripts/check-rooms.py build/asan

step tidy
if [ $all = yes ]; then
    tidied=$(git ls-files 'src/*.c')
else
    tidied=$(git diff --name-only --diff-filter=d HEAD -- 'src/*.c')
fi
# One file a process: from file to file its analyzer forgets what a va_list is.
[ -z "$tidied" ] ||
    echo "$tidied" | xargs -P 2 -n 1 clang-tidy -p build/asan --quiet \
        --warnings-as-errors='*' 2>/dev/null

step "unit and contract tests"
run_tests asan -L 'unit|contract' -j 2

[ $all = yes ] || all_is_well

step cppcheck
cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr \
    --quiet --error-exitcode=1 -j 2 -D_GNU_SOURCE -Iinclude -Isrc -Itests \
    --include=/usr/include/utlist.h --include=/usr/include/uthash.h \
    --suppress='*:/usr/include/*' src include tests

step "gcc's analyzer"
# Without its own check for leaks, which takes for lost what a table of uthash
# or a callback holds: LeakSanitizer and the tests that fail each allocation in
# turn look for these.
build analyzer -DHAUL_TESTS=OFF -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_C_FLAGS="-fanalyzer -Wno-analyzer-malloc-leak"

step "clang, and its sanitizers of conversions"
build clang -DCMAKE_C_COMPILER=clang \
    -DHAUL_SANITIZE=undefined,implicit-conversion,local-bounds
run_tests clang -L unit -j 2

step "clang's sanitizer of uninitialized memory"
# The parsers that call no library: it would not see what that writes.
build memory/fuzzers -DCMAKE_C_COMPILER=clang -DHAUL_SANITIZE=memory
run_tests memory -R '^fuzz_(head|value|wire|worker)$'

step "end-to-end tests"
run_tests asan -L e2e -j 2

step "the thread sanitizer"
build tsan -DHAUL_SANITIZE=thread
# A thread needs 900 kB there, more than haul tries before status and verify. What
# is suppressed is told by its stack, which a short history has forgotten.
TSAN_OPTIONS="history_size=7 suppressions=$PWD/tests/support/tsan.supp" \
    run_tests tsan -L 'unit|contract' -E '^fuzz_status$'

step valgrind
build valgrind
# haul ends beside the threads of its pool: what belongs to them is "possibly" lost.
sh scripts/check-runs.sh build/valgrind/haul valgrind -q --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --error-exitcode=99 --child-silent-after-fork=yes
all_is_well
