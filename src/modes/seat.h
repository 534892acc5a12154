/*
 * A job's way from the session's loop to another one and back. A seat is with
 * one thread at a time; it is passed on under a member's lock.
 */
#ifndef HL_MODES_SEAT_H
#define HL_MODES_SEAT_H

#include "transfer/job.h"
#include "util/buf.h"

struct hl_member;

/* Owned by its member. In one list at a time, or in none while it is under
 * way; lists are utlist's, of prev and next. */
struct hl_seat {
    struct hl_member *member; /* whose loop it leads to */
    struct hl_job *job;       /* the engine's; borrowed until finish() */
    struct hl_job copy;    /* of it, for the other loop: strings are shared */
    struct hl_reply reply; /* its strings are in text */
    struct hl_buf text;
    struct hl_seat *prev;
    struct hl_seat *next;
};

/* Copies *reply, strings and all: those of the transfer are good for as long
 * only as it is not used for another job. Without memory for them they are
 * missing, and what failed has failed for want of memory. */
void hl_seat_answer(struct hl_seat *seat, const struct hl_reply *reply);
void hl_seat_release(struct hl_seat *seat);

#endif
