#include "list/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 200 };

enum hl_list_event hl_reader_no_line(struct hl_reader *reader,
                                     enum hl_lines_event event,
                                     struct hl_list_row *row)
{
    if (event == HL_LINES_LATER)
        return HL_LIST_AGAIN;
    if (event == HL_LINES_END)
        return HL_LIST_END;
    row->line = reader->lines.line;
    row->why = reader->lines.input.error;
    return HL_LIST_FAILED;
}

enum hl_list_event hl_reader_bad(struct hl_list_row *row, const char *text,
                                 const char *why)
{
    *row = (struct hl_list_row){.line = row->line,
                                .record = row->record,
                                .id = row->id,
                                .cells = row->cells,
                                .cell_count = row->cell_count,
                                .url = text,
                                .why = why};
    return HL_LIST_BAD;
}

enum hl_list_event hl_reader_no_memory(struct hl_reader *reader,
                                       struct hl_list_row *row)
{
    row->line = reader->lines.line;
    row->why = "out of memory";
    return HL_LIST_FAILED;
}

enum hl_list_event hl_reader_unusable(struct hl_reader *reader,
                                      struct hl_list_row *row,
                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reader->why, sizeof(reader->why), format, args);
    va_end(args);
    row->why = reader->why;
    return HL_LIST_UNUSABLE;
}

char *hl_reader_cut(char *text)
{
    size_t length = strnlen(text, SHOWN_MAX + 1);
    if (length > SHOWN_MAX)
        text[SHOWN_MAX] = '\0';
    return text;
}

char *hl_reader_trim(char *text, size_t length)
{
    char *end = text + length;
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return text;
}

enum hl_list_event hl_reader_line(struct hl_reader *reader, size_t max,
                                  struct hl_line *line, struct hl_list_row *row)
{
    enum hl_lines_event event = hl_lines_next(&reader->lines, max, line);
    if (event != HL_LINES_OK)
        return hl_reader_no_line(reader, event, row);
    row->line = reader->lines.line;
    if (line->bad != NULL)
        return hl_reader_bad(row, hl_reader_cut(line->text), line->bad);
    return HL_LIST_ROW;
}
