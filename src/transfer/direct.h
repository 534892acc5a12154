/*
 * A long body that comes over HTTP/1 without TLS, faster than the loop takes
 * it, is received past libcurl: one thread of the pool reads the connection's
 * socket and writes to the file. Through libcurl each byte is copied once more,
 * and then crosses to the core that stores it. (Where only one body comes that
 * is faster all the same, because two cores share the work.)
 *
 * The loop asks hl_direct_is_due() and hl_direct_may_take(), puts another
 * socket in the place of libcurl's, and calls hl_direct_begin(). Then
 * hl_direct_run() on a thread of the pool and hl_direct_ran() on the loop's
 * follow each other, until hl_direct_end().
 */
#ifndef HL_TRANSFER_DIRECT_H
#define HL_TRANSFER_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct hl_xfer;

/* What follows a run; else the CURLcode that the transfer ends with. */
enum {
    HL_DIRECT_RUN = -1,   /* another run */
    HL_DIRECT_AWAIT = -2, /* another run, once the socket can be read */
};

/* Bytes that came on the transfer's connection before its request, which is
 * about to be sent. Asks the kernel only where a long body is under way
 * already: a list of small files is spared it. @return UINT64_MAX: not known.
 */
uint64_t hl_direct_read_before(const struct hl_xfer *xfer, bool is_new);
/* Is this such a body, and is enough of it left? */
bool hl_direct_is_due(const struct hl_xfer *xfer);
/* fd is the connection's socket. Do many bytes wait there, and has libcurl
 * handed over all that it has read? False where nobody can tell. Not from
 * inside libcurl. */
bool hl_direct_may_take(const struct hl_xfer *xfer, int fd);
/* fd is the connection's socket, which libcurl has no more. hl_direct_end()
 * closes it. */
void hl_direct_begin(struct hl_xfer *xfer, int fd);
/* The next run waits for a thread. */
void hl_direct_queued(struct hl_xfer *xfer);
/* Receives and stores for a while. Blocks on the disk. */
void hl_direct_run(struct hl_xfer *xfer);
/* Ends a run soon. Any thread. */
void hl_direct_hurry(struct hl_xfer *xfer);
/* Counts what the run has received. @return what follows. */
int hl_direct_ran(struct hl_xfer *xfer);
/* Closes the socket. Does nothing where libcurl has it. */
void hl_direct_end(struct hl_xfer *xfer);

#endif
