/*
 * How long servers take to begin an answer, each by itself: what is long for
 * one is usual for another. Owned by a loop's glue. Zeroed: nothing is known.
 */
#ifndef HL_TRANSFER_WAITS_H
#define HL_TRANSFER_WAITS_H

#include <stdbool.h>
#include <stdint.h>

enum { HL_WAITS_SERVERS = 64 };

struct hl_wait {
    uint64_t server;  /* 0: none yet */
    uint64_t kept_ns; /* of late, on kept connections; 0: not known */
    uint64_t new_ns;  /* with all that comes before, on new ones */
    bool crowded;     /* new connections wait for others to close: how long
                         they take says nothing any more */
};

/* Two servers may want the same place: the later one gets it. */
struct hl_waits {
    struct hl_wait of[HL_WAITS_SERVERS];
};

/* A number for the server at an address, as text, and a port; not 0. */
uint64_t hl_waits_server(const char *address, int port);
/* The same for the server that a socket is connected to; 0: for none. */
uint64_t hl_waits_server_of(int fd);
void hl_waits_note(struct hl_waits *waits, uint64_t server, bool kept,
                   uint64_t wait_ns);
void hl_waits_crowded(struct hl_waits *waits, uint64_t server);
/* From here on a wait for the server is long, on a new connection: a second,
 * and much longer than usual. UINT64_MAX where that is not known. */
uint64_t hl_waits_long(const struct hl_waits *waits, uint64_t server);

#endif
