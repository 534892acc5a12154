/* A trace as the options of a run ask for it. */
#ifndef HL_TRACE_OPEN_TRACE_H
#define HL_TRACE_OPEN_TRACE_H

#include "haul/haul.h"
#include "trace/timeline_tracks.h"
#include "trace/trace.h"

/* When the run began. */
struct hl_trace_begin {
    uint64_t zero_ns;  /* by uv_hrtime(); what the trace shows as 0 */
    uint64_t began_us; /* of the day: µs since 1970, UTC */
};

/* Makes the sinks, and the trace that feeds them. @return 0 or a libuv code,
 * such as that of a file that cannot be made. */
int hl_trace_open(struct hl_trace **out, const struct haul_options *options,
                  const struct hl_trace_workers *workers,
                  const struct hl_trace_begin *begin);

#endif
