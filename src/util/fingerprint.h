/*
 * Fingerprints, which is short for fingerprints: the first 8 bytes of the
 * SHA-256 of a text, by which URLs and names are told apart. Journals hold
 * them: they never change. Any thread.
 */
#ifndef HL_UTIL_FINGERPRINT_H
#define HL_UTIL_FINGERPRINT_H

#include <stdint.h>

enum { HL_FINGERPRINT_HEX_SIZE = 17 };

/* Big endian, so that its digits are those of the hash. */
uint64_t hl_fingerprint_of(const char *text);
/* Its 16 hexadecimal digits and a NUL: {hash}, and a journal's field. */
void hl_fingerprint_hex(char out[HL_FINGERPRINT_HEX_SIZE],
                        uint64_t fingerprint);

#endif
