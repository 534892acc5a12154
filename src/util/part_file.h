/*
 * PATH.TOKEN.part: the temporary file that holds a body until the body is
 * complete. Each run has a token of its own. So two runs never write to the
 * same file, and haul takes no other program's file for its own.
 *
 * Paths are below root. All functions but the first two block on the disk. Any
 * thread.
 */
#ifndef HL_UTIL_PART_FILE_H
#define HL_UTIL_PART_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/beneath.h"

enum {
    HL_PART_FILE_NAME_SIZE = 4096 + 16,
    HL_TOKEN_SIZE = 8 + 1, /* of a token, with its NUL */
};

/* Makes a token up. */
void hl_part_file_new_token(char out[HL_TOKEN_SIZE]);
/* Writes the temporary file's name. A last component that would be too long for
 * the system loses its end. @return 0 or UV_ENAMETOOLONG. */
int hl_part_file_name(char out[HL_PART_FILE_NAME_SIZE], const char *path,
                      const char *token);
/* Makes a new temporary file, and the directories that are missing. @return a
 * descriptor to read and write, which is the caller's; UV_EEXIST where the name
 * is taken; or another libuv code. */
int hl_part_file_open(struct hl_beneath *root, const char *path,
                      const char *token);
/* Opens the temporary file again and cuts it to size bytes. @return as
 * hl_part_file_open(); UV_ENOENT where the file is gone, is shorter, has
 * another inode, or cannot be opened for a reason that lasts. */
int hl_part_file_open_again(struct hl_beneath *root, const char *path,
                            const char *token, uint64_t inode, uint64_t size);
/* Looks whether the temporary file still is what st says, which was found when
 * it was open. @return 0; UV_ENOENT where it is gone, or another file has its
 * name; or UV_EMFILE, UV_ENFILE or UV_ENOMEM. */
int hl_part_file_look(struct hl_beneath *root, const char *path,
                      const char *token, const struct stat *st);
/* Removes the temporary file, if it is there. Where it must not be removed,
 * that is no error. @return 0; or UV_EMFILE, UV_ENFILE or UV_ENOMEM where it
 * may still be there and can be removed later. */
int hl_part_file_remove(struct hl_beneath *root, const char *path,
                        const char *token);
/* The same, but leaves a file with another inode alone. */
int hl_part_file_remove_inode(struct hl_beneath *root, const char *path,
                              const char *token, uint64_t inode);

#endif
