/*
 * The names that a run has given away: those of files, and those of the
 * directories that these files stand in. One name cannot be both. Owned by the
 * journal, which knows the names of earlier runs. 6 bytes a file and a
 * directory.
 *
 * Where a directory takes several spellings for one name, all names are known
 * by their folded keys too (util/fold.h): then names of one key meet.
 */
#ifndef HL_ENGINE_NAMES_H
#define HL_ENGINE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "transfer/name.h"
#include "util/buf.h"
#include "util/table.h"

/* All zero is empty. */
struct hl_names {
    struct hl_print_set files;   /* by hl_xxh3_of_text() */
    struct hl_print_set folders; /* by a print that costs less: each name is
                                    looked up here too */
    struct hl_print_set seen;    /* directories that were looked at */
    bool folds;                  /* a directory takes spellings for one name */
    struct hl_buf folded;        /* a key */
};

void hl_names_release(struct hl_names *names);
/* Forgets all names, but not whether directories fold them. */
void hl_names_clear(struct hl_names *names);
/* The key of a name that was taken before anything was known to fold. 0 or
 * UV_ENOMEM. */
int hl_names_take_folded(struct hl_names *names, const char *name);
/* Room for at least count files. 0 or UV_ENOMEM. */
int hl_names_reserve(struct hl_names *names, size_t count);
/* Takes name for a file, and its directories with it. @return 0; 1, when a file
 * or a directory has the name; or UV_ENOMEM. */
int hl_names_take(struct hl_names *names, const char *name);
/*
 * Where a directory of name cannot be made, because a file of the list has that
 * name, or anything below dir_fd that is no directory (-1: nothing is there
 * yet), it becomes DIRECTORY-HASH, by the hash of its path: what belongs into
 * one directory stays together. @return 0; 1, when name has changed; UV_EEXIST,
 * when that directory cannot be made either; or another libuv code.
 */
int hl_names_place(struct hl_names *names, char name[HL_NAME_SIZE], int dir_fd);
/* Looks at the directories of name that exist, each once. try_out: where a
 * directory is of another file system than dir_fd, by a file that is made for a
 * moment. @return whether one of them takes several spellings for one name. */
bool hl_names_see_folding(struct hl_names *names, const char *name, int dir_fd,
                          bool try_out);
/* Can no file have the name, because a directory has it, or because it would
 * stand below a file? */
bool hl_names_meet(struct hl_names *names, const char *name, int dir_fd);

/* Notes a text that is no name, and that no name can be. As for taking. */
int hl_names_note(struct hl_names *names, const char *text);
/* Is it taken, by a file or as a directory, or noted? */
bool hl_names_has(struct hl_names *names, const char *name);

#endif
