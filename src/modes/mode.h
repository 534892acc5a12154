/*
 * A mode: one way to have transfers under way. A mode takes a job when it has
 * room, and finishes each job that it took once. What is to be done is the
 * run's to decide; the modes differ only in how they wait.
 *
 * Contract, the same for all modes: each job taken is finished exactly once,
 * on the loop's thread, and never from inside take(). After closed() the loop
 * holds no handle of the mode. Before a transfer opens or changes a part, it
 * waits until part_begun() and then shared->settle() have returned.
 *
 * To add a mode: a file in this room that defines hl_mode_WORD, with its traits
 * and its calls, and a line in HAUL_MODE_MAP of haul.h. Nothing else asks which
 * mode a run has: see traits.h. Only messages name the modes (--mode in
 * --help), and compare/compare.c, which chooses the rows of its table.
 */
#ifndef HL_MODES_MODE_H
#define HL_MODES_MODE_H

#include <stdbool.h>
#include <uv.h>

#include "haul/debug.h"
#include "modes/traits.h"
#include "trace/trace.h"
#include "transfer/job.h"
#include "transfer/shared.h"

/* What the run offers a mode; outlives it. */
struct hl_mode_owner {
    uv_loop_t *loop;
    const struct hl_shared *shared; /* options, trace, directory, rate, stop */
    uint32_t first_worker; /* the number before that of the first worker */
    /* A job to start. NULL: there is none now, and pump() is called when there
     * is one. Inside this call the run may read on in the list and give the
     * embedder results. */
    struct hl_job *(*take)(struct hl_mode_owner *owner);
    void (*finish)(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply);
    /* From now on the part of this job can be resumed with the validators in
     * *part, or, if it has none, not any more. Puts that on record, which
     * shared->settle() then writes to the journal's file. Must not call the
     * mode. @return 0, or a code: the job fails with it. */
    int (*part_begun)(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part);
};

/* Finishes a job that was taken and will not be started any more. */
static inline void hl_mode_owner_leave(struct hl_mode_owner *owner,
                                       struct hl_job *job)
{
    const struct hl_reply reply = {.error = HAUL_ERR_CANCELLED,
                                   .message =
                                       haul_error_text(HAUL_ERR_CANCELLED),
                                   .start_ns = uv_hrtime()};
    owner->finish(owner, job, &reply);
}

/* What the run asks of a mode. */
struct hl_mode_calls {
    /* @return 0, or a negative code: then nothing is open. */
    int (*open)(void **state, struct hl_mode_owner *owner);
    /* Called when jobs may be waiting. The mode takes jobs until it is full. It
     * may start transfers here, but must not call finish(). */
    void (*pump)(void *state);
    /* Called when the level of shared->stop has risen, and when the grace time
     * is over. Jobs that are taken still finish; once hl_stop_is_due() is true,
     * soon and with HAUL_ERR_CANCELLED. May call finish(). */
    void (*cancel)(void *state);
    /* Called when no job is taken, never from inside take() or finish(). May
     * call closed() before it returns. */
    void (*close)(void *state, void (*closed)(void *arg), void *arg);
    /* What the mode's own loop of this index, from 0, did so far. @return
     * false: there is no such loop. NULL: the mode has no loops of its own. */
    bool (*figures)(void *state, uint32_t index, struct haul_loop_stats *out);
};

struct hl_mode {
    struct hl_mode_traits traits;
    const struct hl_mode_calls *calls;
    /* Instead of calls where options.loops is more than 1, and where it is 0.
     * NULL: traits.several_loops is false. */
    const struct hl_mode_calls *calls_of_loops;
    const struct hl_mode_calls *calls_of_auto;
};

#define X(id, word) extern const struct hl_mode hl_mode_##word;
HAUL_MODE_MAP(X)
#undef X

/* The calls for options, which are sound. Static. */
const struct hl_mode_calls *hl_mode_calls(const struct haul_options *options);

#endif
