/* Files that only their owner may read: presigned URLs stand in them, which
 * are as good as passwords. */
#ifndef HL_UTIL_PRIVATE_FILE_H
#define HL_UTIL_PRIVATE_FILE_H

#include <stdio.h>

/* Opens path to write, made where it is missing; flags are those of open(2)
 * beside. A regular file becomes 0600, whatever it was. @return a descriptor
 * or a libuv code. */
int hl_private_open(const char *path, int flags);
/* The same as a stream, on an empty file. @return NULL, with errno. */
FILE *hl_private_fopen(const char *path);
/* Makes the regular file that fd is open on 0600. @return 0 or a libuv
 * code. */
int hl_private_make(int fd);

#endif
