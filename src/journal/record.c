#include "journal/record.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "util/fingerprint.h"

enum {
    FINGERPRINT_DIGITS = HL_FINGERPRINT_HEX_SIZE - 1,
    FIELDS_MAX = HL_RECORD_COMMON + HL_RECORD_FIELDS,
    /* Fields of older versions. */
    PART_OLD = 3,   /* of a PART of versions 2 and 3 */
    PART_4 = 6,     /* of a PART of version 4 */
    FILE_OLD = 4,   /* of a FILE of the same */
    FAILED_OLD = 4, /* of an f before its PART, in version 2 */
    FAILED = 5,     /* the same since */
    HEADER_OLD = 3, /* of an H of versions 2 and 3 */
    HEADER = 7,
};

static const char digits[] = "0123456789abcdef";

/* Of a lower-case digit; -1 for any other character. */
static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Of 16 lower-case digits at most. Without a branch for each: every record has
 * 56 of them. */
static bool parse_hex(const char *text, int count, uint64_t *out)
{
    uint64_t number = 0;
    unsigned wrong = 0;
    for (int i = 0; i < count; i++) {
        unsigned c = (unsigned char)text[i];
        unsigned digit = ((c & 15) + (c >> 6) * 9) & 15;
        wrong |= c ^ (unsigned char)digits[digit];
        number = number << 4 | digit;
    }
    *out = number;
    return wrong == 0;
}

/* Takes eight bytes at a time, as every line is checked whenever it is read.
 * Each step maps a sum to a sum one to one, so that a damaged word always
 * changes the sum; only the last step, which halves it, can hide a change. */
uint32_t hl_record_check(const char *data, size_t size)
{
    uint64_t sum = size * UINT64_C(0x9e3779b97f4a7c15);
    while (size > 0) {
        uint64_t word = 0;
        size_t n = size < sizeof(word) ? size : sizeof(word);
        memcpy(&word, data, n);
        sum = (sum ^ le64toh(word)) * UINT64_C(0xff51afd7ed558ccd);
        sum ^= sum >> 32;
        data += n;
        size -= n;
    }
    return (uint32_t)(sum ^ sum >> 32);
}

/* Takes the check off the end of line. */
static bool take_check(struct hl_span *line)
{
    uint64_t check;
    if (line->size < HL_RECORD_CHECK_DIGITS + 2)
        return false;
    size_t size = line->size - HL_RECORD_CHECK_DIGITS - 1;
    if (line->at[size] != '\t' ||
        !parse_hex(line->at + size + 1, HL_RECORD_CHECK_DIGITS, &check) ||
        check != hl_record_check(line->at, size))
        return false;
    line->size = size;
    return true;
}

/* How many fields there are; 0: more than any record has. */
static size_t split(struct hl_span line, struct hl_span fields[FIELDS_MAX])
{
    size_t count = 0;
    const char *end = line.at + line.size;
    for (const char *at = line.at; count < FIELDS_MAX;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const char *stop = tab != NULL ? tab : end;
        fields[count++] =
            (struct hl_span){.at = at, .size = (size_t)(stop - at)};
        if (tab == NULL)
            return count;
        at = tab + 1;
    }
    return 0;
}

static bool is_number(struct hl_span field)
{
    if (field.size == 0 || field.size > 19)
        return false;
    for (size_t i = 0; i < field.size; i++)
        if (field.at[i] < '0' || field.at[i] > '9')
            return false;
    return true;
}

static char unescaped(const char **at, const char *end)
{
    const char *p = *at;
    if (*p == '\\' && end - p >= 3 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
        *at = p + 3;
        return (char)(hex(p[1]) * 16 + hex(p[2]));
    }
    *at = p + 1;
    return *p;
}

/* Is the component ".." or ".haul"? head has its first bytes, size is its
 * length. */
static bool leads_astray(const char *head, size_t size)
{
    return (size == 2 && memcmp(head, "..", 2) == 0) ||
           (size == 5 && strncasecmp(head, ".haul", 5) == 0);
}

static bool is_plain(struct hl_span field)
{
    return field.size == 0 || memchr(field.at, '\\', field.size) == NULL;
}

/* The last bytes of the text that an escaped name stands for. */
static void copy_tail(char *tail, size_t size, struct hl_span name)
{
    const char *at = name.at;
    const char *end = name.at + name.size;
    memset(tail, 0, size);
    while (at < end) {
        memmove(tail, tail + 1, size - 1);
        tail[size - 1] = unescaped(&at, end);
    }
}

/* Does the name end like that of a temporary file? */
static bool ends_as_part(struct hl_span name)
{
    static const char suffix[] = {'.', 'p', 'a', 'r', 't'};
    char tail[sizeof(suffix)];
    if (name.size < sizeof(suffix))
        return false;
    if (is_plain(name))
        memcpy(tail, name.at + name.size - sizeof(tail), sizeof(tail));
    else
        copy_tail(tail, sizeof(tail), name);
    return strncasecmp(tail, suffix, sizeof(suffix)) == 0;
}

/* Is that a name that haul gives to files? It stays below the directory and out
 * of .haul, and is none of a temporary file's. Somebody else may have written
 * it here. What counts is the text without its escapes. */
static bool is_name(struct hl_span field)
{
    const char *at = field.at;
    const char *end = field.at + field.size;
    char head[5];
    size_t size = 0;
    bool first = true;
    while (at < end) {
        char c = unescaped(&at, end);
        if (c == '\0' || (c == '/' && first))
            return false;
        first = false;
        if (c == '/' && leads_astray(head, size))
            return false;
        if (c != '/' && size < sizeof(head))
            head[size] = c;
        size = c == '/' ? 0 : size + 1;
    }
    return !leads_astray(head, size) && !ends_as_part(field);
}

/* Finds the PART and the FILE by the number of fields from at on. An older
 * version has fewer, and no FILE. */
static bool place_part(struct hl_record *record, size_t at, size_t own)
{
    size_t left = own - at;
    bool has_file = left == PART_4 + HL_RECORD_FILE ||
                    left == HL_RECORD_PART + HL_RECORD_FILE;
    size_t part = has_file ? left - HL_RECORD_FILE : left;
    if (part != PART_OLD && part != PART_4 && part != HL_RECORD_PART)
        return false;
    record->part = record->fields + at;
    record->part_count = part;
    if (has_file)
        record->file = record->part + part;
    return is_number(record->part[0]) &&
           (record->file == NULL || is_number(record->file[0]));
}

static bool place_file(struct hl_record *record, size_t own)
{
    record->file = record->fields;
    return (own == FILE_OLD || own == HL_RECORD_FILE) &&
           is_number(record->fields[0]);
}

static bool place_failure(struct hl_record *record, size_t own)
{
    if (own < FAILED_OLD || !is_number(record->fields[1]) ||
        !is_number(record->fields[2]))
        return false;
    return own == FAILED_OLD ||
           (own > FAILED && place_part(record, FAILED, own));
}

/* Are the kind's own fields as they should be? */
static bool is_sound(struct hl_record *record, size_t own)
{
    switch (record->kind) {
    case 'H':
        return is_number(record->fields[0]) &&
               (own == HEADER_OLD ||
                (own == HEADER && is_number(record->fields[5])));
    case 'E':
        return own == 1;
    case 'S':
        return own == 1 && is_number(record->fields[0]);
    case 'c':
        return own == 0;
    case 'p':
        return place_part(record, 0, own);
    case 'd':
        return place_file(record, own);
    case 'f':
        return place_failure(record, own);
    default:
        return false;
    }
}

/* Does the kind stand for a URL? */
static bool is_of_url(char kind)
{
    return kind != 'H' && kind != 'E' && kind != 'S';
}

static bool split_fields(struct hl_record *out, struct hl_span line)
{
    size_t count = split(line, out->all);
    if (count == 0 || out->all[0].size != 1)
        return false;
    memset(out->all + count, 0, (FIELDS_MAX - count) * sizeof(*out->all));
    out->kind = out->all[0].at[0];
    out->fingerprint = 0;
    out->name = out->url = (struct hl_span){0};
    out->part = out->file = NULL;
    out->part_count = 0;
    out->size = line.size;
    size_t common = is_of_url(out->kind) ? HL_RECORD_COMMON : 1;
    out->fields = out->all + common;
    if (count < common || count - common > HL_RECORD_FIELDS)
        return false;
    if (common > 1) {
        const struct hl_span fingerprint = out->all[1];
        if (fingerprint.size != FINGERPRINT_DIGITS ||
            !parse_hex(fingerprint.at, FINGERPRINT_DIGITS, &out->fingerprint) ||
            !is_name(out->all[2]))
            return false;
        out->name = out->all[2];
        out->url = out->all[3];
    }
    return is_sound(out, count - common);
}

bool hl_record_parse(struct hl_record *out, struct hl_span line)
{
    return take_check(&line) && split_fields(out, line);
}

bool hl_record_split(struct hl_record *out, struct hl_span line)
{
    if (line.size < HL_RECORD_CHECK_DIGITS + 1)
        return false;
    line.size -= HL_RECORD_CHECK_DIGITS + 1;
    return split_fields(out, line);
}

struct hl_span hl_record_url(struct hl_span line)
{
    const char *end = line.at + line.size;
    const char *at = line.at + line.size;
    if (line.size > 2 + FINGERPRINT_DIGITS + 1)
        at = memchr(line.at + 2 + FINGERPRINT_DIGITS + 1, '\t',
                    line.size - 2 - FINGERPRINT_DIGITS - 1);
    if (at == NULL || at == end)
        return (struct hl_span){.at = end};
    const char *tab = memchr(at + 1, '\t', (size_t)(end - at - 1));
    return (struct hl_span){.at = at + 1,
                            .size = tab != NULL ? (size_t)(tab - at - 1) : 0};
}

uint64_t hl_record_version(struct hl_span line)
{
    struct hl_span fields[FIELDS_MAX];
    size_t count = split(line, fields);
    if (count < 2 || fields[0].size != 1 || fields[0].at[0] != 'H' ||
        !is_number(fields[1]))
        return 0;
    return hl_record_number(fields[1]);
}

char *hl_record_copy(char *to, struct hl_span field)
{
    const char *at = field.at;
    if (field.size > 0 && is_plain(field)) {
        memcpy(to, at, field.size);
        to += field.size;
    } else if (field.size > 0) {
        for (const char *end = at + field.size; at < end;)
            *to++ = unescaped(&at, end);
    }
    *to++ = '\0';
    return to;
}

bool hl_record_says(struct hl_span field, const char *text)
{
    const char *at = field.at;
    const char *end = at + field.size;
    if (is_plain(field))
        return strlen(text) == field.size && memcmp(text, at, field.size) == 0;
    while (at < end)
        if (*text == '\0' || unescaped(&at, end) != *text++)
            return false;
    return *text == '\0';
}

uint64_t hl_record_number(struct hl_span field)
{
    uint64_t number = 0;
    for (size_t i = 0; i < field.size; i++)
        number = number * 10 + (uint64_t)(field.at[i] - '0');
    return number;
}

struct hl_stamp hl_record_file_stamp(const struct hl_record *record)
{
    struct hl_stamp stamp = {.size = hl_record_number(record->file[0])};
    struct hl_span field = record->file[4];
    uint64_t mtime;
    uint64_t identity;
    if (field.size == (size_t)2 * HL_RECORD_STAMP_DIGITS &&
        parse_hex(field.at, HL_RECORD_STAMP_DIGITS, &mtime) &&
        parse_hex(field.at + HL_RECORD_STAMP_DIGITS, HL_RECORD_STAMP_DIGITS,
                  &identity)) {
        stamp.mtime_ns = (int64_t)mtime;
        stamp.identity = identity;
    }
    return stamp;
}

static uint64_t number_or_0(struct hl_span field)
{
    return is_number(field) ? hl_record_number(field) : 0;
}

/* 0 where an older version's PART does not have the field: what stands there
 * may be the FILE. */
static uint64_t part_number(const struct hl_record *record, size_t field)
{
    return field < record->part_count ? number_or_0(record->part[field]) : 0;
}

uint64_t hl_record_inode(const struct hl_record *record)
{
    return part_number(record, 4);
}

uint64_t hl_record_total(const struct hl_record *record)
{
    return part_number(record, 5);
}

uint64_t hl_record_url_fingerprint(const struct hl_record *record)
{
    return part_number(record, 6);
}
