/*
 * A table from 64-bit fingerprints (of hashed text, so evenly spread) to 64-bit
 * values: 16 bytes an entry, and no string.
 */
#ifndef HL_UTIL_FINGERPRINT_MAP_H
#define HL_UTIL_FINGERPRINT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HL_FINGERPRINT_MAP_PARTS = 64 };

struct hl_fingerprint_entry {
    uint64_t fingerprint; /* 0: free */
    uint64_t value;
};

/* Open addressing, in parts that grow by themselves: the whole is never
 * there twice, and no single growth is long. */
struct hl_fingerprint_map {
    struct {
        struct hl_fingerprint_entry *entries;
        size_t size; /* a power of two, or 0 */
        size_t count;
    } parts[HL_FINGERPRINT_MAP_PARTS];
};

/* All zero is an empty table. */
void hl_fingerprint_map_release(struct hl_fingerprint_map *table);
/* The value of fingerprint, which stays the table's until the next set; NULL:
 * it has none. */
uint64_t *hl_fingerprint_map_find(struct hl_fingerprint_map *table,
                                  uint64_t fingerprint);
/* Adds or replaces. @return 0 or UV_ENOMEM. */
int hl_fingerprint_map_set(struct hl_fingerprint_map *table,
                           uint64_t fingerprint, uint64_t value);
size_t hl_fingerprint_map_count(const struct hl_fingerprint_map *table);

#endif
