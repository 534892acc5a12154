#include "util/xxh3.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>
/* On x86 this header makes the library use the widest instructions that the
 * processor has. That takes a third of the instructions for 10 kB. */
#ifdef HL_HAVE_XXH_DISPATCH
#    include <xxh_x86dispatch.h>
#else
#    include <xxhash.h>
#endif

#include "util/hex.h"
#include "util/io.h"

/* The state must lie at a multiple of 64, which createState() sees to. */
struct hl_xxh3 {
    XXH3_state_t *state;
};

struct hl_xxh3 *hl_xxh3_new(void)
{
    struct hl_xxh3 *hash = calloc(1, sizeof(*hash));
    if (hash == NULL)
        return NULL;
    hash->state = XXH3_createState();
    if (hash->state != NULL)
        return hash;
    free(hash);
    return NULL;
}

void hl_xxh3_free(struct hl_xxh3 *hash)
{
    if (hash == NULL)
        return;
    XXH3_freeState(hash->state);
    free(hash);
}

void hl_xxh3_begin(struct hl_xxh3 *hash)
{
    XXH3_128bits_reset(hash->state);
}

void hl_xxh3_add(struct hl_xxh3 *hash, const void *data, size_t size)
{
    XXH3_128bits_update(hash->state, data, size);
}

static void put(char out[HL_XXH3_HEX_SIZE], XXH128_hash_t value)
{
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, value);
    *hl_hex_put(out, bytes.digest, sizeof(bytes.digest)) = '\0';
}

void hl_xxh3_end(const struct hl_xxh3 *hash, char out[HL_XXH3_HEX_SIZE])
{
    put(out, XXH3_128bits_digest(hash->state));
}

void hl_xxh3_of(char out[HL_XXH3_HEX_SIZE], const void *data, size_t size)
{
    put(out, XXH3_128bits(data, size));
}

uint64_t hl_xxh3_of_bytes(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

uint64_t hl_xxh3_of_text(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}

static void add_chunk(void *arg, const void *data, size_t size)
{
    hl_xxh3_add(arg, data, size);
}

int hl_xxh3_file(int fd, const struct hl_stop *stop, char out[HL_XXH3_HEX_SIZE])
{
    struct hl_xxh3 *hash = hl_xxh3_new();
    if (hash == NULL)
        return UV_ENOMEM;
    hl_xxh3_begin(hash);
    int r = hl_each_chunk(fd, stop, add_chunk, hash);
    if (r == 0)
        hl_xxh3_end(hash, out);
    hl_xxh3_free(hash);
    return r;
}
