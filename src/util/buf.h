/* A text that grows, and what reports and pages put into one. */
#ifndef HL_UTIL_BUF_H
#define HL_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zero is empty. Once memory has run out, failed is set and stays set until
 * hl_buf_clear(); what was to be added then is left out. */
struct hl_buf {
    char *data; /* ends with a NUL; NULL as long as nothing was added */
    size_t used;
    size_t size;
    bool failed;
};

void hl_buf_release(struct hl_buf *buf);
/* Empties the buffer and keeps its memory. */
void hl_buf_clear(struct hl_buf *buf);
void hl_buf_add(struct hl_buf *buf, const char *data, size_t size);
/* Adds size bytes for the caller to fill. @return NULL without memory. */
char *hl_buf_room(struct hl_buf *buf, size_t size);
/* Inline, as callers mostly add literals, whose length the compiler knows. */
static inline void hl_buf_text(struct hl_buf *buf, const char *text)
{
    hl_buf_add(buf, text, strlen(text));
}
/* Adds the strings of an array that ends with NULL, with line breaks between
 * them. NULL adds nothing. */
void hl_buf_lines(struct hl_buf *buf, const char *const *strings);
void hl_buf_int(struct hl_buf *buf, int64_t value);
/* With three digits after the point: 1234567 is "1234.567". */
void hl_buf_thousandths(struct hl_buf *buf, uint64_t value);
__attribute__((format(printf, 2, 3))) void
hl_buf_printf(struct hl_buf *buf, const char *format, ...);
/* Adds text as a JSON string, or null for NULL. What hl_text_printable() does
 * not show is escaped; bytes that are no UTF-8 become U+FFFD. */
void hl_buf_json(struct hl_buf *buf, const char *text);
/* Adds text as a cell of RFC 4180, in quotes where a comma, a quote or a line
 * break is in it; NULL is an empty cell. Bytes stay as they are. */
void hl_buf_csv(struct hl_buf *buf, const char *text);
/* Adds text, broken between words into lines of at most 79 columns, and a line
 * break. column columns of the first line are in use already; the lines after
 * it are indented by as many. */
void hl_buf_wrap(struct hl_buf *buf, const char *text, size_t column);

#endif
