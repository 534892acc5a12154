/*
 * A table from 64-bit prints (of hashed text, so evenly spread) to 64-bit
 * values: 16 bytes an entry, and no string.
 */
#ifndef HL_UTIL_PRINTS_H
#define HL_UTIL_PRINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HL_PRINTS_PARTS = 64 };

struct hl_prints_entry {
    uint64_t print; /* 0: free */
    uint64_t value;
};

/* Open addressing, in parts that grow by themselves: the whole is never
 * there twice, and no single growth is long. */
struct hl_prints {
    struct {
        struct hl_prints_entry *entries;
        size_t size; /* a power of two, or 0 */
        size_t count;
    } parts[HL_PRINTS_PARTS];
};

/* All zero is an empty table. */
void hl_prints_release(struct hl_prints *table);
/* The value of print, which stays the table's until the next set; NULL: it
 * has none. */
uint64_t *hl_prints_find(struct hl_prints *table, uint64_t print);
/* Adds or replaces. @return 0 or UV_ENOMEM. */
int hl_prints_set(struct hl_prints *table, uint64_t print, uint64_t value);
size_t hl_prints_count(const struct hl_prints *table);

#endif
