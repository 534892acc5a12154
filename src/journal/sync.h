/* Writing and syncing on the thread pool: hl_journal_write_later() and
 * hl_journal_sync() (append.h), and how the journal ends them. */
#ifndef HL_JOURNAL_SYNC_H
#define HL_JOURNAL_SYNC_H

struct hl_journal;

/* Detaches a sync that is under way from the journal, which may then be freed.
 * The sync frees itself. */
void hl_journal_sync_forget(struct hl_journal *journal);

#endif
