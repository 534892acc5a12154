/*
 * Passes jobs on to loop threads (async_loop_thread.h), and finishes them on
 * the session's loop when they come back. The session's loop itself transfers
 * nothing: it has the list, the schedule and the journal to look after.
 */
#include "modes/async_loops.h"

#include <stdlib.h>
#include <utlist.h>

#include "modes/async_loop_thread.h"
#include "modes/origin_hash.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"

enum {
    /* Jobs that are taken, and jobs that are finished, in one callback: the
     * loop has others to serve. */
    TAKES_A_TURN = 256,
    ENDS_A_TURN = 256,
    /* An origin's transfers go to one loop, which keeps its connections, until
     * that loop has so many more jobs than another. */
    AHEAD_MAX = 8,
};

/* Owned by the run's session. */
struct several_loops {
    struct hl_mode_owner *owner;
    struct hl_loop_thread *threads;
    uint32_t count;
    uint32_t taken;           /* jobs */
    struct hl_handoff *ended; /* whose jobs are to be finished */
    struct hl_part_recorder recorder;
    uv_async_t output; /* threads have something to collect, or more jobs are to
                          be taken or finished; holds the loop while a job is
                          taken */
    bool more_takes;
    bool closing;
    unsigned open_handles;
    void (*closed)(void *arg); /* NULL: it did not open */
    void *closed_arg;
};

static void hold_loop(struct several_loops *l, bool hold)
{
    if (hold)
        uv_ref((uv_handle_t *)&l->output);
    else
        uv_unref((uv_handle_t *)&l->output);
}

/* NULL: none has room. */
static struct hl_loop_thread *least_busy(const struct several_loops *l)
{
    struct hl_loop_thread *least = NULL;
    for (uint32_t i = 0; i < l->count; i++) {
        struct hl_loop_thread *thread = &l->threads[i];
        if (hl_loop_thread_has_room(thread) &&
            (least == NULL || thread->busy < least->busy))
            least = thread;
    }
    return least;
}

/* By the upper half of the hash: async_loop.c goes by the lower half. */
static struct hl_loop_thread *thread_for(const struct several_loops *l,
                                         const struct hl_job *job,
                                         struct hl_loop_thread *least)
{
    uint64_t hash = hl_origin_hash(job->url) >> 32;
    struct hl_loop_thread *own = &l->threads[hash % l->count];
    bool is_ahead = own->busy >= least->busy + AHEAD_MAX;
    return hl_loop_thread_has_room(own) && !is_ahead ? own : least;
}

static void add(struct several_loops *l, struct hl_loop_thread *thread,
                struct hl_job *job)
{
    hl_loop_thread_add(thread, job);
    l->taken++;
}

static void take_some(struct several_loops *l)
{
    struct hl_loop_thread *least;
    unsigned takes = 0;
    l->more_takes = false;
    while ((least = least_busy(l)) != NULL) {
        if (takes++ == TAKES_A_TURN) {
            l->more_takes = true;
            uv_async_send(&l->output);
            return;
        }
        struct hl_job *job = l->owner->take(l->owner);
        if (job == NULL)
            return;
        add(l, thread_for(l, job, least), job);
    }
}

bool hl_several_loops_add(void *state, struct hl_job *job, uint32_t jobs)
{
    struct several_loops *l = state;
    struct hl_loop_thread *least = least_busy(l);
    bool is_taken = least != NULL && least->busy < jobs - l->taken;
    if (is_taken)
        add(l, least, job);
    return is_taken;
}

void hl_several_loops_send(void *state)
{
    struct several_loops *l = state;
    for (uint32_t i = 0; i < l->count; i++)
        hl_loop_thread_send(&l->threads[i]);
    hold_loop(l, l->taken > 0);
}

static void several_pump(void *state)
{
    struct several_loops *l = state;
    take_some(l);
    hl_several_loops_send(l);
}

static void finish_some(struct several_loops *l)
{
    struct hl_mode_owner *owner = l->owner;
    struct hl_handoff *handoff;
    for (unsigned i = 0; i < ENDS_A_TURN && (handoff = l->ended) != NULL; i++) {
        DL_DELETE(l->ended, handoff);
        l->taken--;
        owner->finish(owner, handoff->job, &handoff->reply);
        /* Only now: the reply's strings are in the handoff. */
        hl_loop_thread_free_handoff(handoff);
    }
    if (l->ended != NULL)
        uv_async_send(&l->output);
}

static void on_handle_closed(struct several_loops *l)
{
    if (--l->open_handles > 0)
        return;
    void (*closed)(void *arg) = l->closed;
    void *arg = l->closed_arg;
    free(l->threads);
    free(l);
    if (closed != NULL)
        closed(arg);
}

static void on_recorder_closed(void *arg)
{
    on_handle_closed(arg);
}

static void on_uv_output_closed(uv_handle_t *handle)
{
    on_handle_closed(container_of(handle, struct several_loops, output));
}

/* The threads are over, or were never started. */
static void release_threads(struct several_loops *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_loop_thread_release(&l->threads[i]);
    l->open_handles = 2;
    hl_part_recorder_close(&l->recorder, on_recorder_closed, l);
    uv_close((uv_handle_t *)&l->output, on_uv_output_closed);
}

static void on_uv_output(uv_async_t *handle)
{
    struct several_loops *l =
        container_of(handle, struct several_loops, output);
    HL_IN_CALLBACK(l->owner->shared->trace, HL_CB_REPLIES);
    uint32_t over = 0;
    for (uint32_t i = 0; i < l->count; i++)
        over += hl_loop_thread_collect(&l->threads[i], &l->ended);
    finish_some(l);
    if (l->more_takes)
        several_pump(l);
    hold_loop(l, l->taken > 0 || l->closing);
    if (l->closing && over == l->count)
        release_threads(l);
}

static void order_all(struct several_loops *l, enum hl_loop_order order)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_loop_thread_order(&l->threads[i], order);
}

/* Divides the run's jobs equally among the loops. */
static int open_threads(struct several_loops *l, uint32_t loops,
                        uint32_t before)
{
    uint32_t jobs = l->owner->shared->options->jobs;
    int r = 0;
    l->threads = calloc(loops, sizeof(*l->threads));
    if (l->threads == NULL)
        return UV_ENOMEM;
    while (r == 0 && l->count < loops) {
        uint32_t i = l->count;
        const struct hl_loop_thread_setup setup = {
            .owner = l->owner,
            .recorder = &l->recorder,
            .output = &l->output,
            .number = i + 1,
            .jobs = jobs / loops + (i < jobs % loops),
            .first_worker = before,
        };
        r = hl_loop_thread_open(&l->threads[i], &setup);
        before += setup.jobs;
        l->count += r == 0;
    }
    for (uint32_t i = 0; r == 0 && i < l->count; i++)
        r = hl_loop_thread_start(&l->threads[i]);
    return r;
}

int hl_several_loops_open(void **state, struct hl_mode_owner *owner,
                          uint32_t loops, uint32_t first_worker)
{
    struct several_loops *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return UV_ENOMEM;
    l->owner = owner;
    int r = hl_part_recorder_init(&l->recorder, owner);
    if (r < 0) {
        free(l);
        return r;
    }
    r = uv_async_init(owner->loop, &l->output, on_uv_output);
    if (r < 0) {
        l->open_handles = 1;
        hl_part_recorder_close(&l->recorder, on_recorder_closed, l);
        return r;
    }
    r = open_threads(l, loops, first_worker);
    if (r < 0) {
        order_all(l, HL_LOOP_CLOSE);
        release_threads(l);
        return r;
    }
    hold_loop(l, false);
    *state = l;
    return 0;
}

static int several_open(void **state, struct hl_mode_owner *owner)
{
    return hl_several_loops_open(state, owner, owner->shared->options->loops,
                                 0);
}

static void several_cancel(void *state)
{
    order_all(state, HL_LOOP_CANCEL);
}

static void several_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct several_loops *l = state;
    l->closing = true;
    l->closed = closed;
    l->closed_arg = arg;
    hold_loop(l, true);
    order_all(l, HL_LOOP_CLOSE);
}

static bool several_figures(void *state, uint32_t index,
                            struct haul_loop_stats *out)
{
    struct several_loops *l = state;
    if (index >= l->count)
        return false;
    hl_loop_thread_figures(&l->threads[index], out);
    return true;
}

const struct hl_mode_calls hl_several_loops = {
    .open = several_open,
    .pump = several_pump,
    .cancel = several_cancel,
    .close = several_close,
    .figures = several_figures,
};
