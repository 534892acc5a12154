/*
 * Lookups of host names: off the loop, a few at a time, each host once.
 * libcurl's own would start a thread for every transfer, and join one that
 * hangs on the loop. getaddrinfo() tells no time to live, so the schedule
 * holds what is found for a fixed time.
 *
 * Structure: threads of our own, as many as jobs, started when they are first
 * needed, take names from one queue and put answers in another, of which the
 * loop hears by uv_async_send(). They are detached: one that hangs in a lookup
 * must not hold up the end of the run. What they share outlives them all.
 * Nothing can end a lookup that hangs: after the timeout its host is told that
 * it failed, and a new thread takes the place of the one that hangs, which ends
 * when its lookup returns.
 */
#ifndef HL_SCHEDULE_LOOKUPS_H
#define HL_SCHEDULE_LOOKUPS_H

#include <uv.h>

#include "schedule/host.h"

struct hl_dns;

/* Called on the loop for each lookup that was not forgotten. addresses are
 * the callee's then; NULL with HAUL_ERR_NODOMAIN or HAUL_ERR_DNS. */
typedef void (*hl_dns_fn)(void *arg, struct hl_host *host,
                          struct hl_addresses *addresses,
                          enum haul_error error);

struct hl_dns_limits {
    uint32_t jobs;       /* lookups at a time */
    uint32_t timeout_ms; /* of a lookup */
};

/* *limits is copied. @return 0 or a libuv code. */
int hl_dns_open(struct hl_dns **out, uv_loop_t *loop,
                const struct hl_dns_limits *limits, hl_dns_fn done, void *arg);
/* Forgets all lookups. closed() is called on the loop, when no handle is left
 * on it. */
void hl_dns_close(struct hl_dns *dns, void (*closed)(void *arg), void *arg);

/* Looks up host->origin's name, which hl_dns_is_name(); sets host->lookup.
 * @return 0; or a libuv code, then nothing is under way. */
int hl_dns_look_up(struct hl_dns *dns, struct hl_host *host);
/* host has a lookup under way, which will not be told of. */
void hl_dns_forget(struct hl_host *host);
/* The same for all hosts: no lookup keeps the loop alive any more. */
void hl_dns_forget_all(struct hl_dns *dns);

/* Has the origin's host a name that can be looked up, or is it an address, or
 * too long for any name? */
bool hl_dns_is_name(const char *origin);

#endif
