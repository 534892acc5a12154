/*
 * Is a transfer slower than options->speed_limit for options->speed_time_s?
 * Time in which haul itself holds the transfer back, for its rate limit or a
 * slow disk, does not count. (libcurl has such a check too, but cannot know of
 * that time.) To be asked about once a second.
 */
#ifndef HL_TRANSFER_SPEED_H
#define HL_TRANSFER_SPEED_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

/* Times are uv_hrtime(). All zero: no bytes are expected. */
struct hl_speed {
    uint64_t slow_since_ns; /* too slow on average since then; 0: no bytes are
                               expected */
    uint64_t had_bytes;     /* bytes that had come by then */
    uint64_t held_since_ns; /* held back by haul since then; 0: not now */
};

/* The request is out: from now on bytes are expected. */
void hl_speed_begin(struct hl_speed *speed, uint64_t had_bytes,
                    uint64_t now_ns);
/* haul holds the transfer back, and lets it go on. Calls may repeat. */
void hl_speed_hold(struct hl_speed *speed, uint64_t now_ns);
void hl_speed_go(struct hl_speed *speed, uint64_t now_ns);
bool hl_speed_is_stalled(struct hl_speed *speed,
                         const struct haul_options *options, uint64_t bytes,
                         uint64_t now_ns);

#endif
