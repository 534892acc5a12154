/* How many columns of a terminal a text takes. Pure. */
#ifndef HL_UTIL_TEXT_WIDTH_H
#define HL_UTIL_TEXT_WIDTH_H

#include <stddef.h>

/* text is as hl_text_printable() makes it. Wide characters take two columns,
 * combining ones none. */
size_t hl_text_width(const char *text);
/* The length, in bytes, of the beginning of text that fits into so many
 * columns. It ends behind a word, or inside the first word where that does not
 * fit. */
size_t hl_text_words_in(const char *text, size_t columns);

#endif
