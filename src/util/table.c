#include "util/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    URL_WIDTH = sizeof(struct hl_table_entry),
    NAME_WIDTH = 6,
    FIRST_SIZE = 64,
    SLACK = 64, /* mostly enough for the fingerprints that pile up at the end
                   by chance */
    PAGE = 4096,
    /* From this size on, slots are mapped as pages. The heap would keep a hole
     * for each former size. */
    PAGES_MIN = PAGE,
};

static unsigned part_of(uint64_t fingerprint)
{
    return (unsigned)(fingerprint >> (64 - HL_TABLE_PART_BITS));
}

/* The key: the 52 or 48 bits of a fingerprint that follow the bits for the
 * part. */
static uint64_t kept(uint64_t fingerprint, size_t width)
{
    uint64_t rest = fingerprint << HL_TABLE_PART_BITS;
    uint64_t key = width == URL_WIDTH ? rest >> 12 : rest >> 16;
    return key != 0 ? key : 1;
}

/* Where the search for a key begins: at a place in proportion to its first 32
 * bits. */
static uint32_t home_of(const struct hl_table_part *part, uint64_t key,
                        size_t width)
{
    uint64_t first = width == URL_WIDTH ? key >> 20 : key >> 16;
    return (uint32_t)(first * part->size >> 32);
}

static uint32_t capacity(const struct hl_table_part *part)
{
    return part->size + part->slack;
}

static unsigned char *slot_at(const struct hl_table_part *part, uint32_t at,
                              size_t width)
{
    return part->slots + at * width;
}

static uint64_t url_key(const unsigned char *slot)
{
    struct hl_table_entry entry;
    memcpy(&entry, slot, sizeof(entry));
    return entry.fingerprint;
}

static uint64_t name_key(const unsigned char *slot)
{
    uint32_t high;
    uint16_t low;
    memcpy(&high, slot, sizeof(high));
    memcpy(&low, slot + sizeof(high), sizeof(low));
    return (uint64_t)high << 16 | low;
}

/* 0: the slot is free. */
static uint64_t key_of(const unsigned char *slot, size_t width)
{
    return width == URL_WIDTH ? url_key(slot) : name_key(slot);
}

/* Finds the first slot, from the key's home on, that is free or has a key that
 * is not less. The last slot of a part is always free. */
static uint32_t seek(const struct hl_table_part *part, uint64_t key,
                     size_t width)
{
    uint32_t at = home_of(part, key, width);
    uint64_t found;
    if (width == URL_WIDTH)
        while ((found = url_key(slot_at(part, at, URL_WIDTH))) != 0 &&
               found < key)
            at++;
    else
        while ((found = name_key(slot_at(part, at, NAME_WIDTH))) != 0 &&
               found < key)
            at++;
    return at;
}

static size_t bytes_of(const struct hl_table_part *part, size_t width)
{
    return capacity(part) * width;
}

static void release_part(struct hl_table_part *part, size_t width)
{
    size_t bytes = bytes_of(part, width);
    if (bytes < PAGES_MIN)
        free(part->slots);
    else
        munmap(part->slots, bytes);
    *part = (struct hl_table_part){0};
}

/* Adds pages after the old ones. The kernel may move these, but does not copy
 * them. */
static void *grow_pages(void *old, size_t old_bytes, size_t bytes)
{
    void *pages = old_bytes < PAGES_MIN
                      ? mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : mremap(old, old_bytes, bytes, MREMAP_MAYMOVE);
    if (pages == MAP_FAILED)
        return NULL;
    if (old_bytes < PAGES_MIN) {
        if (old_bytes > 0)
            memcpy(pages, old, old_bytes);
        free(old);
    }
#ifdef MADV_POPULATE_WRITE
    /* All pages are soon used. To get them at once is many times cheaper than
     * by a fault for each. */
    size_t begin = old_bytes / PAGE * PAGE;
    (void)madvise((char *)pages + begin, bytes - begin, MADV_POPULATE_WRITE);
#endif
    return pages;
}

/* Makes slots larger, and fills the new end with zeros. @return NULL without
 * memory. */
static void *resize(void *slots, size_t old_bytes, size_t bytes)
{
    if (bytes >= PAGES_MIN)
        return grow_pages(slots, old_bytes, bytes);
    unsigned char *resized = realloc(slots, bytes);
    if (resized != NULL)
        memset(resized + old_bytes, 0, bytes - old_bytes);
    return resized;
}

/* Moves all entries to the end. */
static void pack(const struct hl_table_part *part, uint32_t old_capacity,
                 size_t width)
{
    uint32_t to = capacity(part);
    for (uint32_t at = old_capacity; at-- > 0;) {
        unsigned char *slot = slot_at(part, at, width);
        if (key_of(slot, width) == 0)
            continue;
        to--;
        if (to != at) {
            memcpy(slot_at(part, to, width), slot, width);
            memset(slot, 0, width);
        }
    }
}

/* Moves each entry from the end to its home, or to the slot after the entry
 * before it. False: the last entry would not fit; all entries are still there,
 * in their order. */
static bool spread(const struct hl_table_part *part, size_t width)
{
    uint32_t next = 0;
    for (uint32_t at = capacity(part) - part->count; at < capacity(part);
         at++) {
        unsigned char *slot = slot_at(part, at, width);
        uint32_t home = home_of(part, key_of(slot, width), width);
        uint32_t to = home > next ? home : next;
        if (to > at || to + 1 == capacity(part))
            return false;
        if (to != at) {
            memcpy(slot_at(part, to, width), slot, width);
            memset(slot, 0, width);
        }
        next = to + 1;
    }
    return true;
}

/* Gives a part another size and slack, and spreads its entries. @return 0; 1
 * where the slack is too small for the last entries, which stay packed; or
 * UV_ENOMEM, and nothing has changed. */
static int fit(struct hl_table_part *part, uint32_t size, uint32_t slack,
               size_t width)
{
    struct hl_table_part other = {
        .size = size, .slack = slack, .count = part->count};
    other.slots =
        resize(part->slots, bytes_of(part, width), bytes_of(&other, width));
    if (other.slots == NULL)
        return -ENOMEM;
    pack(&other, capacity(part), width);
    *part = other;
    return spread(part, width) ? 0 : 1;
}

static int fit_with_slack(struct hl_table_part *part, uint32_t size,
                          uint32_t slack, size_t width)
{
    int r;
    do {
        r = fit(part, size, slack, width);
        slack *= 2;
    } while (r > 0);
    return r;
}

/* Parts begin with sizes that differ by up to a fifth. As each grows by a
 * fifth, the sizes stay different. */
static uint32_t staggered(size_t size, unsigned index)
{
    return (uint32_t)(size + size * index / 5 / HL_TABLE_PARTS);
}

static int set_size(struct hl_table_part *part, uint32_t size, size_t width)
{
    uint32_t slack = size / 8 < SLACK ? size / 8 : SLACK;
    if (slack < part->slack)
        slack = part->slack;
    return fit_with_slack(part, size, slack, width);
}

static int grow(struct hl_table_part *part, unsigned index, size_t width)
{
    uint32_t size = part->size > 0 ? part->size + part->size / 5
                                   : staggered(FIRST_SIZE, index);
    return set_size(part, size, width);
}

static int reserve(struct hl_table_part *parts, size_t count, size_t width)
{
    size_t size = count / HL_TABLE_PARTS * 10 / 9;
    int r = 0;
    for (unsigned i = 0; r == 0 && i < HL_TABLE_PARTS; i++)
        if (size > FIRST_SIZE && staggered(size, i) > parts[i].size)
            r = set_size(&parts[i], staggered(size, i), width);
    return r;
}

/* Where more than nine tenths of the slots are in use, searches get long. */
static bool is_full(const struct hl_table_part *part)
{
    return part->count >= part->size - part->size / 10;
}

/* Makes a slot for key where its order wants it, and moves the slots after it
 * by one. Where one is set and key is there already, gives its slot. @return
 * NULL without memory. */
static unsigned char *insert(struct hl_table_part *part, unsigned index,
                             uint64_t key, size_t width, bool one)
{
    for (;;) {
        if (is_full(part) && grow(part, index, width) < 0)
            return NULL;
        uint32_t at = seek(part, key, width);
        while (key_of(slot_at(part, at, width), width) == key) {
            if (one)
                return slot_at(part, at, width);
            at++;
        }
        uint32_t end = at;
        while (key_of(slot_at(part, end, width), width) != 0)
            end++;
        if (end + 1 < capacity(part)) {
            unsigned char *slot = slot_at(part, at, width);
            memmove(slot + width, slot, (end - at) * width);
            part->count++;
            return slot;
        }
        if (fit_with_slack(part, part->size, 2 * part->slack, width) < 0)
            return NULL;
    }
}

void hl_table_release(struct hl_table *table)
{
    for (size_t i = 0; i < HL_TABLE_PARTS; i++)
        release_part(&table->parts[i], URL_WIDTH);
}

int hl_table_reserve(struct hl_table *table, size_t count)
{
    return reserve(table->parts, count, URL_WIDTH);
}

static struct hl_table_entry *entry_at(const struct hl_table_part *part,
                                       uint32_t at, uint64_t fingerprint)
{
    unsigned char *slot = slot_at(part, at, URL_WIDTH);
    if (url_key(slot) != kept(fingerprint, URL_WIDTH))
        return NULL;
    return (struct hl_table_entry *)(void *)slot;
}

struct hl_table_entry *hl_table_find(const struct hl_table *table,
                                     uint64_t fingerprint)
{
    const struct hl_table_part *part = &table->parts[part_of(fingerprint)];
    if (part->count == 0)
        return NULL;
    uint32_t at = seek(part, kept(fingerprint, URL_WIDTH), URL_WIDTH);
    return entry_at(part, at, fingerprint);
}

struct hl_table_entry *hl_table_next(const struct hl_table *table,
                                     uint64_t fingerprint,
                                     struct hl_table_entry *entry)
{
    const struct hl_table_part *part = &table->parts[part_of(fingerprint)];
    const unsigned char *slot = (const unsigned char *)entry;
    uint32_t at = (uint32_t)((size_t)(slot - part->slots) / URL_WIDTH);
    return entry_at(part, at + 1, fingerprint);
}

struct hl_table_entry *hl_table_add(struct hl_table *table,
                                    uint64_t fingerprint)
{
    unsigned index = part_of(fingerprint);
    uint64_t key = kept(fingerprint, URL_WIDTH);
    unsigned char *slot =
        insert(&table->parts[index], index, key, URL_WIDTH, false);
    if (slot == NULL)
        return NULL;
    struct hl_table_entry *entry = (struct hl_table_entry *)(void *)slot;
    *entry = (struct hl_table_entry){
        .fingerprint = key & 0xfffffffffffff,
    };
    return entry;
}

size_t hl_table_count(const struct hl_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < HL_TABLE_PARTS; i++)
        count += table->parts[i].count;
    return count;
}

const struct hl_table_entry *hl_table_walk(const struct hl_table *table,
                                           struct hl_table_walk *walk)
{
    for (; walk->part < HL_TABLE_PARTS; walk->part++, walk->at = 0) {
        const struct hl_table_part *part = &table->parts[walk->part];
        while (part->slots != NULL && walk->at < capacity(part)) {
            unsigned char *slot = slot_at(part, walk->at++, URL_WIDTH);
            if (url_key(slot) != 0)
                return (const struct hl_table_entry *)(void *)slot;
        }
    }
    return NULL;
}

void hl_fingerprint_set_release(struct hl_fingerprint_set *set)
{
    for (size_t i = 0; i < HL_TABLE_PARTS; i++)
        release_part(&set->parts[i], NAME_WIDTH);
}

int hl_fingerprint_set_reserve(struct hl_fingerprint_set *set, size_t count)
{
    return reserve(set->parts, count, NAME_WIDTH);
}

bool hl_fingerprint_set_has(const struct hl_fingerprint_set *set,
                            uint64_t fingerprint)
{
    const struct hl_table_part *part = &set->parts[part_of(fingerprint)];
    uint64_t key = kept(fingerprint, NAME_WIDTH);
    return part->count > 0 &&
           name_key(slot_at(part, seek(part, key, NAME_WIDTH), NAME_WIDTH)) ==
               key;
}

int hl_fingerprint_set_add(struct hl_fingerprint_set *set, uint64_t fingerprint)
{
    unsigned index = part_of(fingerprint);
    struct hl_table_part *part = &set->parts[index];
    uint64_t key = kept(fingerprint, NAME_WIDTH);
    uint32_t count = part->count;
    unsigned char *slot = insert(part, index, key, NAME_WIDTH, true);
    if (slot == NULL)
        return -ENOMEM;
    uint32_t high = (uint32_t)(key >> 16);
    uint16_t low = (uint16_t)key;
    memcpy(slot, &high, sizeof(high));
    memcpy(slot + sizeof(high), &low, sizeof(low));
    return part->count > count ? 0 : 1;
}
