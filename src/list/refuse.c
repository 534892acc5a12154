#include "list/refuse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

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

enum hl_list_event hl_refuse(struct hl_reader *reader, const char *format,
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
