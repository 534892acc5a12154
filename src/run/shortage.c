/* When the machine has no more files, ports or memory to give: fewer transfers
 * go on, and the only one waits until connections that nobody uses are closed.
 */
#include "run/run.h"

/* So long it takes until the transfers that are too many have ended, or the
 * connections that nobody uses are closed. */
static const uint64_t settle_ns = 3000000000;

static bool has_settled(const struct haul_session *s, uint64_t at)
{
    return at > s->lowered_ns + settle_ns;
}

void hl_run_lower_slots(struct haul_session *s)
{
    uint32_t running = s->schedule.running;
    uint64_t now = uv_hrtime();
    if (s->schedule.slots == 1 || running >= s->schedule.slots ||
        !has_settled(s, now))
        return;
    s->lowered_ns = now;
    s->schedule.slots = running > 1 ? running : 1;
    s->stats.slots = s->schedule.slots;
    HL_TRACE(s->trace, HL_EV_SLOTS, .value = s->schedule.slots);
}

void hl_run_note_shortage(struct haul_session *s, const struct hl_reply *reply,
                          uint64_t now)
{
    if (s->schedule.slots > 1)
        return;
    /* HL_SHORT_FOR_NS after a shortage, idle connections are kept again, so a
     * new shortage is theirs: wait once more until they are closed. An attempt
     * that itself ran longer than that kept none, and does not count. */
    if (reply->start_ns > s->lacked_ns + HL_SHORT_FOR_NS)
        s->lowered_ns = now;
    s->lacked_ns = now;
}

bool hl_run_is_alone(const struct haul_session *s, const struct hl_reply *reply)
{
    return s->schedule.slots == 1 && has_settled(s, reply->start_ns);
}
