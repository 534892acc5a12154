#include "util/hasher.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "util/fnv.h"

struct hl_hasher {
    EVP_MD *md;
    EVP_MD_CTX *context;
    bool ready; /* context is set for the next text */
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
    hasher->ready = true;
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

/*
 * OpenSSL 3.0 allocates the state of each digest anew, and would write through
 * NULL where it got none: so it is asked for as early as possible, after the
 * text before. No type: the context is set back to the one it was made for.
 */
static bool set(struct hl_hasher *hasher)
{
    hasher->ready =
        hasher->ready || EVP_DigestInit_ex2(hasher->context, NULL, NULL) == 1;
    return hasher->ready;
}

/* There has been no memory twice: the text is not known again by this print,
 * so that its file is fetched once more, but taken for no other. */
static uint64_t stray_print(const char *text, size_t length)
{
    return hl_fnv_add(HL_FNV_BASIS, text, length);
}

uint64_t hl_hasher_print(struct hl_hasher *hasher, const char *text,
                         size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    uint64_t print = 0;
    if (!set(hasher))
        return stray_print(text, length);
    EVP_DigestUpdate(hasher->context, text, length);
    EVP_DigestFinal_ex(hasher->context, digest, NULL);
    hasher->ready = false;
    (void)set(hasher);
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
