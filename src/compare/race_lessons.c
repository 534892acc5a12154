/* A lesson is left out where the rows that it is about were not run. */
#include "compare/race_lessons.h"

#include <inttypes.h>

#include "compare/ranking.h"
#include "modes/traits.h"

static const struct hl_row *find(const struct hl_part *part,
                                 enum haul_mode_id mode, bool on_pool)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->rows[i].mode == mode && part->rows[i].on_pool == on_pool &&
            hl_row_is_sound(&part->rows[i]))
            return &part->rows[i];
    return NULL;
}

/* The row of threads with as many in flight as the event loop. */
static const struct hl_row *find_threads_like(const struct hl_part *part,
                                              const struct hl_row *loop)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->rows[i].mode == HAUL_MODE_THREADS &&
            part->rows[i].workers == loop->workers &&
            hl_row_is_sound(&part->rows[i]))
            return &part->rows[i];
    return NULL;
}

static void begin(struct hl_buf *out, const char *first, const char *rest)
{
    hl_buf_printf(out, "<li><b>%s</b>%s ", first, rest);
}

static void put_waiting(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_ranking rank = hl_rank(part);
    const struct hl_measure *slow = &rank.base->measure;
    const struct hl_measure *fast =
        rank.sound > 0 ? &rank.fastest->measure : slow;
    begin(out, "Waiting", " overlaps.");
    if (slow->total_s > 0)
        hl_buf_printf(out,
                      "%.0f %% of the time of a picture is waiting for the "
                      "server, and waiting needs no processor. ",
                      100 * slow->waiting_s / slow->total_s);
    if (slow != fast)
        hl_buf_printf(out,
                      "%" PRIu64 " %s in a row take %.2f s, %" PRIu64
                      " at the same time %.2f s.",
                      slow->files,
                      part->setting.cpu_work_us > 0 ? "pictures" : "waits",
                      slow->seconds, fast->in_flight, fast->seconds);
    hl_buf_text(out, "</li>\n");
}

/* "1: 10.43 s, 5: 2.11 s", the time by the number in flight. */
static void put_times(struct hl_buf *out, const struct hl_part *part)
{
    uint64_t last = 0;
    for (size_t n = 0; n < part->count; n++) {
        const struct hl_row *next = NULL;
        for (size_t i = 0; i < part->count; i++) {
            const struct hl_row *row = &part->rows[i];
            if (hl_row_is_sound(row) && row->measure.in_flight > last &&
                (next == NULL ||
                 row->measure.in_flight < next->measure.in_flight))
                next = row;
        }
        if (next == NULL)
            break;
        hl_buf_printf(out, "%s%" PRIu64 "%s: %.2f s", last > 0 ? ", " : "",
                      next->measure.in_flight, last > 0 ? "" : " in flight",
                      next->measure.seconds);
        last = next->measure.in_flight;
    }
}

static void put_number(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_row *loop = find(part, HAUL_MODE_ASYNC, false);
    const struct hl_row *threads =
        loop != NULL ? find_threads_like(part, loop) : NULL;
    begin(out, "The number in flight", " makes the speed.");
    put_times(out, part);
    hl_buf_text(out, ".");
    if (threads != NULL)
        hl_buf_printf(
            out,
            " The price differs: %" PRIu64 " threads took %" PRIu64
            " switches between threads and %.0f MB, the event loop 1 thread, "
            "%" PRIu64 " switches and %.0f MB.",
            threads->measure.fetching, threads->measure.ctx_switches,
            (double)threads->measure.peak_rss_bytes / 1e6,
            loop->measure.ctx_switches,
            (double)loop->measure.peak_rss_bytes / 1e6);
    hl_buf_text(out, "</li>\n");
}

static void put_switch(struct hl_buf *out, const struct hl_part *part)
{
    unsigned cores = part->setting.cores;
    begin(out, "Computing", " does not overlap beyond your cores.");
    hl_buf_printf(out,
                  "This computer has %u. Would the same way win if each "
                  "picture also had to be computed? "
                  "<span class=\"to-computing\">The second race tells.</span>"
                  "</li>\n",
                  cores);
}

static void put_cores(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_setting *s = &part->setting;
    double all_s = (double)s->files * s->cpu_work_us / 1e6;
    begin(out, "Computing", " does not overlap beyond your cores.");
    hl_buf_printf(
        out,
        "%" PRIu64 " × %g ms is %.2f s of computing. %u core%s need%s "
        "at least %.2f s for that (computed), whoever computes.</li>\n",
        s->files, s->cpu_work_us / 1000.0, all_s, s->cores,
        s->cores == 1 ? "" : "s", s->cores == 1 ? "s" : "", all_s / s->cores);
}

static void put_loop(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_row *loop = find(part, HAUL_MODE_ASYNC, false);
    const struct hl_row *pool = find(part, HAUL_MODE_ASYNC, true);
    if (loop == NULL || pool == NULL)
        return;
    begin(out, "An event loop", " that computes serves nobody.");
    hl_buf_printf(out,
                  "Answers wait until its thread is free again: up to %.2f s, "
                  "and all pictures took %.2f s. With a pool that computes, up "
                  "to %.2f s, and %.2f s.</li>\n",
                  loop->measure.lag_max_ms / 1e3, loop->measure.seconds,
                  pool->measure.lag_max_ms / 1e3, pool->measure.seconds);
}

void hl_race_lessons(struct hl_buf *out, const struct hl_race *race)
{
    const struct hl_part *part = race->part;
    hl_buf_text(out, "<ul class=\"lessons\">\n");
    put_waiting(out, part);
    if (part->setting.cpu_work_us > 0) {
        put_cores(out, part);
        put_loop(out, part);
    } else {
        put_number(out, part);
        put_switch(out, part);
    }
    hl_buf_text(out, "</ul>\n");
}
