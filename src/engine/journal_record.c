#include "engine/journal_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Cuts the next field off *line. "" at the end. */
static const char *next_field(char **line)
{
    char *field = *line;
    char *tab = strchr(field, '\t');
    if (tab == NULL) {
        *line = field + strlen(field);
        return field;
    }
    *tab = '\0';
    *line = tab + 1;
    return field;
}

static bool parse_print(const char *text, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < 16; i++) {
        int digit = hex(text[i]);
        if (digit < 0)
            return false;
        *out = *out << 4 | (uint64_t)digit;
    }
    return text[16] == '\0';
}

bool hl_record_parse(struct hl_record *out, char *line)
{
    *out = (struct hl_record){0};
    const char *kind = next_field(&line);
    if (kind[0] == '\0' || kind[1] != '\0' || strchr("Hcpdf", kind[0]) == NULL)
        return false;
    out->kind = kind[0];
    if (out->kind != 'H' && !parse_print(next_field(&line), &out->print))
        return false;
    if (strchr("pdf", out->kind) != NULL)
        out->claim = hl_record_number(next_field(&line));
    for (int i = 0; i < HL_RECORD_FIELDS; i++)
        out->fields[i] = next_field(&line);
    return true;
}

char *hl_record_text(const char *field)
{
    char *text = malloc(strlen(field) + 1);
    if (text == NULL)
        return NULL;
    char *to = text;
    for (const char *p = field; *p != '\0'; p++) {
        if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
            *to++ = (char)(hex(p[1]) * 16 + hex(p[2]));
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return text;
}

uint64_t hl_record_number(const char *field)
{
    return strtoull(field, NULL, 10);
}

static int reserve(struct hl_record_buffer *buffer, size_t more)
{
    if (buffer->used + more <= buffer->size)
        return 0;
    size_t size = buffer->size > 0 ? buffer->size : 4096;
    while (size < buffer->used + more)
        size *= 2;
    char *data = realloc(buffer->data, size);
    if (data == NULL)
        return -ENOMEM;
    buffer->data = data;
    buffer->size = size;
    return 0;
}

static void put_char(struct hl_record_buffer *buffer, char c)
{
    buffer->data[buffer->used++] = c;
}

int hl_record_begin(struct hl_record_buffer *buffer, char kind, uint64_t print)
{
    static const char digits[] = "0123456789abcdef";
    int r = reserve(buffer, 32);
    if (r < 0)
        return r;
    put_char(buffer, kind);
    put_char(buffer, '\t');
    for (int shift = 60; shift >= 0; shift -= 4)
        put_char(buffer, digits[(print >> shift) & 15]);
    return 0;
}

int hl_record_add_text(struct hl_record_buffer *buffer, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = text != NULL ? strlen(text) : 0;
    int r = reserve(buffer, 3 * length + 1);
    if (r < 0)
        return r;
    put_char(buffer, '\t');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != 0x7f && c != '%') {
            put_char(buffer, (char)c);
            continue;
        }
        put_char(buffer, '%');
        put_char(buffer, digits[c >> 4]);
        put_char(buffer, digits[c & 15]);
    }
    return 0;
}

int hl_record_add_number(struct hl_record_buffer *buffer, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    return hl_record_add_text(buffer, text);
}

int hl_record_end(struct hl_record_buffer *buffer)
{
    int r = reserve(buffer, 1);
    if (r == 0)
        put_char(buffer, '\n');
    return r;
}
