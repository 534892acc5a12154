/*
 * Which cells of a csv or tsv list are the URL, the name and the id. With a
 * header: the column "url", and a name only if it is asked for. Without: URL,
 * NAME. Also what is said when a column that is asked for is not there.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "list/parts.h"

enum { HEADER_TEXT_SIZE = 256 };

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

/* The same but for blanks around the cell, and for case. */
static bool is_called(const char *cell, const char *name)
{
    cell += strspn(cell, " \t");
    size_t length = strlen(cell);
    while (length > 0 && strchr(" \t", cell[length - 1]) != NULL)
        length--;
    return strlen(name) == length && strncasecmp(cell, name, length) == 0;
}

static size_t find(const struct hl_csv *csv, const char *column)
{
    if (is_number(column)) {
        /* Past any number of columns, strtoul() ends at its largest. */
        unsigned long number = strtoul(column, NULL, 10);
        return number > 0 && number <= csv->count ? number - 1 : SIZE_MAX;
    }
    for (size_t i = 0; i < csv->count; i++)
        if (strcmp(csv->cells[i], column) == 0)
            return i;
    for (size_t i = 0; i < csv->count; i++)
        if (is_called(csv->cells[i], column))
            return i;
    return SIZE_MAX;
}

/* A cell such as image_url, imageURL or link, in which nobody keeps a URL. */
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

/* A line that has a URL is none, unless columns are asked for by name. */
static bool is_header(const struct hl_csv *csv, const struct asked asked[3])
{
    bool is = false;
    for (size_t i = 0; i < 3; i++)
        if (asked[i].column != NULL && !is_number(asked[i].column))
            return true;
    for (size_t i = 0; i < csv->count; i++) {
        if (strstr(csv->cells[i], "://") != NULL)
            return false;
        is |= is_called(csv->cells[i], "url") || names_urls(csv->cells[i]);
    }
    return is;
}

/* "id, url, caption", as far as there is room. */
static void put_header(const struct hl_csv *csv, char out[HEADER_TEXT_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < csv->count && used < HEADER_TEXT_SIZE; i++) {
        int n = snprintf(out + used, HEADER_TEXT_SIZE - used, "%s%s",
                         i > 0 ? ", " : "", csv->cells[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static enum hl_list_event not_there(struct hl_list *list,
                                    struct hl_list_row *row,
                                    const struct asked *asked)
{
    const struct hl_csv *csv = &list->csv;
    char header[HEADER_TEXT_SIZE];
    put_header(csv, header);
    if (asked->column == NULL)
        return hl_list_unusable(list, row,
                                "%s: it has no column 'url', but: %s; "
                                "--url-col says which",
                                list->path, header);
    if (is_number(asked->column))
        return hl_list_unusable(list, row,
                                "%s: there is no column %s in %s, which has "
                                "1 to %zu",
                                asked->option, asked->column, list->path,
                                csv->count);
    return hl_list_unusable(list, row,
                            "%s: there is no column '%s' in %s, which has: %s",
                            asked->option, asked->column, list->path, header);
}

static enum hl_list_event no_ids(struct hl_list *list, struct hl_list_row *row)
{
    char header[HEADER_TEXT_SIZE];
    put_header(&list->csv, header);
    return hl_list_unusable(
        list, row,
        "--output: {id} needs a column of ids, and --id-col "
        "does not say which of %s has them: %s",
        list->path, header);
}

enum hl_list_event hl_columns_place(struct hl_list *list,
                                    struct hl_list_row *row)
{
    const struct hl_list_options *o = &list->options;
    struct hl_csv *csv = &list->csv;
    const struct asked asked[3] = {
        {"--url-col", o->url_column, &csv->url},
        {"--name-col", o->name_column, &csv->name},
        {"--id-col", o->id_column, &csv->id},
    };
    bool header = is_header(csv, asked);
    csv->url = header ? find(csv, "url") : 0;
    csv->name = header || o->url_column != NULL ? SIZE_MAX : 1;
    csv->id = SIZE_MAX;
    for (size_t i = 0; i < 3; i++) {
        if (asked[i].column != NULL)
            *asked[i].place = find(csv, asked[i].column);
        if (*asked[i].place == SIZE_MAX && (asked[i].column != NULL || i == 0))
            return not_there(list, row, &asked[i]);
    }
    if (o->needs_ids && o->id_column == NULL)
        return no_ids(list, row);
    for (size_t i = 0; i < 3; i++)
        if (*asked[i].place != SIZE_MAX && *asked[i].place >= csv->wanted)
            csv->wanted = *asked[i].place + 1;
    csv->has_places = true;
    return header ? HL_LIST_AGAIN : HL_LIST_ROW;
}

enum hl_list_event hl_columns_refuse(struct hl_list *list,
                                     struct hl_list_row *row)
{
    const struct hl_list_options *o = &list->options;
    const struct asked asked[3] = {
        {"--url-col", o->url_column, NULL},
        {"--name-col", o->name_column, NULL},
        {"--id-col", o->id_column, NULL},
    };
    for (size_t i = 0; i < 3; i++)
        if (asked[i].column != NULL)
            return hl_list_unusable(list, row,
                                    "%s: there is no column '%s' in %s, which "
                                    "is read as %s; --input-format says "
                                    "otherwise",
                                    asked[i].option, asked[i].column,
                                    list->path,
                                    hl_list_format_word(list->format));
    if (o->needs_ids)
        return hl_list_unusable(list, row,
                                "--output: {id} needs ids, and %s, which is "
                                "read as %s, has none; --input-format says "
                                "otherwise",
                                list->path, hl_list_format_word(list->format));
    return HL_LIST_ROW;
}
