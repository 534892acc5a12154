#include "util/fingerprint.h"

/* haul makes several fingerprints of each line. SHA256() of OpenSSL 3 spends as
 * much time on finding its implementation, and on memory, as on the text. These
 * functions need neither, but are deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "util/hex.h"

uint64_t hl_fingerprint_of(const char *text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    uint64_t fingerprint = 0;
    SHA256_CTX sha;
    SHA256_Init(&sha);
    SHA256_Update(&sha, text, strlen(text));
    SHA256_Final(digest, &sha);
    for (int i = 0; i < 8; i++)
        fingerprint = fingerprint << 8 | digest[i];
    return fingerprint;
}

void hl_fingerprint_hex(char out[HL_FINGERPRINT_HEX_SIZE], uint64_t fingerprint)
{
    hl_hex_put_number(out, HL_FINGERPRINT_HEX_SIZE - 1, fingerprint);
    out[HL_FINGERPRINT_HEX_SIZE - 1] = '\0';
}
