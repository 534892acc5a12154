/* What the data of a page must be, wherever they came from. */
#ifndef TESTS_FUZZ_PAGE_CHECK_H
#define TESTS_FUZZ_PAGE_CHECK_H

#include <stddef.h>

#include "compare/page_read.h"

/* Is the run's JSON such that the page's script can read it, and that nothing
 * in it ends the script? */
void page_check_run(const struct hl_page_run *run);
/* The whole page of the run, as HTML. */
void page_check_whole(const struct hl_page_run *run,
                      const struct hl_page_figures *figures);
/* Reads bytes as haul page reads a file of that name. @return as
 * hl_page_read(). */
int page_check_read(struct hl_page_run *run, struct hl_page_figures *figures,
                    const void *data, size_t size, const char *name);

#endif
