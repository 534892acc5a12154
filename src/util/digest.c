#include "util/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "util/hex.h"
#include "util/io.h"

/* Made when first used, and kept, as each EVP_MD_fetch() searches by name. */
struct stream {
    EVP_MD *md;
    EVP_MD_CTX *context;
};

struct hl_digest {
    unsigned algorithms; /* a set, as hl_digest_begin() got it */
    struct stream streams[HL_ALGORITHMS];
};

/* As OpenSSL calls them. */
static const char *const names[HL_ALGORITHMS] = {
    [HL_MD5] = "MD5",
    [HL_SHA1] = "SHA1",
    [HL_SHA512] = "SHA512",
    [HL_SHA256] = "SHA256",
};

static bool has(const struct hl_digest *digest, int algorithm)
{
    return (digest->algorithms & HL_DIGEST_BY(algorithm)) != 0;
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

int hl_digest_begin(struct hl_digest *digest, unsigned algorithms)
{
    int r = 0;
    digest->algorithms = algorithms;
    for (int i = 0; i < HL_ALGORITHMS && r == 0; i++)
        if (has(digest, i))
            r = begin(&digest->streams[i], names[i]);
    return r;
}

void hl_digest_add(struct hl_digest *digest, const void *data, size_t size)
{
    for (int i = 0; i < HL_ALGORITHMS; i++)
        if (has(digest, i))
            EVP_DigestUpdate(digest->streams[i].context, data, size);
}

void hl_digest_end(struct hl_digest *digest, char out[HL_DIGESTS_SIZE])
{
    char *to = out;
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        if (!has(digest, i))
            continue;
        if (to > out)
            *to++ = ',';
        EVP_DigestFinal_ex(digest->streams[i].context, bytes, &size);
        to = hl_hex_put(to, bytes, size);
    }
    *to = '\0';
}

static void add_chunk(void *arg, const void *data, size_t size)
{
    hl_digest_add(arg, data, size);
}

int hl_digest_file(int fd, unsigned algorithms, const struct hl_stop *stop,
                   char out[HL_DIGESTS_SIZE])
{
    struct hl_digest *digest;
    int r = hl_digest_new(&digest);
    if (r < 0)
        return r;
    r = hl_digest_begin(digest, algorithms);
    if (r == 0)
        r = hl_each_chunk(fd, stop, add_chunk, digest);
    if (r == 0)
        hl_digest_end(digest, out);
    hl_digest_free(digest);
    return r;
}
