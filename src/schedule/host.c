#include "schedule/host.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "schedule/schedule.h"

enum {
    IDLE_MAX = 4096,    /* hosts without a task that are remembered */
    UNPROVEN_HOSTS = 8, /* may use all of their cap at once, no more */
    PROBE_MS_MAX = 10000,
};

static const uint64_t ns_per_ms = 1000000;
static const uint64_t look_up_again_ns = 1000000000u;
static const uint64_t give_up_after_ns = 60000000000u;

bool hl_host_has_tasks(const struct hl_host *host)
{
    return host->queued > 0 || host->spilled.records > 0;
}

/* One probe at a time where connecting fails; and where many hosts are new,
 * one each, as slots are few and any of them may be dead. */
uint32_t hl_host_limit(const struct hl_schedule *s, const struct hl_host *host)
{
    if (host->failures > 0)
        return 1;
    if (!host->answered && s->unproven_hosts > UNPROVEN_HOSTS)
        return 1;
    return host->cap;
}

static struct hl_host *host_new(struct hl_schedule *s, const char *origin)
{
    size_t size = strlen(origin) + 1;
    struct hl_host *host = malloc(sizeof(*host) + size);
    if (host == NULL)
        return NULL;
    memset(host, 0, sizeof(*host));
    memcpy(host->origin, origin, size);
    host->cap = s->o.max_per_host;
    HASH_ADD_KEYPTR(hh, s->hosts, host->origin, size - 1, host);
    /* Without memory uthash leaves the item out, and says so here. */
    if (host->hh.tbl == NULL) {
        free(host);
        return NULL;
    }
    if (s->o.lookup != NULL)
        host->lookup_state = (uint8_t)s->o.lookup(s->o.arg, origin);
    s->hosts_count++;
    return host;
}

struct hl_host *hl_host_get(struct hl_schedule *s, const char *origin)
{
    struct hl_host *host = NULL;
    HASH_FIND_STR(s->hosts, origin, host);
    return host != NULL ? host : host_new(s, origin);
}

static void move(struct hl_schedule *s, struct hl_host *host,
                 enum hl_host_list list)
{
    if (host->list == list)
        return;
    if (host->list != HL_HOST_NOWHERE)
        DL_DELETE(s->lists[host->list], host);
    if (host->list == HL_HOST_IDLE)
        s->idle--;
    host->list = (uint8_t)list;
    if (list != HL_HOST_NOWHERE)
        DL_APPEND(s->lists[list], host);
    if (list == HL_HOST_IDLE)
        s->idle++;
}

void hl_host_free(struct hl_schedule *s, struct hl_host *host)
{
    if (host->lookup != NULL)
        s->o.forget(s->o.arg, host);
    if (s->drained == host)
        s->drained = host->hh.next;
    move(s, host, HL_HOST_NOWHERE);
    hl_heap_remove(&s->paused, &host->wake);
    HASH_DEL(s->hosts, host);
    s->hosts_count--;
    free(host->addresses);
    free(host);
}

/* A verdict, or what a lookup said, holds for its time. */
static void expire(struct hl_host *host, uint64_t now_ns)
{
    if (host->doom != HAUL_OK && host->doom_until_ns <= now_ns)
        host->doom = HAUL_OK;
    if (host->lookup_state == HL_LOOKUP_DONE && host->lookup_until_ns <= now_ns)
        host->lookup_state = HL_LOOKUP_WANTED;
}

static enum hl_host_list list_for(const struct hl_schedule *s,
                                  const struct hl_host *host)
{
    if (!hl_host_has_tasks(host))
        return host->running > 0 ? HL_HOST_NOWHERE : HL_HOST_IDLE;
    if (host->doom != HAUL_OK)
        return HL_HOST_DOOMED;
    if (host->wake.place != 0 || host->running >= hl_host_limit(s, host) ||
        host->lookup_state == HL_LOOKUP_WANTED ||
        host->lookup_state == HL_LOOKUP_UNDER_WAY)
        return HL_HOST_NOWHERE;
    if (host->failures > 0)
        return HL_HOST_SUSPECT;
    return host->answered ? HL_HOST_READY : HL_HOST_UNPROVEN;
}

static void look_up(struct hl_schedule *s, struct hl_host *host,
                    uint64_t now_ns)
{
    if (s->o.look_up(s->o.arg, host) == 0)
        host->lookup_state = HL_LOOKUP_UNDER_WAY;
    else
        hl_host_pause(s, host, now_ns + look_up_again_ns);
}

/* Counts hosts whose tasks wait for less than max_per_host. */
static void count_lowered(struct hl_schedule *s, struct hl_host *host)
{
    bool lowered = hl_host_has_tasks(host) && host->cap < s->o.max_per_host;
    if (lowered && !host->lowered)
        s->lowered++;
    if (!lowered && host->lowered)
        s->lowered--;
    host->lowered = lowered;
}

void hl_host_settle(struct hl_schedule *s, struct hl_host *host,
                    uint64_t now_ns)
{
    expire(host, now_ns);
    if (host->lookup_state == HL_LOOKUP_WANTED && host->wake.place == 0 &&
        host->doom == HAUL_OK && hl_host_has_tasks(host))
        look_up(s, host, now_ns);
    count_lowered(s, host);
    move(s, host, list_for(s, host));
    if (s->idle > IDLE_MAX)
        hl_host_free(s, s->lists[HL_HOST_IDLE]);
}

/* Without memory for the heap it goes on at once: rude, and not wrong. */
void hl_host_pause(struct hl_schedule *s, struct hl_host *host,
                   uint64_t until_ns)
{
    if (host->wake.place != 0 && host->wake.at >= until_ns)
        return;
    hl_heap_remove(&s->paused, &host->wake);
    host->wake.at = until_ns;
    (void)hl_heap_add(&s->paused, &host->wake);
}

void hl_host_answered(struct hl_schedule *s, struct hl_host *host)
{
    host->failures = 0;
    if (host->addresses != NULL)
        host->addresses->failed = 0;
    if (!host->answered) {
        host->answered = true;
        s->any_answered = true;
        s->unproven_hosts -= host->running > 0;
    }
}

/* Additive up: one more for each round of answers. */
void hl_host_willing(const struct hl_schedule *s, struct hl_host *host)
{
    if (host->cap >= s->o.max_per_host || ++host->credit < host->cap)
        return;
    host->cap++;
    host->credit = 0;
}

/* Multiplicative down: half of what was running when it complained. What was
 * under way then complains of the same. */
void hl_host_busy(struct hl_schedule *s, struct hl_host *host,
                  uint64_t started_ns, uint64_t now_ns)
{
    if (!s->o.adapt ||
        (host->lowered_ns != 0 && started_ns <= host->lowered_ns))
        return;
    uint32_t running = host->running + 1;
    host->cap = (host->cap < running ? host->cap : running) / 2;
    if (host->cap == 0)
        host->cap = 1;
    host->credit = 0;
    host->lowered_ns = now_ns;
    HL_TRACE_TEXT(s->o.trace, HL_EV_HOST_LOWERED, host->origin,
                  .value = host->cap);
}

/* Between two probes, counted from their starts. */
static uint64_t probe_wait_ns(const struct hl_schedule *s,
                              const struct hl_host *host)
{
    uint64_t ms = s->o.retry_delay_ms;
    for (uint32_t i = 1; i < host->failures && ms < PROBE_MS_MAX; i++)
        ms *= 2;
    return (ms < PROBE_MS_MAX ? ms : (uint64_t)PROBE_MS_MAX) * ns_per_ms;
}

void hl_host_unreachable(struct hl_schedule *s, struct hl_host *host,
                         uint64_t now_ns)
{
    if (host->failures++ == 0)
        host->first_failure_ns = host->last_start_ns;
    if (host->failures >= s->o.give_up &&
        now_ns - host->first_failure_ns >= give_up_after_ns) {
        host->doom = HAUL_ERR_HOST;
        host->doom_until_ns = UINT64_MAX;
        HL_TRACE_TEXT(s->o.trace, HL_EV_HOST_GIVEN_UP, host->origin,
                      .value = host->failures);
        return;
    }
    uint64_t until_ns = host->last_start_ns + probe_wait_ns(s, host);
    if (until_ns > now_ns)
        hl_host_pause(s, host, until_ns);
}
