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
allow sink 'haul/|util/|trace/|sink/'
allow transfer 'haul/|util/|trace/|sink/|transfer/'
allow worker 'haul/|util/|trace/|sink/|transfer/|worker/'
allow modes 'haul/|util/|trace/|sink/|transfer/|worker/|modes/'
allow list 'util/|list/'
allow origin 'util/|origin/'
allow policy 'haul/|util/|policy/|transfer/job\.h"'
allow journal 'haul/|util/|policy/|journal/'
allow schedule 'haul/|util/|trace/|policy/judge\.h"|transfer/job\.h"|schedule/'
allow run 'haul/|util/|trace/|sink/|transfer/|modes/|policy/|journal/|schedule/|run/'
allow cli 'haul/|util/|list/|origin/|modes/traits\.h"|cli/|policy/|journal/(journal|journal_entry|key|find|failed_urls|on_disk)\.h"'
allow compare 'haul/|util/|list/|origin/|modes/traits\.h"|compare/|cli/(commands|limits|local|message|opt|prepare|run_options|secret|self|signals|source|usage|uv_start)\.h"'

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
