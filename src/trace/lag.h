/*
 * How late a loop is, measured by a timer that should fire each 5 ms. Each tick
 * that was missed meanwhile counts as late too: otherwise one long callback
 * would look like a single late tick among many.
 */
#ifndef HL_TRACE_LAG_H
#define HL_TRACE_LAG_H

#include <stdint.h>
#include <uv.h>

/* A histogram of µs with 32 steps for each doubling: a step is 3 % wide. */
enum { HL_LAG_STEPS = 32, HL_LAG_BUCKETS = 60 * HL_LAG_STEPS };

struct hl_lag {
    uv_timer_t timer; /* unref'd; the owner closes it */
    uint64_t due_ns;
    uint64_t count;
    uint64_t max_us;
    uint32_t buckets[HL_LAG_BUCKETS];
};

void hl_lag_start(struct hl_lag *lag, uv_loop_t *loop);
/* Counts a late tick, and the ticks that were missed because of it. */
void hl_lag_add(struct hl_lag *lag, uint64_t late_ns);
/* quantile from 0 to 1. */
uint64_t hl_lag_quantile_us(const struct hl_lag *lag, double quantile);

#endif
