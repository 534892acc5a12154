/*
 * How late a loop is: a timer that should fire each 5 ms. One that fires late
 * counts for each tick that was missed meanwhile, or a single long callback
 * would look like one late tick of many.
 */
#ifndef HL_TRACE_LAG_H
#define HL_TRACE_LAG_H

#include <stdint.h>
#include <uv.h>

/* A histogram of µs, log-linear: 32 steps an octave, 3 % wide. */
enum { HL_LAG_STEPS = 32, HL_LAG_BUCKETS = 60 * HL_LAG_STEPS };

/* Embedded by whoever measures. */
struct hl_lag {
    uv_timer_t timer; /* unref'd */
    uint64_t due_ns;
    uint64_t count;
    uint64_t max_us;
    uint32_t buckets[HL_LAG_BUCKETS];
};

void hl_lag_start(struct hl_lag *lag, uv_loop_t *loop);
/* Closes the timer; the lag must live until closed was called. */
void hl_lag_close(struct hl_lag *lag, uv_close_cb closed);
/* One late tick, and those that were missed because of it. */
void hl_lag_add(struct hl_lag *lag, uint64_t late_ns);
/* quantile from 0 to 1. */
uint64_t hl_lag_quantile_us(const struct hl_lag *lag, double quantile);

#endif
