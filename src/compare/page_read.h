/* Reads a timeline (--trace) or a report (--report) for a page. */
#ifndef HL_COMPARE_PAGE_READ_H
#define HL_COMPARE_PAGE_READ_H

#include "compare/page_run.h"

/* Fills run, which is all zero before, and which the caller releases in any
 * case. @return 0; UV_EINVAL where the file is neither a timeline nor a report;
 * or a libuv code. */
int hl_page_read(struct hl_page_run *run, const char *path);

#endif
