/*
 * The schedule: which task may start now.
 *
 * Structure: every task waits in the queue of its host. Hosts that may start a
 * task are served in turn, so that none starves another. They stand in three
 * lists: hosts that have answered, hosts that have not answered yet, and hosts
 * that could not be reached. The last two never get all slots, so that hosts
 * that are down cannot use up the run. A host has at most max_per_host tasks
 * running, fewer while it says that it is busy, and one while it cannot be
 * reached. Tasks between two attempts are not here, but in delayed.h.
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
#include "schedule/returns.h"

/* All numbers are resolved: none stands for a default. */
struct hl_schedule_options {
    uint32_t jobs;     /* slots that tasks run in */
    uint64_t start_ns; /* least time between two starts; 0 any */
    uint64_t host_start_ns;
    uint32_t host_rest; /* a host rests for so many thousandths of the time of
                           a task */
    uint32_t idle_max;  /* connections that the mode may keep open, for any task
                           of their hosts; 0 none */
    struct hl_host_options hosts;
};

struct hl_schedule {
    struct hl_hosts hosts;
    struct hl_spill *spill;
    struct hl_buf record;
    uint64_t start_ns; /* as in the options */
    uint64_t host_start_ns;
    uint32_t host_rest;
    uint32_t queue_max;     /* tasks of one host in memory */
    uint64_t next_start_ns; /* by start_ns */
    uint64_t urls;          /* tasks that came for their first attempt */
    uint64_t queued;        /* tasks in queues and spilled */
    uint64_t spilled;       /* of them */
    uint32_t slots;         /* options.jobs; the owner may lower it */
    uint32_t running;
    uint32_t started[HL_HOST_LISTS]; /* of these, by the list that their hosts
                                        were in */
    int error;     /* of the spill, which cannot be read; or 0 */
    uint64_t lost; /* tasks that were in it; the owner resets it */
    unsigned turn; /* index of the list to be served next */
    struct hl_returns returns;
};

/* @return 0 or UV_ENOMEM. dir_fd is where the spill may lie. */
int hl_schedule_init(struct hl_schedule *schedule,
                     const struct hl_schedule_options *options, int dir_fd);
/* Frees all but the tasks; there must be none. */
void hl_schedule_release(struct hl_schedule *schedule);

/*
 * Puts task in the queue of origin: at its end; or at its front, where the task
 * has had its turn before. The task is the schedule's from here until it comes
 * out. @return 0, or a libuv code, then task is still the caller's.
 */
int hl_schedule_add(struct hl_schedule *schedule, struct hl_task *task,
                    const char *origin, bool at_front, uint64_t now_ns);
/* A task to start, counted as running at its host; NULL: none may start. */
struct hl_task *hl_schedule_take(struct hl_schedule *schedule, uint64_t now_ns);
/* A taken task has ended, or was not started. @return true when the attempt
 * found an address dead and its host has others to try: then the attempt tells
 * nothing of the host. */
bool hl_schedule_done(struct hl_schedule *schedule, struct hl_task *task,
                      enum hl_host_answer answer, uint64_t now_ns);
/* The host of a task that runs has asked to wait until then. */
void hl_schedule_pause(struct hl_schedule *schedule, struct hl_task *task,
                       uint64_t until_ns, uint64_t now_ns);

/* When time alone lets a task start; UINT64_MAX: never. */
uint64_t hl_schedule_next_ns(const struct hl_schedule *schedule,
                             uint64_t now_ns);
/* Is it worth reading another request? It may be able to start now, and there
 * is memory for it if it has to wait. */
bool hl_schedule_wants(const struct hl_schedule *schedule, uint64_t now_ns);
/* What keeps tasks waiting while slots are free. has_more: more requests may
 * come; has_retries: there are tasks that wait for their next attempt, outside
 * the schedule. */
enum haul_held hl_schedule_held(const struct hl_schedule *schedule,
                                bool has_more, bool has_retries,
                                uint64_t now_ns);

/* A task of a host that was given up, to fail with *why; NULL: none. */
struct hl_task *hl_schedule_pop_failing(struct hl_schedule *schedule,
                                        uint64_t now_ns, enum haul_error *why);
/* Any task that waits, taken out; NULL: none is left. */
struct hl_task *hl_schedule_pop_any(struct hl_schedule *schedule);

/* A lookup has ended: addresses (which become the host's), or NULL and an
 * error, HAUL_ERR_NODOMAIN or HAUL_ERR_DNS. A lookup that failed by
 * HAUL_ERR_DNS is an attempt of the host's first task: @return that task, the
 * caller's from now on. */
struct hl_task *hl_schedule_looked_up(struct hl_schedule *schedule,
                                      struct hl_host *host,
                                      struct hl_addresses *addresses,
                                      enum haul_error error, uint64_t now_ns);

#endif
