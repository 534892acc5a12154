/* Text from outside, made fit to be shown; and numbers as text. Pure. */
#ifndef HL_UTIL_TEXT_H
#define HL_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number has at most 20 digits, and a sign or a point. */
enum { HL_TEXT_NUMBER_MAX = 21, HL_TEXT_COUNT_SIZE = 32 };

/* Copies text into out, cut to size - 1 bytes at the end of a character. A
 * server must not control a terminal. So control characters (C0, C1, DEL),
 * characters that end a line or change the direction of text, and bytes that
 * are no UTF-8 are written as "\x1b" or "\u202e". */
void hl_text_printable(char *out, size_t size, const char *text);
/* The length of the character at text, 1 to 4, if hl_text_printable() copies it
 * as it is; else 0. */
size_t hl_text_shown_length(const char *text);
/* The code point of the UTF-8 character at text. */
uint32_t hl_text_point(const char *text);
/* The length of the UTF-8 character at text, 1 to 4; 0: it is no UTF-8. */
size_t hl_text_utf8_length(const char *text);
/* Is text nothing but spaces, TABs and line breaks? NULL and "" are blank. */
bool hl_text_is_blank(const char *text);
/* The length of the beginning of text that fits into most bytes and ends with a
 * whole character; text has length bytes. */
size_t hl_text_fitting(const char *text, size_t length, size_t most);
/* How many of the size bytes at text can be copied into a quoted text:
 * printable ASCII, no quote and no backslash. Looks at eight bytes at a time,
 * and stops before the first eight that have any other byte. More bytes may be
 * plain: the caller looks at the rest byte by byte. */
size_t hl_text_plain_bytes(const char *text, size_t size);
/* Write a number that ends before end, without a NUL. There must be room for
 * HL_TEXT_NUMBER_MAX bytes. @return where the number begins. */
char *hl_text_digits(char *end, uint64_t number);
char *hl_text_int(char *end, int64_t number);
/* With three digits after the point: 1234567 is "1234.567". */
char *hl_text_thousandths(char *end, uint64_t number);
/* "4,812,330". */
void hl_text_count(char out[HL_TEXT_COUNT_SIZE], uint64_t count);

#endif
