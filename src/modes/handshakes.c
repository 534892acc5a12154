#include "modes/handshakes.h"

#include <string.h>

#include "modes/origin_hash.h"

enum {
    /* After so many in a row a host is one that closes. One that keeps
     * connections has a few while its transfers become more. */
    FRESH_LEAST = 8,
    AGAIN_LEAST = 16, /* in a window: fewer cannot keep a loop busy */
    AGAIN_FOR_OTHERS = 3,
    BUSY_PERCENT = 85,
    /* Of one processor: what a second loop then gains is worth its start. */
    IDLE_PERCENT = 25,
};

static bool is_https(const char *url)
{
    return strncmp(url, "https:", 6) == 0;
}

static uint32_t place_of(uint64_t hash)
{
    return (uint32_t)(hash % HL_HANDSHAKES_ORIGINS);
}

void hl_handshakes_note(struct hl_handshakes *h, const char *url,
                        const struct hl_reply *reply, uint64_t now_ns)
{
    bool has_handshake = is_https(url) && !reply->reused;
    if (!reply->answered)
        return;
    h->others += !has_handshake;
    if (!is_https(url))
        return;
    uint64_t hash = hl_origin_hash(url);
    struct hl_handshakes_origin *origin = &h->origins[place_of(hash)];
    if (origin->hash != hash)
        *origin =
            (struct hl_handshakes_origin){.hash = hash, .ended_ns = now_ns};
    else if (!has_handshake)
        origin->fresh = 0;
    else if (origin->fresh == FRESH_LEAST)
        h->again++;
    else if (reply->start_ns > origin->ended_ns)
        origin->fresh++;
}

bool hl_handshakes_repeat(const struct hl_handshakes *h, const char *url)
{
    if (!is_https(url))
        return false;
    uint64_t hash = hl_origin_hash(url);
    const struct hl_handshakes_origin *origin = &h->origins[place_of(hash)];
    return origin->hash == hash && origin->fresh == FRESH_LEAST;
}

bool hl_more_loops_pay(const struct hl_loop_load *load)
{
    return load->again >= AGAIN_LEAST &&
           load->again >= AGAIN_FOR_OTHERS * load->others &&
           load->cpu_ns * 100 >= load->wall_ns * BUSY_PERCENT &&
           load->idle_ns * 100 >= load->wall_ns * IDLE_PERCENT;
}
