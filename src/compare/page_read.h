/* Reads a timeline (--trace) or a report (--report) for a page. */
#ifndef HL_COMPARE_PAGE_READ_H
#define HL_COMPARE_PAGE_READ_H

#include "compare/page_figures.h"

/* Fills run and figures, which are all zero before, and which the caller
 * releases in any case. figures may be NULL; else run has a part of the
 * transfers only, where there are many. @return 0; UV_EINVAL where the file is
 * neither a timeline nor a report; or a libuv code. */
int hl_page_read(struct hl_page_run *run, struct hl_page_figures *figures,
                 const char *path);

#endif
