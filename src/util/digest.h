/* Digests of files and streams, by several algorithms at once. */
#ifndef HL_UTIL_DIGEST_H
#define HL_UTIL_DIGEST_H

#include <stddef.h>

#include "util/checksum.h"
#include "util/stop.h"

/* One stream. Owned by whoever hashes; one thread at a time. */
struct hl_digest;

/* A set of algorithms is the sum of these. */
#define HL_DIGEST_BY(algorithm) (1u << (algorithm))

/* @return 0 or UV_ENOMEM. */
int hl_digest_new(struct hl_digest **out);
/* NULL is fine. */
void hl_digest_free(struct hl_digest *digest);
/* Begins a stream, whatever came before. @return 0, or UV_ENOMEM where an
 * algorithm has no memory or OpenSSL does not allow it: then nothing may be
 * added. */
int hl_digest_begin(struct hl_digest *digest, unsigned algorithms);
void hl_digest_add(struct hl_digest *digest, const void *data, size_t size);
/* Ends the stream. The digests stand in the order of enum hl_algorithm. */
void hl_digest_end(struct hl_digest *digest, char out[HL_DIGESTS_SIZE]);
/* The whole file that fd is open on, from its beginning; blocks. @return 0, or
 * a libuv code: UV_ECANCELED when stop, which may be NULL, has risen. */
int hl_digest_file(int fd, unsigned algorithms, const struct hl_stop *stop,
                   char out[HL_DIGESTS_SIZE]);

#endif
