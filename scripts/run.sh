#!/bin/sh
# The main job: builds haul and fetches 100 images under each model, from an
# origin of its own; no network is needed but for missing packages.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES
echo "== building build/release/haul"
mkdir -p build/release
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DHAUL_TESTS=OFF >build/release/build.log 2>&1 || {
    cat build/release/build.log
    exit 1
}
cmake --build build/release -- -v >build/release/build.log 2>&1 || {
    cat build/release/build.log
    exit 1
}
# What was just installed and built is on the disk before time is measured.
sync
echo "== haul compare -i urls.txt --local"
echo
exec build/release/haul compare -i urls.txt --local \
    --html build/haul-compare.html </dev/null
