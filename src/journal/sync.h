/* journal_sync.c, as the journal itself sees it; hl_journal_sync() is in
 * journal.h. */
#ifndef HL_JOURNAL_SYNC_H
#define HL_JOURNAL_SYNC_H

struct hl_journal;

/* Lets go of a sync that is under way: it will end by itself. */
void hl_journal_sync_forget(struct hl_journal *journal);

#endif
