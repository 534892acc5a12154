/*
 * Is a transfer slower than --speed-limit for as long as --speed-time? Time in
 * which haul itself holds it back, for --limit-rate or a slow disk, does not
 * count: libcurl's own check cannot know of that. Looked at about once a
 * second.
 */
#ifndef HL_TRANSFER_SPEED_H
#define HL_TRANSFER_SPEED_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

/* Times are uv_hrtime(). All zero: nothing is being waited for. */
struct hl_speed {
    uint64_t slow_since_ns; /* too slow on average since then; 0 not watched */
    uint64_t had_bytes;     /* that had come by then */
    uint64_t held_since_ns; /* 0: not held back now */
};

/* The request is out: from now on bytes are expected. */
void hl_speed_begin(struct hl_speed *speed, uint64_t had_bytes,
                    uint64_t now_ns);
/* haul holds it back, and lets it go on. Either may come again. */
void hl_speed_hold(struct hl_speed *speed, uint64_t now_ns);
void hl_speed_go(struct hl_speed *speed, uint64_t now_ns);
bool hl_speed_is_stalled(struct hl_speed *speed,
                         const struct haul_options *options, uint64_t bytes,
                         uint64_t now_ns);

#endif
