/*
 * One turn of the run: takes requests in, has tasks start, and ends those that
 * need no attempt. Loop thread only.
 */
#ifndef HL_RUN_TURN_H
#define HL_RUN_TURN_H

#include "run/run.h"

/* For hl_wakeup. arg is the run. */
void hl_run_turn(void *arg);
/* For hl_cancel: the stop has risen, or its grace time is over. arg is the run.
 */
void hl_run_stop(void *arg);
/* For hl_mode_owner: a job to start; NULL: none may start now. Where no task is
 * ready, this first asks the embedder for requests (its pull function), takes
 * them in, and gives the results of those that need no attempt. All of that
 * happens before this returns, on the loop's thread. */
struct hl_job *hl_run_take(struct hl_mode_owner *owner);

#endif
