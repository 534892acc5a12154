/*
 * Tasks wait: for their turn in the queue of their host, or for their time
 * between two attempts. Loop thread only.
 */
#ifndef HL_RUN_WAITING_H
#define HL_RUN_WAITING_H

#include "run/run.h"

/* Puts a task in the queue of the host that its URL now has; again: at its
 * front. A task that cannot be queued fails. */
void hl_run_enqueue(struct hl_run *run, struct hl_task *task, bool again);
/* Has the task wait so many ms, and then enqueues it again. */
void hl_run_delay(struct hl_run *run, struct hl_task *task, uint64_t wait_ms);
/* Enqueues the tasks whose time has come. */
void hl_run_enqueue_due(struct hl_run *run);
/* Gives the tasks in run->ready back to the schedule. */
void hl_run_unready(struct hl_run *run);
/* Has a turn begin when time lets a task start. */
void hl_run_arm(struct hl_run *run);
/* Any task that waits, taken out; NULL: none. */
struct hl_task *hl_run_pop_waiting(struct hl_run *run);

#endif
