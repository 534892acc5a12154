/*
 * A fingerprint is the first 8 bytes of the SHA-256 of a text. URLs and names
 * are told apart by their fingerprints. Journals hold fingerprints, so this
 * function must never change. Any thread.
 */
#ifndef HL_UTIL_FINGERPRINT_H
#define HL_UTIL_FINGERPRINT_H

#include <stdint.h>

enum { HL_FINGERPRINT_HEX_SIZE = 17 };

/* The bytes are read in big-endian order, so that the fingerprint has the same
 * hexadecimal digits as the SHA-256. */
uint64_t hl_fingerprint_of(const char *text);
/* Writes the 16 hexadecimal digits and a NUL: {hash} in a file's name, and a
 * field of the journal. */
void hl_fingerprint_hex(char out[HL_FINGERPRINT_HEX_SIZE],
                        uint64_t fingerprint);

#endif
