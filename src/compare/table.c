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

void hl_row_print_head(void)
{
    printf("%-25s%6s%8s%9s%7s%8s%8s%8s\n", "Run type", "Files", "Time",
           "Speed-up", "CPU s", "Memory", "Threads", "Lag p99");
    fflush(stdout);
}

static void print_failures(const struct hl_measure *m)
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
    format_lag(lag, sizeof(lag), m->lag_p99_ms);
    snprintf(seconds, sizeof(seconds), "%.2fs", m->seconds);
    snprintf(speedup, sizeof(speedup), "%.1fx", row->speedup);
    snprintf(memory, sizeof(memory), "%.0fMB", (double)m->peak_rss_bytes / 1e6);
    printf("%-25s%6" PRIu64 "%8s%9s%7.2f%8s%8" PRIu64 "%8s\n", row->label,
           m->files, seconds, speedup, m->cpu_seconds, memory, m->threads, lag);
    if (m->failed > 0)
        print_failures(m);
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
                      ",\"loop_lag_p99_ms\":%.3f,\"work_on_pool\":%s}",
                      m->files, m->failed, m->seconds, rows[i].speedup,
                      m->cpu_seconds, m->peak_rss_bytes, m->threads,
                      m->processes, m->ctx_switches, m->lag_p99_ms,
                      rows[i].on_pool ? "true" : "false");
    }
    hl_buf_text(out, "\n]\n");
}
