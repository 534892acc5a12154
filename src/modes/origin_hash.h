/* A number for the origin of a URL. Transfers of one origin go where its
 * connections are, so jobs are divided among groups and loops by it. */
#ifndef HL_MODES_ORIGIN_HASH_H
#define HL_MODES_ORIGIN_HASH_H

#include "util/xxh3.h"

/* url has a scheme and a host. The same for the same scheme, host and port. */
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
