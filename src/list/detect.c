#include "list/detect.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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
