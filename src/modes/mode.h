/*
 * A mode: one way to have transfers under way. It takes a job when it has
 * room and finishes it once; all policy is the engine's, so the four modes
 * differ in nothing but how they wait.
 *
 * Contract, the same for all: each job taken is finished exactly once, on
 * the loop's thread, never from inside take(); after closed() the loop holds
 * no handle of the mode. Whatever happens to a part on disk that its record
 * must know of waits for part_begun() to return, and for shared->settle().
 */
#ifndef HL_MODES_MODE_H
#define HL_MODES_MODE_H

#include <stdbool.h>
#include <uv.h>

#include "haul/haul.h"
#include "trace/trace.h"
#include "transfer/job.h"
#include "transfer/shared.h"

/* What the engine offers a mode; outlives it. */
struct hl_mode_owner {
    uv_loop_t *loop;
    const struct hl_shared *shared; /* options, trace, directory, rate, stop */
    uint32_t first_worker; /* workers are numbered from the one after it */
    /* A job to start, or NULL: nothing to start now. pump() comes again when
     * there is. */
    struct hl_job *(*take)(struct hl_mode_owner *owner);
    void (*finish)(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply);
    /* The part of a job that is taken can be resumed by these validators from
     * now on; or, where *part names none, not any more. Goes on record, which
     * shared->settle() is to bring into its file. Must not call the mode.
     * @return 0 or a code: the job then fails with it. */
    int (*part_begun)(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part);
};

/* Finishes a job that was taken and will not be started any more. */
static inline void hl_mode_owner_leave(struct hl_mode_owner *owner,
                                       struct hl_job *job)
{
    const struct hl_reply reply = {.error = HAUL_ERR_CANCELLED,
                                   .message = "interrupted",
                                   .start_ns = uv_hrtime()};
    owner->finish(owner, job, &reply);
}

/* What the engine asks of a mode. */
struct hl_mode {
    const char *name;    /* the word after --mode */
    const char *summary; /* its line in --help */
    uint32_t default_jobs;
    /* Other processes open its files: when a job is taken its claim must be in
     * the journal's file already. */
    bool files_elsewhere;
    /* @return 0 or a negative code; then nothing is open. */
    int (*open)(void **state, struct hl_mode_owner *owner);
    /* Jobs may be waiting: take until full. May start jobs, never finishes
     * any from inside. */
    void (*pump)(void *state);
    /* The stop level in shared->stop has risen, or the grace time is over:
     * taken jobs still finish, with HAUL_ERR_CANCELLED once hl_stop_now() says
     * so. May finish jobs from inside. */
    void (*cancel)(void *state);
    /* Called when no job is taken. closed() may come from inside. */
    void (*close)(void *state, void (*closed)(void *arg), void *arg);
    /* What the mode's own loop of that index, from 0, did so far. @return
     * false when there is no such one. NULL: there are none. */
    bool (*figures)(void *state, uint32_t index, struct haul_loop_stats *out);
};

extern const struct hl_mode hl_mode_async;
extern const struct hl_mode hl_mode_loops; /* async with options.loops > 1 */
extern const struct hl_mode hl_mode_threads;
extern const struct hl_mode hl_mode_processes;
extern const struct hl_mode hl_mode_sequential;

#endif
