/*
 * Writes a new journal that has only the last record of each URL, where over
 * half of the records are superseded or the file is of an older version. The
 * new file is complete and synced before it takes the old file's name. The lock
 * is on another file and stays.
 *
 * First come the records from before this boot of the machine: those whose
 * files are synced, a mark, and the others. Then come the records of this boot.
 */
#ifndef HL_JOURNAL_COMPACT_H
#define HL_JOURNAL_COMPACT_H

#include <stdbool.h>

struct hl_journal;

/* Are over half of the records superseded, and is the file long enough for that
 * to matter? */
bool hl_journal_is_worth_compacting(const struct hl_journal *journal);
/* Writes the new file and loads it. Where the file cannot be written, the old
 * one stays, and that is no error. @return 0 or a code. */
int hl_journal_compact(struct hl_journal *journal);

#endif
