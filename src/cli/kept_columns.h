/*
 * --keep-cols: the columns of a list that a report has behind its own. A column
 * whose name the report has already is called list_NAME there.
 */
#ifndef HL_CLI_KEPT_COLUMNS_H
#define HL_CLI_KEPT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/opt.h"
#include "list/list_row.h"
#include "util/buf.h"

struct hl_kept_name {
    char *column; /* in the list; owned */
    char *name;   /* in the report; owned; NULL: the report has it as its own */
    unsigned tried; /* the last number behind the names of columns that are
                       called so */
};

/* All zero but for asked, is_csv and is_member is what to begin with. */
struct hl_kept_columns {
    const char *asked; /* "A,B" or "all"; NULL: none are kept */
    bool is_csv;       /* the report is a table: its columns are those of the
                          first record whose cells are known */
    bool (*is_member)(const char *name); /* has the report such a member? */
    bool are_known;
    struct hl_kept_name *names;
    size_t count;
    size_t room;
    bool has_dropped; /* a column that the table does not have was named */
    struct hl_buf text;
    struct hl_buf copy;
};

/* The row of the option, whose text stands there in the table's struct. */
#define HL_OPT_KEEP_ROW(at)                                                  \
    HL_OPT_ROW("keep-cols", 0, "all|A,B", TEXT, at,                          \
               "copy these columns of the list to the report: all, or some " \
               "by name or number")

void hl_kept_columns_release(struct hl_kept_columns *kept);
/* Makes of the cells of a row what its report has behind its own members:
 * *text, which is valid until the next call; NULL where nothing is kept.
 * @return 0; UV_ENOMEM; or UV_EINVAL where the columns of the table are not
 * known, as the row cannot be read. */
int hl_kept_columns_take(struct hl_kept_columns *kept,
                         const struct hl_list_row *row, const char **text);
/* Adds the names to the header of a table. */
void hl_kept_columns_header(const struct hl_kept_columns *kept,
                            struct hl_buf *out);

#endif
