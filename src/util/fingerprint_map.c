#include "util/fingerprint_map.h"

#include <errno.h>
#include <stdlib.h>

enum { PART_SHIFT = 64 - 6, FIRST_SIZE = 16 };

/* 0 marks a free entry; the fingerprint that is 0 is kept as another. */
static uint64_t stored(uint64_t fingerprint)
{
    return fingerprint != 0 ? fingerprint : 1;
}

static struct hl_fingerprint_entry *probe(struct hl_fingerprint_entry *entries,
                                          size_t size, uint64_t fingerprint)
{
    size_t at = (size_t)fingerprint & (size - 1);
    while (entries[at].fingerprint != 0 &&
           entries[at].fingerprint != fingerprint)
        at = (at + 1) & (size - 1);
    return &entries[at];
}

void hl_fingerprint_map_release(struct hl_fingerprint_map *table)
{
    for (size_t i = 0; i < HL_FINGERPRINT_MAP_PARTS; i++)
        free(table->parts[i].entries);
    *table = (struct hl_fingerprint_map){0};
}

uint64_t *hl_fingerprint_map_find(struct hl_fingerprint_map *table,
                                  uint64_t fingerprint)
{
    fingerprint = stored(fingerprint);
    size_t part = (size_t)(fingerprint >> PART_SHIFT);
    if (table->parts[part].size == 0)
        return NULL;
    struct hl_fingerprint_entry *entry =
        probe(table->parts[part].entries, table->parts[part].size, fingerprint);
    return entry->fingerprint != 0 ? &entry->value : NULL;
}

static int grow(struct hl_fingerprint_map *table, size_t part)
{
    size_t old_size = table->parts[part].size;
    size_t size = old_size > 0 ? 2 * old_size : FIRST_SIZE;
    struct hl_fingerprint_entry *old = table->parts[part].entries;
    struct hl_fingerprint_entry *entries = calloc(size, sizeof(*entries));
    if (entries == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].fingerprint != 0)
            *probe(entries, size, old[i].fingerprint) = old[i];
    free(old);
    table->parts[part].entries = entries;
    table->parts[part].size = size;
    return 0;
}

int hl_fingerprint_map_set(struct hl_fingerprint_map *table,
                           uint64_t fingerprint, uint64_t value)
{
    fingerprint = stored(fingerprint);
    size_t part = (size_t)(fingerprint >> PART_SHIFT);
    size_t size = table->parts[part].size;
    /* Three quarters full is where probing gets long. */
    if (4 * (table->parts[part].count + 1) > 3 * size && grow(table, part) < 0)
        return -ENOMEM;
    struct hl_fingerprint_entry *entry =
        probe(table->parts[part].entries, table->parts[part].size, fingerprint);
    if (entry->fingerprint == 0)
        table->parts[part].count++;
    *entry = (struct hl_fingerprint_entry){.fingerprint = fingerprint,
                                           .value = value};
    return 0;
}

size_t hl_fingerprint_map_count(const struct hl_fingerprint_map *table)
{
    size_t count = 0;
    for (size_t i = 0; i < HL_FINGERPRINT_MAP_PARTS; i++)
        count += table->parts[i].count;
    return count;
}
