#!/bin/sh
# The main job: builds haul and fetches 100 images in each mode, from an
# origin of its own; no network is needed but for missing packages.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh
haul_install $HAUL_BUILD_PACKAGES
sh scripts/build-release.sh
# What was just installed and built is on the disk before time is measured.
sync
echo "== haul compare -i urls.txt --local"
echo
exec build/release/haul compare -i urls.txt --local \
    --html build/haul-compare.html </dev/null
