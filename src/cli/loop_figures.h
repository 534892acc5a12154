/* What a run tells of its loop and its trace, once it is over. */
#ifndef HL_CLI_LOOP_FIGURES_H
#define HL_CLI_LOOP_FIGURES_H

#include "cli/run_options.h"
#include "haul/haul.h"
#include "util/buf.h"

/* --loop-stats on stderr, and what the trace lacks, if anything. */
void hl_figures_tell(const struct hl_run_options *options,
                     const struct haul_loop_stats *loop,
                     const struct haul_trace_stats *trace);
/* The loop's figures as an object, for the report's summary. */
void hl_loop_json(struct hl_buf *out, const struct haul_loop_stats *loop);

#endif
