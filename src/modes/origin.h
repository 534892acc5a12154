/* Where a job's connections are: at the origin of its URL. */
#ifndef HL_MODES_ORIGIN_H
#define HL_MODES_ORIGIN_H

#include "util/xxh3.h"

/* Of scheme, host and port of a URL as a job has it. */
static inline uint64_t hl_origin_hash(const char *url)
{
    const char *end = url;
    for (int slashes = 0; *end != '\0'; end++) {
        slashes += *end == '/';
        if (slashes == 3)
            break;
    }
    return hl_xxh3_of_bytes(url, (size_t)(end - url));
}

#endif
