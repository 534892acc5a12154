#include "util/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "util/hex.h"
#include "util/io.h"
#include "util/xxhash.h"

/* Made when first used, and kept, as each EVP_MD_fetch() searches by name. */
struct stream {
    EVP_MD *md;
    EVP_MD_CTX *context;
};

struct hl_digest {
    struct stream streams[HL_ALGORITHMS];
    XXH3_state_t *xxh3; /* made when first used */
};

/* As OpenSSL calls them. */
static const char *const names[HL_ALGORITHMS] = {
    [HL_MD5] = "MD5",
    [HL_SHA1] = "SHA1",
    [HL_SHA512] = "SHA512",
    [HL_SHA256] = "SHA256",
};

unsigned hl_digest_set_of(const char *digests)
{
    unsigned set = 0;
    for (const char *at = digests; *at != '\0';) {
        size_t length = strcspn(at, ",");
        enum hl_algorithm algorithm = hl_algorithm_of_length(length);
        if (algorithm != HL_ALGORITHMS)
            set |= HL_DIGEST_BY(algorithm);
        at += length + (at[length] == ',');
    }
    return set;
}

int hl_digest_new(struct hl_digest **out)
{
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? 0 : UV_ENOMEM;
}

void hl_digest_free(struct hl_digest *digest)
{
    if (digest == NULL)
        return;
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        EVP_MD_CTX_free(digest->streams[i].context);
        EVP_MD_free(digest->streams[i].md);
    }
    XXH3_freeState(digest->xxh3);
    free(digest);
}

static int begin(struct stream *stream, const char *name)
{
    if (stream->md == NULL)
        stream->md = EVP_MD_fetch(NULL, name, NULL);
    if (stream->context == NULL)
        stream->context = EVP_MD_CTX_new();
    if (stream->md == NULL || stream->context == NULL)
        return UV_ENOMEM;
    return EVP_DigestInit_ex2(stream->context, stream->md, NULL) == 1
               ? 0
               : UV_ENOMEM;
}

int hl_digest_begin(struct hl_digest *digest, unsigned set)
{
    int r = 0;
    for (int i = 0; i < HL_ALGORITHMS && r == 0; i++)
        if ((set & HL_DIGEST_BY(i)) != 0)
            r = begin(&digest->streams[i], names[i]);
    if (r < 0 || (set & HL_DIGEST_XXH3) == 0)
        return r;
    if (digest->xxh3 == NULL)
        digest->xxh3 = XXH3_createState();
    if (digest->xxh3 == NULL)
        return UV_ENOMEM;
    XXH3_128bits_reset(digest->xxh3);
    return 0;
}

void hl_digest_add(struct hl_digest *digest, unsigned set, const void *data,
                   size_t size)
{
    for (int i = 0; i < HL_ALGORITHMS; i++)
        if ((set & HL_DIGEST_BY(i)) != 0)
            EVP_DigestUpdate(digest->streams[i].context, data, size);
    if ((set & HL_DIGEST_XXH3) != 0)
        XXH3_128bits_update(digest->xxh3, data, size);
}

static void end_algorithms(struct hl_digest *digest, unsigned set, char *out)
{
    char *to = out;
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        if ((set & HL_DIGEST_BY(i)) == 0)
            continue;
        if (to > out)
            *to++ = ',';
        EVP_DigestFinal_ex(digest->streams[i].context, bytes, &size);
        to = hl_hex_put(to, bytes, size);
    }
    *to = '\0';
}

void hl_digest_end(struct hl_digest *digest, unsigned set,
                   struct hl_digest_text *out)
{
    if ((set & ~HL_DIGEST_XXH3) != 0)
        end_algorithms(digest, set, out->digests);
    if ((set & HL_DIGEST_XXH3) != 0)
        hl_xxh3_put(out->xxh3, XXH3_128bits_digest(digest->xxh3));
}

struct reading {
    struct hl_digest *digest;
    unsigned set;
};

static int add_chunk(void *arg, const void *data, size_t size)
{
    const struct reading *reading = arg;
    hl_digest_add(reading->digest, reading->set, data, size);
    return 0;
}

int hl_digest_file(int fd, unsigned set, const struct hl_stop *stop,
                   struct hl_digest_text *out)
{
    struct reading reading = {.set = set};
    int r = hl_digest_new(&reading.digest);
    out->digests[0] = '\0';
    out->xxh3[0] = '\0';
    if (r == 0)
        r = hl_digest_begin(reading.digest, set);
    if (r == 0)
        r = hl_each_chunk(fd, stop, add_chunk, &reading);
    if (r == 0)
        hl_digest_end(reading.digest, set, out);
    hl_digest_free(reading.digest);
    return r;
}
