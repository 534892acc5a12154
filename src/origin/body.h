/* What the origin serves for a path: bytes by offset, with validators. */
#ifndef HL_ORIGIN_BODY_H
#define HL_ORIGIN_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct hl_body {
    uint64_t size;
    uint64_t hash;    /* of path and query: what the bytes follow from */
    uint8_t *data;    /* an image; or NULL */
    int fd;           /* a file; or -1 */
    const char *type; /* static */
    char etag[48];    /* with quotes */
    time_t modified;
};

/* A hash of text, which with the seed 0 is what the bytes and the ETag of a
 * path follow from: files that were fetched from an origin depend on it, so it
 * must stay as it is. */
uint64_t hl_body_hash(const char *text, uint64_t seed);
/* root_fd: -1, or the directory of files. @return 0; UV_ENOENT: there is
 * nothing of this path; or another libuv code. */
int hl_body_open(struct hl_body *out, const char *path, int root_fd);
void hl_body_close(struct hl_body *body);
/* @return the bytes read, less than size only on a failure of the disk. */
ssize_t hl_body_read(const struct hl_body *body, uint64_t offset, void *out,
                     size_t size);

#endif
