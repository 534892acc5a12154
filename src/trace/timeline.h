/*
 * The timeline sink: Chrome's trace-event JSON, one event a line, which
 * ui.perfetto.dev and chrome://tracing open. Its format has a number:
 *
 *   pid 1 is the run; tid 1 its loop, tid 1 + N its thread, its process or its
 *   further loop N.
 *   Spans on a lane are X events that nest; args.state is waiting, working or
 *   blocked. A URL is one async track: category transfer, id 0xJOB. In the
 * track nest the URL, its attempts, and their phases queued, dns, connect, tls,
 *   wait, body and file. Arrows (s, t, f) lead on the loop's lane from what it
 *   did when an answer was ready to the callback that read the answer and on to
 *   the one that gave the file its name. Counters are C events. Times are in µs
 * since the run's start. metadata holds format, haul, mode, jobs, began (by
 * which the report of the same run is found), dropped and cut.
 *
 * What a reader must have comes before any text, since some readers give up at
 * an escape that they do not know.
 */
#ifndef HL_TRACE_TIMELINE_H
#define HL_TRACE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/timeline_tracks.h"
#include "trace/trace.h"

struct hl_timeline_setup {
    const char *path;   /* borrowed for the call */
    uint64_t max_bytes; /* of the file */
    const char *mode_name;
    struct hl_trace_workers workers;
    uint64_t began_us; /* the time of day: µs since 1970, UTC */
    uint32_t jobs;
    bool auto_jobs; /* jobs is only the most that there may be */
    uint32_t mask;  /* of HAUL_TRACE_* */
};

/* @return 0 or a libuv code. */
int hl_trace_timeline_sink(struct hl_trace_sink *out,
                           const struct hl_timeline_setup *setup);

#endif
