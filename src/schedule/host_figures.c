#include "schedule/host_figures.h"

#include <stdlib.h>
#include <string.h>

#include "util/time_units.h"

/* A turn that empties the queues has no time of its own to give. */
static uint64_t passed(uint64_t since_ns, uint64_t now_ns)
{
    return now_ns > since_ns ? now_ns - since_ns : 0;
}

void hl_holds_note(struct hl_holds *holds, enum haul_held why, uint64_t now_ns)
{
    if (holds->why != HAUL_HELD_NOT) {
        uint64_t ns = passed(holds->since_ns, now_ns);
        holds->ns[holds->why] += ns;
        holds->clock_ns += ns;
    }
    holds->why = why;
    holds->since_ns = now_ns;
}

uint64_t hl_holds_clock(const struct hl_holds *holds, uint64_t now_ns)
{
    return holds->clock_ns +
           (holds->why != HAUL_HELD_NOT ? passed(holds->since_ns, now_ns) : 0);
}

void hl_times_add(struct haul_times *sum, const struct haul_times *times)
{
    sum->queued += times->queued;
    sum->dns += times->dns;
    sum->connect += times->connect;
    sum->tls += times->tls;
    sum->wait += times->wait;
    sum->body += times->body;
    sum->ready += times->ready;
    sum->work += times->work;
    sum->file += times->file;
    sum->total += times->total;
}

/* What makes a host worth a mention: the time that it took. */
static uint64_t weight_of(const struct hl_host_figures *figures)
{
    const struct haul_times *spent = &figures->spent;
    uint64_t ns =
        (spent->total - spent->queued) * HL_NS_PER_US + figures->alone_ns;
    for (unsigned i = 0; i < HL_HOST_HELDS; i++)
        ns += figures->held_ns[i];
    return ns;
}

void hl_kept_release(struct hl_kept_hosts *kept)
{
    for (unsigned i = 0; i < HL_HOSTS_KEPT; i++)
        free(kept->hosts[i].origin);
    *kept = (struct hl_kept_hosts){0};
}

static struct hl_kept_host *least_of(struct hl_kept_hosts *kept)
{
    struct hl_kept_host *least = &kept->hosts[0];
    for (unsigned i = 1; i < HL_HOSTS_KEPT; i++)
        if (kept->hosts[i].weight < least->weight)
            least = &kept->hosts[i];
    return least;
}

/* Without memory for its name, the host is not kept. */
void hl_kept_add(struct hl_kept_hosts *kept, const char *origin,
                 const struct hl_host_figures *figures)
{
    struct hl_kept_host *least = least_of(kept);
    uint64_t weight = weight_of(figures);
    if (weight <= least->weight)
        return;
    char *copy = strdup(origin);
    if (copy == NULL)
        return;
    free(least->origin);
    least->origin = copy;
    least->weight = weight;
    least->figures = *figures;
}

void hl_kept_take(struct hl_kept_hosts *kept, const char *origin,
                  struct hl_host_figures *figures)
{
    for (unsigned i = 0; i < HL_HOSTS_KEPT; i++) {
        struct hl_kept_host *host = &kept->hosts[i];
        if (host->origin == NULL || strcmp(host->origin, origin) != 0)
            continue;
        *figures = host->figures;
        free(host->origin);
        *host = (struct hl_kept_host){0};
    }
}

void hl_host_figures_tell(const struct hl_host_figures *figures,
                          struct haul_host_stats *out)
{
    out->spent = figures->spent;
    out->urls = figures->urls;
    out->attempts = figures->attempts;
    out->alone_us = figures->alone_ns / HL_NS_PER_US;
    for (unsigned i = 0; i < HL_HOST_HELDS; i++)
        out->held_us[i] = figures->held_ns[i] / HL_NS_PER_US;
    out->busy_answers = figures->busy_answers;
    out->busy_status = figures->busy_status;
    out->asked_s = figures->asked_s;
}
