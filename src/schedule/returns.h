/*
 * Do tasks come for hosts whose connection is idle? In a list that is shuffled
 * the next task of a host comes when the host has none. If the connection is
 * open still, the task needs no new one. But in a list of very many hosts the
 * connection would wait in vain: so many others come between that it must be
 * closed for them.
 *
 * Pure. It counts what keeping connections would have saved, whether they were
 * kept or not.
 */
#ifndef HL_SCHEDULE_RETURNS_H
#define HL_SCHEDULE_RETURNS_H

#include <stdbool.h>
#include <stdint.h>

/* All zero but for idle_max: nothing is known. */
struct hl_returns {
    uint32_t idle_max;  /* connections that may be kept open; 0: no matter what
                           comes, none is kept for a host without tasks */
    uint64_t left;      /* times that a host was left without a task */
    uint32_t came;      /* tasks for hosts that had none, of late */
    uint32_t came_back; /* of them, those that an idle connection could serve */
};

/* The last task of a host starts. @return what to pass to
 * hl_returns_came() when the next task comes for that host. */
uint64_t hl_returns_left(struct hl_returns *returns);
/* A task comes for a host that has none. left_at: 0 for a new host. */
void hl_returns_came(struct hl_returns *returns, uint64_t left_at);
/* Is a connection to a host without tasks worth keeping? */
bool hl_returns_pay(const struct hl_returns *returns);

#endif
