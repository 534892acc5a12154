/*
 * csv and tsv as RFC 4180 has them: fields in quotes may hold delimiters, line
 * breaks and doubled quotes. What follows the closing quote belongs to the
 * field where all is on one line, as people write captions. A quote that
 * opens on one line and does not properly close on another is a stray one: it
 * spoils its own line, and not those that it would swallow.
 */
#include <stdlib.h>
#include <string.h>

#include "list/parts.h"

enum scan { ENDS, GOES_ON, MALFORMED };

void hl_csv_release(struct hl_csv *csv)
{
    free(csv->cells);
    csv->cells = NULL;
}

static void rewind_scan(struct hl_csv *csv)
{
    csv->state = HL_CSV_FIELD;
    csv->scanned = 0;
    csv->breaks = 0;
}

/* One byte; a line break outside of quotes is not for here. */
static enum hl_csv_state step(struct hl_csv *csv, char c)
{
    switch (csv->state) {
    case HL_CSV_FIELD:
        csv->spans = false;
        if (c == '"')
            return HL_CSV_QUOTED;
        return c == csv->delimiter ? HL_CSV_FIELD : HL_CSV_BARE;
    case HL_CSV_QUOTE:
        if (c == '"')
            return HL_CSV_QUOTED;
        return c == csv->delimiter ? HL_CSV_FIELD : HL_CSV_BARE;
    case HL_CSV_QUOTED:
        csv->breaks += c == '\n';
        csv->spans |= c == '\n';
        return c == '"' ? HL_CSV_QUOTE : HL_CSV_QUOTED;
    case HL_CSV_BARE:
        break;
    }
    return c == csv->delimiter ? HL_CSV_FIELD : HL_CSV_BARE;
}

/* Looks on for the line break that ends the record: it is at scanned. */
static enum scan scan(struct hl_csv *csv, const char *text, size_t length)
{
    const char *found = csv->scanned == 0 ? memchr(text, '\n', length) : NULL;
    if (found != NULL && memchr(text, '"', (size_t)(found - text)) == NULL) {
        csv->scanned = (size_t)(found - text);
        return ENDS;
    }
    for (; csv->scanned < length; csv->scanned++) {
        char c = text[csv->scanned];
        if (c == '\n' && csv->state != HL_CSV_QUOTED)
            return ENDS;
        enum hl_csv_state state = step(csv, c);
        if (csv->state == HL_CSV_QUOTE && state == HL_CSV_BARE && csv->spans &&
            c != '\r')
            return MALFORMED;
        csv->state = state;
    }
    return GOES_ON;
}

/* The line that the record begins with, as one that is bad. */
static enum hl_list_event spoil_line(struct hl_list *list,
                                     struct hl_list_row *row)
{
    struct hl_line line;
    rewind_scan(&list->csv);
    enum hl_lines_event event =
        hl_lines_next(&list->lines, HL_RECORD_MAX, &line);
    if (event != HL_LINES_OK)
        return hl_list_no_line(list, event, row);
    row->line = list->lines.line;
    return hl_list_bad(row, hl_list_cut(line.text),
                       line.bad != NULL ? line.bad
                                        : "a quote that is not closed");
}

/* Takes length bytes, and the line break behind them if there is one. */
static void take(struct hl_list *list, size_t length)
{
    struct hl_lines *lines = &list->lines;
    struct hl_line *out = &list->csv.record;
    char *text = lines->buffer + lines->begin;
    bool has_break = lines->begin + length < lines->end;
    lines->begin += length + has_break;
    lines->line += 1 + list->csv.breaks;
    out->bad =
        memchr(text, '\0', length) != NULL ? "NUL byte in this line" : NULL;
    if (length > 0 && text[length - 1] == '\r')
        length--;
    text[length] = '\0';
    out->text = text;
    out->length = length;
    rewind_scan(&list->csv);
}

/* HL_LIST_ROW: a record has been taken. */
static enum hl_list_event next_record(struct hl_list *list,
                                      struct hl_list_row *row)
{
    struct hl_lines *lines = &list->lines;
    struct hl_csv *csv = &list->csv;
    enum hl_lines_event event = HL_LINES_OK;
    while (event == HL_LINES_OK) {
        size_t unread = lines->end - lines->begin;
        enum scan found = scan(csv, lines->buffer + lines->begin, unread);
        if (found == GOES_ON) {
            event = hl_lines_fill(lines, HL_RECORD_MAX);
            if (event != HL_LINES_END || unread == 0)
                continue;
        }
        if (found == MALFORMED || csv->state == HL_CSV_QUOTED ||
            csv->scanned > HL_RECORD_MAX)
            return spoil_line(list, row);
        row->line = lines->line + 1;
        take(list, csv->scanned);
        return HL_LIST_ROW;
    }
    return event == HL_LINES_FULL ? spoil_line(list, row)
                                  : hl_list_no_line(list, event, row);
}

/* The cell at *at, unquoted in place; *at goes on to the next, or is NULL. */
static char *next_cell(char **at, char *end, char delimiter)
{
    char *cell = *at;
    char *in = cell;
    char *out = cell;
    if (*in == '"') {
        for (in++; in < end; *out++ = *in++) {
            if (*in == '"' && *++in != '"')
                break;
        }
    }
    char *found = memchr(in, delimiter, (size_t)(end - in));
    size_t rest = (size_t)((found != NULL ? found : end) - in);
    if (out < in)
        memmove(out, in, rest);
    out[rest] = '\0';
    *at = found != NULL ? found + 1 : NULL;
    return cell;
}

static bool grow_cells(struct hl_csv *csv)
{
    size_t room = csv->room > 0 ? 2 * csv->room : 16;
    char **cells = realloc(csv->cells, room * sizeof(*cells));
    if (cells == NULL)
        return false;
    csv->cells = cells;
    csv->room = room;
    return true;
}

/* No further than to the last cell that is wanted. */
static bool split(struct hl_csv *csv)
{
    const struct hl_line *line = &csv->record;
    char *at = line->text;
    csv->count = 0;
    while (at != NULL && (!csv->has_places || csv->count < csv->wanted)) {
        if (csv->count == csv->room && !grow_cells(csv))
            return false;
        csv->cells[csv->count++] =
            next_cell(&at, line->text + line->length, csv->delimiter);
    }
    return true;
}

static const char *cell(const struct hl_csv *csv, size_t place)
{
    bool is_there = place < csv->count && csv->cells[place][0] != '\0';
    return is_there ? csv->cells[place] : NULL;
}

static enum hl_list_event give(struct hl_csv *csv, struct hl_list_row *row)
{
    if (csv->url < csv->count)
        csv->cells[csv->url] =
            hl_list_trim(csv->cells[csv->url], strlen(csv->cells[csv->url]));
    row->url = cell(csv, csv->url);
    row->name = cell(csv, csv->name);
    row->id = cell(csv, csv->id);
    if (row->url == NULL)
        return hl_list_bad(row, hl_list_cut(csv->cells[0]),
                           "no URL in this line");
    return HL_LIST_ROW;
}

static enum hl_list_event next(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_csv *csv = &list->csv;
    const struct hl_line *line = &csv->record;
    csv->delimiter = list->format == HL_LIST_CSV ? ',' : '\t';
    /* In the midst of a line that is too long. */
    if (list->lines.skipping)
        return spoil_line(list, row);
    for (;;) {
        enum hl_list_event event = next_record(list, row);
        if (event != HL_LIST_ROW)
            return event;
        if (line->bad != NULL)
            return hl_list_bad(row, hl_list_cut(line->text), line->bad);
        if (strspn(line->text, " \t") == line->length)
            continue;
        if (!split(csv))
            return hl_list_no_memory(list, row);
        if (!csv->has_places)
            event = hl_columns_place(list, row);
        if (event == HL_LIST_ROW)
            return give(csv, row);
        if (event != HL_LIST_AGAIN)
            return event;
    }
}

enum hl_list_event hl_csv_next(struct hl_list *list, struct hl_list_row *row)
{
    enum hl_list_event event = next(list, row);
    if (event == HL_LIST_ROW || event == HL_LIST_BAD)
        row->record = ++list->csv.records;
    return event;
}
