/*
 * Tasks come to their ends: what the journal and the embedder are told. Loop
 * thread only.
 */
#ifndef HL_RUN_CONCLUDE_H
#define HL_RUN_CONCLUDE_H

#include "run/run.h"

/* Each ends the task, and frees it. */

/* What the last attempt came to. */
void hl_run_conclude(struct hl_run *run, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome);
/* It failed, and not by an attempt. sys_errno may be 0. */
void hl_run_fail(struct hl_run *run, struct hl_task *task,
                 enum haul_error error, int sys_errno, const char *message);
/* It failed by a libuv code of this machine, and is not on record as failed. */
void hl_run_fail_code(struct hl_run *run, struct hl_task *task, int code);

#endif
