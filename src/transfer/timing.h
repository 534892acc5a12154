/* What happens to a transfer, as the phases of its attempt (phases.h). */
#ifndef HL_TRANSFER_TIMING_H
#define HL_TRANSFER_TIMING_H

#include <stdbool.h>
#include <stdint.h>

struct hl_xfer;

/* A socket is about to be opened for a new connection. */
void hl_timing_opened(struct hl_xfer *xfer);
/* The connection stands, and the request is about to be sent. */
void hl_timing_requested(struct hl_xfer *xfer, uint64_t now_ns);
/* The loop comes to an event of a connection that is being made; the event was
 * there since from_ns. It is no failure where connected. */
void hl_timing_reported(struct hl_xfer *xfer, bool connected, uint64_t from_ns,
                        uint64_t now_ns);
/* The first byte of the answer. */
void hl_timing_heard(struct hl_xfer *xfer);
/* A piece of the body has come, and goes to the file. */
void hl_timing_more(struct hl_xfer *xfer, uint64_t now_ns);
/* libcurl is done with the try; or, where nobody said so when it was,
 * hl_xfer_finish() is called. */
void hl_timing_over(struct hl_xfer *xfer, uint64_t now_ns);
/* The error is known of a try that libcurl had not begun with. */
void hl_timing_judged(struct hl_xfer *xfer, uint64_t now_ns);

#endif
