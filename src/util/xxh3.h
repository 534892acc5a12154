/*
 * XXH3 of bytes that are all in memory. The hash finds damage, but no forgery:
 * anybody can make other bytes with the same hash. util/digest.h has the XXH3
 * of files.
 */
#ifndef HL_UTIL_XXH3_H
#define HL_UTIL_XXH3_H

#include <stddef.h>
#include <stdint.h>

enum { HL_XXH3_HEX_SIZE = 33 };

/* Writes the XXH3-128 as 32 hexadecimal digits, in the order that xxhsum
 * prints. */
void hl_xxh3_of(char out[HL_XXH3_HEX_SIZE], const void *data, size_t size);
/* 64-bit hashes of some bytes and of a text. Plans depend on the second
 * (policy/part_of.h). */
uint64_t hl_xxh3_of_bytes(const void *data, size_t size);
uint64_t hl_xxh3_of_text(const char *text);

#endif
