/*
 * The connection that an attempt uses: how it is opened, whether a kept one may
 * be used again, and when it is given up. On the transfer's thread.
 */
#ifndef HL_TRANSFER_CONNECTION_H
#define HL_TRANSFER_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

struct hl_xfer;

/* @return a CURLcode. */
int hl_connection_set_callbacks(struct hl_xfer *xfer);
/* To be called with the first line that comes on a new connection: it tells
 * which HTTP the server speaks. */
void hl_connection_heard(struct hl_xfer *xfer, const char *line, size_t size);
/* The server has been too slow for this request. Where it has sent nothing at
 * all on the connection since, the connection is dead: libcurl would keep it,
 * and send other requests there. Otherwise it is closed once nobody uses it. */
void hl_connection_give_up(struct hl_xfer *xfer);
/* Is the transfer slower than options->speed_limit allows? Then it has failed,
 * and the caller must end it. To be asked about once a second. */
bool hl_xfer_is_stalled(struct hl_xfer *xfer);

#endif
