/* What the formats of lists share: the lines they read, and the rows they give.
 */
#ifndef HL_LIST_READER_H
#define HL_LIST_READER_H

#include <stddef.h>

#include "list/entry.h"
#include "list/keep.h"
#include "list/lines.h"
#include "list/list_row.h"

/* A part of its list, and of one thread. */
struct hl_reader {
    char *path; /* or "standard input" */
    struct hl_list_options options;
    struct hl_lines lines;
    struct hl_entry entry;
    struct hl_keep keep;
    struct hl_buf scratch;
    char why[512]; /* room for a reason that row->why points to */
};

/* Takes the next line, as hl_lines_next() does. @return HL_LIST_ROW: *line can
 * be used; else what is to be given: HL_LIST_BAD for a bad line, or why there
 * is no line. */
enum hl_list_event hl_reader_line(struct hl_reader *reader, size_t max,
                                  struct hl_line *line,
                                  struct hl_list_row *row);
/* What to give where there is no line, as event says: it is not HL_LINES_OK. */
enum hl_list_event hl_reader_no_line(struct hl_reader *reader,
                                     enum hl_lines_event event,
                                     struct hl_list_row *row);
/* Gives a bad record: text is what is known of its URL. Its id and cells
 * stay, where they are known. */
enum hl_list_event hl_reader_bad(struct hl_list_row *row, const char *text,
                                 const char *why);
enum hl_list_event hl_reader_no_memory(struct hl_reader *reader,
                                       struct hl_list_row *row);
__attribute__((format(printf, 3, 4))) enum hl_list_event
hl_reader_unusable(struct hl_reader *reader, struct hl_list_row *row,
                   const char *format, ...);
/* Cuts the text of a bad line, in place, to the beginning that is shown. */
char *hl_reader_cut(char *text);
/* @return text without the blanks (space, TAB) around it; cut in place. */
char *hl_reader_trim(char *text, size_t length);

#endif
