/*
 * The names that a run has given away: those of files, and those of the
 * directories that these files stand in. One name cannot be both. Owned by the
 * journal, which knows the names of earlier runs. 6 bytes a file and a
 * directory.
 */
#ifndef HL_ENGINE_NAMES_H
#define HL_ENGINE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "transfer/name.h"
#include "util/table.h"

/* All zero is empty. */
struct hl_names {
    struct hl_print_set files;   /* by hl_print_of() */
    struct hl_print_set folders; /* by a print that costs less: each name is
                                    looked up here too */
};

void hl_names_release(struct hl_names *names);
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
int hl_names_place(const struct hl_names *names, char name[HL_NAME_SIZE],
                   int dir_fd);
/* Can no file have the name, because a directory has it, or because it would
 * stand below a file? */
bool hl_names_meet(const struct hl_names *names, const char *name, int dir_fd);

/* Notes a text that is no name, and that no name can be. As for taking. */
int hl_names_note(struct hl_names *names, const char *text);
/* Is it taken, by a file or as a directory, or noted? */
bool hl_names_has(const struct hl_names *names, const char *name);

#endif
