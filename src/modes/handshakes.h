/*
 * Which hosts close the connection after each transfer, so that each transfer
 * there costs a new TLS handshake; and whether such handshakes keep a loop so
 * busy that more loops pay. At hosts that keep connections more loops cost:
 * each loop has to connect for itself.
 *
 * Pure: it reads no clock.
 */
#ifndef HL_MODES_HANDSHAKES_H
#define HL_MODES_HANDSHAKES_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer/job.h"

enum { HL_HANDSHAKES_ORIGINS = 256 };

/* What was seen of an origin. */
struct hl_handshakes_origin {
    uint64_t hash;     /* 0: none */
    uint64_t ended_ns; /* its first transfer ended: from then on there is a
                          connection to use again, if the origin keeps any */
    uint32_t fresh;    /* transfers that began later and had to connect all the
                          same, since a connection was last used again */
};

/* All zero: nothing was seen. */
struct hl_handshakes {
    /* By hash. Of origins that share a place the last one is there. */
    struct hl_handshakes_origin origins[HL_HANDSHAKES_ORIGINS];
    uint32_t again;  /* transfers with a handshake at hosts that close */
    uint32_t others; /* transfers without a handshake */
};

/* What a loop did in a window of time. */
struct hl_loop_load {
    uint64_t wall_ns; /* the length of the window */
    uint64_t cpu_ns;  /* of it, processor time of the loop's thread */
    uint64_t idle_ns; /* all processors together were idle */
    uint32_t again;   /* as in struct hl_handshakes, in the window */
    uint32_t others;
};

/* A transfer from url has ended, at now_ns. */
void hl_handshakes_note(struct hl_handshakes *h, const char *url,
                        const struct hl_reply *reply, uint64_t now_ns);
/* Does each transfer from this URL's origin take a new TLS handshake? */
bool hl_handshakes_repeat(const struct hl_handshakes *h, const char *url);
/* Would more loops do the same in less time? */
bool hl_more_loops_pay(const struct hl_loop_load *load);

#endif
