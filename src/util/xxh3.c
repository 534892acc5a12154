#include "util/xxh3.h"

#include <string.h>

#include "util/xxhash.h"

void hl_xxh3_of(char out[HL_XXH3_HEX_SIZE], const void *data, size_t size)
{
    hl_xxh3_put(out, XXH3_128bits(data, size));
}

uint64_t hl_xxh3_of_bytes(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

uint64_t hl_xxh3_of_text(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}
