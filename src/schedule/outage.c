#include "schedule/outage.h"

#include <string.h>

static const uint64_t silence_ns = 10000000000u;
static const uint64_t probe_every_ns = 1000000000u;

bool hl_outage_answered(struct hl_outage *outage, uint64_t now_ns)
{
    bool ended = outage->since_ns != 0;
    *outage = (struct hl_outage){.answered_ns = now_ns};
    return ended;
}

static void note_host(struct hl_outage *outage, const char *origin,
                      uint64_t now_ns)
{
    size_t most = sizeof(outage->host) - 1;
    if (outage->silent_ns == 0) {
        outage->silent_ns = now_ns;
        memcpy(outage->host, origin, strnlen(origin, most));
    } else if (strncmp(outage->host, origin, most) != 0) {
        outage->several = true;
    }
}

const char *hl_outage_host(const struct hl_outage *outage)
{
    return outage->several ? "" : outage->host;
}

bool hl_outage_failed(struct hl_outage *outage, const char *origin,
                      uint64_t began_ns, uint64_t now_ns)
{
    if (outage->answered_ns == 0 || began_ns <= outage->answered_ns)
        return false;
    note_host(outage, origin, now_ns);
    if (outage->since_ns != 0 || now_ns - outage->answered_ns < silence_ns)
        return false;
    outage->since_ns = now_ns;
    outage->probed_ns = now_ns;
    outage->probing = false;
    return true;
}

bool hl_outage_is_on(const struct hl_outage *outage)
{
    return outage->since_ns != 0;
}

bool hl_outage_try_start(struct hl_outage *outage, uint64_t now_ns)
{
    if (outage->since_ns == 0)
        return true;
    if (outage->probing || now_ns - outage->probed_ns < probe_every_ns)
        return false;
    outage->probing = true;
    outage->probed_ns = now_ns;
    return true;
}

void hl_outage_probe_ended(struct hl_outage *outage)
{
    outage->probing = false;
}

uint64_t hl_outage_next_ns(const struct hl_outage *outage)
{
    if (outage->since_ns == 0 || outage->probing)
        return UINT64_MAX;
    return outage->probed_ns + probe_every_ns;
}

uint64_t hl_outage_lasted_ns(const struct hl_outage *outage, uint64_t now_ns)
{
    return outage->since_ns != 0 ? now_ns - outage->since_ns : 0;
}
