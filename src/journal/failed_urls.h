/*
 * The URLs that failed, one after another, for a run without a list. Only the
 * offsets of their records are kept, as the run itself has a table of all URLs.
 */
#ifndef HL_JOURNAL_FAILED_URLS_H
#define HL_JOURNAL_FAILED_URLS_H

#include <stdint.h>

#include "journal/journal_entry.h"

/* The URLs that had failed when the list of failures was opened. A run may go
 * on meanwhile. */
struct hl_journal_failures;
/* Lists the failures of the journal below dir_fd (hl_journal_view()) in the
 * order of their last records. causes: only those of these causes, a list as
 * options.retry_causes; NULL: all. Keeps 8 bytes for each. @return 0,
 * HAUL_EJOURNAL or a libuv code. */
int hl_journal_failures_open(struct hl_journal_failures **out, int dir_fd,
                             const char *causes);
uint64_t hl_journal_failures_count(const struct hl_journal_failures *failures);
/* @return 1 with *out, which the caller frees; 0 at the end; or a code. */
int hl_journal_failures_next(struct hl_journal_failures *failures,
                             struct hl_journal_entry *out);
/* NULL is fine. */
void hl_journal_failures_close(struct hl_journal_failures *failures);

#endif
