/*
 * A member of the loops mode: a thread with a loop of its own, on which the
 * whole async mode runs. To that mode a member is the engine: it has a desk
 * and an env of its own.
 *
 * Structure: jobs go out in seats and come back in them, with their replies,
 * many at a time: one lock and one uv_async_send() for all that a turn of
 * either loop has brought. The functions here are for the session's thread.
 */
#ifndef HL_MODES_MEMBER_H
#define HL_MODES_MEMBER_H

#include "modes/mode.h"
#include "modes/seat.h"

enum hl_order {
    HL_ORDER_CANCEL = 1, /* see hl_mode.cancel() */
    HL_ORDER_CLOSE = 2,  /* no job is taken: the thread ends */
};

/* What a member has sent. */
struct hl_member_news {
    struct hl_seat *ended;      /* a list, of jobs that have their replies */
    struct hl_seat *recording;  /* waits for hl_member_recorded(); or NULL */
    const struct hl_part *part; /* its part */
    bool over;                  /* hl_member_release() is all that is left */
};

/* Embedded in the mode. */
struct hl_member {
    /* Set before the thread starts. */
    struct haul_options options; /* the run's, but for jobs: its part */
    struct hl_env env;
    struct hl_desk desk;
    struct hl_trace *trace; /* a lane of the run's */
    uv_async_t *news;       /* the session's loop is to be told */
    uv_thread_t thread;
    bool threaded;
    /* Of the session's thread. */
    struct hl_seat *seats;
    struct hl_seat *free;    /* the last used first */
    struct hl_seat *leaving; /* taken for it, and not sent yet */
    uint32_t busy;           /* seats that are not free */
    /* Of the member's thread. */
    uv_loop_t loop;
    uv_async_t wake;       /* jobs or orders have come */
    uv_prepare_t turn_end; /* replies leave */
    void *inner;           /* state of the async mode; NULL: it is not open */
    struct hl_loop_watch *watch; /* or NULL */
    struct hl_seat *waiting;     /* jobs that the async mode has no room for */
    struct hl_seat *ended;       /* since the last turn */
    uint32_t held;               /* jobs that came and have not ended */
    uint64_t told_ns;            /* when figures were last told */
    unsigned open_parts;
    /* Under lock. */
    uv_mutex_t lock;
    uv_cond_t recorded;
    struct hl_seat *inbox;
    struct hl_member_news outbox;
    int part_code; /* what came of outbox.part */
    unsigned orders;
    struct haul_loop_stats figures;
};

struct hl_member_setup {
    struct hl_desk *desk; /* the session's; outlives the member */
    uv_async_t *news;     /* sent when there is something to collect */
    uint32_t number;      /* of the loop, from 1 */
    uint32_t jobs;
    uint32_t first_worker;
};

/* Opens all but the thread. @return 0, or a code: then nothing is open. */
int hl_member_open(struct hl_member *member,
                   const struct hl_member_setup *setup);
/* @return 0 or a libuv code. */
int hl_member_start(struct hl_member *member);
bool hl_member_has_room(const struct hl_member *member);
/* There must be room. Leaves with the next hl_member_send(). */
void hl_member_add(struct hl_member *member, struct hl_job *job);
void hl_member_send(struct hl_member *member);
void hl_member_order(struct hl_member *member, enum hl_order order);
/* Never blocks for long. */
void hl_member_collect(struct hl_member *member, struct hl_member_news *out);
/* The part that was collected is on record, or that came to code. */
void hl_member_recorded(struct hl_member *member, int code);
/* What became of the seat's job has been told: it is free. */
void hl_member_free_seat(struct hl_seat *seat);
/* What its loop did so far, but for the last moments. */
void hl_member_figures(struct hl_member *member, struct haul_loop_stats *out);
/* After HL_ORDER_CLOSE. Waits for the end of the thread; where none was started
 * does here what is left to be done. */
void hl_member_release(struct hl_member *member);

#endif
