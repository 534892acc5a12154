#include "run/auto_jobs.h"

#include "policy/cause.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"

enum { NOTE_MS = 25 };

static void set_slots(struct hl_auto_jobs *a, uint32_t before)
{
    uint32_t slots = a->slots.slots;
    hl_window_set(a->setup.window, slots, a->flow.now_ns);
    a->setup.schedule->slots = slots;
    /* Connections that have become too many are closed: a server that keeps few
     * would let those wait that are needed. */
    if (slots < before || atomic_load(a->setup.connections) > 0)
        atomic_store(a->setup.connections, slots);
    HL_TRACE(a->setup.trace, HL_EV_SLOTS, .value = slots);
    if (slots > before)
        a->setup.more(a->setup.arg);
}

static void on_uv_note(uv_timer_t *timer)
{
    struct hl_auto_jobs *a = container_of(timer, struct hl_auto_jobs, timer);
    HL_IN_CALLBACK(a->setup.trace, HL_CB_GOODPUT);
    uint64_t now = uv_hrtime();
    uint32_t before = a->slots.slots;
    if (a->idle_since_ns > 0) {
        a->flow.idle_ns += now - a->idle_since_ns;
        a->idle_since_ns = now;
    }
    a->flow.now_ns = now;
    a->flow.bytes = atomic_load(&a->setup.incoming->received);
    a->flow.in_flight = a->setup.window->in_flight;
    if (hl_auto_slots_note(&a->slots, &a->flow))
        set_slots(a, before);
}

void hl_auto_jobs_open(struct hl_auto_jobs *a, uv_loop_t *loop,
                       const struct hl_auto_jobs_setup *setup)
{
    *a = (struct hl_auto_jobs){.setup = *setup, .is_on = true};
    hl_auto_slots_init(&a->slots, setup->window->most);
    a->flow.now_ns = uv_hrtime();
    set_slots(a, a->slots.slots);
    uv_timer_init(loop, &a->timer);
    uv_timer_start(&a->timer, on_uv_note, NOTE_MS, NOTE_MS);
    uv_unref((uv_handle_t *)&a->timer);
}

void hl_auto_jobs_idle(struct hl_auto_jobs *a, bool is_idle)
{
    if (!a->is_on || is_idle == (a->idle_since_ns > 0))
        return;
    uint64_t now = uv_hrtime();
    if (a->idle_since_ns > 0)
        a->flow.idle_ns += now - a->idle_since_ns;
    a->idle_since_ns = is_idle ? now : 0;
}

/* A host that never answered may just not be there. */
static bool is_too_much(const struct hl_reply *reply,
                        enum hl_host_answer answer, bool answered_before)
{
    if (answer == HL_HOST_ANSWER_BUSY)
        return true;
    switch (reply->error) {
    case HAUL_ERR_CONNECT:
    case HAUL_ERR_TIMEOUT:
    case HAUL_ERR_STALLED:
    case HAUL_ERR_TRUNCATED:
        return answered_before;
    default:
        return false;
    }
}

/* An answer that calls for another attempt, such as a 502, brings the run no
 * further, however quickly it comes. */
static bool is_done(const struct hl_reply *reply)
{
    return reply->answered &&
           hl_cause_of(reply->error, reply->http_status) != HL_CAUSE_PASSING;
}

void hl_auto_jobs_ended(struct hl_auto_jobs *a, const struct hl_reply *reply,
                        enum hl_host_answer answer, bool answered_before)
{
    if (!a->is_on || reply->exhausted)
        return;
    if (is_too_much(reply, answer, answered_before)) {
        a->flow.errors += reply->start_ns >= a->slots.lowered_ns;
        a->flow.failed_at = a->setup.window->in_flight + 1;
    } else if (is_done(reply)) {
        a->flow.files++;
        a->flow.last_file_ns = uv_hrtime();
    }
}

void hl_auto_jobs_lowered(struct hl_auto_jobs *a)
{
    uint32_t before = a->slots.slots;
    if (!a->is_on)
        return;
    a->slots.most = a->setup.window->most;
    if (before <= a->slots.most)
        return;
    a->slots.slots = a->slots.most;
    set_slots(a, before);
}

void hl_auto_jobs_close(struct hl_auto_jobs *a, void (*closed)(void *arg),
                        void *arg)
{
    a->closing = (struct hl_closing){.closed = closed, .arg = arg};
    hl_closing_handle(&a->closing, (uv_handle_t *)&a->timer);
}
