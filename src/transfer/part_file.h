/*
 * PATH.TOKEN.part, the temporary file that a body is in until it is complete.
 * The token is a run's, so that no two runs ever write to one, and no other
 * program's file is taken for one. Paths are below root. All of it blocks on
 * the disk.
 */
#ifndef HL_TRANSFER_PART_FILE_H
#define HL_TRANSFER_PART_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "util/beneath.h"

enum {
    HL_PART_FILE_NAME_SIZE = 4096 + 16,
    HL_TOKEN_SIZE = 8 + 1, /* of a token, with its NUL */
};

/* Its name. A last component that gets too long for the system loses its end.
 * @return 0 or UV_ENAMETOOLONG. */
int hl_part_file_name(char out[HL_PART_FILE_NAME_SIZE], const char *path,
                      const char *token);
/* A new one; makes the folders that it lacks. @return a file to read and write,
 * which is the caller's, or a libuv code: UV_EEXIST when something of its name
 * is there. */
int hl_part_file_open(struct hl_beneath *root, const char *path,
                      const char *token);
/* One that is there, with that inode, cut to size. @return as above; UV_ENOENT
 * when it is not what it was. */
int hl_part_file_open_again(struct hl_beneath *root, const char *path,
                            const char *token, uint64_t inode, uint64_t size);
/* It need not be there. */
void hl_part_file_remove(struct hl_beneath *root, const char *path,
                         const char *token);
/* The same; but one of another inode is left alone. */
void hl_part_file_remove_inode(struct hl_beneath *root, const char *path,
                               const char *token, uint64_t inode);

#endif
