#include "cli/loop_figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/amounts.h"
#include "cli/print_message.h"

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

static void say_callbacks(const struct haul_loop_stats *loop)
{
    char line[512] = "";
    size_t used = 0;
    for (const struct haul_callback_stats *at = loop->kinds; at->kind != NULL;
         at++) {
        int n = snprintf(line + used, sizeof(line) - used,
                         "%s%s %" PRIu64 " (%.3f s)", used > 0 ? ", " : "",
                         at->kind, at->count, (double)at->total_us / 1e6);
        if (n < 0 || (size_t)n >= sizeof(line) - used)
            break;
        used += (size_t)n;
    }
    if (used > 0)
        hl_say("callbacks: %s", line);
}

void hl_loops_read(struct hl_loops *out, const struct haul_session *session)
{
    struct haul_loop_stats stats;
    *out = (struct hl_loops){0};
    haul_session_loop_stats(session, &out->busiest);
    while (haul_session_loop(session, out->count, &stats))
        out->count++;
    out->all = calloc(out->count, sizeof(*out->all));
    for (uint32_t i = 0; out->all != NULL && i < out->count; i++)
        haul_session_loop(session, i, &out->all[i]);
}

void hl_loops_release(struct hl_loops *loops)
{
    free(loops->all);
    *loops = (struct hl_loops){0};
}

/* Of several, the session's own is 0. */
static void say_loop(const struct haul_loop_stats *loop)
{
    char number[16] = "";
    if (loop->loop > 0)
        snprintf(number, sizeof(number), " %u", loop->loop);
    hl_say("loop%s: %" PRIu64 " turns in %.3f s, idle %.1f %%", number,
           loop->turns, (double)loop->watched_us / 1e6,
           percent(loop->idle_us, loop->watched_us));
    if (loop->has_lag)
        hl_say("lag: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, max %.1f ms",
               ms(loop->lag_p50_us), ms(loop->lag_p99_us),
               ms(loop->lag_p999_us), ms(loop->lag_max_us));
    if (loop->longest_us > 0)
        hl_say("longest callback: %.1f ms, %s", ms(loop->longest_us),
               loop->longest);
    say_callbacks(loop);
}

static void put_json(struct hl_buf *out, const struct haul_loop_stats *loop)
{
    hl_buf_printf(
        out,
        "{\"n\":%u,\"turns\":%" PRIu64 ",\"seconds\":%.6f,\"idle\":%.6f,"
        "\"lag_p50_ms\":%.3f,\"lag_p99_ms\":%.3f,"
        "\"lag_p999_ms\":%.3f,\"lag_max_ms\":%.3f,"
        "\"longest_ms\":%.3f,\"longest\":",
        loop->loop, loop->turns, (double)loop->watched_us / 1e6,
        (double)loop->idle_us / 1e6, ms(loop->lag_p50_us), ms(loop->lag_p99_us),
        ms(loop->lag_p999_us), ms(loop->lag_max_us), ms(loop->longest_us));
    hl_buf_json(out, loop->longest_us > 0 ? loop->longest : NULL);
    hl_buf_text(out, ",\"callbacks\":{");
    for (const struct haul_callback_stats *at = loop->kinds; at->kind != NULL;
         at++)
        hl_buf_printf(out, "%s\"%s\":{\"count\":%" PRIu64 ",\"seconds\":%.6f}",
                      at == loop->kinds ? "" : ",", at->kind, at->count,
                      (double)at->total_us / 1e6);
    hl_buf_text(out, "}}");
}

void hl_loops_json(struct hl_buf *out, const struct hl_loops *loops)
{
    hl_buf_text(out, "\"loop\":");
    put_json(out, &loops->busiest);
    if (loops->all == NULL || loops->count < 2)
        return;
    hl_buf_text(out, ",\"loops\":[");
    for (uint32_t i = 0; i < loops->count; i++) {
        hl_buf_text(out, i > 0 ? "," : "");
        put_json(out, &loops->all[i]);
    }
    hl_buf_text(out, "]");
}

static void say_trace(const struct haul_trace_stats *trace, const char *path)
{
    if (trace->error < 0)
        hl_error("%s: %s", path, haul_strerror(trace->error));
    if (trace->cut) {
        char size[HL_BYTES_SIZE];
        hl_bytes_text(size, (double)trace->bytes);
        hl_say("%s ends before the run does: it has reached its size limit of "
               "%s (--trace-limit)",
               path, size);
    }
    if (trace->dropped > 0)
        hl_say("%" PRIu64 " events are missing from the trace: they came "
               "faster than they could be written",
               trace->dropped);
}

void hl_figures_tell(const struct hl_run_options *options,
                     const struct hl_loops *loops,
                     const struct haul_trace_stats *trace)
{
    if (options->loop_stats && loops->all == NULL)
        say_loop(&loops->busiest);
    for (uint32_t i = 0; options->loop_stats && i < loops->count; i++)
        if (loops->all != NULL)
            say_loop(&loops->all[i]);
    if (options->run.trace_file != NULL)
        say_trace(trace, options->run.trace_file);
}
