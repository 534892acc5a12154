#!/bin/sh
# Builds build/release/haul; shows the log on failure.
set -eu
cd "$(dirname "$0")/.."
echo "== building build/release/haul"
mkdir -p build/release
{
    cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DHAUL_TESTS=OFF && cmake --build build/release -- -v
} >build/release/build.log 2>&1 </dev/null || {
    cat build/release/build.log
    exit 1
}
