/*
 * The names that a run has given to files, and the names of the directories
 * that these files are in. One name cannot be both a file and a directory. The
 * journal owns the set and adds the names of earlier runs. Each file and each
 * directory takes 6 bytes.
 *
 * If a directory takes several spellings for one name, the set also holds the
 * folded key of each name (journal/folding.h). Two names with the same key then
 * count as one. Loop thread only.
 */
#ifndef HL_JOURNAL_TAKEN_NAMES_H
#define HL_JOURNAL_TAKEN_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/name.h"
#include "util/buf.h"
#include "util/table.h"

/* All zero is empty. */
struct hl_names {
    struct hl_fingerprint_set files;   /* by hl_xxh3_of_text() */
    struct hl_fingerprint_set folders; /* by hl_xxh3_of_bytes() */
    struct hl_fingerprint_set seen;    /* directories that were looked at */
    bool folds;           /* some directory takes several spellings for
                             one name */
    struct hl_buf folded; /* room for the key of one name */
};

void hl_names_release(struct hl_names *names);
/* Forgets all names, but not whether directories fold. */
void hl_names_clear(struct hl_names *names);
/* Adds the folded key of a name that was taken before folds was set. @return 0
 * or UV_ENOMEM. */
int hl_names_take_folded(struct hl_names *names, const char *name);
/* Makes room for at least count files. @return 0 or UV_ENOMEM. */
int hl_names_reserve(struct hl_names *names, size_t count);
/* Takes name for a file, and with it the names of its directories. @return 0; 1
 * where a file or a directory has the name already; or UV_ENOMEM. */
int hl_names_take(struct hl_names *names, const char *name);
/*
 * Changes name where one of its directories cannot be made: a file of the list
 * has the directory's name, or what is there below dir_fd is no directory
 * (dir_fd -1: nothing is there yet). That directory becomes DIRECTORY-HASH. The
 * hash is that of its path, so that all its files stay in one directory.
 * @return 0; 1 where name was changed; UV_EEXIST where DIRECTORY-HASH cannot be
 * made either; or another libuv code.
 */
int hl_names_place(struct hl_names *names, char name[HL_NAME_SIZE], int dir_fd);
/* Looks at those directories of name that exist and were not looked at before.
 * try_out: where a directory is on another file system than dir_fd, make a file
 * there for a moment to find out. Blocks on the disk. @return whether one of
 * the directories takes several spellings for one name. */
bool hl_names_see_folding(struct hl_names *names, const char *name, int dir_fd,
                          bool try_out);
/* Is a directory in the way of a file of this name, or a file in the way of one
 * of the name's directories? */
bool hl_names_meet(struct hl_names *names, const char *name, int dir_fd);

/* Adds a text that is no name (it has "//" in it), for hl_names_has() to find.
 * @return as hl_names_take(). */
int hl_names_note(struct hl_names *names, const char *text);
/* Has a file or a directory this name, or was this text noted? */
bool hl_names_has(struct hl_names *names, const char *name);

#endif
