/* A URL a line; blank lines and those that begin with # are passed over. */
#include "list/format.h"

static enum hl_list_event next(void *state, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    struct hl_line line;
    enum hl_list_event event;
    (void)state;
    while ((event = hl_reader_line(reader, HL_LINE_MAX, &line, row)) ==
           HL_LIST_ROW) {
        row->url = hl_reader_trim(line.text, line.length);
        if (*row->url != '\0' && *row->url != '#')
            break;
    }
    return event;
}

const struct hl_format hl_plain_format = {.next = next};
