/*
 * Loop turns as events. A prepare handle runs right before the loop polls, a
 * check handle right after poll and its I/O callbacks; both are unref'd, so
 * that watching a loop does not keep it alive.
 */
#include <stdlib.h>

#include "trace/trace.h"
#include "util/container_of.h"

static const uint64_t blocked_ns = 100 * 1000 * 1000;

/* Owned by the session; freed when both handles have closed. */
struct hl_loop_watch {
    uv_prepare_t prepare;
    uv_check_t check;
    struct hl_trace *trace;
    uint64_t turns;
    uint64_t poll_begin_ns;
    uint64_t poll_end_ns; /* 0: no turn yet */
    unsigned open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void on_uv_prepare(uv_prepare_t *prepare)
{
    struct hl_loop_watch *w =
        container_of(prepare, struct hl_loop_watch, prepare);
    uint64_t now = uv_hrtime();
    if (w->poll_end_ns != 0 && now - w->poll_end_ns > blocked_ns)
        HL_TRACE(w->trace, HL_EV_BLOCKED, .t_ns = now,
                 .value = (int64_t)((now - w->poll_end_ns) / 1000));
    w->poll_begin_ns = now;
    HL_TRACE(w->trace, HL_EV_TURN, .t_ns = now, .value = (int64_t)++w->turns,
             .value2 = prepare->loop->active_handles);
    HL_TRACE(w->trace, HL_EV_POLL_BEGIN, .t_ns = now,
             .value = uv_backend_timeout(prepare->loop));
}

static void on_uv_check(uv_check_t *check)
{
    struct hl_loop_watch *w = container_of(check, struct hl_loop_watch, check);
    w->poll_end_ns = uv_hrtime();
    HL_TRACE(w->trace, HL_EV_POLL_END, .t_ns = w->poll_end_ns,
             .value = (int64_t)((w->poll_end_ns - w->poll_begin_ns) / 1000));
}

int hl_loop_watch_open(struct hl_loop_watch **out, uv_loop_t *loop,
                       struct hl_trace *trace)
{
    *out = NULL;
    struct hl_loop_watch *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return UV_ENOMEM;
    w->trace = trace;
    uv_prepare_init(loop, &w->prepare);
    uv_check_init(loop, &w->check);
    w->open_handles = 2;
    if (HL_TRACE_WANTS(trace, HL_EV_TURN)) {
        uv_prepare_start(&w->prepare, on_uv_prepare);
        uv_check_start(&w->check, on_uv_check);
    }
    uv_unref((uv_handle_t *)&w->prepare);
    uv_unref((uv_handle_t *)&w->check);
    *out = w;
    return 0;
}

static void free_when_closed(struct hl_loop_watch *w)
{
    if (--w->open_handles > 0)
        return;
    void (*closed)(void *arg) = w->closed;
    void *arg = w->closed_arg;
    free(w);
    closed(arg);
}

static void on_uv_prepare_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct hl_loop_watch, prepare));
}

static void on_uv_check_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct hl_loop_watch, check));
}

void hl_loop_watch_close(struct hl_loop_watch *watch, void (*closed)(void *),
                         void *arg)
{
    watch->closed = closed;
    watch->closed_arg = arg;
    uv_close((uv_handle_t *)&watch->prepare, on_uv_prepare_closed);
    uv_close((uv_handle_t *)&watch->check, on_uv_check_closed);
}
