/* A lesson is left out where the rows that it is about were not run. */
#include "compare/race_lessons.h"

#include <inttypes.h>

#include "compare/race_words.h"
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

/* Why a row with every file in flight is not as many times as fast. */
static void put_shortfall(struct hl_buf *out, const struct hl_race *race,
                          const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    if (m->in_flight < m->files || row->speedup >= (double)m->in_flight ||
        race->part->setting.latency_ns < 1000000)
        return;
    hl_buf_printf(out,
                  " Not %" PRIu64
                  " times as fast: to ask, read and store takes time, too.",
                  m->in_flight);
}

static void put_waiting(struct hl_buf *out, const struct hl_race *race)
{
    const struct hl_setting *s = &race->part->setting;
    const struct hl_ranking rank = hl_rank(race->part);
    const struct hl_measure *slow = &rank.base->measure;
    const struct hl_measure *fast =
        rank.sound > 0 ? &rank.fastest->measure : slow;
    begin(out, "Waiting", " overlaps.");
    if (slow->total_s > 0)
        hl_buf_printf(out,
                      "%u&nbsp;%% of the time of a %s is waiting for the "
                      "server, and waiting needs no processor. ",
                      (unsigned)(100 * slow->waiting_s / slow->total_s),
                      hl_race_thing(s));
    if (slow != fast) {
        hl_buf_printf(out,
                      "%" PRIu64 " %ss in a row take %.2f&nbsp;s, %" PRIu64
                      " at the same time %.2f&nbsp;s.",
                      slow->files,
                      s->cpu_work_us > 0 ? hl_race_thing(s) : "wait",
                      slow->seconds, fast->in_flight, fast->seconds);
        if (s->cpu_work_us == 0)
            put_shortfall(out, race, rank.fastest);
    }
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
        hl_buf_printf(out, "%s%" PRIu64 "%s: %.2f&nbsp;s", last > 0 ? ", " : "",
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
        hl_buf_printf(out,
                      " The price differs: %" PRIu64 " threads took %" PRIu64
                      " switches between threads and %.0f&nbsp;MB, the event "
                      "loop 1 thread, "
                      "%" PRIu64 " switches and %.0f&nbsp;MB.",
                      threads->measure.fetching, threads->measure.ctx_switches,
                      (double)threads->measure.peak_rss_bytes / 1e6,
                      loop->measure.ctx_switches,
                      (double)loop->measure.peak_rss_bytes / 1e6);
    hl_buf_text(out, "</li>\n");
}

static void put_switch(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_setting *s = &part->setting;
    begin(out, "Computing", " does not overlap beyond your cores.");
    hl_buf_printf(out,
                  "This computer has %u. Would the same way win if each "
                  "%s also had to be computed? "
                  "<span class=\"to-computing\">The second race tells.</span>"
                  "</li>\n",
                  s->cores, hl_race_thing(s));
}

/* What the measured row does not tell: more computing for each file. */
enum { OTHER_WORK_US = 50000 };

static void put_cores(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_setting *s = &part->setting;
    double all_s = (double)s->files * s->cpu_work_us / 1e6;
    double other_s = (double)s->files * OTHER_WORK_US / 1e6;
    begin(out, "Computing", " does not overlap beyond your cores.");
    hl_buf_printf(out,
                  "%" PRIu64 " × %g&nbsp;ms need at least %.2f&nbsp;s on the "
                  "one thread of an event loop, and %.2f&nbsp;s on %u core%s.",
                  s->files, s->cpu_work_us / 1000.0, all_s, all_s / s->cores,
                  s->cores, s->cores == 1 ? "" : "s");
    if (s->cpu_work_us != OTHER_WORK_US)
        hl_buf_printf(out,
                      " With %g&nbsp;ms each: %.2f&nbsp;s and %.2f&nbsp;s.",
                      OTHER_WORK_US / 1000.0, other_s, other_s / s->cores);
    hl_buf_text(out, " (All computed.)</li>\n");
}

static void put_loop(struct hl_buf *out, const struct hl_part *part)
{
    const struct hl_row *loop = find(part, HAUL_MODE_ASYNC, false);
    const struct hl_row *pool = find(part, HAUL_MODE_ASYNC, true);
    if (loop == NULL || pool == NULL)
        return;
    begin(out, "An event loop", " that computes serves nobody.");
    hl_buf_printf(out,
                  "Answers waited up to %.2f&nbsp;s for its thread; all %ss "
                  "took %.2f&nbsp;s. With a pool that computes: up to "
                  "%.0f&nbsp;ms for the loop, and %.2f&nbsp;s in all.",
                  loop->measure.lag_max_ms / 1e3, hl_race_thing(&part->setting),
                  loop->measure.seconds, pool->measure.lag_max_ms,
                  pool->measure.seconds);
    if (pool->measure.seconds < loop->measure.seconds)
        hl_buf_text(out, " To compute too, use threads or a pool.");
    hl_buf_text(out, "</li>\n");
}

void hl_race_lessons(struct hl_buf *out, const struct hl_race *race)
{
    const struct hl_part *part = race->part;
    hl_buf_text(out, "<ul class=\"lessons\">\n");
    put_waiting(out, race);
    if (part->setting.cpu_work_us > 0) {
        put_cores(out, part);
        put_loop(out, part);
    } else {
        put_number(out, part);
        put_switch(out, part);
    }
    hl_buf_text(out, "</ul>\n");
}
