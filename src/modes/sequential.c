/*
 * Transfers that block the loop, one in each of its turns. Signals and timers
 * are served between two transfers and wait while one runs: that is what this
 * mode is there to show.
 */
#include <assert.h>
#include <stdlib.h>

#include "modes/mode.h"
#include "trace/loop_watch.h"
#include "transfer/xfer.h"
#include "util/container_of.h"

/* Owned by the run's session. */
struct sequential {
    struct hl_mode_owner *owner;
    struct hl_xfer *xfer;
    struct hl_job *job; /* under way; NULL none */
    uv_idle_t idle;     /* active while jobs may be waiting */
    void (*closed)(void *arg);
    void *closed_arg;
};

static int on_xfer_part(void *arg, const struct hl_part *part)
{
    struct sequential *s = arg;
    return s->owner->part_begun(s->owner, s->job, part);
}

static void on_uv_idle(uv_idle_t *idle)
{
    struct sequential *s = container_of(idle, struct sequential, idle);
    HL_IN_CALLBACK(s->owner->shared->trace, HL_CB_ONE_BY_ONE);
    struct hl_job *job = s->owner->take(s->owner);
    struct hl_reply reply;
    if (job == NULL) {
        uv_idle_stop(idle);
        return;
    }
    s->job = job;
    {
        HL_IN_PART(s->owner->shared->trace, HL_CB_BLOCKING);
        hl_xfer_perform(s->xfer, job, &reply);
    }
    s->job = NULL;
    /* The loop's cached time is as old as the transfer was long. */
    uv_update_time(s->owner->loop);
    s->owner->finish(s->owner, job, &reply);
}

static int sequential_open(void **state, struct hl_mode_owner *owner)
{
    struct sequential *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return UV_ENOMEM;
    int r = hl_xfer_new(&s->xfer, owner->shared, 1);
    if (r < 0) {
        free(s);
        return r;
    }
    s->owner = owner;
    hl_xfer_on_part(s->xfer, on_xfer_part, s);
    uv_idle_init(owner->loop, &s->idle);
    *state = s;
    return 0;
}

static void sequential_pump(void *state)
{
    struct sequential *s = state;
    uv_idle_start(&s->idle, on_uv_idle);
}

/* No transfer is under way while the loop's thread is here. */
static void sequential_cancel(void *state)
{
    (void)state;
}

static void on_uv_closed(uv_handle_t *handle)
{
    struct sequential *s = container_of(handle, struct sequential, idle);
    void (*closed)(void *arg) = s->closed;
    void *arg = s->closed_arg;
    free(s);
    closed(arg);
}

static void sequential_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct sequential *s = state;
    s->closed = closed;
    s->closed_arg = arg;
    hl_xfer_free(s->xfer);
    uv_close((uv_handle_t *)&s->idle, on_uv_closed);
}

static const struct hl_mode_calls calls = {
    .open = sequential_open,
    .pump = sequential_pump,
    .cancel = sequential_cancel,
    .close = sequential_close,
};

const struct hl_mode hl_mode_sequential = {
    .traits =
        {
            .summary = "one blocking transfer after the other",
            .worker = "loop",
            .default_jobs = 1,
            .one_at_a_time = true,
            .blocks = true,
            .on_loop = true,
            .memory_a_job = 512 << 10,
            .files = {.a_job = 2, .floor = 19, .floor_bare = 19},
        },
    .calls = &calls,
};
