/*
 * Opens and closes what a run's transfers use (transfer/shared.h): the
 * directory, the budget of --limit-rate, and counters. Loop thread only.
 */
#ifndef HL_RUN_RESOURCES_H
#define HL_RUN_RESOURCES_H

#include <stdatomic.h>
#include <stdbool.h>

#include "haul/haul.h"
#include "transfer/shared.h"

/* Owned by the session. */
struct hl_resources {
    struct hl_shared shared;
    struct hl_incoming incoming;    /* worker processes count there too */
    atomic_uint_least64_t short_ns; /* as of struct hl_shared */
    atomic_uint connections;        /* as of struct hl_shared */
    bool dir_is_new; /* there was nothing in it when the run began */
};

/* Makes the directory where there is none. *options are resolved and borrowed.
 * The journal, the trace and the stop are for the caller to fill in. @return 0
 * or a code; hl_resources_close() is due in any case. */
int hl_resources_open(struct hl_resources *resources,
                      const struct haul_options *options);
void hl_resources_close(struct hl_resources *resources);

#endif
