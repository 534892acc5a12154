/* Which cells of a csv or tsv list are the URL, the name and the id. */
#ifndef HL_LIST_COLUMNS_H
#define HL_LIST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "list/reader.h"

struct hl_columns {
    bool are_known; /* the first record has been seen */
    size_t wanted;  /* cells of a record, from the first */
    size_t url;
    size_t name; /* SIZE_MAX: none; the same for id */
    size_t id;
    struct hl_kept_column *kept; /* by options.keep; owned */
    size_t kept_count;
};

struct hl_kept_column {
    char *name; /* owned */
    size_t place;
};

/* Finds the columns by the cells of the first record. @return HL_LIST_ROW: it
 * is a record like others; HL_LIST_AGAIN: it is the header; or
 * HL_LIST_UNUSABLE. */
enum hl_list_event hl_columns_find(struct hl_columns *out,
                                   struct hl_reader *reader, char *const *cells,
                                   size_t count, struct hl_list_row *row);
void hl_columns_release(struct hl_columns *columns);
/* For a format without columns. @return HL_LIST_ROW where no column is asked
 * for, or HL_LIST_UNUSABLE. */
enum hl_list_event hl_columns_refuse(struct hl_reader *reader,
                                     const char *format,
                                     struct hl_list_row *row);

#endif
