/*
 * Prints: the first 8 bytes of the SHA-256 of a text, by which URLs and names
 * are told apart. A hasher keeps what OpenSSL would otherwise look up anew
 * for each text. It belongs to whoever uses it; one thread at a time.
 */
#ifndef HL_UTIL_HASHER_H
#define HL_UTIL_HASHER_H

#include <stddef.h>
#include <stdint.h>

enum { HL_PRINT_HEX_SIZE = 17 };

struct hl_hasher;

/* @return 0 or UV_ENOMEM. */
int hl_hasher_new(struct hl_hasher **out);
/* NULL is fine. */
void hl_hasher_free(struct hl_hasher *hasher);
/* Big endian, so that its digits are those of the hash. Without memory for two
 * texts on end it is some other print. */
uint64_t hl_hasher_print(struct hl_hasher *hasher, const char *text,
                         size_t length);
/* A print as 16 hexadecimal digits. */
void hl_print_hex(char out[HL_PRINT_HEX_SIZE], uint64_t print);

#endif
