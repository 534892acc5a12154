/*
 * Looking things up in a journal: what it knows of a URL, which URLs the run
 * has met, and which names are taken. Loop thread only.
 */
#ifndef HL_JOURNAL_FIND_H
#define HL_JOURNAL_FIND_H

#include "journal/journal_entry.h"
#include "journal/key.h"
#include "journal/taken_names.h"

struct hl_journal;

/* Fills *out, which the caller frees (hl_journal_entry_release()). @return 0,
 * or a code for a journal that cannot be read. */
int hl_journal_find(struct hl_journal *journal, const struct hl_key *key,
                    struct hl_journal_entry *out);
/* Called with what is known of a URL; entry is valid until the call returns. A
 * negative return ends the pass, which returns it too. */
typedef int (*hl_journal_fn)(void *arg, const struct hl_journal_entry *entry);
/* Calls fn for each URL of the journal, in the order of their last records.
 * Memory does not grow with the number of URLs. @return 0 or a code. */
int hl_journal_each(struct hl_journal *journal, hl_journal_fn fn, void *arg);
/* How many URLs are on record as done. Looks at every one. */
uint64_t hl_journal_count_done(const struct hl_journal *journal);
/*
 * Notes that the run meets a URL on line. *first is the line where the run met
 * the URL before; 0: nowhere. Line 0 and lines beyond 4,294,967,294 are kept as
 * 4,294,967,295. @return 0 or a code.
 */
int hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                   uint64_t line, uint64_t *first);

/* The names that the journal has on record, and those that this run has taken.
 * Owned by the journal. */
struct hl_names *hl_journal_names(struct hl_journal *journal);
/* As hl_names_place(), for a name that will be taken next: looks first whether
 * one of its directories folds names. try_out: as for hl_names_see_folding().
 */
int hl_journal_place_name(struct hl_journal *journal, char name[HL_NAME_SIZE],
                          int dir_fd, bool try_out);

#endif
