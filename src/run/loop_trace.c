/* What a run tells of itself while it runs: to the trace, to the embedder,
 * and in words. */
#include <inttypes.h>
#include <utlist.h>

#include "run/run.h"
#include "trace/loop_watch.h"
#include "util/text.h"
#include "util/url.h"

enum { DUMPED_MAX = 50 };

static void on_gauges(void *arg, struct hl_gauges *out)
{
    const struct haul_session *s = arg;
    out->queue = s->alive - s->window.in_flight;
    out->bytes = atomic_load(&s->received);
}

void hl_run_watch(struct haul_session *s)
{
    const struct hl_loop_watch_setup setup = {
        .loop = s->loop,
        .trace = s->trace,
        .stats = s->options.loop_stats,
        .lag = s->options.loop_lag,
        .gauges = on_gauges,
        .arg = s,
    };
    /* Without its watch a run shows no turns, and is otherwise the same. */
    if (hl_loop_watch_open(&s->watch, &setup) < 0)
        s->watch = NULL;
}

void hl_run_trace_attempt(struct haul_session *s, const struct hl_task *task,
                          const struct hl_reply *reply)
{
    if (!HL_TRACE_WANTS(s->trace, HL_EV_ATTEMPT))
        return;
    struct hl_attempt attempt = {
        .start_ns = reply->start_ns,
        .times = reply->times,
        .bytes = reply->received,
        .error = reply->error,
        .reused = reply->reused,
    };
    if (reply->start_ns > task->queued_ns)
        attempt.times.queued = (reply->start_ns - task->queued_ns) / 1000;
    attempt.lookup_us = task->looked_up_us;
    hl_trace_attempt(s->trace,
                     &(struct hl_event){.job = task->job.id,
                                        .worker = (uint16_t)reply->worker,
                                        .value = task->job.attempt,
                                        .value2 = reply->http_status},
                     &attempt);
}

bool haul_session_loop(const struct haul_session *s, uint32_t index,
                       struct haul_loop_stats *out)
{
    bool is = true;
    *out = (struct haul_loop_stats){0};
    if (index == 0)
        hl_loop_watch_stats(s->watch, out);
    else
        is = s->mode->figures != NULL &&
             s->mode->figures(s->mode_state, index - 1, out);
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
    DL_FOREACH (session->window.tasks, task) {
        if (count == most)
            break;
        out[count].url = task->url;
        out[count++].age_us = (now - task->taken_ns) / 1000;
    }
    return count;
}

/* What is in flight, the longest first. */
static void dump_taken(const struct haul_session *s, FILE *stream)
{
    const struct hl_task *task;
    uint64_t now = uv_hrtime();
    unsigned shown = 0;
    char url[HL_URL_MAX + 1];
    DL_FOREACH (s->window.tasks, task) {
        if (shown++ == DUMPED_MAX) {
            fprintf(stream, "  ...\n");
            return;
        }
        hl_text_printable(url, sizeof(url), task->url);
        fprintf(stream, "  %.1f s, attempt %u: %s\n",
                (double)(now - task->taken_ns) / 1e9, task->job.attempt, url);
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
    dump_taken(session, stream);
    fprintf(stream, "handles of the loop:\n");
    uv_walk(session->loop, dump_handle, stream);
    fflush(stream);
}
