/*
 * Is the network down? It is when hosts that had answered in this run fail, and
 * no host answers for a while. Until a host answers again, nothing is started
 * but one attempt a second, the probe, and no attempt counts.
 *
 * Pure; time is the caller's, in ns.
 */
#ifndef HL_SCHEDULE_OUTAGE_H
#define HL_SCHEDULE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

enum { HL_OUTAGE_HOST_SIZE = 128 };

/* All zero: nothing is known, and the network is up. */
struct hl_outage {
    uint64_t answered_ns; /* the last answer; 0 none yet */
    uint64_t silent_ns;   /* the first failure since then; 0 none */
    uint64_t since_ns;    /* the network is down since then; 0 it is up */
    uint64_t probed_ns;
    bool probing; /* a probe is under way */
    bool several; /* more than one host has failed since the last answer */
    char host[HL_OUTAGE_HOST_SIZE]; /* the first that has */
};

/* A host has answered. @return true when that ends an outage. */
bool hl_outage_answered(struct hl_outage *outage, uint64_t now_ns);
/* The host of origin, which had answered in this run, could not be reached or
 * went silent in an attempt that began at began_ns: if others were answered
 * since, the network is up. @return true when that begins an outage. */
bool hl_outage_failed(struct hl_outage *outage, const char *origin,
                      uint64_t began_ns, uint64_t now_ns);
/* The only host that has failed since the last answer; "": there are several.
 */
const char *hl_outage_host(const struct hl_outage *outage);
bool hl_outage_is_on(const struct hl_outage *outage);
/* May a task start now? During an outage one task a second may, as the probe:
 * true then also says that the probe is under way. */
bool hl_outage_try_start(struct hl_outage *outage, uint64_t now_ns);
/* No task was there to start when hl_outage_try_start() allowed it, or an
 * attempt has ended. */
void hl_outage_probe_ended(struct hl_outage *outage);
/* When to ask again; UINT64_MAX: no need. */
uint64_t hl_outage_next_ns(const struct hl_outage *outage);
/* How long the outage has lasted; 0: there is none. */
uint64_t hl_outage_lasted_ns(const struct hl_outage *outage, uint64_t now_ns);

#endif
