/*
 * The schedule: which task may start now.
 *
 * Structure: every task waits in the queue of its host. Hosts that may start
 * one are served in turn, so that none starves another. They stand in three
 * lines, of those that have answered, that have not answered yet, and that
 * could not be reached; the last two never fill all slots, so that dead ones
 * cannot. A host has at most max_per_host tasks running, fewer while
 * it says that it is busy, and one while it cannot be reached. Tasks between
 * attempts stand outside, in a heap by time.
 *
 * Memory goes with what is in flight, not with the list: of a host's tasks the
 * first few are in memory, the rest in the spill.
 *
 * Loop thread only. Time is the caller's, in ns, so that a run can be
 * simulated.
 */
#ifndef HL_SCHEDULE_SCHEDULE_H
#define HL_SCHEDULE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "schedule/host.h"
#include "schedule/later.h"
#include "trace/trace.h"

/* All numbers are resolved: none stands for a default. */
struct hl_schedule_options {
    uint32_t jobs;         /* slots that tasks run in */
    uint32_t max_per_host; /* UINT32_MAX no limit */
    bool adapt;            /* lower a busy host's cap */
    uint64_t start_ns;     /* least time between two starts; 0 any */
    uint64_t host_start_ns;
    uint32_t give_up; /* failures to connect in a row */
    uint32_t retry_delay_ms;
    struct hl_trace *trace;
    /* A host's first task has come: does it need a lookup? NULL: none does. */
    enum hl_lookup_state (*lookup)(void *arg, const char *origin);
    /* It does, now. @return 0, or a code when it must be asked again. */
    int (*look_up)(void *arg, struct hl_host *host);
    /* A host that may have been looked up is forgotten. */
    void (*forget)(void *arg, struct hl_host *host);
    void *arg;
};

struct hl_schedule {
    struct hl_schedule_options o;
    struct hl_spill *spill;
    struct hl_host *hosts; /* uthash by origin */
    struct hl_host *lists[HL_HOST_LISTS];
    struct hl_heap paused; /* hosts, by the time they wake */
    struct hl_later later; /* tasks between attempts */
    struct hl_buf record;
    uint32_t queue_max;     /* of one host, in memory */
    uint64_t next_start_ns; /* by o.start_ns */
    uint64_t queued;        /* tasks in queues and spilled */
    uint64_t spilled;       /* of them */
    uint32_t slots;         /* o.jobs, or fewer where the machine has not got
                               as many */
    uint32_t running;
    uint32_t started[HL_HOST_LISTS]; /* of these, by the line they were in */
    uint32_t unproven_hosts; /* that something runs at, and have not answered */
    uint32_t idle;           /* hosts in that list */
    uint32_t lowered;        /* hosts with tasks that have less than
                                o.max_per_host, for they were busy */
    uint32_t hosts_count;
    struct hl_host *drained; /* where hl_schedule_pop_any() is */
    int error;               /* of the spill, which cannot be read */
    uint64_t lost;           /* tasks that were in it */
    bool any_answered;
    unsigned turn; /* the line to be served next */
};

/* What an attempt told of its host. */
enum hl_host_answer {
    HL_HOST_ANSWER_NONE,
    HL_HOST_ANSWER_ANSWERED,
    HL_HOST_ANSWER_BUSY,        /* 429 or 503: ease off */
    HL_HOST_ANSWER_UNREACHABLE, /* no connection */
};

/* @return 0 or UV_ENOMEM. dir_fd is where the spill may lie. */
int hl_schedule_init(struct hl_schedule *schedule,
                     const struct hl_schedule_options *options, int dir_fd);
/* Frees all but the tasks; there must be none. */
void hl_schedule_release(struct hl_schedule *schedule);

/*
 * Puts task at the end of the queue of origin, in memory or in the spill: the
 * task is the schedule's from here until it comes out. @return 0, or a libuv
 * code, then task is still the caller's.
 */
int hl_schedule_add(struct hl_schedule *schedule, struct hl_task *task,
                    const char *origin, uint64_t now_ns);
/* The same at the front: it has had its turn before. */
int hl_schedule_add_again(struct hl_schedule *schedule, struct hl_task *task,
                          const char *origin, uint64_t now_ns);
/* A task to start, counted as running at its host; NULL: none may start. */
struct hl_task *hl_schedule_take(struct hl_schedule *schedule, uint64_t now_ns);
/* A taken task runs no more. @return true when it found an address dead, and
 * its host has others to try: the attempt says nothing of the host. */
bool hl_schedule_done(struct hl_schedule *schedule, struct hl_task *task,
                      enum hl_host_answer answer, uint64_t now_ns);
/* Starts nothing for a while at the host of a task that runs: it asked for
 * that. */
void hl_schedule_pause(struct hl_schedule *schedule, struct hl_task *task,
                       uint64_t until_ns, uint64_t now_ns);

/* Holds a task until task->due.at; it is the schedule's. @return 0, or a libuv
 * code, then task is still the caller's. */
int hl_schedule_delay(struct hl_schedule *schedule, struct hl_task *task);
/* A delayed task that is due, or NULL: none is, or one could not be read back,
 * which error and lost then tell. */
struct hl_task *hl_schedule_pop_due(struct hl_schedule *schedule,
                                    uint64_t now_ns);
/* When time alone lets something start; UINT64_MAX: never. */
uint64_t hl_schedule_next_ns(const struct hl_schedule *schedule,
                             uint64_t now_ns);
/* Would a task that is read now perhaps start at once, and is there room for
 * it where not? */
bool hl_schedule_wants(const struct hl_schedule *schedule, uint64_t now_ns);
/* Are there free slots, and tasks whose hosts are at their caps? */
bool hl_schedule_is_held(const struct hl_schedule *schedule);
/* Have most hosts that are in use said that they are busy? */
bool hl_schedule_is_lowered(const struct hl_schedule *schedule);
uint64_t hl_schedule_waiting(const struct hl_schedule *schedule);

/* A task of a host that was given up, to fail with *why; NULL: none. */
struct hl_task *hl_schedule_pop_doomed(struct hl_schedule *schedule,
                                       uint64_t now_ns, enum haul_error *why);
/* Any task that waits, delayed or queued, taken out; NULL: none is left. */
struct hl_task *hl_schedule_pop_any(struct hl_schedule *schedule);

/* A lookup has ended: addresses (which become the host's), or NULL and an
 * error, HAUL_ERR_NODOMAIN or HAUL_ERR_DNS. In the last case @return the task
 * that this was an attempt of; it is the caller's. */
struct hl_task *hl_schedule_looked_up(struct hl_schedule *schedule,
                                      struct hl_host *host,
                                      struct hl_addresses *addresses,
                                      enum haul_error error, uint64_t now_ns);

/* Whatever is looked up, no host will hear of it. */
void hl_schedule_forget_lookups(struct hl_schedule *schedule);

#endif
