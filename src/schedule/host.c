#include "schedule/host.h"

#include <arpa/inet.h>
#include <stdio.h>
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
    hl_kept_take(&hosts->kept, origin, &host->figures);
    hosts->count++;
    hosts->held[HAUL_HELD_NOT]++;
    hosts->alone_since_ns = 0;
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

static bool has_asked_to_wait(const struct hl_host *host)
{
    return host->wake.place != 0 && host->paused_by == HAUL_HELD_BY_PAUSE;
}

static void unpause(struct hl_hosts *hosts, struct hl_host *host)
{
    if (has_asked_to_wait(host))
        hosts->asked_to_wait--;
    hl_heap_remove(&hosts->paused, &host->wake);
}

static void host_free(struct hl_hosts *hosts, struct hl_host *host)
{
    if (host->lookup != NULL)
        hosts->o.forget(hosts->o.arg, host);
    if (hosts->at == host)
        hosts->at = host->hh.next;
    move(hosts, host, HL_HOST_NOWHERE);
    unpause(hosts, host);
    HASH_DEL(hosts->table, host);
    hosts->count--;
    hosts->held[host->held_by]--;
    free(host->addresses);
    free(host);
}

void hl_hosts_release(struct hl_hosts *hosts)
{
    while (hosts->table != NULL)
        host_free(hosts, hosts->table);
    hl_heap_release(&hosts->paused);
    hl_kept_release(&hosts->kept);
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
        hl_host_pause(hosts, host, now_ns + look_up_again_ns,
                      HAUL_HELD_BY_LOOKUP);
}

/* What the tasks of host wait for while slots are free. */
static enum haul_held held_by(const struct hl_hosts *hosts,
                              const struct hl_host *host)
{
    if (!hl_host_has_tasks(host) || host->fails_with != HAUL_OK)
        return HAUL_HELD_NOT;
    if (host->wake.place != 0)
        return (enum haul_held)host->paused_by;
    if (host->lookup_state == HL_LOOKUP_WANTED ||
        host->lookup_state == HL_LOOKUP_UNDER_WAY)
        return HAUL_HELD_BY_LOOKUP;
    if (host->running < hl_host_limit(hosts, host))
        return HAUL_HELD_NOT;
    if (host->failures > 0)
        return HAUL_HELD_BY_SILENCE;
    /* A host that has not answered yet gets one transfer while many others
     * have not answered either. No option sets that limit. */
    if (host->running < host->cap)
        return HAUL_HELD_NOT;
    return host->cap < hosts->o.max_per_host ? HAUL_HELD_BY_BUSY
                                             : HAUL_HELD_BY_CAP;
}

/* How long a host asked to wait is known already. */
static bool is_clocked(const struct hl_host *host)
{
    return host->held_by != HAUL_HELD_NOT &&
           host->held_by != HAUL_HELD_BY_PAUSE;
}

static void note_held(struct hl_hosts *hosts, struct hl_host *host,
                      uint64_t now_ns)
{
    uint64_t clock_ns = hl_holds_clock(&hosts->holds, now_ns);
    if (is_clocked(host) && clock_ns > host->held_mark_ns)
        host->figures.held_ns[host->held_by] += clock_ns - host->held_mark_ns;
    host->held_mark_ns = clock_ns;
    hosts->held[host->held_by]--;
    host->held_by = (uint8_t)held_by(hosts, host);
    hosts->held[host->held_by]++;
}

/* Counts the time up to this event of the only host that has tasks. An idle
 * host has events too, such as the end of its pause: they leave that time to
 * the host that has tasks. */
static void note_alone(struct hl_hosts *hosts, struct hl_host *host,
                       uint64_t now_ns)
{
    bool is_alone = hosts->count - hosts->idle == 1;
    if (host->list == HL_HOST_IDLE)
        return;
    if (hosts->alone_since_ns != 0 && now_ns > hosts->alone_since_ns)
        host->figures.alone_ns += now_ns - hosts->alone_since_ns;
    hosts->alone_since_ns = is_alone ? now_ns : 0;
}

/* The host that has had nothing to do for longest. */
static void forget_one(struct hl_hosts *hosts)
{
    struct hl_host *host = hosts->lists[HL_HOST_IDLE];
    hl_kept_add(&hosts->kept, host->origin, &host->figures);
    host_free(hosts, host);
}

void hl_host_update(struct hl_hosts *hosts, struct hl_host *host,
                    uint64_t now_ns)
{
    expire(host, now_ns);
    if (host->lookup_state == HL_LOOKUP_WANTED && host->wake.place == 0 &&
        host->fails_with == HAUL_OK && hl_host_has_tasks(host))
        look_up(hosts, host, now_ns);
    note_held(hosts, host, now_ns);
    note_alone(hosts, host, now_ns);
    move(hosts, host, list_for(hosts, host));
    if (hosts->count - hosts->idle != 1)
        hosts->alone_since_ns = 0;
    else if (hosts->alone_since_ns == 0)
        hosts->alone_since_ns = now_ns;
    if (hosts->idle > IDLE_MAX)
        forget_one(hosts);
}

void hl_hosts_wake(struct hl_hosts *hosts, uint64_t now_ns)
{
    struct hl_heap_node *first;
    while ((first = hl_heap_first(&hosts->paused)) != NULL &&
           first->at <= now_ns) {
        struct hl_host *host = container_of(first, struct hl_host, wake);
        unpause(hosts, host);
        hl_host_update(hosts, host, now_ns);
    }
}

bool hl_hosts_may_start(const struct hl_hosts *hosts)
{
    return hosts->lists[HL_HOST_READY] != NULL ||
           hosts->lists[HL_HOST_UNPROVEN] != NULL ||
           hosts->lists[HL_HOST_SUSPECT] != NULL;
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
                   uint64_t until_ns, enum haul_held why)
{
    if (host->wake.place != 0 && host->wake.at >= until_ns)
        return;
    unpause(hosts, host);
    host->wake.at = until_ns;
    host->paused_by = (uint8_t)why;
    if (hl_heap_add(&hosts->paused, &host->wake) == 0 &&
        why == HAUL_HELD_BY_PAUSE)
        hosts->asked_to_wait++;
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
        hl_host_pause(hosts, host, until_ns, HAUL_HELD_BY_SILENCE);
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
        host->figures.busy_answers++;
        lower_cap(hosts, host, started_ns, now_ns);
        break;
    case HL_HOST_ANSWER_UNREACHABLE:
        note_unreachable(hosts, host, now_ns);
        break;
    }
}

static void tell(const struct hl_hosts *hosts, const struct hl_host *host,
                 struct haul_host_stats *out)
{
    *out = (struct haul_host_stats){
        .origin = host->origin,
        .cap = host->cap,
        .is_slowed = host->cap < hosts->o.max_per_host,
    };
    hl_host_figures_tell(&host->figures, out);
    if (has_asked_to_wait(host))
        out->paused_until_us = host->wake.at / HL_NS_PER_US;
    if (host->failures > 0)
        out->silent_since_us = host->first_failure_ns / HL_NS_PER_US;
}

/* Puts *host where it belongs among the count that are in out. @return how many
 * there are now. */
static size_t rank(struct haul_host_stats *out, size_t count, size_t most,
                   uint64_t (*weight)(const struct haul_host_stats *host),
                   const struct haul_host_stats *host)
{
    uint64_t own = weight(host);
    size_t at = count;
    while (at > 0 && own > weight(&out[at - 1]))
        at--;
    if (own == 0 || at == most)
        return count;
    size_t last = count < most ? count : most - 1;
    memmove(&out[at + 1], &out[at], (last - at) * sizeof(*out));
    out[at] = *host;
    return last + 1;
}

/* The address of a host whose name was looked up, or is an address. Hosts that
 * are not chosen do without, as there may be many. */
static void tell_address(const struct hl_hosts *hosts,
                         struct haul_host_stats *out)
{
    const struct hl_host *host;
    struct in6_addr parsed;
    char name[sizeof(out->address)] = "";
    const char *from = strstr(out->origin, "://") + 3;
    bool in_brackets = from[0] == '[';
    size_t length = strcspn(from, in_brackets ? "]" : ":") - in_brackets;
    if (length < sizeof(name))
        memcpy(name, from + in_brackets, length);
    HASH_FIND_STR(hosts->table, out->origin, host);
    if (host != NULL && host->addresses != NULL)
        (void)snprintf(out->address, sizeof(out->address), "%s",
                       host->addresses->text[host->addresses->at]);
    else if (inet_pton(in_brackets ? AF_INET6 : AF_INET, name, &parsed) == 1)
        memcpy(out->address, name, sizeof(name));
}

size_t hl_hosts_top(const struct hl_hosts *hosts,
                    uint64_t (*weight)(const struct haul_host_stats *host),
                    struct haul_host_stats *out, size_t most)
{
    struct haul_host_stats stats;
    size_t count = 0;
    const struct hl_host *host;
    const struct hl_host *next;
    HASH_ITER (hh, hosts->table, host, next) {
        tell(hosts, host, &stats);
        count = rank(out, count, most, weight, &stats);
    }
    for (unsigned i = 0; i < HL_HOSTS_KEPT; i++) {
        const struct hl_kept_host *kept = &hosts->kept.hosts[i];
        if (kept->origin == NULL)
            continue;
        stats = (struct haul_host_stats){.origin = kept->origin};
        hl_host_figures_tell(&kept->figures, &stats);
        count = rank(out, count, most, weight, &stats);
    }
    for (size_t i = 0; i < count; i++)
        tell_address(hosts, &out[i]);
    return count;
}
