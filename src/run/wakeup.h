/*
 * Calls its owner back on the loop: in the next turn of the loop, or at a time.
 * Loop thread only.
 */
#ifndef HL_RUN_WAKEUP_H
#define HL_RUN_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "util/closing.h"

struct hl_trace;

/* Embedded in its owner, which must outlive closed(). */
struct hl_wakeup {
    uv_idle_t idle; /* active: the callback comes in the next turn */
    uv_timer_t timer;
    struct hl_trace *trace;
    void (*wake)(void *arg);
    void *arg;
    bool is_closing;
    struct hl_closing closing;
};

/* trace may be NULL. */
void hl_wakeup_init(struct hl_wakeup *waker, uv_loop_t *loop,
                    struct hl_trace *trace, void (*wake)(void *arg), void *arg);
/* Calls wake() once in the next turn of the loop. */
void hl_wakeup_soon(struct hl_wakeup *waker);
/* Calls wake() at at_ns of uv_hrtime(), or soon where that is over. UINT64_MAX:
 * at no time. Takes the place of an earlier call. */
void hl_wakeup_at(struct hl_wakeup *waker, uint64_t at_ns);
/* wake() is not called any more. closed() is called on the loop, when no handle
 * is left. */
void hl_wakeup_close(struct hl_wakeup *waker, void (*closed)(void *arg),
                     void *arg);

#endif
