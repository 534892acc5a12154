/* Digests of files and streams, by several algorithms at once. */
#ifndef HL_UTIL_DIGEST_H
#define HL_UTIL_DIGEST_H

#include <stddef.h>

#include "util/checksum.h"
#include "util/stop.h"

/* Digests of bytes that come in pieces. One thread at a time. */
struct hl_digest;

/* A set of one algorithm, as a bit; several are joined by |. */
#define HL_DIGEST_BY(algorithm) (1u << (algorithm))

/* @return 0 or UV_ENOMEM. */
int hl_digest_new(struct hl_digest **out);
/* NULL is fine. */
void hl_digest_free(struct hl_digest *digest);
/* Starts again, with this set of algorithms. @return 0, or UV_ENOMEM without
 * memory or where OpenSSL does not allow an algorithm: then nothing may be
 * added. */
int hl_digest_begin(struct hl_digest *digest, unsigned algorithms);
void hl_digest_add(struct hl_digest *digest, const void *data, size_t size);
/* Writes the digests, in the order of enum hl_algorithm, with commas between
 * them. Nothing may be added after that. */
void hl_digest_end(struct hl_digest *digest, char out[HL_DIGESTS_SIZE]);
/* Writes the digests of the whole file that fd is open on. Blocks on the disk.
 * stop may be NULL. @return 0, UV_ECANCELED once stop asks for an end, or
 * another libuv code. */
int hl_digest_file(int fd, unsigned algorithms, const struct hl_stop *stop,
                   char out[HL_DIGESTS_SIZE]);

#endif
