/* A text that grows, with JSON escaping: reports are written with it. */
#ifndef HL_UTIL_BUF_H
#define HL_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zero is empty. Once memory ran out failed is set, and stays so. */
struct hl_buf {
    char *data; /* NUL-terminated; NULL while empty */
    size_t used;
    size_t size;
    bool failed;
};

void hl_buf_release(struct hl_buf *buf);
void hl_buf_clear(struct hl_buf *buf);
void hl_buf_add(struct hl_buf *buf, const char *data, size_t size);
/* Adds size bytes for the caller to fill. @return NULL without memory. */
char *hl_buf_room(struct hl_buf *buf, size_t size);
/* Inline, as the length of most is known where they are added. */
static inline void hl_buf_text(struct hl_buf *buf, const char *text)
{
    hl_buf_add(buf, text, strlen(text));
}
/* An array of strings that ends with NULL, or NULL: a line each. */
void hl_buf_lines(struct hl_buf *buf, const char *const *strings);
void hl_buf_int(struct hl_buf *buf, int64_t value);
__attribute__((format(printf, 2, 3))) void
hl_buf_printf(struct hl_buf *buf, const char *format, ...);
/* A JSON string, or null for NULL. What hl_text_printable() does not show is
 * escaped; bytes that are no UTF-8 become U+FFFD. */
void hl_buf_json(struct hl_buf *buf, const char *text);

#endif
