#include "modes/extra_loop.h"

#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"

/* Figures of a loop that is busy are told so often. */
static const uint64_t tell_every_ns = 20000000;

static struct hl_extra_loop *extra_loop_of(struct hl_mode_owner *owner)
{
    return container_of(owner, struct hl_extra_loop, owner);
}

static struct hl_handoff *handoff_of(struct hl_job *job)
{
    return container_of(job, struct hl_handoff, copy);
}

/* The owner of the async mode, on the extra's thread. */

static struct hl_job *on_take(struct hl_mode_owner *owner)
{
    struct hl_extra_loop *m = extra_loop_of(owner);
    struct hl_handoff *handoff = m->waiting;
    if (handoff == NULL)
        return NULL;
    DL_DELETE(m->waiting, handoff);
    return &handoff->copy;
}

static void on_finish(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_reply *reply)
{
    struct hl_extra_loop *m = extra_loop_of(owner);
    struct hl_handoff *handoff = handoff_of(job);
    hl_handoff_answer(handoff, reply);
    DL_APPEND(m->ended, handoff);
    m->held--;
}

/* The session's loop keeps the record. It never waits for this thread while
 * there is a job, so that it will come to it. */
static int on_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                         const struct hl_part *part)
{
    struct hl_extra_loop *m = extra_loop_of(owner);
    HL_IN_PART(m->trace, HL_CB_RECORD);
    uv_mutex_lock(&m->lock);
    m->outbox.recording = handoff_of(job);
    m->outbox.part = part;
    uv_async_send(m->output);
    while (m->outbox.part != NULL)
        uv_cond_wait(&m->recorded, &m->lock);
    int r = m->part_code;
    uv_mutex_unlock(&m->lock);
    return r;
}

static void tell_figures(struct hl_extra_loop *m)
{
    struct haul_loop_stats figures;
    uint64_t now = uv_hrtime();
    bool is_last = m->held == 0;
    if (m->watch == NULL || (!is_last && now - m->told_ns < tell_every_ns))
        return;
    m->told_ns = now;
    hl_loop_watch_stats(m->watch, &figures);
    uv_mutex_lock(&m->lock);
    m->figures = figures;
    uv_mutex_unlock(&m->lock);
}

static void send_ended(struct hl_extra_loop *m)
{
    uv_mutex_lock(&m->lock);
    bool told = m->outbox.ended != NULL;
    DL_CONCAT(m->outbox.ended, m->ended);
    uv_mutex_unlock(&m->lock);
    m->ended = NULL;
    if (!told)
        uv_async_send(m->output);
}

/* Right before the loop polls. Whoever knows of the last reply knows the
 * figures with it. */
static void on_uv_turn_end(uv_prepare_t *turn_end)
{
    struct hl_extra_loop *m =
        container_of(turn_end, struct hl_extra_loop, turn_end);
    bool any = m->ended != NULL;
    tell_figures(m);
    if (!any)
        return;
    send_ended(m);
    /* A job for whose transfer there was no memory may find some now. */
    hl_mode_async.calls->pump(m->inner);
}

static void on_part_closed(void *arg)
{
    struct hl_extra_loop *m = arg;
    m->open_parts--;
}

static void close_all(struct hl_extra_loop *m)
{
    assert(m->held == 0);
    uv_close((uv_handle_t *)&m->wake, NULL);
    uv_close((uv_handle_t *)&m->turn_end, NULL);
    m->open_parts = 0;
    m->open_parts += m->watch != NULL;
    m->open_parts += m->inner != NULL;
    if (m->watch != NULL)
        hl_loop_watch_close(m->watch, on_part_closed, m);
    if (m->inner != NULL)
        hl_mode_async.calls->close(m->inner, on_part_closed, m);
}

static void leave_waiting(struct hl_extra_loop *m)
{
    struct hl_job *job;
    while ((job = on_take(&m->owner)) != NULL)
        hl_mode_owner_leave(&m->owner, job);
}

static void on_uv_wake(uv_async_t *wake)
{
    struct hl_extra_loop *m = container_of(wake, struct hl_extra_loop, wake);
    HL_IN_CALLBACK(m->trace, HL_CB_JOBS);
    struct hl_handoff *handoff;
    uv_mutex_lock(&m->lock);
    struct hl_handoff *come = m->inbox;
    unsigned orders = m->orders;
    m->inbox = NULL;
    m->orders = 0;
    uv_mutex_unlock(&m->lock);
    DL_FOREACH (come, handoff)
        m->held++;
    DL_CONCAT(m->waiting, come);
    if (orders & HL_ORDER_CANCEL) {
        leave_waiting(m);
        hl_mode_async.calls->cancel(m->inner);
    }
    if (orders & HL_ORDER_CLOSE)
        close_all(m);
    else
        hl_mode_async.calls->pump(m->inner);
}

/* The life of a extra, from its thread's start to its end. */
static void run(void *arg)
{
    struct hl_extra_loop *m = arg;
    uv_run(&m->loop, UV_RUN_DEFAULT);
    assert(m->open_parts == 0);
    int r = uv_loop_close(&m->loop);
    assert(r == 0);
    (void)r;
    uv_mutex_lock(&m->lock);
    m->outbox.over = true;
    uv_mutex_unlock(&m->lock);
    uv_async_send(m->output);
}

static void free_memory(struct hl_extra_loop *m)
{
    for (uint32_t i = 0; m->handoffs != NULL && i < m->options.jobs; i++)
        hl_handoff_release(&m->handoffs[i]);
    free(m->handoffs);
    hl_trace_free(m->trace);
}

static int make_handoffs(struct hl_extra_loop *m)
{
    m->handoffs = calloc(m->options.jobs, sizeof(*m->handoffs));
    if (m->handoffs == NULL)
        return UV_ENOMEM;
    for (uint32_t i = m->options.jobs; i-- > 0;) {
        m->handoffs[i].extra = m;
        DL_PREPEND(m->free, &m->handoffs[i]);
    }
    return 0;
}

static int init_locks(struct hl_extra_loop *m)
{
    int r = uv_mutex_init(&m->lock);
    if (r < 0)
        return r;
    r = uv_cond_init(&m->recorded);
    if (r < 0)
        uv_mutex_destroy(&m->lock);
    return r;
}

static void destroy_locks(struct hl_extra_loop *m)
{
    uv_cond_destroy(&m->recorded);
    uv_mutex_destroy(&m->lock);
}

/* Without its watch a loop shows no turns, and is otherwise the same. The
 * watch's handle that ends a turn is to run after ours: libuv has the last
 * started run first. */
static void open_watch(struct hl_extra_loop *m)
{
    const struct hl_loop_watch_setup setup = {.loop = &m->loop,
                                              .trace = m->trace,
                                              .stats = m->options.loop_stats,
                                              .lag = m->options.loop_lag};
    if (hl_loop_watch_open(&m->watch, &setup) < 0)
        m->watch = NULL;
}

static int open_loop(struct hl_extra_loop *m)
{
    int r = uv_loop_init(&m->loop);
    if (r < 0)
        return r;
    r = uv_async_init(&m->loop, &m->wake, on_uv_wake);
    if (r < 0) {
        uv_loop_close(&m->loop);
        return r;
    }
    open_watch(m);
    uv_prepare_init(&m->loop, &m->turn_end);
    uv_prepare_start(&m->turn_end, on_uv_turn_end);
    return 0;
}

static void set_up(struct hl_extra_loop *m,
                   const struct hl_extra_loop_setup *setup)
{
    const struct hl_shared *shared = setup->owner->shared;
    *m = (struct hl_extra_loop){.options = *shared->options,
                                .output = setup->output};
    m->options.jobs = setup->jobs;
    m->shared = *shared;
    m->shared.options = &m->options;
    m->owner = (struct hl_mode_owner){.loop = &m->loop,
                                      .shared = &m->shared,
                                      .first_worker = setup->first_worker,
                                      .take = on_take,
                                      .finish = on_finish,
                                      .part_begun = on_part_begun};
}

int hl_extra_loop_open(struct hl_extra_loop *m,
                       const struct hl_extra_loop_setup *setup)
{
    set_up(m, setup);
    int r = hl_trace_lane(&m->trace, setup->owner->shared->trace,
                          (uint16_t)setup->number);
    m->shared.trace = m->trace;
    if (r == 0)
        r = make_handoffs(m);
    if (r == 0)
        r = init_locks(m);
    if (r < 0) {
        free_memory(m);
        return r;
    }
    r = open_loop(m);
    if (r < 0) {
        destroy_locks(m);
        free_memory(m);
        return r;
    }
    r = hl_mode_async.calls->open(&m->inner, &m->owner);
    if (r < 0) {
        m->inner = NULL;
        hl_extra_loop_order(m, HL_ORDER_CLOSE);
        hl_extra_loop_release(m);
    }
    return r;
}

int hl_extra_loop_start(struct hl_extra_loop *m)
{
    int r = uv_thread_create(&m->thread, run, m);
    m->threaded = r == 0;
    return r;
}

bool hl_extra_loop_has_room(const struct hl_extra_loop *m)
{
    return m->free != NULL;
}

void hl_extra_loop_add(struct hl_extra_loop *m, struct hl_job *job)
{
    struct hl_handoff *handoff = m->free;
    DL_DELETE(m->free, handoff);
    handoff->job = job;
    handoff->copy = *job;
    DL_APPEND(m->leaving, handoff);
    m->busy++;
}

void hl_extra_loop_send(struct hl_extra_loop *m)
{
    if (m->leaving == NULL)
        return;
    uv_mutex_lock(&m->lock);
    DL_CONCAT(m->inbox, m->leaving);
    uv_mutex_unlock(&m->lock);
    m->leaving = NULL;
    uv_async_send(&m->wake);
}

void hl_extra_loop_order(struct hl_extra_loop *m, enum hl_order order)
{
    uv_mutex_lock(&m->lock);
    m->orders |= order;
    uv_mutex_unlock(&m->lock);
    uv_async_send(&m->wake);
}

/* The part stays: it is what its thread waits by. */
void hl_extra_loop_collect(struct hl_extra_loop *m,
                           struct hl_extra_loop_output *out)
{
    uv_mutex_lock(&m->lock);
    *out = m->outbox;
    m->outbox.ended = NULL;
    uv_mutex_unlock(&m->lock);
}

void hl_extra_loop_recorded(struct hl_extra_loop *m, int code)
{
    uv_mutex_lock(&m->lock);
    m->part_code = code;
    m->outbox.part = NULL;
    m->outbox.recording = NULL;
    uv_cond_signal(&m->recorded);
    uv_mutex_unlock(&m->lock);
}

void hl_extra_loop_free_handoff(struct hl_handoff *handoff)
{
    struct hl_extra_loop *m = handoff->extra;
    DL_PREPEND(m->free, handoff);
    m->busy--;
}

void hl_extra_loop_figures(struct hl_extra_loop *m, struct haul_loop_stats *out)
{
    uv_mutex_lock(&m->lock);
    *out = m->figures;
    uv_mutex_unlock(&m->lock);
}

void hl_extra_loop_release(struct hl_extra_loop *m)
{
    if (m->threaded)
        uv_thread_join(&m->thread);
    else
        run(m);
    destroy_locks(m);
    free_memory(m);
}
