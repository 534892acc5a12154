/* Files that only their owner may read, as journals and reports. They hold
 * URLs, and a presigned URL is as good as a password. */
#ifndef HL_UTIL_PRIVATE_FILE_H
#define HL_UTIL_PRIVATE_FILE_H

#include <stdio.h>

/* Opens path to write, and makes the file where it is missing. flags are
 * further flags of open(2). A regular file becomes 0600, whatever its mode was.
 * @return a descriptor, which is the caller's, or a libuv code. */
int hl_private_open(const char *path, int flags);
/* The same as a stream, on a file that is emptied. @return NULL, with errno, on
 * failure. */
FILE *hl_private_fopen(const char *path);
/* Makes the regular file that fd is open on 0600. @return 0 or a libuv
 * code. */
int hl_private_make(int fd);

#endif
