#include "util/stop.h"

#include <uv.h>

void hl_stop_init(struct hl_stop *stop, uint64_t grace_ns)
{
    atomic_init(&stop->level, 0);
    atomic_init(&stop->first_ns, 0);
    stop->grace_ns = grace_ns;
}

void hl_stop_raise(struct hl_stop *stop)
{
    atomic_fetch_add(&stop->level, 1);
}

void hl_stop_begin(struct hl_stop *stop)
{
    unsigned none = 0;
    atomic_compare_exchange_strong(&stop->level, &none, 1);
}

unsigned hl_stop_level(const struct hl_stop *stop)
{
    return atomic_load(&stop->level);
}

bool hl_stop_is_due(struct hl_stop *stop)
{
    unsigned level = hl_stop_level(stop);
    if (level != 1)
        return level > 1;
    /* The first thread that looks starts the grace time. A signal handler must
     * not: it may interrupt the thread that is doing so. */
    uint_least64_t first = 0;
    uint64_t now = uv_hrtime();
    if (atomic_compare_exchange_strong(&stop->first_ns, &first, now))
        first = now;
    return now - first >= stop->grace_ns;
}
