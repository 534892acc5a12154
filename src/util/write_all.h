/* Writing to a pipe or another descriptor whose reader may be slow. */
#ifndef HL_UTIL_WRITE_ALL_H
#define HL_UTIL_WRITE_ALL_H

#include <stddef.h>

#include "util/stop.h"

/* Writes all of data and blocks until the reader has taken it. @return 0,
 * UV_ECANCELED once stop asks for an end, or another libuv code. After a
 * failure some of data may be written. */
int hl_write_all(int fd, const void *data, size_t size, struct hl_stop *stop);

#endif
