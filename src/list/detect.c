/* Which format a list has: by its name, else by how it begins. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "list/parts.h"

static const struct extension {
    const char *text;
    enum hl_list_format format;
} extensions[] = {
    {".csv", HL_LIST_CSV},      {".tsv", HL_LIST_TSV},
    {".tab", HL_LIST_TSV},      {".jsonl", HL_LIST_JSONL},
    {".ndjson", HL_LIST_JSONL},
};

/* ".txt" says nothing: plain lists and aria2's have it. */
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

/* Nothing but blanks, or a comment. */
static bool is_silent(const char *text, size_t length)
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

/* By the first line that says something. A column that is asked for makes
 * TABs columns. */
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

/* A list of URLs is aria2's if options follow the first, which is offset
 * bytes long. Where what follows has not come yet the first is taken as it
 * is: a list that is written slowly starts at its first line. */
static void confirm(struct hl_list *list, size_t offset)
{
    struct hl_lines *lines = &list->lines;
    size_t end;
    for (;; offset = end + 1) {
        enum hl_lines_event event = hl_lines_peek(lines, offset, &end);
        list->is_guess = event == HL_LINES_LATER;
        if (event != HL_LINES_OK)
            return;
        const char *text = lines->buffer + lines->begin + offset;
        if (is_silent(text, end - offset))
            continue;
        if (is_option(text, end - offset))
            list->format = HL_LIST_ARIA2;
        return;
    }
}

enum hl_list_event hl_detect(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_lines *lines = &list->lines;
    struct hl_line silent;
    size_t end;
    if (list->is_guess) {
        confirm(list, 0);
        return HL_LIST_ROW;
    }
    for (;;) {
        enum hl_lines_event event = hl_lines_peek(lines, 0, &end);
        /* Of a line that is too long, its beginning will do. */
        if (event != HL_LINES_OK && event != HL_LINES_FULL)
            return hl_list_no_line(list, event, row);
        if (!is_silent(lines->buffer + lines->begin, end))
            break;
        event = hl_lines_next(lines, HL_LINE_MAX, &silent);
        if (event != HL_LINES_OK)
            return hl_list_no_line(list, event, row);
    }
    list->format = by_line(&list->options, lines->buffer + lines->begin, end);
    if (list->format == HL_LIST_PLAIN)
        confirm(list, end + 1);
    return HL_LIST_ROW;
}
