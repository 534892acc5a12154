/*
 * Looks up host names on threads of its own, a few at a time, each host once.
 * libcurl would start a thread for every transfer, and would make the loop wait
 * for a thread that hangs. getaddrinfo() gives no time to live, so the schedule
 * keeps the addresses for a fixed time.
 *
 * Structure: the threads, as many as limits.jobs, are started when they are
 * first needed. They take names from one queue, put answers into another, and
 * wake the loop by uv_async_send(). They are detached, so that a lookup that
 * hangs does not hold up the end of the run. The queues live until the last
 * thread has ended. Nothing can end a lookup that hangs: after the timeout its
 * host is told that the lookup failed, and a new thread takes over. The thread
 * that hangs ends when its lookup returns.
 *
 * Loop thread only.
 */
#ifndef HL_SCHEDULE_DNS_LOOKUPS_H
#define HL_SCHEDULE_DNS_LOOKUPS_H

#include <uv.h>

#include "schedule/host.h"

struct hl_lookups;

/* Called for each lookup that was not forgotten. addresses are the callee's;
 * NULL with HAUL_ERR_NODOMAIN or HAUL_ERR_DNS. */
typedef void (*hl_lookups_fn)(void *arg, struct hl_host *host,
                              struct hl_addresses *addresses,
                              enum haul_error error);

struct hl_lookups_limits {
    uint32_t jobs;       /* lookups at a time */
    uint32_t timeout_ms; /* of a lookup */
};

/* *limits is copied. @return 0 or a libuv code. */
int hl_lookups_open(struct hl_lookups **out, uv_loop_t *loop,
                    const struct hl_lookups_limits *limits, hl_lookups_fn done,
                    void *arg);
/* Forgets all lookups. closed() is called on the loop, when no handle is left
 * on it. */
void hl_lookups_close(struct hl_lookups *lookups, void (*closed)(void *arg),
                      void *arg);

/* Looks up the name in host->origin, which hl_lookups_is_name(), and sets
 * host->lookup. @return 0; or a libuv code, then nothing is under way. */
int hl_lookups_begin(struct hl_lookups *lookups, struct hl_host *host);
/* host has a lookup under way. It is not told of the answer. */
void hl_lookups_forget(struct hl_host *host);
/* The same for all hosts: no lookup keeps the loop alive any more. */
void hl_lookups_forget_all(struct hl_lookups *lookups);

/* Can the host of the origin be looked up? An address or a name that is too
 * long cannot. */
bool hl_lookups_is_name(const char *origin);

#endif
