/* Renaming that never replaces a file. */
#ifndef HL_UTIL_RENAME_H
#define HL_UTIL_RENAME_H

/* Renames from, in the directory from_fd, to the name to in to_fd, only if
 * that name is free. Blocks on the disk; any thread. @return 0; UV_EEXIST where
 * the name is taken; or another libuv code. */
int hl_rename_new(int from_fd, const char *from, int to_fd, const char *to);

#endif
