/* Text from outside, made fit to be shown; and numbers for people. */
#ifndef HL_UTIL_TEXT_H
#define HL_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number takes 20 digits at most, and one of a sign and a point. */
enum { HL_TEXT_NUMBER_MAX = 21, HL_TEXT_COUNT_SIZE = 32 };

/* Copies text into out, cut to size - 1 bytes at a character's boundary. A
 * server must not write to a terminal: control characters (C0, C1, DEL), those
 * that end a line or turn the order of what follows, and bytes that are no
 * UTF-8 become "\x1b" or "\u202e". */
void hl_text_printable(char *out, size_t size, const char *text);
/* Length of the character at text, 1 to 4, if it may be shown as it is; 0: it
 * is one of those above. */
size_t hl_text_shown_length(const char *text);
/* The code point of the UTF-8 character that is at text. */
uint32_t hl_text_point(const char *text);
/* Length of the UTF-8 character at text, 1 to 4; 0: none begins here. */
size_t hl_text_utf8_length(const char *text);
/* Is text nothing but spaces, TABs and line breaks? NULL and "" are blank. */
bool hl_text_is_blank(const char *text);
/* How many of the first length bytes of text fit into most, whole characters.
 */
size_t hl_text_fitting(const char *text, size_t length, size_t most);
/* How many of the size bytes at text surely stand for themselves in a quoted
 * text: printable ASCII, no quote and no backslash. Looks at eight at a time
 * and stops before the first eight with another byte: the rest is to be looked
 * at byte by byte. */
size_t hl_text_plain_bytes(const char *text, size_t size);
/* Put a number before end, without a NUL; there must be room for
 * HL_TEXT_NUMBER_MAX. @return where it begins. */
char *hl_text_digits(char *end, uint64_t number);
char *hl_text_int(char *end, int64_t number);
/* With three digits after the point: 1234567 is "1234.567". */
char *hl_text_thousandths(char *end, uint64_t number);
/* "4,812,330". */
void hl_text_count(char out[HL_TEXT_COUNT_SIZE], uint64_t count);

#endif
