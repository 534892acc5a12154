/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/. Only for hashes
 * that must stay as they are: the journal has those of options, and files that
 * came from the embedded origin depend on those of paths. Anything else uses
 * util/xxh3.h. */
#ifndef HL_UTIL_FNV_H
#define HL_UTIL_FNV_H

#include <stddef.h>
#include <stdint.h>

#define HL_FNV_BASIS UINT64_C(0xcbf29ce484222325)

/* Goes on from hash, which HL_FNV_BASIS begins. */
static inline uint64_t hl_fnv_add(uint64_t hash, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The same of a string, without its end. */
static inline uint64_t hl_fnv_add_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = hl_fnv_add(hash, text, 1);
    return hash;
}

#endif
