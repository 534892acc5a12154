/*
 * Takes a job from the session's loop to another loop, and its reply back. One
 * thread has a handoff at a time; it passes from one to the other under the
 * lock of the loop thread.
 */
#ifndef HL_MODES_HANDOFF_H
#define HL_MODES_HANDOFF_H

#include "transfer/job.h"
#include "util/buf.h"

struct hl_loop_thread;

/* Owned by the loop thread. prev and next are utlist's; a handoff is in one
 * list at most. */
struct hl_handoff {
    struct hl_loop_thread *thread; /* whose loop the job goes to */
    struct hl_job *job;            /* the run's; borrowed until finish() */
    struct hl_job copy; /* of *job, for the other loop; borrows its strings */
    struct hl_reply reply; /* its strings are in text */
    struct hl_buf text;
    struct hl_handoff *prev;
    struct hl_handoff *next;
};

/* Copies *reply with its strings, which are gone once their transfer gets its
 * next job. Without memory for them the copy has no strings, and a failure
 * becomes HAUL_ERR_IO, "out of memory". */
void hl_handoff_answer(struct hl_handoff *handoff,
                       const struct hl_reply *reply);
void hl_handoff_release(struct hl_handoff *handoff);

#endif
