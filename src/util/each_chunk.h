/* Reading an open file from its first byte to its last, a chunk at a time. */
#ifndef HL_UTIL_EACH_CHUNK_H
#define HL_UTIL_EACH_CHUNK_H

#include <stddef.h>

#include "util/stop.h"

/* Called with each chunk, which is valid until the call returns. */
typedef void (*hl_chunk_fn)(void *arg, const void *data, size_t size);

/* Calls fn for each chunk of the file that fd is open on. The offset of fd does
 * not matter and stays as it is. Blocks on the disk. stop may be NULL. @return
 * 0, UV_ECANCELED once stop asks for an end, UV_ENOMEM, or the libuv code of a
 * read that failed. */
int hl_each_chunk(int fd, const struct hl_stop *stop, hl_chunk_fn fn,
                  void *arg);

#endif
