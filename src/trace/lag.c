#include "trace/lag.h"

#include <string.h>

#include "util/container_of.h"

enum { TICK_MS = 5 };

static const uint64_t tick_ns = 1000000ull * TICK_MS;

static unsigned bucket_of(uint64_t us)
{
    unsigned octave = 0;
    while (us >> octave >= 2 * HL_LAG_STEPS)
        octave++;
    return octave * HL_LAG_STEPS + (unsigned)(us >> octave);
}

static uint64_t value_of(unsigned bucket)
{
    if (bucket < 2 * HL_LAG_STEPS)
        return bucket;
    unsigned octave = bucket / HL_LAG_STEPS - 1;
    return (uint64_t)(bucket - octave * HL_LAG_STEPS) << octave;
}

static void add_one(struct hl_lag *lag, uint64_t us)
{
    lag->buckets[bucket_of(us)]++;
    lag->count++;
    if (us > lag->max_us)
        lag->max_us = us;
}

void hl_lag_add(struct hl_lag *lag, uint64_t late_ns)
{
    add_one(lag, late_ns / 1000);
    for (uint64_t missed = tick_ns; missed < late_ns; missed += tick_ns)
        add_one(lag, (late_ns - missed) / 1000);
}

uint64_t hl_lag_quantile_us(const struct hl_lag *lag, double quantile)
{
    uint64_t rank = (uint64_t)((double)lag->count * quantile);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HL_LAG_BUCKETS; i++) {
        seen += lag->buckets[i];
        if (seen > rank)
            return value_of(i);
    }
    return lag->max_us;
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_lag *lag = container_of(timer, struct hl_lag, timer);
    uint64_t now = uv_hrtime();
    hl_lag_add(lag, now > lag->due_ns ? now - lag->due_ns : 0);
    uv_update_time(timer->loop);
    lag->due_ns = uv_hrtime() + tick_ns;
    uv_timer_start(timer, on_uv_timer, TICK_MS, 0);
}

void hl_lag_start(struct hl_lag *lag, uv_loop_t *loop)
{
    memset(lag, 0, sizeof(*lag));
    uv_timer_init(loop, &lag->timer);
    uv_update_time(loop);
    lag->due_ns = uv_hrtime() + tick_ns;
    uv_timer_start(&lag->timer, on_uv_timer, TICK_MS, 0);
    uv_unref((uv_handle_t *)&lag->timer);
}
