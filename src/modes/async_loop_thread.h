/*
 * A thread with an event loop, on which a share of the run's transfers runs
 * (async_loop.c). To these transfers the loop thread is the run: it gives them
 * jobs and takes their replies.
 *
 * Structure: a job goes to the thread in a handoff and comes back in it, with
 * its reply. Many handoffs travel at a time, with one lock and one
 * uv_async_send() for all that one turn of a loop has brought. All functions
 * here are for the session's thread.
 */
#ifndef HL_MODES_ASYNC_LOOP_THREAD_H
#define HL_MODES_ASYNC_LOOP_THREAD_H

#include "modes/handoff.h"
#include "modes/mode.h"
#include "modes/part_recorder.h"

enum hl_loop_order {
    HL_LOOP_CANCEL = 1, /* see cancel() of struct hl_mode_calls */
    HL_LOOP_CLOSE = 2,  /* no job is taken: the thread ends */
};

/* Embedded in its owner. */
struct hl_loop_thread {
    /* Set before the thread starts. */
    struct haul_options
        options;                /* the run's, but for jobs: this loop's share */
    struct hl_shared shared;    /* the run's, but for options and trace */
    struct hl_mode_owner owner; /* of the transfers on the loop */
    struct hl_trace *trace;     /* a lane of the run's */
    struct hl_part_recorder *recorder; /* borrowed; on the session's loop */
    uv_async_t *output;                /* on the session's loop: collect */
    uv_thread_t thread;
    bool started;
    /* Only for the session's thread. */
    struct hl_handoff *handoffs;
    struct hl_handoff *free;    /* the last used first */
    struct hl_handoff *leaving; /* added and not sent yet */
    uint32_t busy;              /* handoffs that are not free */
    /* Only for the loop's thread. */
    uv_loop_t loop;
    uv_async_t wake;             /* jobs or orders have come */
    uv_prepare_t turn_end;       /* sends the replies of the turn */
    void *transfers;             /* state of async_loop.c; NULL: not open */
    struct hl_loop_watch *watch; /* or NULL */
    struct hl_handoff *waiting;  /* until the transfers have room for them */
    struct hl_handoff *ended;    /* in this turn */
    uint32_t held;               /* jobs that came and have not ended */
    uint64_t told_ns;            /* when figures were last set */
    unsigned open_parts;         /* watch and transfers, while they close */
    /* Under lock. */
    uv_mutex_t lock;
    struct hl_handoff *inbox;
    struct hl_handoff *outbox; /* with their replies */
    bool over; /* the thread ends: only hl_loop_thread_release() is left */
    unsigned orders;
    struct haul_loop_stats figures;
};

struct hl_loop_thread_setup {
    struct hl_mode_owner *owner; /* the session's; outlives the loop thread */
    struct hl_part_recorder *recorder; /* the same */
    uv_async_t *output; /* sent when there is something to collect */
    uint32_t number;    /* of the loop, from 1 */
    uint32_t jobs;
    uint32_t first_worker;
};

/* Opens the loop and its transfers, without the thread. @return 0, or a code:
 * then nothing is open. */
int hl_loop_thread_open(struct hl_loop_thread *thread,
                        const struct hl_loop_thread_setup *setup);
/* @return 0 or a libuv code. */
int hl_loop_thread_start(struct hl_loop_thread *thread);
bool hl_loop_thread_has_room(const struct hl_loop_thread *thread);
/* Takes a job over, for which there must be room. The job goes to the thread
 * with the next hl_loop_thread_send(). */
void hl_loop_thread_add(struct hl_loop_thread *thread, struct hl_job *job);
void hl_loop_thread_send(struct hl_loop_thread *thread);
void hl_loop_thread_order(struct hl_loop_thread *thread,
                          enum hl_loop_order order);
/* Appends the handoffs of jobs that have ended to *ended. @return whether the
 * thread is over. */
bool hl_loop_thread_collect(struct hl_loop_thread *thread,
                            struct hl_handoff **ended);
/* The handoff's job was finished: another may use the handoff. */
void hl_loop_thread_free_handoff(struct hl_handoff *handoff);
/* What the loop did up to some milliseconds ago. */
void hl_loop_thread_figures(struct hl_loop_thread *thread,
                            struct haul_loop_stats *out);
/* After HL_LOOP_CLOSE. Waits for the end of the thread. Where the thread was
 * never started, closes the loop on the calling thread. */
void hl_loop_thread_release(struct hl_loop_thread *thread);

#endif
