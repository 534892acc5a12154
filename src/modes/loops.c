/*
 * Async on several event loops: the session's loop keeps the list, the
 * schedule and the journal, and passes jobs on to extra_loops, each of which
 * transfers on a loop of its own (extra.h). What comes back from them is
 * finished here, on the session's loop.
 */
#include "modes/loops.h"

#include <stdlib.h>
#include <utlist.h>

#include "modes/extra_loop.h"
#include "modes/origin.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"

enum {
    /* Of the engine's work in one callback: its loop has others to serve. */
    TAKES_A_TURN = 256,
    ENDS_A_TURN = 256,
    /* A host's transfers go to one loop, where its connections are, until that
     * has so many more to do than another. */
    LEAN_MAX = 8,
};

/* Owned by the engine's session. */
struct loops {
    struct hl_mode_owner *owner;
    struct hl_extra_loop *extra_loops;
    uint32_t count;
    uint32_t taken;           /* jobs */
    struct hl_handoff *ended; /* whose jobs are to be finished */
    uv_async_t output; /* from extra_loops, or more of the same for a turn;
                        holds the loop while a job is taken */
    bool more_takes;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void hold_loop(struct loops *l, bool hold)
{
    if (hold)
        uv_ref((uv_handle_t *)&l->output);
    else
        uv_unref((uv_handle_t *)&l->output);
}

/* NULL: none has room. */
static struct hl_extra_loop *least_busy(const struct loops *l)
{
    struct hl_extra_loop *least = NULL;
    for (uint32_t i = 0; i < l->count; i++) {
        struct hl_extra_loop *m = &l->extra_loops[i];
        if (hl_extra_loop_has_room(m) &&
            (least == NULL || m->busy < least->busy))
            least = m;
    }
    return least;
}

/* Other bits of the hash than those that the async mode goes by. */
static struct hl_extra_loop *member_for(const struct loops *l,
                                        const struct hl_job *job,
                                        struct hl_extra_loop *least)
{
    uint64_t hash = hl_origin_hash(job->url) >> 32;
    struct hl_extra_loop *home = &l->extra_loops[hash % l->count];
    bool leans = home->busy >= least->busy + LEAN_MAX;
    return hl_extra_loop_has_room(home) && !leans ? home : least;
}

static void take_some(struct loops *l)
{
    struct hl_extra_loop *least;
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
        hl_extra_loop_add(member_for(l, job, least), job);
        l->taken++;
    }
}

static void loops_pump(void *state)
{
    struct loops *l = state;
    take_some(l);
    for (uint32_t i = 0; i < l->count; i++)
        hl_extra_loop_send(&l->extra_loops[i]);
    hold_loop(l, l->taken > 0);
}

/* @return true once the extra's thread is over. */
static bool collect(struct loops *l, struct hl_extra_loop *m)
{
    struct hl_extra_loop_output output;
    hl_extra_loop_collect(m, &output);
    if (output.part != NULL) {
        struct hl_mode_owner *owner = l->owner;
        int r = owner->part_begun(owner, output.recording->job, output.part);
        hl_extra_loop_recorded(m, r);
    }
    DL_CONCAT(l->ended, output.ended);
    return output.over;
}

static void finish_some(struct loops *l)
{
    struct hl_mode_owner *owner = l->owner;
    struct hl_handoff *handoff;
    for (unsigned i = 0; i < ENDS_A_TURN && (handoff = l->ended) != NULL; i++) {
        DL_DELETE(l->ended, handoff);
        l->taken--;
        owner->finish(owner, handoff->job, &handoff->reply);
        /* The reply's strings are in the handoff. */
        hl_extra_loop_free_handoff(handoff);
    }
    if (l->ended != NULL)
        uv_async_send(&l->output);
}

static void release(struct loops *l)
{
    free(l->extra_loops);
    free(l);
}

static void on_uv_output_closed(uv_handle_t *handle)
{
    struct loops *l = container_of(handle, struct loops, output);
    void (*closed)(void *arg) = l->closed;
    void *arg = l->closed_arg;
    release(l);
    if (closed != NULL)
        closed(arg);
}

/* Their threads have ended, or were never started. */
static void release_extra_loops(struct loops *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_extra_loop_release(&l->extra_loops[i]);
    uv_close((uv_handle_t *)&l->output, on_uv_output_closed);
}

static void on_uv_output(uv_async_t *handle)
{
    struct loops *l = container_of(handle, struct loops, output);
    HL_IN_CALLBACK(l->owner->shared->trace, HL_CB_NEWS);
    uint32_t over = 0;
    for (uint32_t i = 0; i < l->count; i++)
        over += collect(l, &l->extra_loops[i]);
    finish_some(l);
    if (l->more_takes)
        loops_pump(l);
    hold_loop(l, l->taken > 0 || l->closing);
    if (l->closing && over == l->count)
        release_extra_loops(l);
}

static void order_all(struct loops *l, enum hl_order order)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_extra_loop_order(&l->extra_loops[i], order);
}

/* The run's jobs in equal parts. */
static int open_members(struct loops *l)
{
    const struct haul_options *o = l->owner->shared->options;
    uint32_t before = 0;
    int r = 0;
    l->extra_loops = calloc(o->loops, sizeof(*l->extra_loops));
    if (l->extra_loops == NULL)
        return UV_ENOMEM;
    while (r == 0 && l->count < o->loops) {
        uint32_t i = l->count;
        const struct hl_extra_loop_setup setup = {
            .owner = l->owner,
            .output = &l->output,
            .number = i + 1,
            .jobs = o->jobs / o->loops + (i < o->jobs % o->loops),
            .first_worker = before,
        };
        r = hl_extra_loop_open(&l->extra_loops[i], &setup);
        before += setup.jobs;
        l->count += r == 0;
    }
    for (uint32_t i = 0; r == 0 && i < l->count; i++)
        r = hl_extra_loop_start(&l->extra_loops[i]);
    return r;
}

static int loops_open(void **state, struct hl_mode_owner *owner)
{
    struct loops *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return UV_ENOMEM;
    l->owner = owner;
    int r = uv_async_init(owner->loop, &l->output, on_uv_output);
    if (r < 0) {
        free(l);
        return r;
    }
    r = open_members(l);
    if (r < 0) {
        order_all(l, HL_ORDER_CLOSE);
        release_extra_loops(l);
        return r;
    }
    hold_loop(l, false);
    *state = l;
    return 0;
}

static void loops_cancel(void *state)
{
    order_all(state, HL_ORDER_CANCEL);
}

static void loops_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct loops *l = state;
    l->closing = true;
    l->closed = closed;
    l->closed_arg = arg;
    hold_loop(l, true);
    order_all(l, HL_ORDER_CLOSE);
}

static bool loops_figures(void *state, uint32_t index,
                          struct haul_loop_stats *out)
{
    struct loops *l = state;
    if (index >= l->count)
        return false;
    hl_extra_loop_figures(&l->extra_loops[index], out);
    return true;
}

const struct hl_mode_calls hl_loops = {
    .open = loops_open,
    .pump = loops_pump,
    .cancel = loops_cancel,
    .close = loops_close,
    .figures = loops_figures,
};
