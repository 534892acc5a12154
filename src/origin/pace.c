#include "origin/pace.h"

/* How often a body goes on. All bodies go on at multiples of it, so that one
 * wakeup serves many connections. */
static const uint64_t tick_ns = 20000000;
/* Later than the exact time, so that rounding never makes it too early. */
static const uint64_t margin_ns = 1000;

/* The bytes of a body of end bytes that are due at now_ns. */
static uint64_t bytes_due(const struct hl_pace *pace, uint64_t end,
                          uint64_t now_ns)
{
    double seconds = (double)(now_ns - pace->begun_ns) / 1e9;
    double bytes = seconds * (double)pace->bandwidth;
    return bytes < (double)end ? (uint64_t)bytes : end;
}

/* When the first count bytes are due. */
static uint64_t time_due(const struct hl_pace *pace, uint64_t count)
{
    double ns = (double)count / (double)pace->bandwidth * 1e9;
    if (ns >= (double)(UINT64_MAX / 4))
        return UINT64_MAX / 2;
    return pace->begun_ns + (uint64_t)ns + margin_ns;
}

/* When a body goes on: at the first tick at which a byte is due. Its last bytes
 * do not wait for a tick, so that a short body takes its exact time too. */
static uint64_t next_turn(const struct hl_pace *pace, uint64_t end,
                          uint64_t now_ns)
{
    uint64_t first = time_due(pace, pace->granted + 1);
    uint64_t last = time_due(pace, end);
    uint64_t turn = (now_ns > first ? now_ns : first) / tick_ns * tick_ns;
    turn += tick_ns;
    return last < turn ? last : turn;
}

uint64_t hl_pace_grant(struct hl_pace *pace, uint64_t position, uint64_t end,
                       uint64_t now_ns, uint64_t *turn_ns)
{
    if (pace->bandwidth == 0)
        return end;
    if (pace->turn_ns == 0)
        pace->turn_ns = next_turn(pace, end, now_ns);
    if (position >= pace->granted && now_ns >= pace->turn_ns) {
        pace->granted = bytes_due(pace, end, now_ns);
        pace->turn_ns = next_turn(pace, end, now_ns);
    }
    *turn_ns = pace->turn_ns;
    return position < pace->granted ? pace->granted : position;
}

uint64_t hl_total_pace_take(struct hl_total_pace *total, uint64_t size,
                            uint64_t now_ns)
{
    if (total->bandwidth == 0)
        return 0;
    uint64_t due = total->free_ns > now_ns ? total->free_ns : now_ns;
    total->free_ns =
        due + (uint64_t)((double)size / (double)total->bandwidth * 1e9);
    return due;
}
