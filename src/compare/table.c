#include "compare/table.h"

#include <inttypes.h>
#include <stdio.h>

#include "modes/traits.h"

void hl_row_init(struct hl_row *row, enum haul_mode_id mode, uint32_t workers,
                 bool on_pool)
{
    *row =
        (struct hl_row){.mode = mode, .workers = workers, .on_pool = on_pool};
    if (hl_mode_traits(mode)->one_at_a_time)
        snprintf(row->label, sizeof(row->label), "%s", haul_mode_name(mode));
    else
        snprintf(row->label, sizeof(row->label), "%s (%u)%s",
                 haul_mode_name(mode), workers,
                 on_pool ? ", work on pool" : "");
}

void hl_setting_title(struct hl_buf *out, const struct hl_setting *s)
{
    if (s->files > 0)
        hl_buf_printf(out, "%" PRIu64 " file%s", s->files,
                      s->files > 1 ? "s" : "");
    else
        hl_buf_text(out, "The files");
    if (s->list != NULL)
        hl_buf_printf(out, " of %s", s->list);
    hl_buf_text(out, " from the built-in server, which answers ");
    if (s->latency_ns > 0)
        hl_buf_printf(out, "after %g ms", (double)s->latency_ns / 1e6);
    else
        hl_buf_text(out, "at once");
    if (s->bandwidth > 0)
        hl_buf_printf(out, " and sends %" PRIu64 " bytes/s on a connection",
                      s->bandwidth);
    if (s->cpu_work_us > 0)
        hl_buf_printf(out, "; each file then takes %g ms of processor work",
                      s->cpu_work_us / 1000.0);
    if (s->runs > 1)
        hl_buf_printf(out, "; medians of %u runs", s->runs);
}

const char hl_table_legend[] =
    "(N): at most N files at a time. Threads 10/15: of 15 threads, 10 fetch "
    "files.\n"
    "Lag p99: 99 of 100 events waited at most this long for the event loop.\n";

void hl_row_print_head(void)
{
    printf("%-25s%6s%8s%9s%7s%8s%8s%8s\n", "Mode", "Files", "Time", "Speed-up",
           "CPU s", "Memory", "Threads", "Lag p99");
    fflush(stdout);
}

void hl_failures_print(const struct hl_measure *m)
{
    printf("  %" PRIu64 " failed:", m->failed);
    for (int i = 1; i < HAUL_ERROR_COUNT; i++)
        if (m->errors[i] > 0)
            printf(" %s %" PRIu64, haul_error_word((enum haul_error)i),
                   m->errors[i]);
    putchar('\n');
}

static void format_lag(char *out, size_t size, double ms)
{
    if (ms < 99.5)
        snprintf(out, size, "%.1fms", ms);
    else if (ms < 9999.5)
        snprintf(out, size, "%.0fms", ms);
    else
        snprintf(out, size, "%.0fs", ms / 1000);
}

void hl_row_print(const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    char lag[16];
    char seconds[16];
    char speedup[16];
    char memory[16];
    char threads[48];
    format_lag(lag, sizeof(lag), m->lag_p99_ms);
    snprintf(seconds, sizeof(seconds), "%.2fs", m->seconds);
    snprintf(speedup, sizeof(speedup), row->speedup > 0 ? "%.1fx" : "-",
             row->speedup);
    snprintf(memory, sizeof(memory), "%.0fMB", (double)m->peak_rss_bytes / 1e6);
    snprintf(threads, sizeof(threads), "%" PRIu64 "/%" PRIu64, m->fetching,
             m->threads);
    printf("%-25s%6" PRIu64 "%8s%9s%7.2f%8s%8s%8s\n", row->label, m->files,
           seconds, speedup, m->cpu_seconds, memory, threads, lag);
    if (m->failed > 0)
        hl_failures_print(m);
    fflush(stdout);
}

void hl_rows_json(struct hl_buf *out, const struct hl_row *rows, size_t count)
{
    hl_buf_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        const struct hl_measure *m = &rows[i].measure;
        hl_buf_text(out, i > 0 ? ",\n {" : "\n {");
        hl_buf_printf(out, "\"mode\":\"%s\",\"workers\":%u,\"label\":",
                      haul_mode_name(rows[i].mode), rows[i].workers);
        hl_buf_json(out, rows[i].label);
        hl_buf_printf(out,
                      ",\"files\":%" PRIu64 ",\"failed\":%" PRIu64
                      ",\"seconds\":%.6f,\"speedup\":%.3f,"
                      "\"cpu_seconds\":%.6f,\"peak_rss_bytes\":%" PRIu64
                      ",\"threads\":%" PRIu64 ",\"processes\":%" PRIu64
                      ",\"ctx_switches\":%" PRIu64
                      ",\"loop_lag_p99_ms\":%.3f,\"work_on_pool\":%s"
                      ",\"cpu_work_ms\":%g,\"in_flight\":%" PRIu64
                      ",\"fetching_threads\":%" PRIu64 "}",
                      m->files, m->failed, m->seconds, rows[i].speedup,
                      m->cpu_seconds, m->peak_rss_bytes, m->threads,
                      m->processes, m->ctx_switches, m->lag_p99_ms,
                      rows[i].on_pool ? "true" : "false",
                      rows[i].cpu_work_us / 1000.0, m->in_flight, m->fetching);
    }
    hl_buf_text(out, "\n]\n");
}
