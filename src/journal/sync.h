/* Writing and syncing on the thread pool. Loop thread. */
#ifndef HL_JOURNAL_SYNC_H
#define HL_JOURNAL_SYNC_H

#include <uv.h>

struct hl_journal;

/*
 * Posts, and has the loop's thread pool write. Does nothing while such a write
 * is under way or when there is nothing new. The loop stays alive until the
 * write ends, even if the journal is closed.
 * @return 0 or a code.
 */
int hl_journal_write_later(struct hl_journal *journal, uv_loop_t *loop);
/* The same, and syncs the file system, so that all recorded files are on disk;
 * then records a mark that says so. If a sync is under way, the next one
 * follows it. @return 0 or a code. */
int hl_journal_sync(struct hl_journal *journal, uv_loop_t *loop);
/* Detaches a sync that is under way from the journal, which may then be freed.
 * The sync frees itself. */
void hl_journal_sync_forget(struct hl_journal *journal);

#endif
