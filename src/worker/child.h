/*
 * One worker process as its parent sees it. A child begins with the spawn, and
 * is gone when the parent has seen both the exit of the process and the end of
 * its pipe, in either order. Used by slot.c; loop thread.
 */
#ifndef HL_WORKER_CHILD_H
#define HL_WORKER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "transfer/job.h"
#include "transfer/shared.h"

struct hl_child;

/* How a worker ended. */
struct hl_child_end {
    int spawn_error; /* a libuv code: the process could not be started; or 0 */
    int64_t status;  /* its exit status */
    int signal;      /* that killed the process; 0 none */
    bool broke;      /* killed because it broke the protocol */
    bool was_ready;  /* it had sent READY */
    bool silent;     /* killed because it hung with a job */
    bool lost;       /* it was killed but does not end: nobody waits for it */
};

struct hl_child_hooks {
    /* A reply has come; borrowed until the call returns. @return false where
     * this worker does not have that job: then it is killed. */
    bool (*reply)(void *arg, uint64_t job, struct hl_reply *reply);
    /* The worker asks to put a job's part on record, and waits until *code, the
     * answer, is sent to it. @return as reply(). */
    bool (*part)(void *arg, uint64_t job, const struct hl_part *part,
                 int *code);
    /* The file of the worker's job has come this far. */
    void (*beat)(void *arg, const struct hl_incoming_file *file);
    /* The last call: the process has ended and its handles are closed. Only a
     * lost process may still run. */
    void (*gone)(void *arg, const struct hl_child_end *end);
    void *arg;
};

/*
 * Spawns options->worker_argv and sends HELLO. gone() follows, later, even when
 * the program cannot be run.
 * @return 0; UV_ENOMEM: then gone() does not come.
 */
int hl_child_spawn(struct hl_child **out, uv_loop_t *loop,
                   const struct hl_shared *shared, uint32_t worker,
                   const struct hl_child_hooks *hooks);
int hl_child_pid(const struct hl_child *child);
/* @return 0; UV_ENOMEM or UV_E2BIG: then nothing was sent. */
int hl_child_send_job(struct hl_child *child, const struct hl_job *job);
/* Tells the worker the level of shared->stop, unless it has been told. */
void hl_child_cancel(struct hl_child *child);
/* Ends the worker's input: it exits once it has no job. */
void hl_child_end_input(struct hl_child *child);
void hl_child_kill(struct hl_child *child);

/* How many calls of hl_child_look() in a row a worker may let pass. */
struct hl_child_patience {
    unsigned silent; /* with a job, without a frame: then it is killed */
    unsigned dying;  /* after it was killed: then it counts as lost */
};

/* To be called at regular intervals. Kills a worker that hangs, and gives up a
 * killed worker that does not end. */
void hl_child_look(struct hl_child *child,
                   const struct hl_child_patience *patience);
/* The loop was held up and could not read what the worker sent: counts from
 * zero again. */
void hl_child_forgive(struct hl_child *child);

#endif
