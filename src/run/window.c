#include "run/window.h"

#include <utlist.h>
#include <uv.h>

#include "transfer/shared.h"
#include "util/time_units.h"

/* After this time, transfers that are too many have ended and idle connections
 * are closed. */
static const uint64_t settle_ns = 3000000000;

/* The schedule keeps one slot in eight for hosts that have answered. The slots
 * may have been lowered since. */
static void note_full(struct hl_window *w, uint64_t now)
{
    bool is_full = w->in_flight >= w->slots - w->slots / 8;
    if (w->full_since != 0)
        w->full_ns += now - w->full_since;
    w->full_since = is_full ? now : 0;
}

void hl_window_add(struct hl_window *w, struct hl_task *task)
{
    DL_APPEND(w->tasks, task);
    task->taken_ns = uv_hrtime();
    if (w->still_since != 0)
        w->still_ns += task->taken_ns - w->still_since;
    w->still_since = 0;
    w->in_flight++;
    if (w->in_flight > w->most_in_flight)
        w->most_in_flight = w->in_flight;
    note_full(w, task->taken_ns);
    HL_TRACE(w->trace, HL_EV_IN_FLIGHT, .value = w->in_flight);
}

void hl_window_remove(struct hl_window *w, struct hl_task *task, uint64_t now)
{
    DL_DELETE(w->tasks, task);
    task->prev = NULL;
    if (--w->in_flight == 0)
        w->still_since = now;
    note_full(w, now);
    HL_TRACE(w->trace, HL_EV_IN_FLIGHT, .value = w->in_flight);
}

void hl_window_set(struct hl_window *w, uint32_t slots, uint64_t now)
{
    w->slots = slots;
    note_full(w, now);
}

static bool has_settled(const struct hl_window *w, uint64_t at)
{
    return at > w->lowered_ns + settle_ns;
}

void hl_window_lower(struct hl_window *w, uint32_t running)
{
    uint64_t now = uv_hrtime();
    if (w->slots == 1 || running >= w->slots || !has_settled(w, now))
        return;
    w->lowered_ns = now;
    w->slots = w->most = running > 1 ? running : 1;
    HL_TRACE(w->trace, HL_EV_SLOTS_FEWER, .value = w->slots);
}

void hl_window_note_shortage(struct hl_window *w, uint64_t began_ns,
                             uint64_t now)
{
    if (w->slots > 1)
        return;
    /* HL_SHORT_FOR_NS after a shortage, idle connections are kept again, so a
     * new shortage is theirs: wait once more until they are closed. An attempt
     * that itself ran longer than that kept none, and does not count. */
    if (began_ns > w->lacked_ns + HL_SHORT_FOR_NS)
        w->lowered_ns = now;
    w->lacked_ns = now;
}

bool hl_window_was_alone(const struct hl_window *w, uint64_t began_ns)
{
    return w->slots == 1 && has_settled(w, began_ns);
}

void hl_window_stats(const struct hl_window *w, struct haul_stats *out)
{
    out->in_flight = w->in_flight;
    out->most_in_flight = w->most_in_flight;
    out->slots = w->slots;
    out->slots_most = w->most;
    out->full_us = w->full_ns / HL_NS_PER_US;
    out->still_us = w->still_ns / HL_NS_PER_US;
}
