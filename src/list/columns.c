#include "list/columns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/text.h"

enum { HEADER_TEXT_SIZE = 256 };

/* The cells of the first record. */
struct record {
    char *const *cells;
    size_t count;
};

/* A column as the user asks for it, and the option that does. */
struct asked {
    const char *option;
    const char *column; /* or NULL */
    size_t *place;
};

static bool is_number(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* Is the cell the name, apart from blanks around it and upper or lower case? */
static bool is_called(const char *cell, const char *name)
{
    cell += strspn(cell, " \t");
    size_t length = strlen(cell);
    while (length > 0 && strchr(" \t", cell[length - 1]) != NULL)
        length--;
    return strlen(name) == length && strncasecmp(cell, name, length) == 0;
}

static size_t find(const struct record *first, const char *column)
{
    if (is_number(column)) {
        /* For a number that is too large, strtoul() returns its largest. */
        unsigned long number = strtoul(column, NULL, 10);
        return number > 0 && number <= first->count ? number - 1 : SIZE_MAX;
    }
    for (size_t i = 0; i < first->count; i++)
        if (strcmp(first->cells[i], column) == 0)
            return i;
    for (size_t i = 0; i < first->count; i++)
        if (is_called(first->cells[i], column))
            return i;
    return SIZE_MAX;
}

/* Is the cell a heading such as image_url, imageURL or link? No URL looks like
 * that. */
static bool names_urls(const char *cell)
{
    static const char *const whole[] = {"uri", "urls", "link", "href", "src"};
    static const char *const parts[] = {"_url", "url_", "Url", "URL"};
    if (cell[0] == '\0' || isdigit((unsigned char)cell[0]))
        return false;
    for (const char *c = cell; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
        if (strcasecmp(cell, whole[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (strstr(cell, parts[i]) != NULL)
            return true;
    return false;
}

/* A first line with a URL is no header, unless columns are asked for by
 * name. */
static bool is_header(const struct record *first, const struct asked asked[3],
                      const struct hl_keep *keep)
{
    bool is = false;
    for (size_t i = 0; i < keep->count; i++)
        if (!is_number(keep->names[i]))
            return true;
    for (size_t i = 0; i < 3; i++)
        if (asked[i].column != NULL && !is_number(asked[i].column))
            return true;
    for (size_t i = 0; i < first->count; i++) {
        if (strstr(first->cells[i], "://") != NULL)
            return false;
        is |= is_called(first->cells[i], "url") || names_urls(first->cells[i]);
    }
    return is;
}

/* Writes "id, url, caption", as much as fits. */
static void put_header(const struct record *first, char out[HEADER_TEXT_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < first->count && used < HEADER_TEXT_SIZE; i++) {
        int n = snprintf(out + used, HEADER_TEXT_SIZE - used, "%s%s",
                         i > 0 ? ", " : "", first->cells[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static enum hl_list_event not_there(struct hl_reader *reader,
                                    struct hl_list_row *row,
                                    const struct record *first,
                                    const struct asked *asked)
{
    char header[HEADER_TEXT_SIZE];
    put_header(first, header);
    if (asked->column == NULL)
        return hl_reader_unusable(reader, row,
                                  "%s: it has no column 'url', but: %s; "
                                  "--url-col says which",
                                  reader->path, header);
    if (is_number(asked->column))
        return hl_reader_unusable(reader, row,
                                  "%s: there is no column %s in %s, which has "
                                  "1 to %zu",
                                  asked->option, asked->column, reader->path,
                                  first->count);
    return hl_reader_unusable(
        reader, row, "%s: there is no column '%s' in %s, which has: %s",
        asked->option, asked->column, reader->path, header);
}

static enum hl_list_event no_ids(struct hl_reader *reader,
                                 struct hl_list_row *row,
                                 const struct record *first)
{
    char header[HEADER_TEXT_SIZE];
    put_header(first, header);
    return hl_reader_unusable(
        reader, row,
        "--output: {id} needs a column of ids, and --id-col "
        "does not say which of %s has them: %s",
        reader->path, header);
}

/* The name of a column, in memory of its own: NULL without memory. */
static char *name_of(const struct record *first, size_t place, bool header)
{
    char number[32];
    snprintf(number, sizeof(number), "column%zu", place + 1);
    const char *name = header ? first->cells[place] : number;
    return strdup(hl_text_is_blank(name) ? number : name);
}

static enum hl_list_event keep_column(struct hl_columns *out,
                                      struct hl_reader *reader,
                                      struct hl_list_row *row,
                                      const struct record *first, size_t place,
                                      bool header)
{
    struct hl_kept_column *kept = &out->kept[out->kept_count];
    kept->name = name_of(first, place, header);
    if (kept->name == NULL)
        return hl_reader_no_memory(reader, row);
    kept->place = place;
    out->kept_count++;
    if (place >= out->wanted)
        out->wanted = place + 1;
    return HL_LIST_ROW;
}

/* Finds the columns of options.keep. */
static enum hl_list_event find_kept(struct hl_columns *out,
                                    struct hl_reader *reader,
                                    struct hl_list_row *row,
                                    const struct record *first, bool header)
{
    const struct hl_keep *keep = &reader->keep;
    enum hl_list_event event = HL_LIST_ROW;
    size_t count = keep->all ? first->count : keep->count;
    if (count == 0)
        return HL_LIST_ROW;
    out->kept = calloc(count, sizeof(*out->kept));
    if (out->kept == NULL)
        return hl_reader_no_memory(reader, row);
    for (size_t i = 0; i < count && event == HL_LIST_ROW; i++) {
        struct asked asked = {"--keep-cols", "", NULL};
        size_t place = i;
        if (!keep->all) {
            asked.column = keep->names[i];
            place = find(first, asked.column);
        }
        event = place == SIZE_MAX
                    ? not_there(reader, row, first, &asked)
                    : keep_column(out, reader, row, first, place, header);
    }
    return event;
}

void hl_columns_release(struct hl_columns *columns)
{
    for (size_t i = 0; i < columns->kept_count; i++)
        free(columns->kept[i].name);
    free(columns->kept);
    columns->kept = NULL;
    columns->kept_count = 0;
}

enum hl_list_event hl_columns_find(struct hl_columns *out,
                                   struct hl_reader *reader, char *const *cells,
                                   size_t count, struct hl_list_row *row)
{
    const struct hl_list_options *o = &reader->options;
    const struct record first = {cells, count};
    const struct asked asked[3] = {
        {"--url-col", o->url_column, &out->url},
        {"--name-col", o->name_column, &out->name},
        {"--id-col", o->id_column, &out->id},
    };
    bool header = is_header(&first, asked, &reader->keep);
    out->url = header ? find(&first, "url") : 0;
    out->name = header || o->url_column != NULL ? SIZE_MAX : 1;
    out->id = SIZE_MAX;
    for (size_t i = 0; i < 3; i++) {
        size_t *place = asked[i].place;
        if (asked[i].column != NULL)
            *place = find(&first, asked[i].column);
        if (*place == SIZE_MAX && (asked[i].column != NULL || i == 0))
            return not_there(reader, row, &first, &asked[i]);
        if (*place != SIZE_MAX && *place >= out->wanted)
            out->wanted = *place + 1;
    }
    if (o->needs_ids && o->id_column == NULL)
        return no_ids(reader, row, &first);
    enum hl_list_event event = find_kept(out, reader, row, &first, header);
    if (event != HL_LIST_ROW)
        return event;
    out->are_known = true;
    return header ? HL_LIST_AGAIN : HL_LIST_ROW;
}

enum hl_list_event hl_columns_refuse(struct hl_reader *reader,
                                     const char *format,
                                     struct hl_list_row *row)
{
    const struct hl_list_options *o = &reader->options;
    const char *kept = reader->keep.count > 0 ? reader->keep.names[0] : NULL;
    const struct asked asked[4] = {
        {"--url-col", o->url_column, NULL},
        {"--name-col", o->name_column, NULL},
        {"--id-col", o->id_column, NULL},
        {"--keep-cols", kept, NULL},
    };
    if (reader->keep.all)
        return hl_reader_unusable(reader, row,
                                  "--keep-cols: %s has no columns, as it is "
                                  "read as %s; --input-format says otherwise",
                                  reader->path, format);
    for (size_t i = 0; i < 4; i++)
        if (asked[i].column != NULL)
            return hl_reader_unusable(
                reader, row,
                "%s: there is no column '%s' in %s, which "
                "is read as %s; --input-format says "
                "otherwise",
                asked[i].option, asked[i].column, reader->path, format);
    if (o->needs_ids)
        return hl_reader_unusable(reader, row,
                                  "--output: {id} needs ids, and %s, which is "
                                  "read as %s, has none; --input-format says "
                                  "otherwise",
                                  reader->path, format);
    return HL_LIST_ROW;
}
