/* Reads a report (--report). */
#ifndef HL_COMPARE_PAGE_REPORT_H
#define HL_COMPARE_PAGE_REPORT_H

#include <stdio.h>

#include "compare/page_figures.h"

/* Fills run; and figures, unless it is NULL: then the transfers of a large run
 * are not all in run. @return 0; UV_EINVAL: it is no report; or a libuv code.
 */
int hl_page_report_read(struct hl_page_run *run,
                        struct hl_page_figures *figures, FILE *file);

#endif
