#include "modes/disk_watch.h"

#include "util/time_units.h"

enum {
    OF_AVERAGE = 16,  /* pieces */
    FIRST_COUNTS = 4, /* of these, for the first */
};

/* A piece of 64 kB takes about 0.05 ms where the kernel has memory for it. What
 * takes much longer on average, or very long once, was waited for. A thread may
 * also lose its core for some ms, which says nothing of the disk. */
static const uint64_t average_most_ns = UINT64_C(2) * HL_NS_PER_MS;
static const uint64_t most_ns = UINT64_C(50) * HL_NS_PER_MS;
/* Between tries: twice as long each time. */
static const uint64_t wait_least_ns = UINT64_C(1) * HL_NS_PER_S;
static const uint64_t wait_most_ns = UINT64_C(32) * HL_NS_PER_S;

/* A disk that was fast for as long as it was left alone before is as good as
 * new. */
static void begin_wait(struct hl_disk_watch *w, uint64_t now_ns)
{
    bool was_good = now_ns > w->slow_until_ns + w->wait_ns;
    uint64_t wait = was_good ? wait_least_ns : 2 * w->wait_ns;
    w->wait_ns = wait < wait_most_ns ? wait : wait_most_ns;
    w->slow_until_ns = now_ns + w->wait_ns;
    w->known = false;
}

void hl_disk_watch_took(struct hl_disk_watch *w, uint64_t took_ns,
                        uint64_t now_ns)
{
    if (now_ns < w->slow_until_ns)
        return;
    if (w->known)
        w->average_ns += took_ns / OF_AVERAGE - w->average_ns / OF_AVERAGE;
    else
        w->average_ns = took_ns * FIRST_COUNTS / OF_AVERAGE;
    w->known = true;
    if (w->average_ns > average_most_ns || took_ns > most_ns)
        begin_wait(w, now_ns);
}

bool hl_disk_watch_is_fast(const struct hl_disk_watch *w)
{
    return w->known;
}
