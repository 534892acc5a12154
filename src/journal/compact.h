/*
 * Writing the journal anew with the last record of each URL alone, when over
 * half of its records are dead, or the file is of an older version. The new
 * file is whole and on disk before it takes the old one's name; the lock is on
 * a file of its own, and stays.
 *
 * What was written before the machine last came up goes first, with a mark
 * after those whose files are surely on disk; then what this boot has added.
 * So both are still told apart.
 */
#ifndef HL_JOURNAL_COMPACT_H
#define HL_JOURNAL_COMPACT_H

#include <stdbool.h>

struct hl_journal;

bool hl_journal_is_mostly_dead(const struct hl_journal *journal);
/* Writes the file anew and loads it. Where that cannot be done the old one
 * stays. @return 0 or a code. */
int hl_journal_compact(struct hl_journal *journal);

#endif
