#include "util/prints.h"

#include <errno.h>
#include <stdlib.h>

enum { PART_SHIFT = 64 - 6, FIRST_SIZE = 16 };

/* 0 marks a free entry; the print that is 0 is kept as another. */
static uint64_t stored(uint64_t print)
{
    return print != 0 ? print : 1;
}

static struct hl_prints_entry *probe(struct hl_prints_entry *entries,
                                     size_t size, uint64_t print)
{
    size_t at = (size_t)print & (size - 1);
    while (entries[at].print != 0 && entries[at].print != print)
        at = (at + 1) & (size - 1);
    return &entries[at];
}

void hl_prints_release(struct hl_prints *table)
{
    for (size_t i = 0; i < HL_PRINTS_PARTS; i++)
        free(table->parts[i].entries);
    *table = (struct hl_prints){0};
}

uint64_t *hl_prints_find(struct hl_prints *table, uint64_t print)
{
    print = stored(print);
    size_t part = (size_t)(print >> PART_SHIFT);
    if (table->parts[part].size == 0)
        return NULL;
    struct hl_prints_entry *entry =
        probe(table->parts[part].entries, table->parts[part].size, print);
    return entry->print != 0 ? &entry->value : NULL;
}

static int grow(struct hl_prints *table, size_t part)
{
    size_t old_size = table->parts[part].size;
    size_t size = old_size > 0 ? 2 * old_size : FIRST_SIZE;
    struct hl_prints_entry *old = table->parts[part].entries;
    struct hl_prints_entry *entries = calloc(size, sizeof(*entries));
    if (entries == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].print != 0)
            *probe(entries, size, old[i].print) = old[i];
    free(old);
    table->parts[part].entries = entries;
    table->parts[part].size = size;
    return 0;
}

int hl_prints_set(struct hl_prints *table, uint64_t print, uint64_t value)
{
    print = stored(print);
    size_t part = (size_t)(print >> PART_SHIFT);
    size_t size = table->parts[part].size;
    /* Three quarters full is where probing gets long. */
    if (4 * (table->parts[part].count + 1) > 3 * size && grow(table, part) < 0)
        return -ENOMEM;
    struct hl_prints_entry *entry =
        probe(table->parts[part].entries, table->parts[part].size, print);
    if (entry->print == 0)
        table->parts[part].count++;
    *entry = (struct hl_prints_entry){.print = print, .value = value};
    return 0;
}

size_t hl_prints_count(const struct hl_prints *table)
{
    size_t count = 0;
    for (size_t i = 0; i < HL_PRINTS_PARTS; i++)
        count += table->parts[i].count;
    return count;
}
