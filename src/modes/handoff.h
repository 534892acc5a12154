/*
 * A job's way from the session's loop to another one and back. A handoff is
 * with one thread at a time; it is passed on under a extra's lock.
 */
#ifndef HL_MODES_HANDOFF_H
#define HL_MODES_HANDOFF_H

#include "transfer/job.h"
#include "util/buf.h"

struct hl_extra_loop;

/* Owned by its extra. In one list at a time, or in none while it is under
 * way; lists are utlist's, of prev and next. */
struct hl_handoff {
    struct hl_extra_loop *extra; /* whose loop it leads to */
    struct hl_job *job;          /* the engine's; borrowed until finish() */
    struct hl_job copy;    /* of it, for the other loop: strings are shared */
    struct hl_reply reply; /* its strings are in text */
    struct hl_buf text;
    struct hl_handoff *prev;
    struct hl_handoff *next;
};

/* Copies *reply, strings and all: those of the transfer are good for as long
 * only as it is not used for another job. Without memory for them they are
 * missing, and what failed has failed for want of memory. */
void hl_handoff_answer(struct hl_handoff *handoff,
                       const struct hl_reply *reply);
void hl_handoff_release(struct hl_handoff *handoff);

#endif
