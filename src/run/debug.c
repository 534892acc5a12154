/* For the embedder's debugging: what a session's loops did, and which transfers
 * are in flight. (The figures of a run and its error are in session.c.) */
#include <arpa/inet.h>
#include <inttypes.h>
#include <utlist.h>

#include "run/session.h"
#include "transfer/address.h"
#include "util/text.h"
#include "util/time_units.h"
#include "util/url.h"

enum { DUMPED_MAX = 50 };

bool haul_session_loop(const struct haul_session *s, uint32_t index,
                       struct haul_loop_stats *out)
{
    bool is = true;
    *out = (struct haul_loop_stats){0};
    if (index == 0)
        hl_loop_watch_stats(s->watch, out);
    else
        is = s->run.mode->figures != NULL &&
             s->run.mode->figures(s->run.mode_state, index - 1, out);
    out->loop = index;
    return is;
}

void haul_session_loop_stats(const struct haul_session *session,
                             struct haul_loop_stats *out)
{
    struct haul_loop_stats other;
    haul_session_loop(session, 0, out);
    for (uint32_t i = 1; haul_session_loop(session, i, &other); i++)
        if (other.watched_us - other.idle_us > out->watched_us - out->idle_us)
            *out = other;
}

static void dump_handle(uv_handle_t *handle, void *arg)
{
    FILE *stream = arg;
    const char *name = uv_handle_type_name(uv_handle_get_type(handle));
    fprintf(stream, "  %-8s %s%s%s\n", name != NULL ? name : "?",
            uv_is_active(handle) ? "active" : "stopped",
            uv_has_ref(handle) ? "" : ", does not hold the loop",
            uv_is_closing(handle) ? ", closing" : "");
}

size_t haul_session_in_flight(const struct haul_session *session,
                              struct haul_in_flight *out, size_t most)
{
    const struct hl_task *task;
    uint64_t now = uv_hrtime();
    size_t count = 0;
    DL_FOREACH (session->run.window.tasks, task) {
        if (count == most)
            break;
        out[count].url = task->url;
        out[count++].age_us = (now - task->taken_ns) / HL_NS_PER_US;
    }
    return count;
}

static bool is_private(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return hl_address_is_private((struct sockaddr *)&v4);
    return inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 &&
           hl_address_is_private((struct sockaddr *)&v6);
}

size_t haul_session_hosts(const struct haul_session *session,
                          uint64_t (*weight)(const struct haul_host_stats *),
                          struct haul_host_stats *out, size_t most)
{
    size_t count =
        hl_hosts_top(&session->run.schedule.hosts, weight, out, most);
    for (size_t i = 0; i < count; i++)
        out[i].is_private = is_private(out[i].address);
    return count;
}

bool haul_session_outage(const struct haul_session *session,
                         struct haul_outage *out)
{
    const struct hl_run *run = &session->run;
    uint64_t most_ns = (uint64_t)run->options->max_outage_s * HL_NS_PER_S;
    uint64_t now = uv_hrtime();
    uint64_t lasted_ns = hl_outage_lasted_ns(&run->outage, now);
    if (!hl_outage_is_on(&run->outage))
        return false;
    *out = (struct haul_outage){
        .silent_us = (now - run->outage.silent_ns) / HL_NS_PER_US,
        .left_us =
            most_ns > lasted_ns ? (most_ns - lasted_ns) / HL_NS_PER_US : 0,
    };
    snprintf(out->origin, sizeof(out->origin), "%s",
             hl_outage_host(&run->outage));
    return true;
}

/* What is in flight, the longest first. */
static void dump_taken(const struct haul_session *s, FILE *stream)
{
    const struct hl_task *task;
    uint64_t now = uv_hrtime();
    unsigned shown = 0;
    char url[HL_URL_MAX + 1];
    DL_FOREACH (s->run.window.tasks, task) {
        if (shown++ == DUMPED_MAX) {
            fprintf(stream, "  ...\n");
            return;
        }
        hl_text_printable(url, sizeof(url), task->url);
        fprintf(stream, "  %.1f s, attempt %u: %s\n",
                (double)(now - task->taken_ns) / 1e9, task->job.attempt, url);
    }
}

static uint64_t by_wait(const struct haul_host_stats *host)
{
    return host->paused_until_us + host->silent_since_us + host->is_slowed;
}

/* Hosts that are paused, asked for less, or cannot be reached. */
static void dump_hosts(const struct haul_session *session, FILE *stream)
{
    enum { HOSTS_MAX = 10 };
    struct haul_host_stats hosts[HOSTS_MAX];
    struct haul_outage outage;
    uint64_t now_us = uv_hrtime() / HL_NS_PER_US;
    size_t count = haul_session_hosts(session, by_wait, hosts, HOSTS_MAX);
    if (haul_session_outage(session, &outage))
        fprintf(stream, "%s%s%s for %.0f s\n",
                outage.origin[0] != '\0'
                    ? "the only host that was tried does not answer, "
                    : "no host answers,",
                outage.origin, outage.origin[0] != '\0' ? "," : "",
                (double)outage.silent_us / 1e6);
    for (size_t i = 0; i < count; i++) {
        const struct haul_host_stats *host = &hosts[i];
        fprintf(stream, "  %s:", host->origin);
        if (host->paused_until_us > now_us)
            fprintf(stream,
                    " paused for %.1f s more (%ld, Retry-After: %" PRIu64 " s)",
                    (double)(host->paused_until_us - now_us) / 1e6,
                    host->busy_status, host->asked_s);
        if (host->is_slowed)
            fprintf(stream, " at most %u at a time (%ld, %u times)", host->cap,
                    host->busy_status, host->busy_answers);
        if (host->silent_since_us > 0)
            fprintf(stream, " could not be reached for %.0f s",
                    (double)(now_us - host->silent_since_us) / 1e6);
        fprintf(stream, "\n");
    }
}

void haul_session_dump(struct haul_session *session, FILE *stream)
{
    struct haul_stats stats;
    haul_session_stats(session, &stats);
    fprintf(stream,
            "%" PRIu64 " requests: %u in flight, %u waiting, %" PRIu64
            " ok, %" PRIu64 " failed; %u hosts; %" PRIu64 " bytes\n",
            stats.requests, stats.in_flight, (unsigned)stats.waiting,
            stats.outcomes[HAUL_OUTCOME_OK],
            stats.outcomes[HAUL_OUTCOME_FAILED], stats.hosts, stats.bytes);
    dump_hosts(session, stream);
    dump_taken(session, stream);
    fprintf(stream, "handles of the loop:\n");
    uv_walk(session->run.owner.loop, dump_handle, stream);
    fflush(stream);
}
