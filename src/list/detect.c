#include "list/detect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_SIZE = 256 };

struct sign {
    const char *bytes;
    size_t size;
    const char *what;
    const char *command; /* reads standard input, or the file behind it */
};

#define SIGN(bytes) bytes, sizeof(bytes) - 1

/* UTF-32's mark begins with that of UTF-16, so it comes first. */
static const struct sign signs[] = {
    {SIGN("\xff\xfe\0\0"), "UTF-32", "iconv -f UTF-32 -t UTF-8"},
    {SIGN("\0\0\xfe\xff"), "UTF-32", "iconv -f UTF-32 -t UTF-8"},
    {SIGN("\xff\xfe"), "UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {SIGN("\xfe\xff"), "UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {SIGN("PAR1"), "a Parquet table", NULL},
    {SIGN("PK\3\4"), "a zip archive (as .xlsx and .ods are)", "unzip -p"},
    {SIGN("\x28\xb5\x2f\xfd"), "packed by zstd", "zstd -dc"},
    {SIGN("\xfd"
          "7zXZ"),
     "packed by xz", "xz -dc"},
    {SIGN("BZh91AY&"), "packed by bzip2", "bzip2 -dc"},
};

/* UTF-16 without a mark: every other byte of ASCII is 0. */
static const struct sign unmarked[] = {
    {NULL, 4, "UTF-16 without a mark", "iconv -f UTF-16LE -t UTF-8"},
    {NULL, 4, "UTF-16 without a mark", "iconv -f UTF-16BE -t UTF-8"},
};

static bool is_text(char c)
{
    return c == '\t' || c == '\r' || c == '\n' || isprint((unsigned char)c);
}

static bool is_unmarked(const char *bytes, size_t size, size_t high)
{
    for (size_t i = 0; i < size; i++)
        if (i % 2 == high ? bytes[i] != '\0' : !is_text(bytes[i]))
            return false;
    return true;
}

/* Finds the sign that bytes begin with, or NULL. *more: more bytes are needed
 * to be sure. */
static const struct sign *find(const char *bytes, size_t have, bool *more)
{
    *more = false;
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        size_t size = signs[i].size < have ? signs[i].size : have;
        bool fits = memcmp(bytes, signs[i].bytes, size) == 0;
        if (fits && size == signs[i].size && !*more)
            return &signs[i];
        *more |= fits;
    }
    for (size_t high = 0; high < 2; high++) {
        size_t size = have < 4 ? have : 4;
        bool fits = is_unmarked(bytes, size, 1 - high);
        if (fits && size == 4)
            return &unmarked[high];
        *more |= fits;
    }
    return NULL;
}

/* Writes the path where a shell takes it without quotes; else LIST. */
static void put_word(char out[WORD_SIZE], const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,+=:@-";
    size_t length = strlen(path);
    bool is_plain = strspn(path, plain) == length && path[0] != '-';
    snprintf(out, WORD_SIZE, "%s",
             is_plain && length < WORD_SIZE ? path : "LIST");
}

/* Writes "gzip -dc LIST | iconv -f UTF-16 -t UTF-8", or what of it is
 * needed. */
static void put_command(const struct hl_reader *reader, const char *format,
                        const struct sign *sign, struct hl_buf *out)
{
    char word[WORD_SIZE];
    bool is_input = strcmp(reader->path, "standard input") == 0;
    put_word(word, reader->path);
    if (sign->command == NULL) {
        hl_buf_printf(out,
                      "duckdb -c \"copy (from '%s') to '/dev/stdout' (format "
                      "csv)\" | haul -i - --input-format csv",
                      is_input ? "LIST" : word);
        return;
    }
    if (reader->lines.input.kind == HL_INPUT_GZIP)
        hl_buf_printf(out, "gzip -dc%s%s | %s", is_input ? "" : " ",
                      is_input ? "" : word, sign->command);
    else
        hl_buf_printf(out, "%s%s%s", sign->command, is_input ? "" : " ",
                      is_input ? "" : word);
    hl_buf_text(out, " | haul -i -");
    if (format != NULL)
        hl_buf_printf(out, " --input-format %s", format);
}

static enum hl_list_event refuse(struct hl_reader *reader, const char *format,
                                 const struct sign *sign,
                                 struct hl_list_row *row)
{
    struct hl_buf *command = &reader->scratch;
    hl_buf_clear(command);
    put_command(reader, format, sign, command);
    if (command->failed)
        return hl_reader_no_memory(reader, row);
    return hl_reader_unusable(reader, row,
                              "%s: it is %s, which haul does not read; it does "
                              "read: %s",
                              reader->path, sign->what, command->data);
}

enum hl_list_event hl_detect_foreign(struct hl_reader *reader,
                                     const char *format,
                                     struct hl_list_row *row)
{
    struct hl_lines *lines = &reader->lines;
    for (;;) {
        bool more;
        const struct sign *sign = find(lines->buffer + lines->begin,
                                       lines->end - lines->begin, &more);
        if (sign != NULL)
            return refuse(reader, format, sign, row);
        enum hl_lines_event event =
            more ? hl_lines_fill(lines, HL_RECORD_MAX) : HL_LINES_END;
        if (event == HL_LINES_END)
            return HL_LIST_ROW;
        if (event != HL_LINES_OK)
            return hl_reader_no_line(reader, event, row);
    }
}

static const struct extension {
    const char *text;
    enum hl_list_format format;
} extensions[] = {
    {".csv", HL_LIST_CSV},      {".tsv", HL_LIST_TSV},
    {".tab", HL_LIST_TSV},      {".jsonl", HL_LIST_JSONL},
    {".ndjson", HL_LIST_JSONL},
};

/* ".txt" is not here: both plain lists and aria2's have it. */
enum hl_list_format hl_detect_by_name(const char *path)
{
    size_t length = strlen(path);
    if (hl_input_is_gz_name(path))
        length -= strlen(".gz");
    for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
        size_t n = strlen(extensions[i].text);
        if (length > n &&
            strncasecmp(path + length - n, extensions[i].text, n) == 0)
            return extensions[i].format;
    }
    return HL_LIST_AUTO;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(const char *text, size_t length, size_t at)
{
    while (at < length && is_blank(text[at]))
        at++;
    return at;
}

/* Is the line blank, or a comment? */
static bool is_passed_over(const char *text, size_t length)
{
    size_t at = skip_blanks(text, length, 0);
    return at == length || text[at] == '\r' || text[at] == '#';
}

static size_t skip_word(const char *text, size_t length, size_t at)
{
    while (at < length && (isalnum((unsigned char)text[at]) || text[at] == '-'))
        at++;
    return at;
}

/* An indented "name=". */
static bool is_option(const char *text, size_t length)
{
    size_t begin = skip_blanks(text, length, 0);
    size_t end = skip_word(text, length, begin);
    size_t equals = skip_blanks(text, length, end);
    return begin > 0 && end > begin && equals < length && text[equals] == '=';
}

static bool is_url(const char *text, size_t length)
{
    size_t begin = skip_blanks(text, length, 0);
    size_t end = skip_word(text, length, begin);
    return end > begin && length - end >= 3 &&
           memcmp(text + end, "://", 3) == 0;
}

/* By the first line that is neither blank nor a comment. Where a column is
 * asked for, TABs separate columns. */
static enum hl_list_format by_line(const struct hl_list_options *o,
                                   const char *text, size_t length)
{
    size_t begin = skip_blanks(text, length, 0);
    const char *tab = memchr(text + begin, '\t', length - begin);
    bool is_asked =
        o->url_column != NULL || o->name_column != NULL || o->id_column != NULL;
    if (text[begin] == '{')
        return HL_LIST_JSONL;
    if (tab == NULL)
        return HL_LIST_PLAIN;
    bool are_mirrors =
        is_url(text, length) && is_url(tab, length - (size_t)(tab - text));
    return are_mirrors && !is_asked ? HL_LIST_ARIA2 : HL_LIST_TSV;
}

/* A list of URLs is aria2's if an option follows the first line that says
 * something; offset is where that line ends. Where the next line has not come
 * yet, *is_guess is set and the answer is no, so that a list that is written
 * slowly starts at its first line. */
static bool has_option(struct hl_lines *lines, size_t offset, bool *is_guess)
{
    for (size_t end;; offset = end + 1) {
        enum hl_lines_event event = hl_lines_peek(lines, offset, &end);
        *is_guess = event == HL_LINES_LATER;
        if (event != HL_LINES_OK)
            return false;
        const char *text = lines->buffer + lines->begin + offset;
        if (!is_passed_over(text, end - offset))
            return is_option(text, end - offset);
    }
}

enum hl_list_event hl_detect(struct hl_reader *reader,
                             enum hl_list_format *format, bool *is_guess,
                             struct hl_list_row *row)
{
    struct hl_lines *lines = &reader->lines;
    struct hl_line passed_over;
    size_t end;
    if (*is_guess) {
        if (has_option(lines, 0, is_guess))
            *format = HL_LIST_ARIA2;
        return HL_LIST_ROW;
    }
    for (;;) {
        enum hl_lines_event event = hl_lines_peek(lines, 0, &end);
        /* For a line that is too long, its beginning is enough. */
        if (event != HL_LINES_OK && event != HL_LINES_FULL)
            return hl_reader_no_line(reader, event, row);
        if (!is_passed_over(lines->buffer + lines->begin, end))
            break;
        event = hl_lines_next(lines, HL_LINE_MAX, &passed_over);
        if (event != HL_LINES_OK)
            return hl_reader_no_line(reader, event, row);
    }
    *format = by_line(&reader->options, lines->buffer + lines->begin, end);
    if (*format == HL_LIST_PLAIN && has_option(lines, end + 1, is_guess))
        *format = HL_LIST_ARIA2;
    return HL_LIST_ROW;
}
