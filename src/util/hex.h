/* Hexadecimal digits. */
#ifndef HL_UTIL_HEX_H
#define HL_UTIL_HEX_H

#include <stddef.h>

/* The value of a digit in either case; -1: c is no hexadecimal digit. */
int hl_hex_value(char c);
/* Writes each of size bytes as two digits in lower case, without a NUL.
 * @return where the digits end. */
char *hl_hex_put(char *out, const unsigned char *bytes, size_t size);

#endif
