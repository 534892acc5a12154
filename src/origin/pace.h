/*
 * Limited bandwidth: how far a body may be sent by now, and when it goes on.
 * Pure: the caller brings the clock.
 */
#ifndef HL_ORIGIN_PACE_H
#define HL_ORIGIN_PACE_H

#include <stdint.h>

/* The pace of one body. The caller sets bandwidth and begun_ns; the rest is
 * zero before the first call. */
struct hl_pace {
    uint64_t bandwidth; /* bytes/s; 0 no limit */
    uint64_t begun_ns;  /* when the body began */
    uint64_t granted;   /* bytes that may be sent already */
    uint64_t turn_ns;   /* when more are granted; 0: not known yet */
};

/* Asks whether a body of end bytes may be sent from position on, at now_ns.
 * @return the offset up to which it may be sent; or position, which means not
 * yet: then *turn_ns is when to ask again. */
uint64_t hl_pace_grant(struct hl_pace *pace, uint64_t position, uint64_t end,
                       uint64_t now_ns, uint64_t *turn_ns);

/* The bandwidth that all bodies share. The caller sets it; the rest is zero. */
struct hl_total_pace {
    uint64_t bandwidth; /* bytes/s; 0 no limit */
    uint64_t free_ns;   /* when all bytes that were asked for are sent */
};

/* Asks when a body may send its next size bytes: behind what was asked for
 * before. They count as sent from then on. @return that time; 0 at once. */
uint64_t hl_total_pace_take(struct hl_total_pace *total, uint64_t size,
                            uint64_t now_ns);

#endif
