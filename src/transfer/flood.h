/*
 * Ends a connection whose server sends without end what belongs to no answer.
 *
 * On HTTP/2 libcurl reads on, without a word to us, until the server pauses or
 * sends something for the transfer at hand. A server that sends empty frames
 * faster than they are read would hold libcurl for ever: a loop with all of its
 * transfers, or a thread that nothing could stop. OpenSSL tells of each record
 * that it reads, and that is where we look at the time.
 */
#ifndef HL_TRANSFER_FLOOD_H
#define HL_TRANSFER_FLOOD_H

#include <stdint.h>

#include "util/stop.h"

/* Owned by whoever runs libcurl: a loop's glue, or a handle that blocks. Must
 * outlive its connections. */
struct hl_flood {
    struct hl_stop *stop; /* of the run */
    uint64_t since_ns;    /* when libcurl read the first of records */
    uint32_t records;     /* that libcurl has read since it last called us */
};

/* Watches the TLS connection that ssl, an SSL *, is. */
void hl_flood_watch(struct hl_flood *flood, struct hl_stop *stop, void *ssl);
/* libcurl calls us, or we call libcurl: it does not hang. */
static inline void hl_flood_end(struct hl_flood *flood)
{
    flood->records = 0;
}

#endif
