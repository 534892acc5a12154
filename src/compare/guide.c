/* A line is left out where the rows that it tells of were not run. */
#include "compare/guide.h"

#include <inttypes.h>

#include "compare/ranking.h"
#include "modes/traits.h"

/* The sound row of a mode with the most in flight; NULL where there is none. */
static const struct hl_row *most_of(const struct hl_part *part,
                                    enum haul_mode_id mode, bool on_pool)
{
    const struct hl_row *most = NULL;
    for (size_t i = 0; i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        if (row->mode == mode && row->on_pool == on_pool &&
            hl_row_is_sound(row) &&
            (most == NULL || row->measure.in_flight > most->measure.in_flight))
            most = row;
    }
    return most;
}

/* What the job is, an example of it that everybody knows, and the way. */
static void begin(struct hl_buf *out, const char *job, const char *example,
                  const char *use)
{
    hl_buf_printf(out,
                  "<tr><th scope=\"row\">%s<small>%s</small></th>"
                  "<td class=\"left\"><b>%s</b></td><td class=\"left\">",
                  job, example, use);
}

static void end(struct hl_buf *out)
{
    hl_buf_text(out, "</td></tr>\n");
}

static double megabytes(const struct hl_row *row)
{
    return (double)row->measure.peak_rss_bytes / 1e6;
}

static void put_few(struct hl_buf *out, const struct hl_part *waiting)
{
    const struct hl_row *one = most_of(waiting, HAUL_MODE_SEQUENTIAL, false);
    if (one == NULL)
        return;
    begin(out, "A few files, now and then",
          "as the bills of this month, or a daily price list",
          "One after the other");
    hl_buf_printf(out, "The simplest code. %.0f ms a file here.",
                  1e3 * one->measure.seconds / (double)one->measure.files);
    end(out);
}

static void put_threads(struct hl_buf *out, const struct hl_part *waiting)
{
    const struct hl_row *row = most_of(waiting, HAUL_MODE_THREADS, false);
    if (row == NULL)
        return;
    begin(out, "Some tens to hundreds at a time, with code that blocks",
          "as all photos of an album, with a library that fetches one file and "
          "returns when it is here",
          "Threads");
    hl_buf_printf(out,
                  "%" PRIu64 " threads: %.2f s, %.0f MB, and %" PRIu64
                  " switches between them.",
                  row->measure.fetching, row->measure.seconds, megabytes(row),
                  row->measure.ctx_switches);
    end(out);
}

static void put_loop(struct hl_buf *out, const struct hl_part *waiting)
{
    const struct hl_row *row = most_of(waiting, HAUL_MODE_ASYNC, false);
    if (row == NULL)
        return;
    begin(
        out, "Hundreds to thousands at a time, that mostly wait",
        "as slow servers: is each of 5,000 links alive? the weather at each of "
        "2,000 stations; a chat with many people, of whom few type",
        "Event loop");
    hl_buf_printf(out,
                  "%" PRIu64 " at a time on one thread: %.2f s, %.0f MB, and "
                  "%" PRIu64 " switches. No callback may block or compute for "
                  "long: all others wait for it.",
                  row->measure.in_flight, row->measure.seconds, megabytes(row),
                  row->measure.ctx_switches);
    end(out);
}

static void put_computing(struct hl_buf *out, const struct hl_part *computing)
{
    const struct hl_row *loop = most_of(computing, HAUL_MODE_ASYNC, false);
    const struct hl_row *pool = most_of(computing, HAUL_MODE_ASYNC, true);
    const struct hl_row *threads = most_of(computing, HAUL_MODE_THREADS, false);
    if (loop == NULL || pool == NULL || threads == NULL)
        return;
    bool pays = hl_row_is_faster(pool, loop) || hl_row_is_faster(threads, loop);
    begin(out, "Each file must be computed, too",
          "as photos that are made smaller, or files that are unpacked and "
          "looked at for viruses",
          pays ? "Event loop and pool, or threads" : "Any of them");
    hl_buf_printf(
        out,
        "With %g ms of computing each, on %u core%s: %.2f s with a "
        "pool, %.2f s with threads, %.2f s with the loop alone.",
        computing->setting.cpu_work_us / 1000.0, computing->setting.cores,
        computing->setting.cores == 1 ? "" : "s", pool->measure.seconds,
        threads->measure.seconds, loop->measure.seconds);
    end(out);
}

static void put_processes(struct hl_buf *out, const struct hl_part *waiting)
{
    const struct hl_row *row = most_of(waiting, HAUL_MODE_PROCESSES, false);
    if (row == NULL || row->measure.processes == 0)
        return;
    begin(out, "Code that may crash, or that shares one lock (as Python's GIL)",
          "as videos of strangers that are decoded, or a Python program that "
          "computes",
          "Processes");
    hl_buf_printf(out,
                  "Each has its own memory: %.0f MB a process here, %.0f MB "
                  "in all.",
                  megabytes(row) / (double)row->measure.processes,
                  megabytes(row));
    end(out);
}

static void put_large(struct hl_buf *out)
{
    begin(out, "A few large files", "as films, backups, or a game to install",
          "Any way, two or more at a time");
    hl_buf_text(out, "The network and the disk set the time, not the way. Not "
                     "measured here.");
    end(out);
}

void hl_guide(struct hl_buf *out, const struct hl_part *parts, size_t count)
{
    const struct hl_part *waiting = NULL;
    const struct hl_part *computing = NULL;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].setting.cpu_work_us > 0)
            computing = &parts[i];
        else
            waiting = &parts[i];
    }
    struct hl_buf lines = {0};
    if (waiting != NULL) {
        put_few(&lines, waiting);
        put_large(&lines);
        put_threads(&lines, waiting);
        put_loop(&lines, waiting);
    }
    if (computing != NULL)
        put_computing(&lines, computing);
    if (waiting != NULL)
        put_processes(&lines, waiting);
    if (lines.used > 0) {
        hl_buf_text(
            out, "<section id=\"job\"><h2>What should I use for my job?</h2>\n"
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"what to use\"><table class=\"guide\"><thead>"
                 "<tr><th scope=\"col\">Your job</th>"
                 "<th scope=\"col\" class=\"left\">Use</th>"
                 "<th scope=\"col\" class=\"left\">Because, on this "
                 "computer</th></tr></thead><tbody>\n");
        hl_buf_text(out, lines.data);
        hl_buf_text(out, "</tbody></table></div></section>\n");
    }
    out->failed = out->failed || lines.failed;
    hl_buf_release(&lines);
}
