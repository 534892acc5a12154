/*
 * aria2's input file: a line of one or more URLs of the same file, TABs
 * between them, then indented lines of options. The options that name the file,
 * its checksum and headers are taken; aria2's many others are passed over. An
 * entry ends where the next begins.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "list/format.h"

/* The entry that is being read: lines with further options may come. */
struct aria2 {
    bool is_open;
    uint64_t line;  /* where the entry begins */
    size_t dir;     /* where in the entry's text; 0: not given */
    size_t out;     /* the same */
    size_t referer; /* the same */
    size_t size;    /* bytes of its lines */
    char why[160];  /* why the entry is bad; "": it is good so far */
};

/* Keeps the first reason why the entry is bad. why may be NULL. */
static void mark_bad(struct aria2 *a, struct hl_reader *reader, const char *why)
{
    if (why == NULL || a->why[0] != '\0')
        return;
    if (reader->lines.line == a->line)
        snprintf(a->why, sizeof(a->why), "%s", why);
    else
        snprintf(a->why, sizeof(a->why), "in line %" PRIu64 ": %s",
                 reader->lines.line, why);
}

static void begin(struct aria2 *a, struct hl_reader *reader,
                  const struct hl_line *line)
{
    struct hl_entry *entry = &reader->entry;
    char *at = line->text;
    *a = (struct aria2){.is_open = true, .line = reader->lines.line};
    hl_entry_clear(entry);
    if (line->bad != NULL) {
        hl_reader_cut(at);
        entry->url = hl_entry_text(entry, at, strlen(at));
        mark_bad(a, reader, line->bad);
        return;
    }
    while (at != NULL) {
        char *tab = strchr(at, '\t');
        size_t length = tab != NULL ? (size_t)(tab - at) : strlen(at);
        const char *url = hl_reader_trim(at, length);
        at = tab != NULL ? tab + 1 : NULL;
        if (*url == '\0')
            continue;
        if (entry->url == 0)
            entry->url = hl_entry_text(entry, url, strlen(url));
        else
            mark_bad(a, reader, hl_entry_add_mirror(entry, url));
    }
}

/* NAME=VALUE, as its name and value. */
static const char *set_option(struct aria2 *a, struct hl_entry *entry,
                              const char *name, const char *value)
{
    if (strcmp(name, "out") == 0)
        a->out = hl_entry_text(entry, value, strlen(value));
    else if (strcmp(name, "dir") == 0)
        a->dir = hl_entry_text(entry, value, strlen(value));
    else if (strcmp(name, "referer") == 0)
        a->referer = hl_entry_text(entry, value, strlen(value));
    else if (strcmp(name, "checksum") == 0)
        return hl_entry_set_checksum(entry, value);
    else if (strcmp(name, "header") == 0)
        return hl_entry_add_header_line(entry, value);
    return NULL;
}

static void add_option(struct aria2 *a, struct hl_reader *reader, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        mark_bad(a, reader,
                 "an indented line that is not an option NAME=VALUE");
        return;
    }
    const char *name = hl_reader_trim(text, (size_t)(equals - text));
    const char *value = hl_reader_trim(equals + 1, strlen(equals + 1));
    mark_bad(a, reader, set_option(a, &reader->entry, name, value));
}

/* Takes a line of the open entry, or the one that opens the next.
 * @return HL_LIST_AGAIN: all is well so far. */
static enum hl_list_event take_line(struct aria2 *a, struct hl_reader *reader,
                                    const struct hl_line *line,
                                    struct hl_list_row *row)
{
    bool is_indented = line->text[0] == ' ' || line->text[0] == '\t';
    char *text = hl_reader_trim(line->text, line->length);
    row->line = reader->lines.line;
    if (line->bad == NULL && (*text == '\0' || *text == '#'))
        return HL_LIST_AGAIN;
    if (!a->is_open && is_indented)
        return hl_reader_bad(row, hl_reader_cut(text),
                             "an option that belongs to no URL");
    if (!a->is_open) {
        begin(a, reader, line);
        return HL_LIST_AGAIN;
    }
    a->size += line->length;
    if (line->bad != NULL)
        mark_bad(a, reader, line->bad);
    else if (a->size > HL_RECORD_MAX)
        mark_bad(a, reader, "more than 1 MB of options");
    else
        add_option(a, reader, text);
    return HL_LIST_AGAIN;
}

static const char *text_at(const struct hl_reader *reader, size_t at)
{
    return at > 0 ? reader->entry.text.data + at : "";
}

/* "dir/out", or "dir/" where the URL gives the name. Texts of the entry move
 * when the entry grows, so the name is put together in scratch. */
static void set_name(struct aria2 *a, struct hl_reader *reader)
{
    struct hl_buf *whole = &reader->scratch;
    const char *dir = text_at(reader, a->dir);
    const char *out = text_at(reader, a->out);
    if (*dir == '\0' && *out == '\0')
        return;
    hl_buf_clear(whole);
    hl_buf_text(whole, dir);
    hl_buf_text(whole, *dir != '\0' ? "/" : "");
    hl_buf_text(whole, out);
    if (!whole->failed)
        reader->entry.name =
            hl_entry_text(&reader->entry, whole->data, whole->used);
}

/* As a referer, "*" means the URL itself. */
static void add_referer(struct aria2 *a, struct hl_reader *reader)
{
    struct hl_buf *value = &reader->scratch;
    const char *referer = text_at(reader, a->referer);
    if (*referer == '\0')
        return;
    if (strcmp(referer, "*") == 0)
        referer = text_at(reader, reader->entry.url);
    hl_buf_clear(value);
    hl_buf_text(value, referer);
    if (!value->failed)
        mark_bad(a, reader,
                 hl_entry_add_header(&reader->entry, "Referer", value->data));
}

static enum hl_list_event give(struct aria2 *a, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    a->is_open = false;
    set_name(a, reader);
    add_referer(a, reader);
    if (reader->scratch.failed || hl_entry_give(&reader->entry, row) < 0)
        return hl_reader_no_memory(reader, row);
    row->line = a->line;
    return a->why[0] == '\0' ? HL_LIST_ROW
                             : hl_reader_bad(row, row->url, a->why);
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

/* Where reading fails, options of the open entry may be missing. So the entry
 * is not given, and the last line that was read is the one before it. */
static enum hl_list_event no_line(struct aria2 *a, struct hl_reader *reader,
                                  enum hl_lines_event event,
                                  struct hl_list_row *row)
{
    enum hl_list_event no = hl_reader_no_line(reader, event, row);
    if (no == HL_LIST_FAILED && a->is_open)
        row->line = a->line - 1;
    return no;
}

static enum hl_list_event next(void *state, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    struct aria2 *a = state;
    struct hl_line line;
    enum hl_list_event taken = HL_LIST_AGAIN;
    while (taken == HL_LIST_AGAIN) {
        enum hl_lines_event event = HL_LINES_OK;
        /* While the rest of a long line is skipped, the next line is not there
         * yet. */
        if (a->is_open && !reader->lines.skipping)
            event = look_ahead(&reader->lines);
        if (a->is_open && event == HL_LINES_END)
            return give(a, reader, row);
        if (event == HL_LINES_OK)
            event = hl_lines_next(&reader->lines, HL_LINE_MAX, &line);
        if (event != HL_LINES_OK)
            return no_line(a, reader, event, row);
        taken = take_line(a, reader, &line, row);
    }
    return taken;
}

const struct hl_format hl_aria2_format = {
    .state_size = sizeof(struct aria2),
    .next = next,
};
