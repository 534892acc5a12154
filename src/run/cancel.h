/*
 * The end of a run before its time: the user's order to stop, or the first
 * failure of this machine that ends the run. The order itself is util/stop.h,
 * which all threads look at; this is how the loop's thread comes to obey it.
 */
#ifndef HL_RUN_CANCEL_H
#define HL_RUN_CANCEL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "util/closing.h"
#include "util/stop.h"

struct hl_trace;

/* Embedded in its owner, which must outlive closed(). */
struct hl_cancel {
    struct hl_stop stop;
    int error;        /* the first failure that ends the run; or 0 */
    unsigned level;   /* of the stop, as the owner was told */
    uv_async_t wake;  /* the stop has risen; does not keep the loop alive */
    uv_timer_t grace; /* what is in flight must end; nor does this one */
    struct hl_trace *trace;
    void (*told)(void *arg);
    void *arg;
    struct hl_closing closing;
};

/* To be called before any other function, on a struct that is all zero: the
 * stop can be looked at from here on. */
void hl_cancel_init(struct hl_cancel *cancel, uint64_t grace_ms);
/* told() is called on the loop when the stop has risen, and when its grace time
 * is over. trace may be NULL. @return 0 or a libuv code; then nothing is open.
 */
int hl_cancel_open(struct hl_cancel *cancel, uv_loop_t *loop,
                   struct hl_trace *trace, void (*told)(void *arg), void *arg);
/* Raises the stop by a level. Any thread, and signal handlers. */
void hl_cancel_raise(struct hl_cancel *cancel);
/* A failure of this machine ends the run: nothing more is started, and what is
 * in flight has its grace time. More failures, and those after an order, do not
 * shorten that. */
void hl_cancel_fail(struct hl_cancel *cancel, int code);
/* Has the stop been raised? Any thread. */
bool hl_cancel_is_on(const struct hl_cancel *cancel);
/* Calls told() now, where the stop has risen since the last call. */
void hl_cancel_look(struct hl_cancel *cancel);
/* closed() is called on the loop, when no handle is left. */
void hl_cancel_close(struct hl_cancel *cancel, void (*closed)(void *arg),
                     void *arg);

#endif
