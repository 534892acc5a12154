/*
 * XXH3-128 of bytes and files, as 32 hexadecimal digits in the canonical order
 * that xxhsum prints. It tells whether a file is still what it was; nobody is
 * kept from forging one.
 */
#ifndef HL_UTIL_XXH3_H
#define HL_UTIL_XXH3_H

#include <stddef.h>
#include <stdint.h>

#include "util/stop.h"

enum { HL_XXH3_HEX_SIZE = 33 };

struct hl_xxh3;

/* NULL without memory. */
struct hl_xxh3 *hl_xxh3_new(void);
/* NULL is fine. */
void hl_xxh3_free(struct hl_xxh3 *hash);
void hl_xxh3_begin(struct hl_xxh3 *hash);
void hl_xxh3_add(struct hl_xxh3 *hash, const void *data, size_t size);
void hl_xxh3_end(const struct hl_xxh3 *hash, char out[HL_XXH3_HEX_SIZE]);
/* Of bytes that are all there; needs no memory. */
void hl_xxh3_of(char out[HL_XXH3_HEX_SIZE], const void *data, size_t size);
/* 64 bits of a text, for tables in memory. */
uint64_t hl_xxh3_of_text(const char *text);
/* Of a file from its first byte on. Blocks on the disk. @return 0, or a libuv
 * code: UV_ECANCELED when stop, which may be NULL, has risen. */
int hl_xxh3_file(int fd, const struct hl_stop *stop,
                 char out[HL_XXH3_HEX_SIZE]);

#endif
