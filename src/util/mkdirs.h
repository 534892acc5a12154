#ifndef HL_UTIL_MKDIRS_H
#define HL_UTIL_MKDIRS_H

/* As mkdir -p: makes the directory path and all that lead to it. @return 0,
 * also where it is there already, or a libuv code. */
int hl_mkdirs(const char *path);

#endif
