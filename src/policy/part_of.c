#include "policy/part_of.h"

#include <stddef.h>

#include "util/xxh3.h"

static uint32_t part_of_text(const struct hl_partition *partition,
                             const char *text)
{
    return (uint32_t)(hl_xxh3_of_text(text) % partition->parts);
}

uint32_t hl_part_of(const struct hl_partition *partition,
                    const struct hl_url *url)
{
    return part_of_text(
        partition, partition->by == HL_PART_BY_HOST ? url->host : url->text);
}

uint32_t hl_part_of_bad(const struct hl_partition *partition, const char *text)
{
    return part_of_text(partition, text != NULL ? text : "");
}
