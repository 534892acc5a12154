/*
 * Adoption: a file that haul did not write has the name of a URL. With a listed
 * checksum its bytes decide whether it is the URL's; without one, whether it is
 * as long as the server says. In both cases the thread pool reads the file, so
 * that its hash goes on record.
 *
 * A file of haul's own, whose task has its name on record, comes here too when
 * the list has a checksum that the file was never compared with.
 *
 * Loop thread only. Each function takes the task, which goes on from there.
 */
#ifndef HL_RUN_ADOPT_H
#define HL_RUN_ADOPT_H

#include "run/run.h"

/* Finds out whether the file that is there is what task would fetch. */
void hl_adopt(struct hl_run *run, struct hl_task *task);
/* The server has told how long the file is. */
void hl_adopt_by_length(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply);
/* The file that is there is another: the task's gets another name. */
void hl_adopt_refused(struct hl_run *run, struct hl_task *task);
/* What becomes of task, whose name a foreign file has. HL_TODO_RENAME: the task
 * has another name now; HL_TODO_FETCH: its file may replace the foreign one.
 * The task stays the caller's. */
struct hl_decision hl_adopt_name_taken(struct hl_run *run,
                                       struct hl_task *task);

#endif
