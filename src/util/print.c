#include "util/print.h"

/* A print is made of each line, several times: OpenSSL 3 spends as long on
 * finding the implementation behind SHA256(), and on memory for its state, as
 * on the text, and calls the functions that need neither deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

uint64_t hl_print_of(const char *text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    uint64_t print = 0;
    SHA256_CTX sha;
    SHA256_Init(&sha);
    SHA256_Update(&sha, text, strlen(text));
    SHA256_Final(digest, &sha);
    for (int i = 0; i < 8; i++)
        print = print << 8 | digest[i];
    return print;
}

void hl_print_hex(char out[HL_PRINT_HEX_SIZE], uint64_t print)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = HL_PRINT_HEX_SIZE - 2; i >= 0; i--, print >>= 4)
        out[i] = digits[print & 15];
    out[HL_PRINT_HEX_SIZE - 1] = '\0';
}
