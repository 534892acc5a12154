/*
 * One worker process as its parent sees it: from the spawn until its exit and
 * the end of its pipe were both seen, in whichever order they come. Used by
 * the processes mode alone; loop thread.
 */
#ifndef HL_MODES_CHILD_H
#define HL_MODES_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "transfer/env.h"
#include "transfer/job.h"

struct hl_child;

/* How a worker ended. */
struct hl_child_end {
    int spawn_error; /* a libuv code: it could not begin; or 0 */
    int64_t status;  /* its exit status */
    int signal;      /* that killed it; 0 none */
    bool broke;      /* it sent what it must not, and was killed for that */
    bool was_ready;  /* it had said READY */
    bool silent;     /* it stood still with a job, and was killed for that */
    bool lost;       /* it was killed, and does not end: nobody waits for it */
};

struct hl_child_hooks {
    /* @return false for a reply to no job of this worker: it is killed. The
     * reply is borrowed until the call returns. */
    bool (*reply)(void *arg, uint64_t job, struct hl_reply *reply);
    /* The same for a part of a job. *code is what is to be answered. */
    bool (*part)(void *arg, uint64_t job, const struct hl_part *part,
                 int *code);
    /* The last call: the process is gone and nothing of it left, unless it is
     * lost. */
    void (*gone)(void *arg, const struct hl_child_end *end);
    void *arg;
};

/*
 * Spawns options->worker_argv and greets it. gone() follows, later, even when
 * the program cannot be run.
 * @return 0; UV_ENOMEM: then gone() does not come.
 */
int hl_child_spawn(struct hl_child **out, uv_loop_t *loop,
                   const struct hl_env *env, uint32_t worker,
                   const struct hl_child_hooks *hooks);
int hl_child_pid(const struct hl_child *child);
/* @return 0; UV_ENOMEM or UV_E2BIG: then nothing was sent. */
int hl_child_send_job(struct hl_child *child, const struct hl_job *job);
/* Passes on the level of env->stop, if it does not know it yet. */
void hl_child_cancel(struct hl_child *child);
/* Ends its input: it exits once it has no job. */
void hl_child_end_input(struct hl_child *child);
void hl_child_kill(struct hl_child *child);

/* How many looks in a row a worker may let pass. */
struct hl_child_patience {
    unsigned silent; /* with a job, without a word */
    unsigned dying;  /* once it was killed */
};

/* To be called at equal times. Kills a worker that stands still, and gives up
 * one that does not die of that. */
void hl_child_look(struct hl_child *child,
                   const struct hl_child_patience *patience);
/* Nobody could listen: the worker's time begins anew. */
void hl_child_forgive(struct hl_child *child);

#endif
