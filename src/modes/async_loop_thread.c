#include "modes/async_loop_thread.h"

#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#include "modes/async_loop.h"
#include "trace/loop_watch.h"
#include "transfer/tls_thread.h"
#include "util/container_of.h"

/* While the loop is busy, its figures are set at this interval. */
static const uint64_t tell_every_ns = 20000000;

static struct hl_loop_thread *loop_thread_of(struct hl_mode_owner *owner)
{
    return container_of(owner, struct hl_loop_thread, owner);
}

static struct hl_handoff *handoff_of(struct hl_job *job)
{
    return container_of(job, struct hl_handoff, copy);
}

/* The owner of the transfers, on the loop's thread. */

static struct hl_job *on_take(struct hl_mode_owner *owner)
{
    struct hl_loop_thread *t = loop_thread_of(owner);
    struct hl_handoff *handoff = t->waiting;
    if (handoff == NULL)
        return NULL;
    DL_DELETE(t->waiting, handoff);
    return &handoff->copy;
}

static void on_finish(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_reply *reply)
{
    struct hl_loop_thread *t = loop_thread_of(owner);
    struct hl_handoff *handoff = handoff_of(job);
    hl_handoff_answer(handoff, reply);
    DL_APPEND(t->ended, handoff);
    t->held--;
}

/* The session's loop keeps the record. It never waits for this thread while
 * this thread has a job, so it will get to it. */
static int on_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                         const struct hl_part *part)
{
    struct hl_loop_thread *t = loop_thread_of(owner);
    HL_IN_PART(t->trace, HL_CB_RECORD);
    return hl_part_recorder_put(t->recorder, handoff_of(job)->job, part);
}

static void set_figures(struct hl_loop_thread *t)
{
    struct haul_loop_stats figures;
    uint64_t now = uv_hrtime();
    bool is_last = t->held == 0;
    if (t->watch == NULL || (!is_last && now - t->told_ns < tell_every_ns))
        return;
    t->told_ns = now;
    hl_loop_watch_stats(t->watch, &figures);
    uv_mutex_lock(&t->lock);
    t->figures = figures;
    uv_mutex_unlock(&t->lock);
}

static void send_ended(struct hl_loop_thread *t)
{
    uv_mutex_lock(&t->lock);
    bool told = t->outbox != NULL;
    DL_CONCAT(t->outbox, t->ended);
    uv_mutex_unlock(&t->lock);
    t->ended = NULL;
    if (!told)
        uv_async_send(t->output);
}

/* Runs right before the loop polls. Figures come first: who has the last reply
 * has them too. */
static void on_uv_turn_end(uv_prepare_t *turn_end)
{
    struct hl_loop_thread *t =
        container_of(turn_end, struct hl_loop_thread, turn_end);
    set_figures(t);
    if (t->ended == NULL)
        return;
    send_ended(t);
    /* A job that found no memory for its transfer may find some now. */
    hl_one_loop.pump(t->transfers);
}

static void on_part_closed(void *arg)
{
    struct hl_loop_thread *t = arg;
    t->open_parts--;
}

static void close_all(struct hl_loop_thread *t)
{
    assert(t->held == 0);
    uv_close((uv_handle_t *)&t->wake, NULL);
    uv_close((uv_handle_t *)&t->turn_end, NULL);
    t->open_parts =
        (t->watch != NULL ? 1u : 0) + (t->transfers != NULL ? 1u : 0);
    if (t->watch != NULL)
        hl_loop_watch_close(t->watch, on_part_closed, t);
    if (t->transfers != NULL)
        hl_one_loop.close(t->transfers, on_part_closed, t);
}

static void leave_waiting(struct hl_loop_thread *t)
{
    struct hl_job *job;
    while ((job = on_take(&t->owner)) != NULL)
        hl_mode_owner_leave(&t->owner, job);
}

/* @return the orders that have come. */
static unsigned read_inbox(struct hl_loop_thread *t)
{
    struct hl_handoff *handoff;
    uv_mutex_lock(&t->lock);
    struct hl_handoff *come = t->inbox;
    unsigned orders = t->orders;
    t->inbox = NULL;
    t->orders = 0;
    uv_mutex_unlock(&t->lock);
    DL_FOREACH (come, handoff)
        t->held++;
    DL_CONCAT(t->waiting, come);
    return orders;
}

static void on_uv_wake(uv_async_t *wake)
{
    struct hl_loop_thread *t = container_of(wake, struct hl_loop_thread, wake);
    HL_IN_CALLBACK(t->trace, HL_CB_JOBS);
    unsigned orders = read_inbox(t);
    if (orders & HL_LOOP_CANCEL) {
        leave_waiting(t);
        hl_one_loop.cancel(t->transfers);
    }
    if (orders & HL_LOOP_CLOSE)
        close_all(t);
    else
        hl_one_loop.pump(t->transfers);
}

/* All that the thread does. */
static void run(void *arg)
{
    struct hl_loop_thread *t = arg;
    struct ossl_lib_ctx_st *tls = hl_tls_thread_begin();
    uv_run(&t->loop, UV_RUN_DEFAULT);
    assert(t->open_parts == 0);
    int r = uv_loop_close(&t->loop);
    assert(r == 0);
    (void)r;
    hl_tls_thread_end(tls);
    uv_mutex_lock(&t->lock);
    t->over = true;
    uv_mutex_unlock(&t->lock);
    uv_async_send(t->output);
}

static void free_memory(struct hl_loop_thread *t)
{
    for (uint32_t i = 0; t->handoffs != NULL && i < t->options.jobs; i++)
        hl_handoff_release(&t->handoffs[i]);
    free(t->handoffs);
    hl_trace_close(t->trace, NULL);
}

static int make_handoffs(struct hl_loop_thread *t)
{
    t->handoffs = calloc(t->options.jobs, sizeof(*t->handoffs));
    if (t->handoffs == NULL)
        return UV_ENOMEM;
    for (uint32_t i = t->options.jobs; i-- > 0;) {
        t->handoffs[i].thread = t;
        DL_PREPEND(t->free, &t->handoffs[i]);
    }
    return 0;
}

/* Without a watch the trace shows no turns of the loop; all else is the same.
 * The watch's handle for the end of a turn must run after turn_end, so it
 * starts first: libuv runs the handle last that was started first. */
static void open_watch(struct hl_loop_thread *t)
{
    const struct hl_loop_watch_setup setup = {.loop = &t->loop,
                                              .trace = t->trace,
                                              .stats = t->options.loop_stats,
                                              .lag = t->options.loop_lag};
    if (hl_loop_watch_open(&t->watch, &setup) < 0)
        t->watch = NULL;
}

static int open_loop(struct hl_loop_thread *t)
{
    int r = uv_loop_init(&t->loop);
    if (r < 0)
        return r;
    r = uv_async_init(&t->loop, &t->wake, on_uv_wake);
    if (r < 0) {
        uv_loop_close(&t->loop);
        return r;
    }
    open_watch(t);
    uv_prepare_init(&t->loop, &t->turn_end);
    uv_prepare_start(&t->turn_end, on_uv_turn_end);
    return 0;
}

static void set_up(struct hl_loop_thread *t,
                   const struct hl_loop_thread_setup *setup)
{
    const struct hl_shared *shared = setup->owner->shared;
    *t = (struct hl_loop_thread){.options = *shared->options,
                                 .recorder = setup->recorder,
                                 .output = setup->output};
    t->options.jobs = setup->jobs;
    t->shared = *shared;
    t->shared.options = &t->options;
    t->owner = (struct hl_mode_owner){.loop = &t->loop,
                                      .shared = &t->shared,
                                      .first_worker = setup->first_worker,
                                      .take = on_take,
                                      .finish = on_finish,
                                      .part_begun = on_part_begun};
}

int hl_loop_thread_open(struct hl_loop_thread *t,
                        const struct hl_loop_thread_setup *setup)
{
    set_up(t, setup);
    int r = hl_trace_lane(&t->trace, setup->owner->shared->trace,
                          (uint16_t)setup->number);
    t->shared.trace = t->trace;
    if (r == 0)
        r = make_handoffs(t);
    if (r == 0)
        r = uv_mutex_init(&t->lock);
    if (r < 0) {
        free_memory(t);
        return r;
    }
    r = open_loop(t);
    if (r < 0) {
        uv_mutex_destroy(&t->lock);
        free_memory(t);
        return r;
    }
    r = hl_one_loop.open(&t->transfers, &t->owner);
    if (r < 0) {
        t->transfers = NULL;
        hl_loop_thread_order(t, HL_LOOP_CLOSE);
        hl_loop_thread_release(t);
    }
    return r;
}

int hl_loop_thread_start(struct hl_loop_thread *t)
{
    int r = uv_thread_create(&t->thread, run, t);
    t->started = r == 0;
    return r;
}

bool hl_loop_thread_has_room(const struct hl_loop_thread *t)
{
    return t->free != NULL;
}

void hl_loop_thread_add(struct hl_loop_thread *t, struct hl_job *job)
{
    struct hl_handoff *handoff = t->free;
    DL_DELETE(t->free, handoff);
    handoff->job = job;
    handoff->copy = *job;
    DL_APPEND(t->leaving, handoff);
    t->busy++;
}

void hl_loop_thread_send(struct hl_loop_thread *t)
{
    if (t->leaving == NULL)
        return;
    uv_mutex_lock(&t->lock);
    DL_CONCAT(t->inbox, t->leaving);
    uv_mutex_unlock(&t->lock);
    t->leaving = NULL;
    uv_async_send(&t->wake);
}

void hl_loop_thread_order(struct hl_loop_thread *t, enum hl_loop_order order)
{
    uv_mutex_lock(&t->lock);
    t->orders |= order;
    uv_mutex_unlock(&t->lock);
    uv_async_send(&t->wake);
}

bool hl_loop_thread_collect(struct hl_loop_thread *t, struct hl_handoff **ended)
{
    uv_mutex_lock(&t->lock);
    struct hl_handoff *come = t->outbox;
    bool over = t->over;
    t->outbox = NULL;
    uv_mutex_unlock(&t->lock);
    DL_CONCAT(*ended, come);
    return over;
}

void hl_loop_thread_free_handoff(struct hl_handoff *handoff)
{
    struct hl_loop_thread *t = handoff->thread;
    DL_PREPEND(t->free, handoff);
    t->busy--;
}

void hl_loop_thread_figures(struct hl_loop_thread *t,
                            struct haul_loop_stats *out)
{
    uv_mutex_lock(&t->lock);
    *out = t->figures;
    uv_mutex_unlock(&t->lock);
}

void hl_loop_thread_release(struct hl_loop_thread *t)
{
    if (t->started)
        uv_thread_join(&t->thread);
    else
        run(t);
    uv_mutex_destroy(&t->lock);
    free_memory(t);
}
