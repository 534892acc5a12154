/*
 * Hashes of files, and of bytes that come in pieces, by several algorithms at
 * once: those of checksums, and XXH3 (util/xxh3.h).
 */
#ifndef HL_UTIL_DIGEST_H
#define HL_UTIL_DIGEST_H

#include <stddef.h>

#include "util/checksum.h"
#include "util/stop.h"
#include "util/xxh3.h"

/* A set of one hash, as a bit; several are joined by |. */
#define HL_DIGEST_BY(algorithm) (1u << (algorithm))
#define HL_DIGEST_XXH3          (1u << HL_ALGORITHMS)

/* The set of algorithms that made these digests: the digits of one, or of
 * several with commas between them. */
unsigned hl_digest_set_of(const char *digests);

struct hl_digest_text {
    char digests[HL_DIGESTS_SIZE]; /* in the order of enum hl_algorithm, with
                                      commas between them; "" none */
    char xxh3[HL_XXH3_HEX_SIZE];   /* "" none */
};

/* Hashes of bytes that come in pieces. One thread at a time. */
struct hl_digest;

/* @return 0 or UV_ENOMEM. */
int hl_digest_new(struct hl_digest **out);
/* NULL is fine. */
void hl_digest_free(struct hl_digest *digest);
/* Starts the hashes of this set, from the first byte; the others go on. @return
 * 0, or UV_ENOMEM without memory or where OpenSSL does not allow an algorithm:
 * then nothing may be added to these hashes. */
int hl_digest_begin(struct hl_digest *digest, unsigned set);
/* Adds bytes to the hashes of this set, which have begun. */
void hl_digest_add(struct hl_digest *digest, unsigned set, const void *data,
                   size_t size);
/* Writes the hashes of this set, and leaves the rest of out as it is. Nothing
 * may be added to them after that. */
void hl_digest_end(struct hl_digest *digest, unsigned set,
                   struct hl_digest_text *out);
/* Writes the hashes of the whole file that fd is open on. Blocks on the disk.
 * stop may be NULL. @return 0, UV_ECANCELED once stop asks for an end, or
 * another libuv code. */
int hl_digest_file(int fd, unsigned set, const struct hl_stop *stop,
                   struct hl_digest_text *out);

#endif
