/* Amounts and texts from outside, as a page shows them. */
#ifndef HL_COMPARE_PAGE_WORDS_H
#define HL_COMPARE_PAGE_WORDS_H

#include <stdint.h>

#include "util/buf.h"

/* Adds text from a file: what cannot be shown is escaped, and of a long text
 * the beginning and the end are shown. */
void hl_page_put_foreign(struct hl_buf *out, const char *text);
/* "<h2>Hosts</h2>", on a line of its own. */
void hl_page_put_heading(struct hl_buf *out, int level, const char *text);
/* "4,812" */
void hl_page_put_count(struct hl_buf *out, uint64_t count);
/* "1 file", "4,812 files" */
void hl_page_put_plural(struct hl_buf *out, uint64_t count, const char *word);
/* "12.3 MB" */
void hl_page_put_bytes(struct hl_buf *out, double bytes);
/* "350 ms", "2.4 s", "3 min 20 s" */
void hl_page_put_time(struct hl_buf *out, double seconds);
/* "37 %"; "< 1 %" of what is more than nothing. */
void hl_page_put_percent(struct hl_buf *out, double part, double whole);
/* "4,812", "9.4", "0.20" */
void hl_page_put_rate(struct hl_buf *out, double rate);

#endif
