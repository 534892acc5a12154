/*
 * Transfers that block, on libuv's thread pool. Each slot is a worker. On the
 * pool's thread it touches only its own xfer and job; the loop's thread reads
 * the reply in the after-work callback. A transfer that begins a part waits
 * until the loop has put the part on record (part_recorder.h).
 */
#include <stdlib.h>

#include "modes/mode.h"
#include "modes/part_recorder.h"
#include "trace/loop_watch.h"
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

/* Owned by the run's session. */
struct threads {
    struct hl_mode_owner *owner;
    struct slot *slots;
    uint32_t slots_count;
    struct slot *free; /* the last used first: its connections are open still */
    struct hl_part_recorder recorder;
    void (*closed)(void *arg);
    void *closed_arg;
};

static int on_xfer_part(void *arg, const struct hl_part *part)
{
    struct slot *slot = arg;
    return hl_part_recorder_put(&slot->threads->recorder, slot->job, part);
}

static void on_uv_work(uv_work_t *work)
{
    struct slot *slot = container_of(work, struct slot, work);
    struct hl_trace *trace = slot->threads->owner->shared->trace;
    uint16_t worker = (uint16_t)(slot - slot->threads->slots + 1);
    uint64_t begin = uv_hrtime();
    HL_TRACE(trace, HL_EV_WORKER_JOB, .t_ns = begin, .job = slot->job->id,
             .worker = worker, .value = worker);
    hl_xfer_perform(slot->xfer, slot->job, &slot->reply);
    HL_TRACE(trace, HL_EV_WORKER_BUSY, .t_ns = begin, .job = slot->job->id,
             .worker = worker, .value = (int64_t)(uv_hrtime() - begin),
             .value2 = worker);
}

static void release(struct slot *slot)
{
    slot->job = NULL;
    slot->next_free = slot->threads->free;
    slot->threads->free = slot;
}

/* A transfer ran out of files or ports: closes the handles of free slots, which
 * keep connections open. The slot that was used last keeps its handle, so that
 * the run always has one. */
static void close_idle(struct threads *t)
{
    for (struct slot *slot = t->free->next_free; slot != NULL;
         slot = slot->next_free) {
        hl_xfer_free(slot->xfer);
        slot->xfer = NULL;
    }
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct slot *slot = container_of(work, struct slot, work);
    struct threads *t = slot->threads;
    HL_IN_CALLBACK(t->owner->shared->trace, HL_CB_THREAD);
    struct hl_job *job = slot->job;
    (void)status; /* never cancelled through uv_cancel() */
    /* The reply's strings live in the xfer until its next job, which comes
     * with pump() at the earliest. */
    struct hl_reply reply = slot->reply;
    release(slot);
    t->owner->finish(t->owner, job, &reply);
    if (reply.exhausted)
        close_idle(t);
}

static int make_xfer(struct slot *slot)
{
    struct threads *t = slot->threads;
    uint32_t worker = (uint32_t)(slot - t->slots) + 1;
    int r = hl_xfer_new(&slot->xfer, t->owner->shared, worker);
    if (r == 0)
        hl_xfer_on_part(slot->xfer, on_xfer_part, slot);
    return r;
}

/* The first slot gets its handle now: with it a run goes on where there is no
 * memory for more. */
static int make_slots(struct threads *t)
{
    t->slots = calloc(t->slots_count, sizeof(*t->slots));
    if (t->slots == NULL)
        return UV_ENOMEM;
    for (uint32_t i = t->slots_count; i-- > 0;) {
        t->slots[i].threads = t;
        release(&t->slots[i]);
    }
    return make_xfer(&t->slots[0]);
}

static int threads_open(void **state, struct hl_mode_owner *owner)
{
    struct threads *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return UV_ENOMEM;
    t->owner = owner;
    t->slots_count = owner->shared->options->jobs;
    int r = make_slots(t);
    if (r == 0)
        r = hl_part_recorder_init(&t->recorder, owner);
    if (r < 0) {
        if (t->slots != NULL)
            hl_xfer_free(t->slots[0].xfer);
        free(t->slots);
        free(t);
        return r;
    }
    *state = t;
    return 0;
}

/* A free slot with a handle. NULL: there is none, or no memory for a handle,
 * and the slots that have one do the work. */
static struct slot *ready_slot(struct threads *t)
{
    struct slot *slot = t->free;
    if (slot == NULL || slot->xfer != NULL || make_xfer(slot) == 0)
        return slot;
    return NULL;
}

static void threads_pump(void *state)
{
    struct threads *t = state;
    struct slot *slot;
    while ((slot = ready_slot(t)) != NULL) {
        slot->job = t->owner->take(t->owner);
        if (slot->job == NULL)
            return;
        t->free = slot->next_free;
        uv_queue_work(t->owner->loop, &slot->work, on_uv_work,
                      on_uv_after_work);
    }
}

/* Each transfer looks at shared->stop about once a second. */
static void threads_cancel(void *state)
{
    (void)state;
}

static void on_recorder_closed(void *arg)
{
    struct threads *t = arg;
    void (*closed)(void *closed_arg) = t->closed;
    void *closed_arg = t->closed_arg;
    free(t->slots);
    free(t);
    closed(closed_arg);
}

static void threads_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct threads *t = state;
    t->closed = closed;
    t->closed_arg = arg;
    for (uint32_t i = 0; i < t->slots_count; i++)
        hl_xfer_free(t->slots[i].xfer);
    hl_part_recorder_close(&t->recorder, on_recorder_closed, t);
}

static const struct hl_mode_calls calls = {
    .open = threads_open,
    .pump = threads_pump,
    .cancel = threads_cancel,
    .close = threads_close,
};

const struct hl_mode hl_mode_threads = {
    .traits =
        {
            .summary = "blocking transfers on a pool of threads",
            .worker = "thread",
            .default_jobs = 10,
            .blocks = true,
            .pool_threads_a_job = 1,
            .memory_a_job = 512 << 10,
            .files =
                {.a_job = 5, .kept_a_job = 4, .floor = 19, .floor_bare = 19},
        },
    .calls = &calls,
};
