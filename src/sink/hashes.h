/*
 * The hashes of a body: the digests that somebody asked for, and the XXH3 by
 * which a later run recognises the file. They are made as the bytes pass by, or
 * else from the file. One thread at a time.
 */
#ifndef HL_SINK_HASHES_H
#define HL_SINK_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"

/* All zero is empty. Sets are of HL_DIGEST_BY() and HL_DIGEST_XXH3. */
struct hl_hashes {
    unsigned wanted;           /* the set of digests that somebody asked for */
    unsigned complete;         /* the set that all bytes so far were added to */
    struct hl_digest *digest;  /* made at first use; NULL before */
    struct hl_digest_text out; /* by hl_hashes_end() */
};

/* Before the first byte of a body: its digests are wanted, and no XXH3 yet.
 * Without memory they must be made from the file. */
void hl_hashes_begin(struct hl_hashes *hashes, unsigned wanted);
/* Before the first byte: the XXH3 is wanted too. */
void hl_hashes_begin_xxh3(struct hl_hashes *hashes);
/* Bytes do not pass by from here on, or have not from the first one on. */
void hl_hashes_stop(struct hl_hashes *hashes);
void hl_hashes_add(struct hl_hashes *hashes, const void *data, size_t size);
/* Writes the hashes that are under way. */
void hl_hashes_end(struct hl_hashes *hashes);

/* A file with all bytes of a body. */
struct hl_hashed_file {
    int fd;
    uint64_t size;
    struct hl_stop *stop;
    void (*alive)(void *arg); /* called after each chunk */
    void *arg;
};

/* All bytes are in the file: makes from it what is missing of the digests, and
 * of the XXH3 where that is wanted, and then does as hl_hashes_end(). Blocks on
 * the disk. @return 0; UV_ECANCELED when the stop came; UV_ENOMEM; or the code
 * of a read. */
int hl_hashes_end_by_file(struct hl_hashes *hashes, bool with_xxh3,
                          const struct hl_hashed_file *file);
void hl_hashes_release(struct hl_hashes *hashes);

#endif
