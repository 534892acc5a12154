/* mkdir -p. */
#ifndef HL_UTIL_MKDIRS_H
#define HL_UTIL_MKDIRS_H

/* Makes path and the directories on the way to it. @return 0, also when it
 * is there already, or a libuv code. */
int hl_mkdirs(const char *path);

#endif
