/*
 * The IP addresses that a host's name was looked up to. Attempts use one of
 * them until it turns out to be dead, then the next.
 */
#ifndef HL_SCHEDULE_HOST_ADDRESSES_H
#define HL_SCHEDULE_HOST_ADDRESSES_H

#include <stdbool.h>

#include "schedule/task.h"

enum { HL_ADDRESSES_MAX = 8 };

struct hl_addresses {
    unsigned count;
    unsigned at;     /* index of the one in use */
    unsigned failed; /* in a row, of those that were tried */
    char text[][HL_ADDRESS_SIZE];
};

/* Has task's next attempt connect to the address in use, of which task gets a
 * copy. addresses may be NULL: then libcurl looks the name up. */
void hl_addresses_give(const struct hl_addresses *addresses,
                       struct hl_task *task);
/* The attempt of task could not connect to the address that it was given.
 * addresses may be NULL. @return true when there is an address that was not
 * tried yet; it is the one in use now. */
bool hl_addresses_next(struct hl_addresses *addresses,
                       const struct hl_task *task);

#endif
