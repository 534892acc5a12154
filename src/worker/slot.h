/*
 * Room for one transfer in a worker process: at most one job, and at most one
 * child process that does the job. The slot spawns the child for its first job
 * and keeps it for later ones. When the child dies, the job stays in the slot
 * and another child begins it again. A job under which three children died is
 * given back as failed. If a killed child does not end, its job is given back
 * as lost, and the slot gets no other. Loop thread.
 */
#ifndef HL_WORKER_SLOT_H
#define HL_WORKER_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "transfer/job.h"
#include "transfer/shared.h"
#include "worker/child.h"

enum { HL_SLOT_MESSAGE_MAX = 256 };

/* What the slots of a run share; embedded in their owner, which sets loop,
 * shared and the callbacks. */
struct hl_slot_group {
    uv_loop_t *loop;
    const struct hl_shared *shared; /* borrowed */
    /* The job of a slot has ended, and the slot is free. *reply is borrowed
     * until the call returns. */
    void (*finish)(struct hl_slot_group *group, struct hl_job *job,
                   const struct hl_reply *reply);
    /* A part begins, as hl_mode_owner.part_begun() says. @return 0 or a code.
     */
    int (*part_begun)(struct hl_slot_group *group, struct hl_job *job,
                      const struct hl_part *part);
    /* A child has ended, and what becomes of its job is settled. */
    void (*child_gone)(struct hl_slot_group *group);
    uint32_t children; /* processes that are not gone yet */
    bool ever_ready;   /* a child could be started at least once */
    char broken[HL_SLOT_MESSAGE_MAX]; /* why no child can be started;
                                         "": they can */
};

/* Embedded in its owner, which closes the timer when no child is left. */
struct hl_slot {
    struct hl_slot_group *group;
    uint32_t number;        /* of the worker, from 1 */
    struct hl_child *child; /* NULL: none */
    struct hl_job *job; /* borrowed until finish(); NULL: the slot is free */
    uv_timer_t timer;   /* active while a job waits in the slot */
    struct hl_incoming_file file; /* how far the job's file has come */
    uint64_t begun_ns;       /* when the job last went to a child; 0: not yet */
    unsigned deaths;         /* children that died with this job */
    unsigned barren;         /* children in a row that finished no job */
    uint64_t served;         /* jobs that this child has finished */
    enum haul_error verdict; /* the timer will finish the job with it; HAUL_OK:
                                the timer will begin the job */
    char message[HL_SLOT_MESSAGE_MAX];
    bool lost; /* its killed child does not end: it gets no other job */
};

void hl_slot_init(struct hl_slot *slot, struct hl_slot_group *group,
                  uint32_t number);
/* The slot must be free. Never finishes the job from inside. */
void hl_slot_begin(struct hl_slot *slot, struct hl_job *job);
/* Passes the stop on to the child. A job that waits for a child is finished as
 * cancelled. */
void hl_slot_cancel(struct hl_slot *slot);

#endif
