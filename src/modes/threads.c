/*
 * Blocking transfers on libuv's thread pool. A slot is a worker: its work
 * function touches only its own xfer and job, and what it found crosses back
 * in the after-work callback, so there is no lock of ours.
 */
#include <stdlib.h>

#include "modes/mode.h"
#include "transfer/xfer.h"
#include "util/container_of.h"

struct slot {
    uv_work_t work;
    struct threads *threads;
    struct hl_xfer *xfer; /* kept for its connections; made at first use */
    struct hl_job *job;   /* NULL: free */
    struct hl_reply reply;
    struct slot *next_free;
};

/* Owned by the engine's session. */
struct threads {
    struct hl_desk *desk;
    struct slot *slots;
    uint32_t slots_count;
    struct slot *free; /* the last used first: its connections are warm */
};

static void on_uv_work(uv_work_t *work)
{
    struct slot *slot = container_of(work, struct slot, work);
    struct hl_trace *trace = slot->threads->desk->env->trace;
    uint16_t worker = (uint16_t)(slot - slot->threads->slots + 1);
    HL_TRACE(trace, HL_EV_WORKER_JOB, .job = slot->job->id, .worker = worker,
             .value = worker);
    hl_xfer_perform(slot->xfer, slot->job, &slot->reply);
    HL_TRACE(trace, HL_EV_WORKER_FREE, .job = slot->job->id, .worker = worker,
             .value = worker);
}

static void release(struct slot *slot)
{
    slot->job = NULL;
    slot->next_free = slot->threads->free;
    slot->threads->free = slot;
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct slot *slot = container_of(work, struct slot, work);
    struct hl_desk *desk = slot->threads->desk;
    struct hl_job *job = slot->job;
    (void)status; /* never cancelled through uv_cancel() */
    /* The reply's strings live in the xfer, which nothing uses before the
     * next pump. */
    struct hl_reply reply = slot->reply;
    release(slot);
    desk->finish(desk, job, &reply);
}

static int threads_open(void **state, struct hl_desk *desk)
{
    struct threads *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return UV_ENOMEM;
    t->desk = desk;
    t->slots_count = desk->env->options->jobs;
    t->slots = calloc(t->slots_count, sizeof(*t->slots));
    if (t->slots == NULL) {
        free(t);
        return UV_ENOMEM;
    }
    for (uint32_t i = t->slots_count; i-- > 0;) {
        t->slots[i].threads = t;
        release(&t->slots[i]);
    }
    *state = t;
    return 0;
}

/* A slot whose handle cannot be made leaves the work to those that have one;
 * the first is made at open's cost so that a run cannot stand still. */
static struct slot *ready_slot(struct threads *t)
{
    struct slot *slot = t->free;
    if (slot == NULL)
        return NULL;
    if (slot->xfer == NULL && hl_xfer_new(&slot->xfer, t->desk->env,
                                          (uint32_t)(slot - t->slots) + 1) < 0)
        return NULL;
    return slot;
}

static void threads_pump(void *state)
{
    struct threads *t = state;
    struct slot *slot;
    while ((slot = ready_slot(t)) != NULL) {
        slot->job = t->desk->take(t->desk);
        if (slot->job == NULL)
            return;
        t->free = slot->next_free;
        uv_queue_work(t->desk->loop, &slot->work, on_uv_work, on_uv_after_work);
    }
}

/* Each transfer reads the stop itself, about once a second. */
static void threads_cancel(void *state)
{
    (void)state;
}

static void threads_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct threads *t = state;
    for (uint32_t i = 0; i < t->slots_count; i++)
        hl_xfer_free(t->slots[i].xfer);
    free(t->slots);
    free(t);
    closed(arg);
}

const struct hl_mode hl_mode_threads = {
    .name = "threads",
    .summary = "blocking transfers on a pool of threads",
    .default_jobs = 10,
    .open = threads_open,
    .pump = threads_pump,
    .cancel = threads_cancel,
    .close = threads_close,
};
