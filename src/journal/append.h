/*
 * What a run puts on record. Records gather in memory until they are posted;
 * then one write takes all of them to the file. Loop thread only, except for
 * hl_journal_settle().
 */
#ifndef HL_JOURNAL_APPEND_H
#define HL_JOURNAL_APPEND_H

#include <stdbool.h>

#include "journal/journal_entry.h"
#include "journal/key.h"

struct hl_journal;

/* These four record something of a URL. name, which must have been taken, is
 * the URL's from then on. Each @return 0, UV_ENOMEM, UV_E2BIG for a URL that is
 * too long for a line, UV_EFBIG for a journal of a terabyte, or the code of a
 * read that failed. */
int hl_journal_claim(struct hl_journal *journal, const struct hl_key *key,
                     const char *name);
int hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_file *file);
/* Keeps the file that the URL has on record. */
int hl_journal_part(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part);
/* name may be NULL: the URL keeps its name, if it has one. Keeps the part and
 * the file that the URL has on record. */
int hl_journal_failed(struct hl_journal *journal, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure);
/* Hands what has gathered to hl_journal_settle() to write. @return 0,
 * UV_ENOMEM, or the code of the last write if it failed. After a failed write
 * the file ends with a whole record, and the records are kept for the next try.
 */
int hl_journal_post(struct hl_journal *journal);
/* Writes all that is posted, or waits while another thread does. Any thread,
 * while the journal is open. Blocks on the disk. @return 0 or a code. */
int hl_journal_settle(struct hl_journal *journal);
/* hl_journal_post() and hl_journal_settle(). */
int hl_journal_flush(struct hl_journal *journal);
/* Are there records that may not be in the file yet? */
bool hl_journal_is_unwritten(const struct hl_journal *journal);
/* Were files or parts recorded since the last mark (journal/sync.h)? */
bool hl_journal_wants_sync(const struct hl_journal *journal);
/* Is so much posted that it should be written before more comes? */
bool hl_journal_is_behind(const struct hl_journal *journal);

#endif
