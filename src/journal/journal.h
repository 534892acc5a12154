/*
 * The journal, DIR/.haul/journal, says what is done, what failed, and which
 * name belongs to which URL. Records are only appended, one a line. Any prefix
 * of the file is valid; at opening, the file is cut after its last newline.
 *
 * In memory the journal also keeps what a run must know of each line of its
 * list: which URLs the run has met, and which names it has given to files. That
 * takes less than 28 bytes a line.
 *
 * This header opens and closes a journal. key.h makes the key of a URL;
 * journal_entry.h holds what is known of it; find.h looks things up;
 * append.h adds records; failed_urls.h lists what failed, leftovers.h what
 * killed runs have left; on_disk.h compares
 * records with the files on the disk. Loop thread only.
 */
#ifndef HL_JOURNAL_JOURNAL_H
#define HL_JOURNAL_JOURNAL_H

#include "journal/journal_entry.h"

struct haul_journal_damage;
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
/* After HAUL_EPLAIN: the name below dir_fd that is no plain file or directory.
 * Static; NULL: it has become one meanwhile. */
const char *hl_journal_not_plain(int dir_fd);
/* The descriptor that holds the lock. A child process that inherits it keeps
 * the directory locked. -1 in a view. */
int hl_journal_lock_fd(const struct hl_journal *journal);
/* What was wrong with the journal when it was opened. Valid while it is open.
 */
const struct haul_journal_damage *
hl_journal_damage(const struct hl_journal *journal);
/* The token of this run's temporary files. Valid while the journal is open. */
const char *hl_journal_token(const struct hl_journal *journal);
/* The rules of the run before this one. All zero: it had none, or they are not
 * known. Valid while the journal is open. */
const struct hl_journal_rules *
hl_journal_rules(const struct hl_journal *journal);
/* Begins a run: adds the run's header. Before that, compacts a file that mostly
 * consists of superseded records or begins with an older version. Until this
 * call the journal can be searched, but nothing can be recorded. @return 0 or a
 * code. */
int hl_journal_begin(struct hl_journal *journal,
                     const struct hl_journal_rules *rules);
/* Records that the run has ended, and has left no temporary files but those on
 * record. @return 0 or UV_ENOMEM. */
int hl_journal_end(struct hl_journal *journal);
/* Makes a journal in memory, which has begun, for a run that leaves nothing
 * behind. @return 0 or a libuv code. */
int hl_journal_memory(struct hl_journal **out);
/* Flushes and frees. NULL is fine. */
void hl_journal_close(struct hl_journal *journal);

#endif
