/*
 * Reading and writing of open files, as many calls as it takes, to the end.
 * All of it blocks on the disk, or on whoever is at the other end. Any thread.
 */
#ifndef HL_UTIL_IO_H
#define HL_UTIL_IO_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/stop.h"

/* Writes all of data at offset. @return 0 or a libuv code; after a failure some
 * of data may be written. */
int hl_pwrite_all(int fd, const void *data, size_t size, uint64_t offset);

/* Maps the first size bytes of fd for reading; they are shared with whoever
 * else maps them. @return 0 or a libuv code. */
int hl_map_shared(const char **out, int fd, size_t size);
/* NULL is fine. */
void hl_unmap_shared(const char *at, size_t size);

/* Writes all of data to a pipe or another descriptor, and blocks until the
 * reader has taken it. @return 0, UV_ECANCELED once stop asks for an end, or
 * another libuv code. After a failure some of data may be written. */
int hl_write_all(int fd, const void *data, size_t size, struct hl_stop *stop);

/* Adds to out what is read from fd, to the end, or until out has more than most
 * bytes. @return 0; UV_ENOMEM; or the libuv code of a read that failed. */
int hl_read_to_end(struct hl_buf *out, int fd, size_t most);
/* The same for the file path, and adds a NUL behind it. @return as above, or
 * the libuv code of an open that failed: then out is as it was. */
int hl_read_file(struct hl_buf *out, const char *path, size_t most);

/* Opens a directory that is open already once more, to read its entries from
 * the first on. dir_fd may be one of O_PATH. @return a stream for the caller to
 * close; NULL, with errno, on failure. */
DIR *hl_dir_stream(int dir_fd);

/* Called with each chunk, which is valid until the call returns. @return 0: the
 * next one; else the walk ends with this code. */
typedef int (*hl_chunk_fn)(void *arg, const void *data, size_t size);

/* Calls fn for each chunk of the file that fd is open on, from the first byte
 * to the last. The offset of fd does not matter and stays as it is. stop may be
 * NULL. @return 0, what fn returned, UV_ECANCELED once stop asks for an end,
 * UV_ENOMEM, or the libuv code of a read that failed. */
int hl_each_chunk(int fd, const struct hl_stop *stop, hl_chunk_fn fn,
                  void *arg);

/* Compares two open files. @return 1 where both have the same bytes; 0 where
 * they differ or one is no regular file; or a libuv code. */
int hl_same_bytes(int a, int b);

enum { HL_GET_LINE_MAX = 16 * 1024 * 1024 };

/* As getline(3), but for files whose lines may have any length: *line is grown
 * as needed, and the caller frees it. @return the bytes, with the line break; 0
 * at the end of the file; UV_EFBIG for a line longer than HL_GET_LINE_MAX, such
 * as /dev/zero is; or another libuv code. */
ssize_t hl_get_line(char **line, size_t *size, FILE *file);

#endif
