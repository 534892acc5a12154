/* A URL a line; blank lines and those that begin with # say nothing. */
#include "list/parts.h"

enum hl_list_event hl_plain_next(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_line line;
    for (;;) {
        enum hl_lines_event event =
            hl_lines_next(&list->lines, HL_LINE_MAX, &line);
        if (event != HL_LINES_OK)
            return hl_list_no_line(list, event, row);
        row->line = list->lines.line;
        if (line.bad != NULL)
            return hl_list_bad(row, hl_list_cut(line.text), line.bad);
        const char *text = hl_list_trim(line.text, line.length);
        if (*text == '\0' || *text == '#')
            continue;
        row->url = text;
        return HL_LIST_ROW;
    }
}
