#include "util/hasher.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct hl_hasher {
    EVP_MD *md;
    EVP_MD_CTX *context;
};

int hl_hasher_new(struct hl_hasher **out)
{
    struct hl_hasher *hasher = calloc(1, sizeof(*hasher));
    *out = NULL;
    if (hasher == NULL)
        return -ENOMEM;
    hasher->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->md == NULL || hasher->context == NULL ||
        EVP_DigestInit_ex2(hasher->context, hasher->md, NULL) != 1) {
        hl_hasher_free(hasher);
        return -ENOMEM;
    }
    *out = hasher;
    return 0;
}

void hl_hasher_free(struct hl_hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->md);
    free(hasher);
}

uint64_t hl_hasher_print(struct hl_hasher *hasher, const char *text,
                         size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    uint64_t print = 0;
    /* No type: the context is set back to the one it was made for. */
    EVP_DigestInit_ex2(hasher->context, NULL, NULL);
    EVP_DigestUpdate(hasher->context, text, length);
    EVP_DigestFinal_ex(hasher->context, digest, NULL);
    for (int i = 0; i < 8; i++)
        print = print << 8 | digest[i];
    return print;
}

void hl_print_hex(char out[HL_PRINT_HEX_SIZE], uint64_t print)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; i--, print >>= 4)
        out[i] = digits[print & 15];
    out[16] = '\0';
}
