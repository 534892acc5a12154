/* Writing to a descriptor whose reader may be slow, as a pipe's. */
#ifndef HL_UTIL_WRITE_ALL_H
#define HL_UTIL_WRITE_ALL_H

#include <stddef.h>

#include "util/stop.h"

/* Writes all of it, in order, and blocks until it is taken. @return 0; or a
 * libuv code, UV_ECANCELED once stop says so: some of it may be written
 * then. */
int hl_write_all(int fd, const void *data, size_t size, struct hl_stop *stop);

#endif
