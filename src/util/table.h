/*
 * What is kept of each line of a list, in as little memory as it takes: a
 * table of URLs, 16 bytes an entry, and a set of names, 6 bytes each, both
 * known by their fingerprints alone (util/fingerprint.h).
 *
 * Both are open addressing with the entries in the order of their fingerprints,
 * in parts that grow by themselves and by a fifth. So 75 to 90 % of the slots
 * are in use, a search ends at the first greater fingerprint, a part is spread
 * out where it lies, and no growth takes longer than a millisecond at ten
 * million lines. The parts' sizes are staggered, so that they do not all grow
 * at once.
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
 * Of a fingerprint, 7 bits choose the part and 52 are kept here. Any two of ten
 * million strings share these 59 bits in one of 11,000 lists.
 */
struct hl_table_entry {
    uint64_t fingerprint : 52; /* never 0: that is a free slot */
    uint64_t offset_high : 8;  /* of its last record; hl_table_offset() */
    uint64_t state : 4;        /* the caller's */
    uint32_t offset_low;
    uint32_t line; /* where it was met first; 0 nowhere yet */
};

struct hl_table_part {
    unsigned char *slots;
    uint32_t size;  /* what fingerprints are spread over */
    uint32_t slack; /* slots after that, for the last of them; one stays free */
    uint32_t count;
};

/* All zero is an empty one, of either kind. */
struct hl_table {
    struct hl_table_part parts[HL_TABLE_PARTS];
};

struct hl_fingerprint_set {
    struct hl_table_part parts[HL_TABLE_PARTS];
};

void hl_table_release(struct hl_table *table);
/* Room for at least count, where that many are to come. 0 or UV_ENOMEM. */
int hl_table_reserve(struct hl_table *table, size_t count);
/* The first entry of this fingerprint; NULL: there is none. Valid until the
 * next add. */
struct hl_table_entry *hl_table_find(const struct hl_table *table,
                                     uint64_t fingerprint);
/* The one after it, another text's of the same fingerprint; or NULL. */
struct hl_table_entry *hl_table_next(const struct hl_table *table,
                                     uint64_t fingerprint,
                                     struct hl_table_entry *entry);
/* A further entry of this fingerprint, all else 0. NULL without memory. */
struct hl_table_entry *hl_table_add(struct hl_table *table,
                                    uint64_t fingerprint);
size_t hl_table_count(const struct hl_table *table);

/* Where a walk over all entries is. All zero is its beginning. */
struct hl_table_walk {
    unsigned part;
    uint32_t at;
};

/* The next entry, in the order of their fingerprints; NULL: there is none any
 * more. Nothing may be added in between. */
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
/* By 55 bits: one of ten million strings is taken for another in one of 700
 * lists. */
bool hl_fingerprint_set_has(const struct hl_fingerprint_set *set,
                            uint64_t fingerprint);
/* @return 0; 1, when it has it already; or UV_ENOMEM. */
int hl_fingerprint_set_add(struct hl_fingerprint_set *set,
                           uint64_t fingerprint);

#endif
