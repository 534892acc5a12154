#!/bin/sh
# The direction of includes between the rooms, by grep.
set -eu
cd "$(dirname "$0")/.."
bad=0

# allow ROOM PATTERN: what files of src/ROOM may include of the project.
allow()
{
    found=$(grep -nE '^#include "' src/"$1"/*.[ch] |
        grep -vE "#include \"($2)" || true)
    [ -z "$found" ] || {
        echo "$found" >&2
        bad=1
    }
}

allow util 'haul/|util/'
allow trace 'haul/|util/|trace/'
allow transfer 'haul/|util/|trace/|transfer/'
allow modes 'haul/|util/|trace/|transfer/|modes/'
allow list 'haul/|util/|list/'
allow origin 'util/|origin/'
allow policy 'haul/|util/|policy/|engine/(journal|done)\.h"|transfer/job\.h"'
allow engine 'haul/|util/|trace/|transfer/|modes/|list/|policy/|engine/'
allow cli 'haul/|util/|list/|origin/|cli/|policy/decide\.h"|engine/(journal|done)\.h"'

curl=$(grep -lE '#include <curl/' -r src include |
    grep -vE '^src/transfer/|^src/util/url\.c$' || true)
[ -z "$curl" ] || {
    echo "<curl/curl.h> is for transfer/ and util/url.c: $curl" >&2
    bad=1
}
both=$(grep -lE '#include <uv.h>' -r src/transfer |
    xargs grep -lE '#include <curl/' |
    grep -v '^src/transfer/curl_uv\.c$' || true)
[ -z "$both" ] || {
    echo "libuv and libcurl meet in curl_uv.c alone: $both" >&2
    bad=1
}
exit $bad
