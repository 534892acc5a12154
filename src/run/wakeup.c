#include "run/wakeup.h"

#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/time_units.h"

void hl_wakeup_init(struct hl_wakeup *waker, uv_loop_t *loop,
                    struct hl_trace *trace, void (*wake)(void *arg), void *arg)
{
    *waker = (struct hl_wakeup){.trace = trace, .wake = wake, .arg = arg};
    uv_idle_init(loop, &waker->idle);
    uv_timer_init(loop, &waker->timer);
}

static void on_uv_idle(uv_idle_t *idle)
{
    struct hl_wakeup *waker = container_of(idle, struct hl_wakeup, idle);
    HL_IN_CALLBACK(waker->trace, HL_CB_RUN);
    uv_idle_stop(idle);
    waker->wake(waker->arg);
}

void hl_wakeup_soon(struct hl_wakeup *waker)
{
    if (!waker->is_closing)
        uv_idle_start(&waker->idle, on_uv_idle);
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_wakeup *waker = container_of(timer, struct hl_wakeup, timer);
    HL_IN_CALLBACK(waker->trace, HL_CB_DUE);
    hl_wakeup_soon(waker);
}

void hl_wakeup_at(struct hl_wakeup *waker, uint64_t at_ns)
{
    uint64_t now = uv_hrtime();
    if (waker->is_closing || at_ns == UINT64_MAX) {
        uv_timer_stop(&waker->timer);
        return;
    }
    uint64_t wait =
        at_ns > now ? (at_ns - now + HL_NS_PER_MS - 1) / HL_NS_PER_MS : 0;
    uv_update_time(waker->timer.loop);
    uv_timer_start(&waker->timer, on_uv_timer, wait, 0);
}

void hl_wakeup_close(struct hl_wakeup *waker, void (*closed)(void *arg),
                     void *arg)
{
    waker->is_closing = true;
    waker->closing = (struct hl_closing){.closed = closed, .arg = arg};
    hl_closing_handle(&waker->closing, (uv_handle_t *)&waker->idle);
    hl_closing_handle(&waker->closing, (uv_handle_t *)&waker->timer);
}
