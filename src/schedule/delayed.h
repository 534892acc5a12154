/*
 * Tasks that wait for their time between two attempts. The first thousands
 * are in memory, sorted by the time. What does not fit is on disk, grouped
 * into spans of a few seconds.
 */
#ifndef HL_SCHEDULE_DELAYED_H
#define HL_SCHEDULE_DELAYED_H

#include <stdint.h>

#include "schedule/spill.h"
#include "schedule/task.h"
#include "util/heap.h"

enum { HL_DELAYED_SPANS = 64 };

/* All zero but for the spill, it is empty. */
struct hl_delayed {
    struct hl_spill *spill; /* borrowed */
    struct hl_heap heap;    /* tasks, by due.at */
    struct hl_chain spans[HL_DELAYED_SPANS];
    uint64_t span_due_ns[HL_DELAYED_SPANS]; /* when each is read back; of an
                                               empty one without meaning */
    uint64_t spilled;                       /* tasks on disk */
    struct hl_buf record;
    int error;     /* of a task that could not be read back; or 0 */
    uint64_t lost; /* how many could not be read back; the owner resets it */
};

/* Frees all but the tasks; there must be none. */
void hl_delayed_release(struct hl_delayed *delayed);
/* Keeps task until task->due.at. The task that comes out then may be a copy.
 * @return 0, or a libuv code; then task is still the caller's. */
int hl_delayed_add(struct hl_delayed *delayed, struct hl_task *task);
/* When the next task is due; UINT64_MAX: there is none. */
uint64_t hl_delayed_next_ns(const struct hl_delayed *delayed);
/* A task that is due at now_ns, taken out. NULL: none is, or one could not be
 * read back, which error and lost tell. */
struct hl_task *hl_delayed_pop(struct hl_delayed *delayed, uint64_t now_ns);
uint64_t hl_delayed_count(const struct hl_delayed *delayed);

#endif
