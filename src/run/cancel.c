#include "run/cancel.h"

#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/time_units.h"

void hl_cancel_init(struct hl_cancel *cancel, uint64_t grace_ms)
{
    hl_stop_init(&cancel->stop, grace_ms * HL_NS_PER_MS);
}

static void on_uv_wake(uv_async_t *wake)
{
    struct hl_cancel *cancel = container_of(wake, struct hl_cancel, wake);
    HL_IN_CALLBACK(cancel->trace, HL_CB_STOP);
    hl_cancel_look(cancel);
}

int hl_cancel_open(struct hl_cancel *cancel, uv_loop_t *loop,
                   struct hl_trace *trace, void (*told)(void *arg), void *arg)
{
    int r = uv_async_init(loop, &cancel->wake, on_uv_wake);
    if (r < 0)
        return r;
    uv_unref((uv_handle_t *)&cancel->wake);
    uv_timer_init(loop, &cancel->grace);
    cancel->trace = trace;
    cancel->told = told;
    cancel->arg = arg;
    return 0;
}

/* An atomic and uv_async_send(), which may both be used in a handler. */
void hl_cancel_raise(struct hl_cancel *cancel)
{
    hl_stop_raise(&cancel->stop);
    uv_async_send(&cancel->wake);
}

void hl_cancel_fail(struct hl_cancel *cancel, int code)
{
    if (cancel->error == 0)
        cancel->error = code;
    hl_stop_begin(&cancel->stop);
    uv_async_send(&cancel->wake);
}

bool hl_cancel_is_on(const struct hl_cancel *cancel)
{
    return hl_stop_level(&cancel->stop) > 0;
}

static void on_uv_grace(uv_timer_t *timer)
{
    struct hl_cancel *cancel = container_of(timer, struct hl_cancel, grace);
    HL_IN_CALLBACK(cancel->trace, HL_CB_GRACE);
    cancel->told(cancel->arg);
}

static void start_grace(struct hl_cancel *cancel)
{
    uint64_t ms = cancel->stop.grace_ns / HL_NS_PER_MS + 1;
    /* The first look starts the grace time for every thread. */
    hl_stop_is_due(&cancel->stop);
    uv_update_time(cancel->grace.loop);
    uv_timer_start(&cancel->grace, on_uv_grace, ms, 0);
    uv_unref((uv_handle_t *)&cancel->grace);
}

void hl_cancel_look(struct hl_cancel *cancel)
{
    unsigned level = hl_stop_level(&cancel->stop);
    if (level == cancel->level)
        return;
    HL_TRACE(cancel->trace, HL_EV_CANCEL, .value = level);
    if (cancel->level == 0)
        start_grace(cancel);
    cancel->level = level;
    cancel->told(cancel->arg);
}

void hl_cancel_close(struct hl_cancel *cancel, void (*closed)(void *arg),
                     void *arg)
{
    cancel->closing = (struct hl_closing){.closed = closed, .arg = arg};
    hl_closing_handle(&cancel->closing, (uv_handle_t *)&cancel->wake);
    hl_closing_handle(&cancel->closing, (uv_handle_t *)&cancel->grace);
}
