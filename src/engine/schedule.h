/*
 * The schedule: which task may start now. One queue a host, hosts served in
 * turn so that none starves another, at most max_per_host at a time from
 * each. Tasks that wait for another attempt stand outside, in a heap by time.
 */
#ifndef HL_ENGINE_SCHEDULE_H
#define HL_ENGINE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/task.h"
#include "trace/trace.h"

struct hl_schedule {
    struct hl_host *hosts; /* uthash by origin; empty ones are dropped */
    struct hl_host *ready; /* list of those that may start one now */
    uint32_t max_per_host; /* UINT32_MAX: no limit */
    struct hl_trace *trace;
    struct hl_task **later; /* heap by due_ns */
    size_t later_count;
    size_t later_size;
    size_t queued; /* in the hosts' queues */
    uint32_t hosts_count;
};

void hl_schedule_init(struct hl_schedule *schedule, uint32_t max_per_host,
                      struct hl_trace *trace);
/* Frees all but the tasks; there must be none. */
void hl_schedule_release(struct hl_schedule *schedule);

/* Puts task at the end of the queue of origin. Its memory stays the
 * caller's. @return 0 or UV_ENOMEM. */
int hl_schedule_add(struct hl_schedule *schedule, struct hl_task *task,
                    const char *origin);
/* A task to start, counted as running at its host; NULL: none may start. */
struct hl_task *hl_schedule_take(struct hl_schedule *schedule);
/* A taken task runs no more. */
void hl_schedule_done(struct hl_schedule *schedule, struct hl_task *task);

/* Holds a task until task->due_ns. @return 0 or UV_ENOMEM. */
int hl_schedule_delay(struct hl_schedule *schedule, struct hl_task *task);
/* When the first delayed task is due; UINT64_MAX: there is none. */
uint64_t hl_schedule_next_due(const struct hl_schedule *schedule);
/* A delayed task that is due at now_ns, or NULL. */
struct hl_task *hl_schedule_pop_due(struct hl_schedule *schedule,
                                    uint64_t now_ns);
/* Any task that waits, delayed or queued, taken out; NULL: none is left. */
struct hl_task *hl_schedule_pop_any(struct hl_schedule *schedule);

#endif
