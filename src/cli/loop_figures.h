/* Prints, after a run, what its loops did and what its trace lacks. */
#ifndef HL_CLI_LOOP_FIGURES_H
#define HL_CLI_LOOP_FIGURES_H

#include "cli/run_options.h"
#include "haul/debug.h"
#include "util/buf.h"

/* The loops of a run. All zero is none. */
struct hl_loops {
    struct haul_loop_stats busiest;
    struct haul_loop_stats *all; /* the session's own first; NULL: no memory */
    uint32_t count;
};

void hl_loops_read(struct hl_loops *out, const struct haul_session *session);
void hl_loops_release(struct hl_loops *loops);
/* Prints --loop-stats on stderr, and what the trace lacks, if anything. */
void hl_figures_tell(const struct hl_run_options *options,
                     const struct hl_loops *loops,
                     const struct haul_trace_stats *trace);
/* Adds "loop":{…} of the busiest loop, and "loops":[…] where there are several,
 * for the summary of a report. */
void hl_loops_json(struct hl_buf *out, const struct hl_loops *loops);

#endif
