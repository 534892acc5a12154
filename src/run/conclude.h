/*
 * Tasks come to their ends: what the journal and the embedder are told. Loop
 * thread only.
 */
#ifndef HL_RUN_CONCLUDE_H
#define HL_RUN_CONCLUDE_H

#include "run/run.h"

/* Fills in the times of a reply that only the run knows, now that the reply has
 * come to it: how long the attempt waited for its turn, and the reply for the
 * run. @return the latter, which is part of ready, in µs. */
uint64_t hl_run_complete_times(const struct hl_task *task,
                               struct hl_reply *reply, uint64_t now_ns);

/* Each ends the task, and frees it. */

/* What the last attempt came to. The reply's times are complete. */
void hl_run_conclude(struct hl_run *run, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome);
/* It is left to the next run, and no attempt is under way. */
void hl_run_leave(struct hl_run *run, struct hl_task *task);
/* It failed, and not by an attempt. sys_errno may be 0. */
void hl_run_fail(struct hl_run *run, struct hl_task *task,
                 enum haul_error error, int sys_errno, const char *message);
/* It failed by a libuv code of this machine, and is not on record as failed. */
void hl_run_fail_code(struct hl_run *run, struct hl_task *task, int code);

#endif
