/* mkdir -p. */
#ifndef HL_UTIL_MKDIRS_H
#define HL_UTIL_MKDIRS_H

/* Makes path and the directories on the way to it. @return 0, also when it
 * is there already, or a libuv code. */
int hl_mkdirs(const char *path);
/* The directories on the way to path, below dir_fd; not path itself. */
int hl_mkdirs_to(int dir_fd, const char *path);

#endif
