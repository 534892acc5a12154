/*
 * Tasks that wait for their time, between two attempts: the first thousands
 * in a heap, by the millisecond; what does not fit in there on disk, in
 * chains for a few seconds each.
 */
#ifndef HL_SCHEDULE_LATER_H
#define HL_SCHEDULE_LATER_H

#include <stdint.h>

#include "schedule/spill.h"
#include "schedule/task.h"
#include "util/heap.h"

enum { HL_LATER_SPANS = 64 };

/* All zero, with a spill, is empty. */
struct hl_later {
    struct hl_spill *spill; /* borrowed */
    struct hl_heap heap;    /* tasks, by due.at */
    struct hl_chain spans[HL_LATER_SPANS];
    uint64_t span_due_ns[HL_LATER_SPANS]; /* when each is read back; of an
                                             empty one without meaning */
    uint64_t spilled;
    uint64_t lost; /* of them, what could not be read */
    struct hl_buf record;
};

void hl_later_release(struct hl_later *later);
/* Keeps task until task->due.at; in the spill it is a copy, and the task is
 * freed. @return 0 or a libuv code, then task is still the caller's. */
int hl_later_add(struct hl_later *later, struct hl_task *task);
/* When the next must be asked for; UINT64_MAX: there is none. */
uint64_t hl_later_next_ns(const struct hl_later *later);
/* *out is a task that is due at now_ns, or NULL. @return 0, or the code of a
 * spill that cannot be read. */
int hl_later_pop(struct hl_later *later, uint64_t now_ns, struct hl_task **out);
uint64_t hl_later_count(const struct hl_later *later);

#endif
