/* The clock of the calling thread. */
#ifndef HL_UTIL_THREAD_CLOCK_H
#define HL_UTIL_THREAD_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "util/time_units.h"

/* Processor time in ns that the calling thread has used so far. */
static inline uint64_t hl_thread_cpu_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * HL_NS_PER_S + (uint64_t)now.tv_nsec;
}

#endif
