/* Hexadecimal digits. */
#ifndef HL_UTIL_HEX_H
#define HL_UTIL_HEX_H

#include <stddef.h>
#include <stdint.h>

/* The value of a digit in either case; -1: c is no hexadecimal digit. */
int hl_hex_value(char c);
/* The value of two digits; -1: text does not begin with two. */
int hl_hex_byte(const char *text);
/* Writes each of size bytes as two digits in lower case, without a NUL.
 * @return where the digits end. */
char *hl_hex_put(char *out, const unsigned char *bytes, size_t size);
/* Writes the last count digits of number in lower case, without a NUL. */
void hl_hex_put_number(char *out, int count, uint64_t number);

#endif
