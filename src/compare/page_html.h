/* Pages: one self-contained file each, for compare and for haul page. */
#ifndef HL_COMPARE_PAGE_HTML_H
#define HL_COMPARE_PAGE_HTML_H

#include "compare/page_figures.h"
#include "compare/table.h"

struct hl_page {
    const char *title;
    const struct hl_part
        *parts; /* of compare; none: the script makes a table */
    size_t parts_count;
    const char *measured_by; /* the command, the computer and the day; with
                                parts only */
    const struct hl_row *sweep;
    size_t sweep_count;
    const struct hl_page_run
        *runs; /* of compare: of the parts' rows, in turn */
    size_t runs_count;
    const struct hl_page_figures *figures; /* of the runs, of haul page; NULL:
                                              it is compare's page */
};

/* @return an exit status, after a line on stderr. */
int hl_page_write(const char *path, const struct hl_page *page);

#endif
