/*
 * What becomes of a task when its attempt has ended. policy/judge.h decides it;
 * here it is done. Loop thread only.
 */
#ifndef HL_RUN_FOLLOW_H
#define HL_RUN_FOLLOW_H

#include "run/run.h"

/* For hl_mode_owner: the attempt of job has ended, or the part of its file can
 * be resumed from now on. */
void hl_run_finish(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply);
int hl_run_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part);
/* For hl_lookups: a lookup has ended. arg is the run. */
void hl_run_looked_up(void *arg, struct hl_host *host,
                      struct hl_addresses *addresses, enum haul_error error);
/* Takes tasks, so many at most, that wait at hosts that were given up. Each
 * goes on at a mirror, or fails. @return false when no such task is left. */
bool hl_run_end_given_up(struct hl_run *run, unsigned most);

#endif
