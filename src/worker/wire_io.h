/* Frames on a blocking descriptor, as the worker reads and writes them. */
#ifndef HL_WORKER_WIRE_IO_H
#define HL_WORKER_WIRE_IO_H

#include <sys/types.h>

#include "worker/wire.h"

/* A frame in memory of its own. All-zero is none. */
struct hl_wire_message {
    struct hl_wire_frame frame;
    unsigned char *data; /* owned; NULL: none */
};

/* @return 1; 0 when the other side has closed; or a negative code: then there
 * is nothing to release. */
int hl_wire_read(struct hl_wire_message *message, int fd);
void hl_wire_message_release(struct hl_wire_message *message);
/* Writes all of size bytes. @return 0 or a negative code. */
int hl_wire_write(int fd, const unsigned char *at, size_t size);

#endif
