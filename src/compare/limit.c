#include "compare/limit.h"

#include <inttypes.h>

#include "compare/race_words.h"
#include "compare/ranking.h"
#include "modes/traits.h"
#include "util/real.h"

/* A loop, or cores, that are busy for this share of a run are what limits it.
 */
static const double busy_loop = 0.6;
static const double busy_cores = 0.7;
/* A part of the time that is as long as this share of the waiting is told. */
static const double much = 0.2;

enum cause {
    CAUSE_LOOP,      /* its one thread is busy */
    CAUSE_CORES,     /* all are busy */
    CAUSE_IN_FLIGHT, /* more files could wait at the same time */
    CAUSE_LINE,      /* in line for the pool, or for a core */
    CAUSE_STARTING,  /* it takes longer than the server does */
    CAUSE_RECEIVING,
    CAUSE_SERVER,
};

static double loop_share(const struct hl_limited *of)
{
    uint64_t busy_us = 0;
    for (size_t i = 0; i < of->run->spans_count; i++)
        busy_us += of->run->spans[i].end_us - of->run->spans[i].begin_us;
    return of->run->length_us > 0 ? (double)busy_us / (double)of->run->length_us
                                  : 0;
}

static enum cause cause_of(const struct hl_limited *of)
{
    const struct hl_measure *m = &of->row->measure;
    const uint64_t *path = of->path->items;
    if (!hl_mode_traits(of->row->mode)->blocks && !of->row->on_pool &&
        loop_share(of) > busy_loop)
        return CAUSE_LOOP;
    if (hl_row_busy(of->row) > busy_cores * of->setting->cores)
        return CAUSE_CORES;
    if (m->in_flight < m->files)
        return CAUSE_IN_FLIGHT;
    if (path[HL_ITEM_POOL] + path[HL_ITEM_CORE] > path[HL_ITEM_WAITING])
        return CAUSE_LINE;
    if (path[HL_ITEM_STARTING] > path[HL_ITEM_WAITING])
        return CAUSE_STARTING;
    return path[HL_ITEM_RECEIVING] > path[HL_ITEM_WAITING] ? CAUSE_RECEIVING
                                                           : CAUSE_SERVER;
}

static double percent(double share)
{
    return hl_real_round(100 * (share < 1 ? share : 1));
}

void hl_limit_blocked(struct hl_buf *out, const struct hl_limited *of)
{
    const struct hl_mode_traits *traits = hl_mode_traits(of->row->mode);
    const struct hl_measure *m = &of->row->measure;
    uint64_t blocked_us =
        of->sum->items[HL_ITEM_CONNECTING] + of->sum->items[HL_ITEM_WAITING];
    if (!traits->blocks) {
        if (loop_share(of) > busy_loop)
            hl_buf_printf(out,
                          "no thread. But for %.0f %% of the time the loop "
                          "was running, and served no other %s.",
                          percent(loop_share(of)), hl_race_thing(of->setting));
        else
            hl_buf_printf(out,
                          "nobody. The loop was idle for %.0f %% of the time: "
                          "it waits for all at once.",
                          100 - percent(loop_share(of)));
        return;
    }
    double workers = (double)(m->fetching > 0 ? m->fetching : 1);
    double share = (double)blocked_us / (m->seconds * 1e6 * workers);
    if (traits->one_at_a_time)
        hl_buf_text(out, "its one thread");
    else
        hl_buf_printf(out, "each of %" PRIu64 " %s%s", m->fetching,
                      traits->worker, traits->in_processes ? "es" : "s");
    hl_buf_printf(out, ", on the server, for %.0f %% of the time.",
                  percent(share));
}

/* What takes the most beside the server, where that is much. */
static void add_next_cause(struct hl_buf *out, const struct hl_limited *of)
{
    const uint64_t *path = of->path->items;
    uint64_t began_us = path[HL_ITEM_STARTING] + path[HL_ITEM_CONNECTING];
    if ((double)began_us < much * (double)path[HL_ITEM_WAITING])
        return;
    hl_buf_text(out, " Then starting and connecting: ");
    hl_race_duration(out, began_us);
    hl_buf_text(out, ".");
}

void hl_limit_cause(struct hl_buf *out, const struct hl_limited *of)
{
    const struct hl_measure *m = &of->row->measure;
    const char *plural = of->setting->cores == 1 ? "" : "s";
    switch (cause_of(of)) {
    case CAUSE_LOOP:
        hl_buf_printf(out,
                      "the one thread of the loop, which was running for "
                      "%.0f %% of the time.",
                      percent(loop_share(of)));
        return;
    case CAUSE_CORES:
        hl_buf_printf(out, "the %u core%s, busy for ", of->setting->cores,
                      plural);
        hl_race_duration(out,
                         (uint64_t)(1e6 * m->cpu_seconds / of->setting->cores));
        hl_buf_text(out, of->setting->cores > 1 ? " each." : ".");
        return;
    case CAUSE_IN_FLIGHT:
        hl_buf_printf(out,
                      "the number in flight: %" PRIu64 " of %" PRIu64
                      " %ss at a time.",
                      m->in_flight, m->files, hl_race_thing(of->setting));
        return;
    case CAUSE_LINE:
        hl_buf_printf(out,
                      "the %u core%s: a %s waited for one, or for the "
                      "pool, for ",
                      of->setting->cores, plural, hl_race_thing(of->setting));
        hl_race_duration(out, of->path->items[HL_ITEM_POOL] +
                                  of->path->items[HL_ITEM_CORE]);
        hl_buf_text(out, ".");
        return;
    case CAUSE_STARTING:
        hl_buf_text(out, "the start of the transfers.");
        return;
    case CAUSE_RECEIVING:
        hl_buf_text(out, "the speed of the connections.");
        return;
    case CAUSE_SERVER:
        hl_buf_printf(out,
                      "the server's latency: all %" PRIu64 " were in flight.",
                      m->files);
        add_next_cause(out, of);
        return;
    }
}

uint64_t hl_limit_twice(const struct hl_limited *of)
{
    const struct hl_measure *m = &of->row->measure;
    uint64_t twice = 2 * m->in_flight;
    if (cause_of(of) != CAUSE_IN_FLIGHT)
        return 0;
    return twice < m->files ? twice : m->files;
}

void hl_limit_more(struct hl_buf *out, const struct hl_limited *of)
{
    const struct hl_measure *m = &of->row->measure;
    switch (cause_of(of)) {
    case CAUSE_IN_FLIGHT:
        hl_buf_printf(out, "%" PRIu64 " at a time wait in fewer turns.",
                      hl_limit_twice(of));
        return;
    case CAUSE_LOOP:
        hl_buf_text(out, "nothing. Other threads that compute would help.");
        return;
    case CAUSE_CORES:
    case CAUSE_LINE:
        hl_buf_text(out, "nothing. More cores would help.");
        return;
    case CAUSE_STARTING:
    case CAUSE_RECEIVING:
    case CAUSE_SERVER:
        hl_buf_printf(out, "nothing: there are only %" PRIu64 " %ss.", m->files,
                      hl_race_thing(of->setting));
        return;
    }
}
