/*
 * PATH.part, the file that a body is in until it is complete. Paths are below
 * root. All of it blocks on the disk.
 */
#ifndef HL_TRANSFER_PART_FILE_H
#define HL_TRANSFER_PART_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/beneath.h"

/* An empty one; makes the folders that it lacks. @return a file to read and
 * write, which is the caller's, or a libuv code: UV_EEXIST when there is one
 * that must not be written. */
int hl_part_file_open(struct hl_beneath *root, const char *path);
/* One that is there, cut to size. @return as above; UV_ENOENT when it is not
 * what it was. */
int hl_part_file_open_again(struct hl_beneath *root, const char *path,
                            uint64_t size);
/* Gives it its name. @return 0, or a libuv code: UV_EEXIST when there is such
 * a file and replace is false. */
int hl_part_file_publish(struct hl_beneath *root, const char *path,
                         bool replace);
/* It need not be there. */
void hl_part_file_remove(struct hl_beneath *root, const char *path);

#endif
