/* Files that are there already, by their names below a directory. All block on
 * the disk. Any thread. */
#ifndef HL_UTIL_FILE_H
#define HL_UTIL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/beneath.h"

/* Is there something of this name? *size becomes the size of a regular file,
 * UINT64_MAX for anything else. */
bool hl_file_size(struct hl_beneath *root, const char *name, uint64_t *size);
bool hl_file_is_directory(struct hl_beneath *root, const char *name);
/* Does the way to name lead through a link that is not to be followed? Then
 * why, of size bytes, says so; NULL: nobody wants to know why. */
bool hl_file_is_behind_link(struct hl_beneath *root, const char *name,
                            char *why, size_t size);
/* Is there nothing in the directory? */
bool hl_file_is_empty_dir(int dir_fd);
/* Is there something named name + suffix? */
bool hl_file_is_beside(struct hl_beneath *root, const char *name,
                       const char *suffix);
/* Gives the file of one name another too: a link, or a copy where the
 * filesystem has none. The copy is made in a temporary file of part and token
 * (util/part_file.h). @return 0, -EEXIST when to is taken, or a libuv code. */
int hl_file_link(struct hl_beneath *root, const char *from, const char *to,
                 const char *part, const char *token);
/* Opens a file to read it. It need not be a regular file, and does not block.
 * @return a descriptor, which is the caller's, or a libuv code. */
int hl_file_open(struct hl_beneath *root, const char *name);
/* Is to the very file, or one of the same bytes? */
bool hl_file_is_same(struct hl_beneath *root, const char *from, const char *to);

#endif
