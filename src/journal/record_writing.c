#include "journal/record_writing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/fingerprint.h"
#include "util/hex.h"
#include "util/text.h"

enum { STAMP_SIZE = 2 * HL_RECORD_STAMP_DIGITS + 1 };

/* Room for the longest line, twice: memory that nothing is written to costs
 * nothing, but to grow the buffer copies all of it. */
static int reserve(struct hl_record_buffer *buffer)
{
    size_t least = buffer->used + HL_RECORD_LINE_MAX;
    if (buffer->size >= least)
        return 0;
    size_t size = 2 * least;
    char *data = realloc(buffer->data, size);
    if (data == NULL)
        return -ENOMEM;
    buffer->data = data;
    buffer->size = size;
    return 0;
}

int hl_record_begin(struct hl_record_buffer *buffer, char kind)
{
    int r = reserve(buffer);
    if (r < 0)
        return r;
    buffer->begun = buffer->used;
    buffer->data[buffer->used++] = kind;
    return 0;
}

/* Where a line has become too long, fills the buffer: hl_record_end() then
 * refuses the line. */
static void put(struct hl_record_buffer *buffer, const char *data, size_t size)
{
    if (buffer->size - buffer->used < size) {
        buffer->used = buffer->size;
        return;
    }
    if (size == 0)
        return;
    memcpy(buffer->data + buffer->used, data, size);
    buffer->used += size;
}

void hl_record_add_fingerprint(struct hl_record_buffer *buffer,
                               uint64_t fingerprint)
{
    char text[1 + HL_FINGERPRINT_HEX_SIZE] = {'\t'};
    hl_fingerprint_hex(text + 1, fingerprint);
    put(buffer, text, sizeof(text) - 1);
}

/* Bytes of the size at text that a field has as they are. */
static size_t plain_length(const char *text, size_t size)
{
    size_t n = hl_text_plain_bytes(text, size);
    for (unsigned char c; (c = (unsigned char)text[n]) >= 0x20; n++)
        if (c == 0x7f || c == '\\')
            break;
    return n;
}

void hl_record_add_text(struct hl_record_buffer *buffer, const char *text)
{
    put(buffer, "\t", 1);
    if (text == NULL)
        return;
    const char *end = text + strlen(text);
    for (;;) {
        size_t plain = plain_length(text, (size_t)(end - text));
        put(buffer, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        unsigned char c = (unsigned char)*text++;
        char escape[3] = {'\\'};
        hl_hex_put_number(escape + 1, 2, c);
        put(buffer, escape, sizeof(escape));
    }
}

void hl_record_add_span(struct hl_record_buffer *buffer, struct hl_span field)
{
    put(buffer, "\t", 1);
    put(buffer, field.at, field.size);
}

int hl_record_add_line(struct hl_record_buffer *buffer, struct hl_span line)
{
    int r = reserve(buffer);
    if (r < 0)
        return r;
    put(buffer, line.at, line.size);
    put(buffer, "\n", 1);
    return 0;
}

void hl_record_add_number(struct hl_record_buffer *buffer, uint64_t number)
{
    char text[1 + HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    char *at = hl_text_digits(end, number);
    *--at = '\t';
    put(buffer, at, (size_t)(end - at));
}

int hl_record_end(struct hl_record_buffer *buffer)
{
    char tail[HL_RECORD_CHECK_DIGITS + 2] = {'\t'};
    size_t size = buffer->used - buffer->begun;
    if (size + sizeof(tail) > HL_RECORD_LINE_MAX) {
        buffer->used = buffer->begun;
        return -E2BIG;
    }
    hl_hex_put_number(tail + 1, HL_RECORD_CHECK_DIGITS,
                      hl_record_check(buffer->data + buffer->begun, size));
    tail[HL_RECORD_CHECK_DIGITS + 1] = '\n';
    put(buffer, tail, sizeof(tail));
    return 0;
}

/* Adds a validator. One that is too long is left out, as a part of it would
 * prove nothing. */
static void add_validator(struct hl_record_buffer *buffer, const char *text)
{
    bool fits =
        text != NULL && strnlen(text, HL_RECORD_TEXT_MAX) < HL_RECORD_TEXT_MAX;
    hl_record_add_text(buffer, fits ? text : NULL);
}

void hl_record_add_part(struct hl_record_buffer *buffer,
                        const struct hl_journal_part *part)
{
    hl_record_add_number(buffer, part->size);
    add_validator(buffer, part->etag);
    add_validator(buffer, part->last_modified);
    hl_record_add_text(buffer, part->token);
    hl_record_add_number(buffer, part->inode);
    hl_record_add_number(buffer, part->total);
    hl_record_add_number(buffer, part->url_fingerprint);
}

/* Adds digits, which need no escapes. */
static void add_digits(struct hl_record_buffer *buffer, const char *digits)
{
    const struct hl_span span = {.at = digits, .size = strlen(digits)};
    hl_record_add_span(buffer, span);
}

static void put_stamp(char out[STAMP_SIZE], const struct hl_stamp *stamp)
{
    out[0] = '\0';
    if (stamp->identity == 0)
        return;
    hl_hex_put_number(out, HL_RECORD_STAMP_DIGITS, (uint64_t)stamp->mtime_ns);
    hl_hex_put_number(out + HL_RECORD_STAMP_DIGITS, HL_RECORD_STAMP_DIGITS,
                      stamp->identity);
    out[STAMP_SIZE - 1] = '\0';
}

void hl_record_add_file(struct hl_record_buffer *buffer,
                        const struct hl_journal_file *file)
{
    char stamp[STAMP_SIZE];
    put_stamp(stamp, &file->stamp);
    hl_record_add_number(buffer, file->stamp.size);
    add_validator(buffer, file->etag);
    add_validator(buffer, file->last_modified);
    hl_record_add_text(buffer, file->digests);
    add_digits(buffer, stamp);
    add_digits(buffer, file->xxh3 != NULL ? file->xxh3 : "");
}

int hl_record_add_header(struct hl_record_buffer *buffer, const char *boot,
                         const char *token,
                         const struct hl_journal_rules *rules)
{
    int r = hl_record_begin(buffer, 'H');
    if (r < 0)
        return r;
    hl_record_add_number(buffer, HL_RECORD_VERSION);
    hl_record_add_text(buffer, boot);
    hl_record_add_number(buffer, (uint64_t)time(NULL));
    hl_record_add_text(buffer, token);
    hl_record_add_text(buffer, rules->accept_type);
    hl_record_add_number(buffer, rules->max_filesize);
    hl_record_add_number(buffer, rules->block_private);
    return hl_record_end(buffer);
}

int hl_record_add_mark(struct hl_record_buffer *buffer, uint64_t offset)
{
    int r = hl_record_begin(buffer, 'S');
    if (r < 0)
        return r;
    hl_record_add_number(buffer, offset);
    return hl_record_end(buffer);
}

int hl_record_add_end(struct hl_record_buffer *buffer, const char *token)
{
    int r = hl_record_begin(buffer, 'E');
    if (r < 0)
        return r;
    hl_record_add_text(buffer, token);
    return hl_record_end(buffer);
}
