/*
 * csv and tsv as RFC 4180 has them: fields in quotes may hold delimiters, line
 * breaks and doubled quotes. What follows the closing quote belongs to the
 * field where all of it is on one line, as people write captions. A quote that
 * opens on one line and does not close properly on another is a stray one: it
 * makes its own line bad, but not the lines up to the next quote.
 */
#include <stdlib.h>
#include <string.h>

#include "list/columns.h"
#include "list/format.h"
#include "util/grow.h"

enum scan { ENDS, GOES_ON, MALFORMED };

enum state {
    FIELD, /* a field begins here */
    BARE,  /* in a field, or behind the quotes of one */
    QUOTED,
    QUOTE /* behind a quote in quotes: the closing one, or the first of two */
};

/* How much is known of the next record, and the record that was taken last. */
struct csv {
    char delimiter;
    enum state state;
    size_t scanned;        /* bytes behind lines.begin that were looked at */
    size_t breaks;         /* line breaks in quotes, in those bytes */
    bool spans;            /* there is one in the field that is looked at */
    struct hl_line record; /* the record that was taken */
    char **cells;          /* its cells; owned */
    size_t room;           /* of cells */
    size_t count;          /* of cells that are filled */
    uint64_t records;      /* so far, without the header */
    struct hl_columns columns;
};

static void rewind_scan(struct csv *csv)
{
    csv->state = FIELD;
    csv->scanned = 0;
    csv->breaks = 0;
}

/* Takes one byte. Line breaks outside of quotes are handled by scan(). */
static enum state step(struct csv *csv, char c)
{
    switch (csv->state) {
    case FIELD:
        csv->spans = false;
        if (c == '"')
            return QUOTED;
        return c == csv->delimiter ? FIELD : BARE;
    case QUOTE:
        if (c == '"')
            return QUOTED;
        return c == csv->delimiter ? FIELD : BARE;
    case QUOTED:
        csv->breaks += c == '\n';
        csv->spans |= c == '\n';
        return c == '"' ? QUOTE : QUOTED;
    case BARE:
        break;
    }
    return c == csv->delimiter ? FIELD : BARE;
}

/* Goes on looking for the line break that ends the record. Where it is found,
 * csv->scanned is its offset. */
static enum scan scan(struct csv *csv, const char *text, size_t length)
{
    const char *found = csv->scanned == 0 ? memchr(text, '\n', length) : NULL;
    if (found != NULL && memchr(text, '"', (size_t)(found - text)) == NULL) {
        csv->scanned = (size_t)(found - text);
        return ENDS;
    }
    for (; csv->scanned < length; csv->scanned++) {
        char c = text[csv->scanned];
        if (c == '\n' && csv->state != QUOTED)
            return ENDS;
        enum state state = step(csv, c);
        if (csv->state == QUOTE && state == BARE && csv->spans && c != '\r')
            return MALFORMED;
        csv->state = state;
    }
    return GOES_ON;
}

/* Gives the line that the record begins with as a bad one. */
static enum hl_list_event give_bad_line(struct csv *csv,
                                        struct hl_reader *reader,
                                        struct hl_list_row *row)
{
    struct hl_line line;
    rewind_scan(csv);
    enum hl_list_event event =
        hl_reader_line(reader, HL_RECORD_MAX, &line, row);
    return event == HL_LIST_ROW ? hl_reader_bad(row, hl_reader_cut(line.text),
                                                "a quote that is not closed")
                                : event;
}

/* Takes the next record. @return HL_LIST_ROW where there is one. */
static enum hl_list_event next_record(struct csv *csv, struct hl_reader *reader,
                                      struct hl_list_row *row)
{
    struct hl_lines *lines = &reader->lines;
    enum hl_lines_event event = HL_LINES_OK;
    while (event == HL_LINES_OK) {
        size_t unread = lines->end - lines->begin;
        enum scan found = scan(csv, lines->buffer + lines->begin, unread);
        if (found == GOES_ON) {
            event = hl_lines_fill(lines, HL_RECORD_MAX);
            if (event != HL_LINES_END || unread == 0)
                continue;
        }
        if (found == MALFORMED || csv->state == QUOTED ||
            csv->scanned > HL_RECORD_MAX)
            return give_bad_line(csv, reader, row);
        row->line = lines->line + 1;
        (void)hl_lines_take(lines, csv->scanned, HL_RECORD_MAX, &csv->record);
        lines->line += csv->breaks;
        rewind_scan(csv);
        return HL_LIST_ROW;
    }
    return event == HL_LINES_FULL ? give_bad_line(csv, reader, row)
                                  : hl_reader_no_line(reader, event, row);
}

/* Gives the cell at *at, without its quotes, in place. *at becomes the next
 * cell, or NULL. */
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

/* Splits the record into cells, up to the last cell that is wanted. */
static bool split(struct csv *csv)
{
    const struct hl_line *line = &csv->record;
    char *at = line->text;
    csv->count = 0;
    while (at != NULL &&
           (!csv->columns.are_known || csv->count < csv->columns.wanted)) {
        if (hl_grow(&csv->cells, &csv->room, csv->count, sizeof(char *)) < 0)
            return false;
        csv->cells[csv->count++] =
            next_cell(&at, line->text + line->length, csv->delimiter);
    }
    return true;
}

static const char *cell(const struct csv *csv, size_t place)
{
    bool is_there = place < csv->count && csv->cells[place][0] != '\0';
    return is_there ? csv->cells[place] : NULL;
}

/* Puts the cells that are kept into the row. */
static enum hl_list_event keep(struct csv *csv, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    const struct hl_columns *columns = &csv->columns;
    for (size_t i = 0; i < columns->kept_count; i++) {
        struct hl_list_cell *kept = hl_keep_cell(&reader->keep, i);
        size_t place = columns->kept[i].place;
        if (kept == NULL)
            return hl_reader_no_memory(reader, row);
        *kept = (struct hl_list_cell){
            .name = columns->kept[i].name,
            .text = place < csv->count ? csv->cells[place] : NULL,
            .is_url = place == columns->url,
            .is_id = place == columns->id,
        };
        if (kept->text != NULL)
            kept->length = strlen(kept->text);
    }
    row->cells = reader->keep.cells;
    row->cell_count = columns->kept_count;
    return HL_LIST_ROW;
}

static enum hl_list_event give(struct csv *csv, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    if (keep(csv, reader, row) != HL_LIST_ROW)
        return HL_LIST_FAILED;
    if (csv->columns.url < csv->count)
        csv->cells[csv->columns.url] = hl_reader_trim(
            csv->cells[csv->columns.url], strlen(csv->cells[csv->columns.url]));
    row->url = cell(csv, csv->columns.url);
    row->name = cell(csv, csv->columns.name);
    row->id = cell(csv, csv->columns.id);
    if (row->url == NULL)
        return hl_reader_bad(row, hl_reader_cut(csv->cells[0]),
                             "no URL in this line");
    return HL_LIST_ROW;
}

static enum hl_list_event next_row(struct csv *csv, struct hl_reader *reader,
                                   struct hl_list_row *row)
{
    const struct hl_line *line = &csv->record;
    /* The rest of a line that is too long. */
    if (reader->lines.skipping)
        return give_bad_line(csv, reader, row);
    for (;;) {
        enum hl_list_event event = next_record(csv, reader, row);
        if (event != HL_LIST_ROW)
            return event;
        if (line->bad != NULL)
            return hl_reader_bad(row, hl_reader_cut(line->text), line->bad);
        if (strspn(line->text, " \t") == line->length)
            continue;
        if (!split(csv))
            return hl_reader_no_memory(reader, row);
        if (!csv->columns.are_known)
            event = hl_columns_find(&csv->columns, reader, csv->cells,
                                    csv->count, row);
        if (event == HL_LIST_ROW)
            return give(csv, reader, row);
        if (event != HL_LIST_AGAIN)
            return event;
    }
}

static enum hl_list_event next(struct csv *csv, char delimiter,
                               struct hl_reader *reader,
                               struct hl_list_row *row)
{
    csv->delimiter = delimiter;
    enum hl_list_event event = next_row(csv, reader, row);
    if (event == HL_LIST_ROW || event == HL_LIST_BAD)
        row->record = ++csv->records;
    return event;
}

static enum hl_list_event csv_next(void *state, struct hl_reader *reader,
                                   struct hl_list_row *row)
{
    return next(state, ',', reader, row);
}

static enum hl_list_event tsv_next(void *state, struct hl_reader *reader,
                                   struct hl_list_row *row)
{
    return next(state, '\t', reader, row);
}

static void release(void *state)
{
    struct csv *csv = state;
    hl_columns_release(&csv->columns);
    free(csv->cells);
}

const struct hl_format hl_csv_format = {
    .has_columns = true,
    .state_size = sizeof(struct csv),
    .next = csv_next,
    .release = release,
};

const struct hl_format hl_tsv_format = {
    .has_columns = true,
    .state_size = sizeof(struct csv),
    .next = tsv_next,
    .release = release,
};
