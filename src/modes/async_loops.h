/* Async transfers on several event loops, each on a thread of its own. */
#ifndef HL_MODES_ASYNC_LOOPS_H
#define HL_MODES_ASYNC_LOOPS_H

#include "modes/mode.h"

extern const struct hl_mode_calls hl_several_loops;

/* For async_auto.c, which opens the loops in the middle of a run, and takes the
 * jobs itself. All else is done through hl_several_loops. */

/* As hl_several_loops.open, for so many loops. Their workers have the numbers
 * after first_worker. */
int hl_several_loops_open(void **state, struct hl_mode_owner *owner,
                          uint32_t loops, uint32_t first_worker);
/* Gives a job of the run to the loop that has the fewest, if that has fewer
 * than the caller has itself, who has jobs together with these loops. The job
 * goes there with the next hl_several_loops_send(). @return whether it does. */
bool hl_several_loops_add(void *state, struct hl_job *job, uint32_t jobs);
void hl_several_loops_send(void *state);

#endif
