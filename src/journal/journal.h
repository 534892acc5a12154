/*
 * The journal, DIR/.haul/journal: the truth about what is done, what failed,
 * and which name belongs to which URL. Append-only, one record a line; any
 * prefix of it is valid, and at opening it is cut after its last newline.
 *
 * It also keeps in memory what a run must know of each line of its list: which
 * URLs the run has met, and which names it has given away. That takes less than
 * 28 bytes a line.
 *
 * Here it is opened and closed, on the loop's thread. key.h says what a URL is
 * known by, entry.h what is known of it. find.h looks things up, recording.h
 * adds to the journal, failed_urls.h lists what failed, on_disk.h compares
 * records with the disk.
 */
#ifndef HL_JOURNAL_JOURNAL_H
#define HL_JOURNAL_JOURNAL_H

#include "journal/journal_entry.h"

struct hl_journal;

/*
 * Makes .haul below dir_fd, locks it and reads the journal. hl_journal_begin()
 * must follow. Child processes inherit the lock.
 * @return 0; HAUL_EBUSY when another run holds the lock; HAUL_EJOURNAL when
 * another version of haul wrote a journal that this one cannot read;
 * HAUL_EPLAIN when .haul is no directory or a file in it no plain file; or a
 * libuv code.
 */
int hl_journal_open(struct hl_journal **out, int dir_fd);
/*
 * Reads the journal below dir_fd to look things up. Writes and locks nothing,
 * so that it may be called during a run. hl_journal_see() and the taking of
 * names are allowed, as they change only memory; nothing may be recorded. If
 * there is no journal, or dir_fd is -1, the view is empty.
 * @return 0; HAUL_EJOURNAL, HAUL_EPLAIN; or a libuv code.
 */
int hl_journal_view(struct hl_journal **out, int dir_fd);
/* Which name below dir_fd HAUL_EPLAIN is about. Static; NULL: none any more. */
const char *hl_journal_not_plain(int dir_fd);
/* The descriptor that holds the lock, for processes that must keep the
 * directory locked. -1 in a view. */
int hl_journal_lock_fd(const struct hl_journal *journal);
/* The token of this run's temporary files. Valid while the journal is open. */
const char *hl_journal_token(const struct hl_journal *journal);
/* The rules of the run before this one. All zero: it had none, or they are not
 * known. Valid while the journal is open. */
const struct hl_journal_rules *
hl_journal_rules(const struct hl_journal *journal);
/* Begins a run: compacts a file that consists mostly of dead records or begins
 * with an older version, and adds the run's header. Before this call the
 * journal can be searched, but nothing can be recorded. @return 0 or a code. */
int hl_journal_begin(struct hl_journal *journal,
                     const struct hl_journal_rules *rules);
/* Records that the run has ended, and has left no temporary files but those on
 * record. @return 0 or UV_ENOMEM. */
int hl_journal_end(struct hl_journal *journal);
/* What a copy of a file is called until it gets its name. */
#define HL_JOURNAL_COPY ".haul/copy"
/* Called for each temporary file that a killed run may have left: with the name
 * that the complete file would have got, and the token. The file need not be
 * there. A negative return ends the pass, which returns it too. */
typedef int (*hl_journal_leftover_fn)(void *arg, const char *name,
                                      const char *token);
/* Calls fn for each of these files. After that, hl_journal_begin() records that
 * they are gone. To be called between hl_journal_open() and hl_journal_begin().
 * @return 0 or a code. */
int hl_journal_each_leftover(struct hl_journal *journal,
                             hl_journal_leftover_fn fn, void *arg);
/* Makes a journal in memory, which has begun, for a run that leaves nothing
 * behind. @return 0 or a libuv code. */
int hl_journal_memory(struct hl_journal **out);
/* Flushes and frees. NULL is fine. */
void hl_journal_close(struct hl_journal *journal);

#endif
