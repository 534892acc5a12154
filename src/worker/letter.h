/* Frames on a blocking descriptor, as the worker reads and writes them. */
#ifndef HL_WORKER_LETTER_H
#define HL_WORKER_LETTER_H

#include <sys/types.h>

#include "worker/wire.h"

/* A frame in memory of its own. All-zero is none. */
struct hl_letter {
    struct hl_wire_frame frame;
    unsigned char *data; /* owned; NULL: none */
};

/* @return 1; 0 when the other side has closed; or a negative code: then there
 * is nothing to release. */
int hl_letter_read(struct hl_letter *letter, int fd);
void hl_letter_release(struct hl_letter *letter);
/* Writes all of size bytes. @return 0 or a negative code. */
int hl_wire_write(int fd, const unsigned char *at, size_t size);

#endif
