/* What stands below the races for each part of a comparison: its table, where
 * the time went, and the same as data for the script. */
#ifndef HL_COMPARE_PAGE_PART_H
#define HL_COMPARE_PAGE_PART_H

#include "compare/page_run.h"
#include "compare/table.h"
#include "util/buf.h"

/* runs are those of the part's rows. */
void hl_page_part(struct hl_buf *out, const struct hl_part *part,
                  const struct hl_page_run *runs);
/* The part as an object; the run of its first row is number first_run. */
void hl_page_part_json(struct hl_buf *out, const struct hl_part *part,
                       const struct hl_page_run *runs, size_t first_run);

#endif
