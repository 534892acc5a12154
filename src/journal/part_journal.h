/*
 * The journals of a part of a plan, on which several runs may work, one after
 * another or at once, from other machines too (journal/attempts.h). Nothing is
 * locked: each run makes a journal of its own, and reads those of all others as
 * they are now. What another run has on record as a part counts as a claim:
 * only the run that has made a temporary file may open it. Loop thread only.
 */
#ifndef HL_JOURNAL_PART_JOURNAL_H
#define HL_JOURNAL_PART_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

struct hl_journal;

/* As hl_journal_open() and hl_journal_view(). */
int hl_journal_open_attempt(struct hl_journal **out, int dir_fd);
int hl_journal_view_attempts(struct hl_journal **out, int dir_fd);
/* How many files a view of attempts needs open for looking URLs up. */
uint32_t hl_journal_files(const struct hl_journal *view);
/* Closes these files. The view keeps its table, but nothing may be looked up
 * until hl_journal_reopen_files(). */
void hl_journal_close_files(struct hl_journal *view);
/* Opens them again; dir_fd is that of hl_journal_view_attempts(). @return 0 or
 * a code, and then they are all closed. */
int hl_journal_reopen_files(struct hl_journal *view, int dir_fd);
/* Has an attempt begun a journal below dir_fd? */
bool hl_journal_has_attempts(int dir_fd);

#endif
