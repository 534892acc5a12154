/* Which columns of a list are kept for the report (options.keep), and the cells
 * of the record at hand. */
#ifndef HL_LIST_KEEP_H
#define HL_LIST_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "list/list_row.h"

/* A part of its list. All zero: no column is kept. */
struct hl_keep {
    bool is_wanted;
    bool all;
    char *text;   /* of the names; owned */
    char **names; /* as asked for; NULL: all */
    size_t count;
    size_t names_room;
    struct hl_list_cell *cells; /* of the record at hand */
    size_t cells_room;
};

/* asked: "A,B", "all", or NULL. @return 0 or UV_ENOMEM. */
int hl_keep_open(struct hl_keep *keep, const char *asked);
void hl_keep_release(struct hl_keep *keep);
/* Room for the cell of that index. @return NULL without memory. */
struct hl_list_cell *hl_keep_cell(struct hl_keep *keep, size_t index);

#endif
