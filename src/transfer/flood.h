/*
 * Ends a connection whose server sends without end what belongs to no answer.
 *
 * In HTTP/2 libcurl reads on, without calling us, until the server pauses or
 * sends something for the transfer at hand. A server that sends empty frames
 * faster than libcurl reads them would hold libcurl for ever, and with it a
 * loop with all of its transfers, or a thread that nothing could stop. OpenSSL
 * calls us for each record that it reads, and there we look at the clock.
 */
#ifndef HL_TRANSFER_FLOOD_H
#define HL_TRANSFER_FLOOD_H

#include <stdint.h>

#include "util/stop.h"

/* Owned by whoever runs libcurl: a loop's glue, or a handle that blocks. On the
 * thread of its owner. Must outlive the connections that it watches. */
struct hl_flood {
    struct hl_stop *stop; /* of the run */
    uint32_t records;     /* that libcurl has read since it last called us */
    uint64_t since_ns;    /* uv_hrtime() when it read the first of them */
};

/* Watches a connection of which ssl is the SSL *, from the end of its handshake
 * on; until then tls.h counts its messages. */
void hl_flood_watch(struct hl_flood *flood, struct hl_stop *stop, void *ssl);
/* To be called whenever libcurl calls us or we call libcurl: libcurl does not
 * hang. */
static inline void hl_flood_end(struct hl_flood *flood)
{
    flood->records = 0;
}

#endif
