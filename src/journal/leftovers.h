/*
 * Temporary files of runs that were killed. A run that ends leaves only those
 * temporary files that part records name, and records its end with its token. A
 * run without such a record was killed (killed_runs.h): each URL that is not
 * done may have a temporary file with that run's token, and so may a copy that
 * the run was making. Loop thread only.
 */
#ifndef HL_JOURNAL_LEFTOVERS_H
#define HL_JOURNAL_LEFTOVERS_H

struct hl_journal;

/* The name of a copy of a file until it gets its final name. */
#define HL_JOURNAL_COPY ".haul/copy"
/* Called for each temporary file that a killed run may have left: with the name
 * that the complete file would have got, and the token. The file need not be
 * there. A negative return ends the pass, which returns it too. */
typedef int (*hl_journal_leftover_fn)(void *arg, const char *name,
                                      const char *token);
/* Calls fn, which is to remove the file, for each of these files. To be called
 * between hl_journal_open() and hl_journal_begin(), which records that the
 * files are gone. @return 0 or a code. */
int hl_journal_each_leftover(struct hl_journal *journal,
                             hl_journal_leftover_fn fn, void *arg);

#endif
