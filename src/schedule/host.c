#include "schedule/host.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "util/container_of.h"
#include "util/time_units.h"
#include "util/url.h"

enum {
    IDLE_MAX = 4096,    /* hosts without a task that are remembered */
    UNPROVEN_HOSTS = 8, /* may use all of their cap at once, no more */
    PROBE_MS_MAX = 10000,
};

static const uint64_t look_up_again_ns = HL_NS_PER_S;
static const uint64_t give_up_after_ns = UINT64_C(60) * HL_NS_PER_S;

bool hl_host_has_tasks(const struct hl_host *host)
{
    return host->queued > 0 || host->spilled.records > 0;
}

/* One probe at a time where connecting fails. Where many hosts are new, one
 * task each, since slots are few and any of the hosts may be dead. */
uint32_t hl_host_limit(const struct hl_hosts *hosts, const struct hl_host *host)
{
    if (host->failures > 0)
        return 1;
    if (!host->answered && hosts->unproven > UNPROVEN_HOSTS)
        return 1;
    return host->cap;
}

int hl_host_origin(char out[HL_ORIGIN_SIZE], const char *url)
{
    struct hl_url parts;
    const char *why;
    int r = hl_url_parse(&parts, url, &why);
    if (r < 0)
        return r;
    r = hl_url_origin(out, HL_ORIGIN_SIZE, &parts);
    hl_url_release(&parts);
    return r;
}

static struct hl_host *host_new(struct hl_hosts *hosts, const char *origin)
{
    size_t size = strlen(origin) + 1;
    struct hl_host *host = malloc(sizeof(*host) + size);
    if (host == NULL)
        return NULL;
    memset(host, 0, sizeof(*host));
    memcpy(host->origin, origin, size);
    host->cap = hosts->o.max_per_host;
    HASH_ADD_KEYPTR(hh, hosts->table, host->origin, size - 1, host);
    /* Without memory uthash leaves the item out, and says so here. */
    if (host->hh.tbl == NULL) {
        free(host);
        return NULL;
    }
    if (hosts->o.lookup != NULL)
        host->lookup_state = (uint8_t)hosts->o.lookup(hosts->o.arg, origin);
    hosts->count++;
    return host;
}

struct hl_host *hl_host_get(struct hl_hosts *hosts, const char *origin)
{
    struct hl_host *host = NULL;
    HASH_FIND_STR(hosts->table, origin, host);
    return host != NULL ? host : host_new(hosts, origin);
}

static void move(struct hl_hosts *hosts, struct hl_host *host,
                 enum hl_host_list list)
{
    if (host->list == list)
        return;
    if (host->list != HL_HOST_NOWHERE)
        DL_DELETE(hosts->lists[host->list], host);
    if (host->list == HL_HOST_IDLE)
        hosts->idle--;
    host->list = (uint8_t)list;
    if (list != HL_HOST_NOWHERE)
        DL_APPEND(hosts->lists[list], host);
    if (list == HL_HOST_IDLE)
        hosts->idle++;
}

static void host_free(struct hl_hosts *hosts, struct hl_host *host)
{
    if (host->lookup != NULL)
        hosts->o.forget(hosts->o.arg, host);
    if (hosts->at == host)
        hosts->at = host->hh.next;
    move(hosts, host, HL_HOST_NOWHERE);
    hl_heap_remove(&hosts->paused, &host->wake);
    HASH_DEL(hosts->table, host);
    hosts->count--;
    free(host->addresses);
    free(host);
}

void hl_hosts_release(struct hl_hosts *hosts)
{
    while (hosts->table != NULL)
        host_free(hosts, hosts->table);
    hl_heap_release(&hosts->paused);
}

/* What a lookup said, or that tasks fail, holds for its time. */
static void expire(struct hl_host *host, uint64_t now_ns)
{
    if (host->fails_with != HAUL_OK && host->fails_until_ns <= now_ns)
        host->fails_with = HAUL_OK;
    if (host->lookup_state == HL_LOOKUP_DONE && host->lookup_until_ns <= now_ns)
        host->lookup_state = HL_LOOKUP_WANTED;
}

static enum hl_host_list list_for(const struct hl_hosts *hosts,
                                  const struct hl_host *host)
{
    if (!hl_host_has_tasks(host))
        return host->running > 0 ? HL_HOST_NOWHERE : HL_HOST_IDLE;
    if (host->fails_with != HAUL_OK)
        return HL_HOST_FAILING;
    if (host->wake.place != 0 || host->running >= hl_host_limit(hosts, host) ||
        host->lookup_state == HL_LOOKUP_WANTED ||
        host->lookup_state == HL_LOOKUP_UNDER_WAY)
        return HL_HOST_NOWHERE;
    if (host->failures > 0)
        return HL_HOST_SUSPECT;
    return host->answered ? HL_HOST_READY : HL_HOST_UNPROVEN;
}

static void look_up(struct hl_hosts *hosts, struct hl_host *host,
                    uint64_t now_ns)
{
    if (hosts->o.look_up(hosts->o.arg, host) == 0)
        host->lookup_state = HL_LOOKUP_UNDER_WAY;
    else
        hl_host_pause(hosts, host, now_ns + look_up_again_ns);
}

static void count_lowered(struct hl_hosts *hosts, struct hl_host *host)
{
    bool lowered = hl_host_has_tasks(host) && host->cap < hosts->o.max_per_host;
    if (lowered && !host->lowered)
        hosts->lowered++;
    if (!lowered && host->lowered)
        hosts->lowered--;
    host->lowered = lowered;
}

void hl_host_update(struct hl_hosts *hosts, struct hl_host *host,
                    uint64_t now_ns)
{
    expire(host, now_ns);
    if (host->lookup_state == HL_LOOKUP_WANTED && host->wake.place == 0 &&
        host->fails_with == HAUL_OK && hl_host_has_tasks(host))
        look_up(hosts, host, now_ns);
    count_lowered(hosts, host);
    move(hosts, host, list_for(hosts, host));
    if (hosts->idle > IDLE_MAX)
        host_free(hosts, hosts->lists[HL_HOST_IDLE]);
}

void hl_hosts_wake(struct hl_hosts *hosts, uint64_t now_ns)
{
    struct hl_heap_node *first;
    while ((first = hl_heap_first(&hosts->paused)) != NULL &&
           first->at <= now_ns) {
        hl_heap_remove(&hosts->paused, first);
        hl_host_update(hosts, container_of(first, struct hl_host, wake),
                       now_ns);
    }
}

struct hl_host *hl_hosts_next_waiting(struct hl_hosts *hosts)
{
    if (hosts->at == NULL)
        hosts->at = hosts->table;
    while (hosts->at != NULL && !hl_host_has_tasks(hosts->at)) {
        struct hl_host *host = hosts->at;
        hosts->at = host->hh.next;
        hl_host_update(hosts, host, 0);
    }
    return hosts->at;
}

/* Without memory for the heap the host is not paused. */
void hl_host_pause(struct hl_hosts *hosts, struct hl_host *host,
                   uint64_t until_ns)
{
    if (host->wake.place != 0 && host->wake.at >= until_ns)
        return;
    hl_heap_remove(&hosts->paused, &host->wake);
    host->wake.at = until_ns;
    (void)hl_heap_add(&hosts->paused, &host->wake);
}

static void note_answer(struct hl_hosts *hosts, struct hl_host *host)
{
    host->failures = 0;
    if (host->addresses != NULL)
        host->addresses->failed = 0;
    if (!host->answered) {
        host->answered = true;
        hosts->any_answered = true;
        hosts->unproven -= host->running > 0;
    }
}

/* One task more for each round of answers. */
static void raise_cap(const struct hl_hosts *hosts, struct hl_host *host)
{
    if (host->cap >= hosts->o.max_per_host || ++host->credit < host->cap)
        return;
    host->cap++;
    host->credit = 0;
}

/* Half of what was running when the host said that it is busy. Attempts that
 * were under way then say the same again, and do not count. */
static void lower_cap(const struct hl_hosts *hosts, struct hl_host *host,
                      uint64_t started_ns, uint64_t now_ns)
{
    if (!hosts->o.adapt ||
        (host->lowered_ns != 0 && started_ns <= host->lowered_ns))
        return;
    uint32_t running = host->running + 1;
    host->cap = (host->cap < running ? host->cap : running) / 2;
    if (host->cap == 0)
        host->cap = 1;
    host->credit = 0;
    host->lowered_ns = now_ns;
    HL_TRACE_TEXT(hosts->o.trace, HL_EV_HOST_LOWERED, host->origin,
                  .value = host->cap);
}

/* Between two probes, counted from their starts. */
static uint64_t probe_wait_ns(const struct hl_hosts *hosts,
                              const struct hl_host *host)
{
    uint64_t ms = hosts->o.retry_delay_ms;
    for (uint32_t i = 1; i < host->failures && ms < PROBE_MS_MAX; i++)
        ms *= 2;
    return (ms < PROBE_MS_MAX ? ms : (uint64_t)PROBE_MS_MAX) * HL_NS_PER_MS;
}

static void note_unreachable(struct hl_hosts *hosts, struct hl_host *host,
                             uint64_t now_ns)
{
    if (host->failures++ == 0)
        host->first_failure_ns = host->last_start_ns;
    if (host->failures >= hosts->o.give_up &&
        now_ns - host->first_failure_ns >= give_up_after_ns) {
        host->fails_with = HAUL_ERR_HOST;
        host->fails_until_ns = UINT64_MAX;
        HL_TRACE_TEXT(hosts->o.trace, HL_EV_HOST_GIVEN_UP, host->origin,
                      .value = host->failures);
        return;
    }
    uint64_t until_ns = host->last_start_ns + probe_wait_ns(hosts, host);
    if (until_ns > now_ns)
        hl_host_pause(hosts, host, until_ns);
}

void hl_host_learn(struct hl_hosts *hosts, struct hl_host *host,
                   enum hl_host_answer answer, uint64_t started_ns,
                   uint64_t now_ns)
{
    switch (answer) {
    case HL_HOST_ANSWER_NONE:
        break;
    case HL_HOST_ANSWER_ANSWERED:
        note_answer(hosts, host);
        raise_cap(hosts, host);
        break;
    case HL_HOST_ANSWER_BUSY:
        note_answer(hosts, host);
        lower_cap(hosts, host, started_ns, now_ns);
        break;
    case HL_HOST_ANSWER_UNREACHABLE:
        note_unreachable(hosts, host, now_ns);
        break;
    }
}
