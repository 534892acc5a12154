#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum { COLUMNS = 79 };

void hl_buf_release(struct hl_buf *buf)
{
    free(buf->data);
    *buf = (struct hl_buf){0};
}

void hl_buf_clear(struct hl_buf *buf)
{
    buf->used = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Rarely called. Inline it would cost its caller, which is called often, the
 * saving of registers. */
__attribute__((noinline)) static bool grow(struct hl_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    size_t size = buf->size > 0 ? buf->size : 256;
    while (size < buf->used + more + 1)
        size *= 2;
    char *data = realloc(buf->data, size);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->size = size;
    return true;
}

static inline bool reserve(struct hl_buf *buf, size_t more)
{
    return (!buf->failed && buf->used + more + 1 <= buf->size) ||
           grow(buf, more);
}

void hl_buf_add(struct hl_buf *buf, const char *data, size_t size)
{
    if (!reserve(buf, size))
        return;
    memcpy(buf->data + buf->used, data, size);
    buf->used += size;
    buf->data[buf->used] = '\0';
}

char *hl_buf_room(struct hl_buf *buf, size_t size)
{
    if (!reserve(buf, size))
        return NULL;
    char *at = buf->data + buf->used;
    buf->used += size;
    buf->data[buf->used] = '\0';
    return at;
}

void hl_buf_lines(struct hl_buf *buf, const char *const *strings)
{
    for (size_t i = 0; strings != NULL && strings[i] != NULL; i++) {
        if (i > 0)
            hl_buf_text(buf, "\n");
        hl_buf_text(buf, strings[i]);
    }
}

void hl_buf_int(struct hl_buf *buf, int64_t value)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    const char *at = hl_text_int(end, value);
    hl_buf_add(buf, at, (size_t)(end - at));
}

void hl_buf_thousandths(struct hl_buf *buf, uint64_t value)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    /* Half of a report's times are 0. */
    if (value == 0) {
        hl_buf_add(buf, "0.000", 5);
        return;
    }
    const char *at = hl_text_thousandths(end, value);
    hl_buf_add(buf, at, (size_t)(end - at));
}

void hl_buf_printf(struct hl_buf *buf, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0 && reserve(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->used, (size_t)n + 1, format, again);
        buf->used += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

static void json_control(struct hl_buf *buf, uint32_t point)
{
    switch (point) {
    case '\n':
        hl_buf_text(buf, "\\n");
        break;
    case '\t':
        hl_buf_text(buf, "\\t");
        break;
    case '\r':
        hl_buf_text(buf, "\\r");
        break;
    default:
        hl_buf_printf(buf, "\\u%04x", (unsigned)point);
    }
}

/* How many of the size bytes at text need no escape. */
static size_t plain_length(const char *text, size_t size)
{
    size_t n = hl_text_plain_bytes(text, size);
    while (text[n] >= 0x20 && text[n] < 0x7f && text[n] != '"' &&
           text[n] != '\\')
        n++;
    return n;
}

void hl_buf_json(struct hl_buf *buf, const char *text)
{
    if (text == NULL) {
        hl_buf_text(buf, "null");
        return;
    }
    const char *end = text + strlen(text);
    hl_buf_add(buf, "\"", 1);
    while (*text != '\0') {
        size_t plain = plain_length(text, (size_t)(end - text));
        hl_buf_add(buf, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        unsigned char c = (unsigned char)*text;
        size_t length = hl_text_utf8_length(text);
        if (c == '"' || c == '\\') {
            const char escaped[2] = {'\\', (char)c};
            hl_buf_add(buf, escaped, 2);
        } else if (length == 0) {
            hl_buf_text(buf, "\xef\xbf\xbd");
        } else if (hl_text_shown_length(text) == 0) {
            json_control(buf, hl_text_point(text));
        } else {
            hl_buf_add(buf, text, length);
        }
        text += length > 0 ? length : 1;
    }
    hl_buf_add(buf, "\"", 1);
}

void hl_buf_csv(struct hl_buf *buf, const char *text)
{
    if (text == NULL)
        return;
    if (text[strcspn(text, "\",\r\n")] == '\0') {
        hl_buf_text(buf, text);
        return;
    }
    hl_buf_add(buf, "\"", 1);
    for (const char *quote; (quote = strchr(text, '"')) != NULL;
         text = quote + 1) {
        hl_buf_add(buf, text, (size_t)(quote - text) + 1);
        hl_buf_add(buf, "\"", 1);
    }
    hl_buf_text(buf, text);
    hl_buf_add(buf, "\"", 1);
}

void hl_buf_wrap(struct hl_buf *buf, const char *text, size_t column)
{
    size_t at = column;
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (at > column && at + 1 + length > COLUMNS) {
            hl_buf_printf(buf, "\n%*s", (int)column, "");
            at = column;
        } else if (at > column) {
            hl_buf_text(buf, " ");
            at++;
        }
        hl_buf_add(buf, word, length);
        at += length;
        word += length;
        word += *word == ' ';
    }
    hl_buf_text(buf, "\n");
}
