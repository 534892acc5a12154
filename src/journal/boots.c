#include "journal/boots.h"

#include <errno.h>
#include <stdlib.h>

int hl_boots_add_unsynced(struct hl_boots *boots, struct hl_range range)
{
    struct hl_range *last =
        boots->count > 0 ? &boots->unsynced[boots->count - 1] : NULL;
    if (range.from >= range.to)
        return 0;
    if (last != NULL && last->to == range.from) {
        last->to = range.to;
        return 0;
    }
    struct hl_range *ranges =
        realloc(boots->unsynced, (boots->count + 1) * sizeof(*ranges));
    if (ranges == NULL)
        return -ENOMEM;
    ranges[boots->count++] = range;
    boots->unsynced = ranges;
    return 0;
}

bool hl_boots_is_unsynced(const struct hl_boots *boots, uint64_t offset)
{
    for (size_t i = 0; i < boots->count; i++)
        if (offset >= boots->unsynced[i].from && offset < boots->unsynced[i].to)
            return true;
    return false;
}

void hl_boots_release(struct hl_boots *boots)
{
    free(boots->unsynced);
    boots->unsynced = NULL;
    boots->count = 0;
}
