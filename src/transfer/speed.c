#include "transfer/speed.h"

static const double ns_per_s = 1e9;

void hl_speed_begin(struct hl_speed *speed, uint64_t had_bytes, uint64_t now_ns)
{
    *speed = (struct hl_speed){.slow_since_ns = now_ns, .had_bytes = had_bytes};
}

void hl_speed_hold(struct hl_speed *speed, uint64_t now_ns)
{
    if (speed->held_since_ns == 0)
        speed->held_since_ns = now_ns;
}

void hl_speed_go(struct hl_speed *speed, uint64_t now_ns)
{
    if (speed->held_since_ns == 0)
        return;
    speed->slow_since_ns += now_ns - speed->held_since_ns;
    speed->held_since_ns = 0;
}

bool hl_speed_is_stalled(struct hl_speed *speed,
                         const struct haul_options *options, uint64_t bytes,
                         uint64_t now_ns)
{
    if (options->speed_limit == HAUL_NONE || speed->slow_since_ns == 0 ||
        speed->held_since_ns != 0 || now_ns <= speed->slow_since_ns)
        return false;
    double seconds = (double)(now_ns - speed->slow_since_ns) / ns_per_s;
    if ((double)(bytes - speed->had_bytes) >= options->speed_limit * seconds) {
        speed->slow_since_ns = now_ns;
        speed->had_bytes = bytes;
        return false;
    }
    return seconds >= options->speed_time_s;
}
