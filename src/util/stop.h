/*
 * The order to stop, as every thread of a run sees it: a level that only
 * rises. Level 1: start nothing new, go on with what is in flight for the
 * grace time. Level 2: stop now.
 */
#ifndef HL_UTIL_STOP_H
#define HL_UTIL_STOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hl_stop {
    atomic_uint level;
    atomic_uint_least64_t first_ns; /* when level 1 was first seen; 0 not yet */
    uint64_t grace_ns;
};

void hl_stop_init(struct hl_stop *stop, uint64_t grace_ns);
/* Any thread, signal handlers. */
void hl_stop_raise(struct hl_stop *stop);
/* Raises it to level 1, where nobody has raised it yet. Any thread. */
void hl_stop_begin(struct hl_stop *stop);
unsigned hl_stop_level(const struct hl_stop *stop);
/* True once what is in flight must end: level 2, or level 1 and the grace
 * time is over. Any thread. */
bool hl_stop_is_due(struct hl_stop *stop);

#endif
