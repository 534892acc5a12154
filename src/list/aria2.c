/*
 * aria2's input file: a line of one or more URLs of the same file, TABs
 * between them, then indented lines of options. Those that name the file, its
 * checksum and headers are taken; others, of which aria2 has many, say nothing
 * here. An entry ends where the next begins.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "list/parts.h"

/* The first thing that is wrong with an entry is what is told. */
static void spoil(struct hl_list *list, const char *why)
{
    struct hl_aria2 *a = &list->aria2;
    if (why == NULL || a->why[0] != '\0')
        return;
    if (list->lines.line == a->line)
        snprintf(a->why, sizeof(a->why), "%s", why);
    else
        snprintf(a->why, sizeof(a->why), "in line %" PRIu64 ": %s",
                 list->lines.line, why);
}

static void begin(struct hl_list *list, const struct hl_line *line)
{
    struct hl_entry *entry = &list->entry;
    char *at = line->text;
    list->aria2 = (struct hl_aria2){.is_open = true, .line = list->lines.line};
    hl_entry_clear(entry);
    if (line->bad != NULL) {
        hl_list_cut(at);
        entry->url = hl_entry_text(entry, at, strlen(at));
        spoil(list, line->bad);
        return;
    }
    while (at != NULL) {
        char *tab = strchr(at, '\t');
        size_t length = tab != NULL ? (size_t)(tab - at) : strlen(at);
        const char *url = hl_list_trim(at, length);
        at = tab != NULL ? tab + 1 : NULL;
        if (*url == '\0')
            continue;
        if (entry->url == 0)
            entry->url = hl_entry_text(entry, url, strlen(url));
        else
            spoil(list, hl_entry_add_mirror(entry, url));
    }
}

static const char *set_out(struct hl_list *list, const char *value)
{
    list->aria2.out = hl_entry_text(&list->entry, value, strlen(value));
    return NULL;
}

static const char *set_dir(struct hl_list *list, const char *value)
{
    list->aria2.dir = hl_entry_text(&list->entry, value, strlen(value));
    return NULL;
}

static const char *set_referer(struct hl_list *list, const char *value)
{
    list->aria2.referer = hl_entry_text(&list->entry, value, strlen(value));
    return NULL;
}

static const char *set_checksum(struct hl_list *list, const char *value)
{
    return hl_entry_set_checksum(&list->entry, value);
}

static const char *add_header(struct hl_list *list, const char *value)
{
    return hl_entry_add_header_line(&list->entry, value);
}

static const struct option {
    const char *name;
    const char *(*set)(struct hl_list *list, const char *value);
} options[] = {
    {"out", set_out},         {"dir", set_dir},
    {"header", add_header},   {"checksum", set_checksum},
    {"referer", set_referer},
};

static void add_option(struct hl_list *list, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        spoil(list, "an indented line that is no option NAME=VALUE");
        return;
    }
    const char *name = hl_list_trim(text, (size_t)(equals - text));
    const char *value = hl_list_trim(equals + 1, strlen(equals + 1));
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (strcmp(options[i].name, name) == 0)
            spoil(list, options[i].set(list, value));
}

/* A line of the entry that is open, or the one that opens the next.
 * HL_LIST_AGAIN: all is well so far. */
static enum hl_list_event take_line(struct hl_list *list,
                                    const struct hl_line *line,
                                    struct hl_list_row *row)
{
    struct hl_aria2 *a = &list->aria2;
    bool is_indented = line->text[0] == ' ' || line->text[0] == '\t';
    char *text = hl_list_trim(line->text, line->length);
    row->line = list->lines.line;
    if (line->bad == NULL && (*text == '\0' || *text == '#'))
        return HL_LIST_AGAIN;
    if (!a->is_open && is_indented)
        return hl_list_bad(row, hl_list_cut(text),
                           "an option that belongs to no URL");
    if (!a->is_open) {
        begin(list, line);
        return HL_LIST_AGAIN;
    }
    a->size += line->length;
    if (line->bad != NULL)
        spoil(list, line->bad);
    else if (a->size > HL_RECORD_MAX)
        spoil(list, "more than 1 MB of options");
    else
        add_option(list, text);
    return HL_LIST_AGAIN;
}

static const char *text_at(const struct hl_list *list, size_t at)
{
    return at > 0 ? list->entry.text.data + at : "";
}

/* dir/out, or dir/ where the name is the URL's. Texts of the entry move when
 * it grows, so what is made of them is made elsewhere. */
static void set_name(struct hl_list *list)
{
    struct hl_buf *whole = &list->scratch;
    const char *dir = text_at(list, list->aria2.dir);
    const char *out = text_at(list, list->aria2.out);
    if (*dir == '\0' && *out == '\0')
        return;
    hl_buf_clear(whole);
    hl_buf_text(whole, dir);
    hl_buf_text(whole, *dir != '\0' ? "/" : "");
    hl_buf_text(whole, out);
    if (!whole->failed)
        list->entry.name =
            hl_entry_text(&list->entry, whole->data, whole->used);
}

/* "*" is the URL itself. */
static void add_referer(struct hl_list *list)
{
    struct hl_buf *value = &list->scratch;
    const char *referer = text_at(list, list->aria2.referer);
    if (*referer == '\0')
        return;
    if (strcmp(referer, "*") == 0)
        referer = text_at(list, list->entry.url);
    hl_buf_clear(value);
    hl_buf_text(value, referer);
    if (!value->failed)
        spoil(list, hl_entry_add_header(&list->entry, "Referer", value->data));
}

static enum hl_list_event give(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_aria2 *a = &list->aria2;
    a->is_open = false;
    set_name(list);
    add_referer(list);
    if (list->scratch.failed || hl_entry_give(&list->entry, row) < 0)
        return hl_list_no_memory(list, row);
    row->line = a->line;
    return a->why[0] == '\0' ? HL_LIST_ROW : hl_list_bad(row, row->url, a->why);
}

/* Is what comes next a part of the entry that is open? HL_LINES_END: no. */
static enum hl_lines_event look_ahead(struct hl_lines *lines)
{
    enum hl_lines_event event = HL_LINES_OK;
    while (event == HL_LINES_OK && lines->begin == lines->end)
        event = hl_lines_fill(lines, HL_LINE_MAX);
    if (event != HL_LINES_OK)
        return event;
    return strchr(" \t\r\n#", lines->buffer[lines->begin]) != NULL
               ? HL_LINES_OK
               : HL_LINES_END;
}

/* Where reading fails, options of the entry that is open may be missing: it is
 * not given, and so it is behind the last line that was. */
static enum hl_list_event no_line(struct hl_list *list,
                                  enum hl_lines_event event,
                                  struct hl_list_row *row)
{
    enum hl_list_event no = hl_list_no_line(list, event, row);
    if (no == HL_LIST_FAILED && list->aria2.is_open)
        row->line = list->aria2.line - 1;
    return no;
}

enum hl_list_event hl_aria2_next(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_line line;
    enum hl_list_event taken = HL_LIST_AGAIN;
    while (taken == HL_LIST_AGAIN) {
        enum hl_lines_event event = HL_LINES_OK;
        /* In the rest of a line that is too long, it is not yet ahead. */
        if (list->aria2.is_open && !list->lines.skipping)
            event = look_ahead(&list->lines);
        if (list->aria2.is_open && event == HL_LINES_END)
            return give(list, row);
        if (event == HL_LINES_OK)
            event = hl_lines_next(&list->lines, HL_LINE_MAX, &line);
        if (event != HL_LINES_OK)
            return no_line(list, event, row);
        taken = take_line(list, &line, row);
    }
    return taken;
}
