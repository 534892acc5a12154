/* Writes and syncs on the thread pool (hl_journal_write_later() and
 * hl_journal_sync(), recording.h) as the journal itself needs to know of
 * them. */
#ifndef HL_JOURNAL_SYNC_H
#define HL_JOURNAL_SYNC_H

struct hl_journal;

/* Lets go of a sync that is under way: it will end by itself. */
void hl_journal_sync_forget(struct hl_journal *journal);

#endif
