/* The files of a comparison. */
#ifndef HL_COMPARE_FILES_H
#define HL_COMPARE_FILES_H

#include <stdint.h>

#include "util/buf.h"

/* Puts a hash over the names and bytes of all files below dir into *out; what
 * haul itself keeps there does not count. @return 0 or a libuv code. */
int hl_files_hash(const char *dir, uint64_t *out);
/* Removes dir and all that is in it. */
void hl_files_remove(const char *dir);
/* Writes text as the file at path. @return an exit status, after a line on
 * stderr where it is not 0. */
int hl_files_write(const char *path, const struct hl_buf *text);

#endif
