/*
 * A extra of the loops mode: a thread with a loop of its own, on which the
 * whole async mode runs. To that mode a extra is the engine: it has a owner
 * and an shared of its own.
 *
 * Structure: jobs go out in handoffs and come back in them, with their replies,
 * many at a time: one lock and one uv_async_send() for all that a turn of
 * either loop has brought. The functions here are for the session's thread.
 */
#ifndef HL_MODES_EXTRA_LOOP_H
#define HL_MODES_EXTRA_LOOP_H

#include "modes/handoff.h"
#include "modes/mode.h"

enum hl_order {
    HL_ORDER_CANCEL = 1, /* see hl_mode.cancel() */
    HL_ORDER_CLOSE = 2,  /* no job is taken: the thread ends */
};

/* What a extra has sent. */
struct hl_extra_loop_output {
    struct hl_handoff *ended; /* a list, of jobs that have their replies */
    struct hl_handoff
        *recording; /* waits for hl_extra_loop_recorded(); or NULL */
    const struct hl_part *part; /* its part */
    bool over; /* hl_extra_loop_release() is all that is left */
};

/* Embedded in the mode. */
struct hl_extra_loop {
    /* Set before the thread starts. */
    struct haul_options options; /* the run's, but for jobs: its part */
    struct hl_shared shared;
    struct hl_mode_owner owner;
    struct hl_trace *trace; /* a lane of the run's */
    uv_async_t *output;     /* the session's loop is to be told */
    uv_thread_t thread;
    bool threaded;
    /* Of the session's thread. */
    struct hl_handoff *handoffs;
    struct hl_handoff *free;    /* the last used first */
    struct hl_handoff *leaving; /* taken for it, and not sent yet */
    uint32_t busy;              /* handoffs that are not free */
    /* Of the extra's thread. */
    uv_loop_t loop;
    uv_async_t wake;       /* jobs or orders have come */
    uv_prepare_t turn_end; /* replies leave */
    void *inner;           /* state of the async mode; NULL: it is not open */
    struct hl_loop_watch *watch; /* or NULL */
    struct hl_handoff *waiting;  /* jobs that the async mode has no room for */
    struct hl_handoff *ended;    /* since the last turn */
    uint32_t held;               /* jobs that came and have not ended */
    uint64_t told_ns;            /* when figures were last told */
    unsigned open_parts;
    /* Under lock. */
    uv_mutex_t lock;
    uv_cond_t recorded;
    struct hl_handoff *inbox;
    struct hl_extra_loop_output outbox;
    int part_code; /* what came of outbox.part */
    unsigned orders;
    struct haul_loop_stats figures;
};

struct hl_extra_loop_setup {
    struct hl_mode_owner *owner; /* the session's; outlives the extra */
    uv_async_t *output;          /* sent when there is something to collect */
    uint32_t number;             /* of the loop, from 1 */
    uint32_t jobs;
    uint32_t first_worker;
};

/* Opens all but the thread. @return 0, or a code: then nothing is open. */
int hl_extra_loop_open(struct hl_extra_loop *extra,
                       const struct hl_extra_loop_setup *setup);
/* @return 0 or a libuv code. */
int hl_extra_loop_start(struct hl_extra_loop *extra);
bool hl_extra_loop_has_room(const struct hl_extra_loop *extra);
/* There must be room. Leaves with the next hl_extra_loop_send(). */
void hl_extra_loop_add(struct hl_extra_loop *extra, struct hl_job *job);
void hl_extra_loop_send(struct hl_extra_loop *extra);
void hl_extra_loop_order(struct hl_extra_loop *extra, enum hl_order order);
/* Never blocks for long. */
void hl_extra_loop_collect(struct hl_extra_loop *extra,
                           struct hl_extra_loop_output *out);
/* The part that was collected is on record, or that came to code. */
void hl_extra_loop_recorded(struct hl_extra_loop *extra, int code);
/* What became of the handoff's job has been told: it is free. */
void hl_extra_loop_free_handoff(struct hl_handoff *handoff);
/* What its loop did so far, but for the last moments. */
void hl_extra_loop_figures(struct hl_extra_loop *extra,
                           struct haul_loop_stats *out);
/* After HL_ORDER_CLOSE. Waits for the end of the thread; where none was started
 * does here what is left to be done. */
void hl_extra_loop_release(struct hl_extra_loop *extra);

#endif
