/* <xxhash.h>, for digest.c and xxh3.c. */
#ifndef HL_UTIL_XXHASH_H
#define HL_UTIL_XXHASH_H

#include "util/hex.h"

/* On x86 this header makes the library use the widest instructions that the
 * processor has. That takes a third of the instructions for 10 kB. */
#ifdef HL_HAVE_XXH_DISPATCH
#    include <xxh_x86dispatch.h>
#else
#    include <xxhash.h>
#endif

/* out has room for 32 digits and a NUL. */
static inline void hl_xxh3_put(char *out, XXH128_hash_t value)
{
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, value);
    *hl_hex_put(out, bytes.digest, sizeof(bytes.digest)) = '\0';
}

#endif
