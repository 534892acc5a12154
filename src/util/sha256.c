#include "util/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { READ_SIZE = 64 * 1024 };

struct hl_sha256 {
    EVP_MD *md; /* fetched once: each fetch is a search by name */
    EVP_MD_CTX *context;
};

int hl_sha256_new(struct hl_sha256 **out)
{
    struct hl_sha256 *hash = calloc(1, sizeof(*hash));
    *out = hash;
    if (hash == NULL)
        return UV_ENOMEM;
    hash->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    hash->context = EVP_MD_CTX_new();
    if (hash->md != NULL && hash->context != NULL)
        return 0;
    hl_sha256_free(hash);
    *out = NULL;
    return UV_ENOMEM;
}

void hl_sha256_free(struct hl_sha256 *hash)
{
    if (hash == NULL)
        return;
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->md);
    free(hash);
}

int hl_sha256_begin(struct hl_sha256 *hash)
{
    return EVP_DigestInit_ex2(hash->context, hash->md, NULL) == 1 ? 0
                                                                  : UV_ENOMEM;
}

void hl_sha256_add(struct hl_sha256 *hash, const void *data, size_t size)
{
    EVP_DigestUpdate(hash->context, data, size);
}

void hl_sha256_end(struct hl_sha256 *hash, char out[HL_SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(hash->context, bytes, &size);
    for (unsigned i = 0; i < (HL_SHA256_HEX_SIZE - 1) / 2; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[HL_SHA256_HEX_SIZE - 1] = '\0';
}

static int add_file(struct hl_sha256 *hash, int fd)
{
    char *buffer = malloc(READ_SIZE);
    int r = buffer != NULL ? 0 : UV_ENOMEM;
    for (off_t at = 0; r == 0;) {
        ssize_t n = pread(fd, buffer, READ_SIZE, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            r = -errno;
        if (n <= 0)
            break;
        hl_sha256_add(hash, buffer, (size_t)n);
        at += n;
    }
    free(buffer);
    return r;
}

int hl_sha256_file(int fd, char out[HL_SHA256_HEX_SIZE])
{
    struct hl_sha256 *hash;
    int r = hl_sha256_new(&hash);
    if (r < 0)
        return r;
    r = hl_sha256_begin(hash);
    if (r == 0)
        r = add_file(hash, fd);
    if (r == 0)
        hl_sha256_end(hash, out);
    hl_sha256_free(hash);
    return r;
}
