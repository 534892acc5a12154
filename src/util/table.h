/*
 * Two tables for a list of ten million lines: a table with 16 bytes for each
 * URL, and a set with 6 bytes for each name. Both keep no text, only 64-bit
 * hashes of it, called fingerprints here.
 *
 * Both use open addressing with the entries in the order of their fingerprints,
 * so a search ends at the first greater fingerprint. The entries are divided
 * into parts, and each part grows alone, in place and by a fifth. So 75 to 90 %
 * of the slots are in use, and growing takes less than a millisecond. The parts
 * have different sizes, so that they do not all grow at once.
 */
#ifndef HL_UTIL_TABLE_H
#define HL_UTIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_TABLE_OFFSET_MAX ((UINT64_C(1) << 40) - 1)

enum {
    HL_TABLE_PART_BITS = 7,
    HL_TABLE_PARTS = 1 << HL_TABLE_PART_BITS,
};

/*
 * 7 bits of a fingerprint choose the part, and 52 more are kept here. In one of
 * 11,000 lists of ten million strings, two strings share these 59 bits.
 */
struct hl_table_entry {
    uint64_t fingerprint : 52; /* never 0: that is a free slot */
    uint64_t offset_high : 8;  /* see hl_table_offset() */
    uint64_t state : 4;        /* for the caller to use */
    uint32_t offset_low;
    uint32_t line; /* for the caller to use, such as a line number */
};

struct hl_table_part {
    unsigned char *slots;
    uint32_t size;  /* slots that fingerprints are spread over */
    uint32_t slack; /* slots after these, for the greatest fingerprints; the
                       last slot stays free */
    uint32_t count;
};

/* All zero is empty; the same for struct hl_fingerprint_set. */
struct hl_table {
    struct hl_table_part parts[HL_TABLE_PARTS];
};

struct hl_fingerprint_set {
    struct hl_table_part parts[HL_TABLE_PARTS];
};

void hl_table_release(struct hl_table *table);
/* Makes room for at least count entries. @return 0 or UV_ENOMEM. */
int hl_table_reserve(struct hl_table *table, size_t count);
/* Finds the first entry of this fingerprint; NULL: there is none. The pointer
 * is valid until the next add. */
struct hl_table_entry *hl_table_find(const struct hl_table *table,
                                     uint64_t fingerprint);
/* Finds the entry after it with the same fingerprint, which belongs to another
 * text; NULL: there is none. */
struct hl_table_entry *hl_table_next(const struct hl_table *table,
                                     uint64_t fingerprint,
                                     struct hl_table_entry *entry);
/* Adds an entry of this fingerprint, with all else 0, even where there is one
 * already. @return NULL without memory. */
struct hl_table_entry *hl_table_add(struct hl_table *table,
                                    uint64_t fingerprint);
size_t hl_table_count(const struct hl_table *table);

/* How far a walk over all entries has come. All zero is the beginning. */
struct hl_table_walk {
    unsigned part;
    uint32_t at;
};

/* Gives the next entry, in the order of fingerprints; NULL after the last.
 * Nothing may be added during a walk. */
const struct hl_table_entry *hl_table_walk(const struct hl_table *table,
                                           struct hl_table_walk *walk);

static inline uint64_t hl_table_offset(const struct hl_table_entry *entry)
{
    return (uint64_t)entry->offset_high << 32 | entry->offset_low;
}

static inline void hl_table_set_offset(struct hl_table_entry *entry,
                                       uint64_t offset)
{
    entry->offset_high = offset >> 32 & 0xff;
    entry->offset_low = (uint32_t)offset;
}

void hl_fingerprint_set_release(struct hl_fingerprint_set *set);
int hl_fingerprint_set_reserve(struct hl_fingerprint_set *set, size_t count);
/* Compares 55 bits: in one of 700 lists of ten million strings, a string is
 * taken for another. */
bool hl_fingerprint_set_has(const struct hl_fingerprint_set *set,
                            uint64_t fingerprint);
/* @return 0; 1 where the set has the fingerprint already; or UV_ENOMEM. */
int hl_fingerprint_set_add(struct hl_fingerprint_set *set,
                           uint64_t fingerprint);

#endif
