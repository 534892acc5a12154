/*
 * XXH3-128 of bytes and files, as 32 hexadecimal digits in the canonical order
 * that xxhsum prints. The hash finds damage, but no forgery: anybody can make
 * other bytes with the same hash.
 */
#ifndef HL_UTIL_XXH3_H
#define HL_UTIL_XXH3_H

#include <stddef.h>
#include <stdint.h>

#include "util/stop.h"

enum { HL_XXH3_HEX_SIZE = 33 };

/* A hash of bytes that come in pieces. One thread at a time. */
struct hl_xxh3;

/* NULL without memory. */
struct hl_xxh3 *hl_xxh3_new(void);
/* NULL is fine. */
void hl_xxh3_free(struct hl_xxh3 *hash);
void hl_xxh3_begin(struct hl_xxh3 *hash);
void hl_xxh3_add(struct hl_xxh3 *hash, const void *data, size_t size);
void hl_xxh3_end(const struct hl_xxh3 *hash, char out[HL_XXH3_HEX_SIZE]);
/* Hashes bytes that are all in memory; allocates nothing. */
void hl_xxh3_of(char out[HL_XXH3_HEX_SIZE], const void *data, size_t size);
/* 64-bit hashes of some bytes and of a text, for tables in memory. Nothing that
 * is stored depends on them. */
uint64_t hl_xxh3_of_bytes(const void *data, size_t size);
uint64_t hl_xxh3_of_text(const char *text);
/* Hashes the whole file that fd is open on. Blocks on the disk. stop may be
 * NULL. @return 0, UV_ECANCELED once stop asks for an end, or another libuv
 * code. */
int hl_xxh3_file(int fd, const struct hl_stop *stop,
                 char out[HL_XXH3_HEX_SIZE]);

#endif
