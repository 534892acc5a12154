#include "trace/open_trace.h"

#include <stdio.h>

#include "trace/text_output.h"
#include "trace/timeline.h"

static const uint64_t default_max_bytes = 512ull << 20;

/* Closes sinks that no trace has taken over. */
static void close_sinks(const struct hl_trace_sink *sinks, size_t count)
{
    struct haul_trace_stats unused = {0};
    for (size_t i = 0; i < count; i++)
        if (sinks[i].close != NULL)
            sinks[i].close(sinks[i].state, &unused);
}

int hl_trace_open(struct hl_trace **out, const struct haul_options *options,
                  const struct hl_trace_workers *workers,
                  const struct hl_trace_begin *begin)
{
    struct hl_trace_sink sinks[HL_TRACE_SINKS] = {{0}};
    size_t count = 0;
    *out = NULL;
    if (options->trace != 0)
        sinks[count++] = hl_trace_text_sink(
            options->trace_text != NULL ? options->trace_text : stderr,
            options->trace);
    if (options->trace_file != NULL) {
        struct hl_trace_workers lanes = *workers;
        if (workers->on_loop && !workers->block && options->loops <= 1)
            lanes.with_arrows = options->jobs;
        const struct hl_timeline_setup setup = {
            .path = options->trace_file,
            .max_bytes = options->trace_max_bytes > 0 ? options->trace_max_bytes
                                                      : default_max_bytes,
            .mode_name = haul_mode_name(options->mode),
            .workers = lanes,
            .jobs = options->jobs,
            .began_us = begin->began_us,
            .auto_jobs = options->auto_jobs,
            .mask = options->trace_file_mask != 0 ? options->trace_file_mask
                                                  : HAUL_TRACE_ALL,
        };
        int r = hl_trace_timeline_sink(&sinks[count], &setup);
        if (r < 0) {
            close_sinks(sinks, count);
            return r;
        }
        count++;
    }
    int r = hl_trace_new(out, begin->zero_ns, sinks, count);
    if (r < 0)
        close_sinks(sinks, count);
    return r;
}
