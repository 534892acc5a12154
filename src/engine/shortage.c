/* When the machine has no more files or ports to give. */
#include "engine/run.h"

static const uint64_t settle_ns = 3000000000; /* until connections that nobody
                                                 uses are closed */
static const uint64_t kept_again_ns = 5000000000; /* after a shortage a mode
                                                     keeps none for so long */

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

bool hl_run_is_alone(struct haul_session *s, const struct hl_reply *reply,
                     uint64_t now)
{
    if (s->schedule.slots > 1)
        return false;
    if (reply->exhausted) {
        /* By then it is connections, which are kept again, that it lacks. One
         * that took as long itself has kept none. */
        if (reply->start_ns > s->short_since + kept_again_ns)
            s->lowered_ns = now;
        s->short_since = now;
    }
    return has_settled(s, reply->start_ns);
}
