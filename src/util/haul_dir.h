/*
 * DIR/.haul, where haul keeps its own files. Whoever made DIR may have put
 * something else there. Through a symbolic link, or a second name of a file,
 * haul would write to somebody else's file: both are refused.
 */
#ifndef HL_UTIL_HAUL_DIR_H
#define HL_UTIL_HAUL_DIR_H

/* Opens .haul in dir_fd, which may be AT_FDCWD. @return a descriptor, the
 * caller's, to open files by; HAUL_EPLAIN where .haul is no directory; or a
 * libuv code. */
int hl_haul_dir_open(int dir_fd);
/* The same, and makes .haul where it is missing. The descriptor can be
 * locked. */
int hl_haul_dir_make(int dir_fd);
/* Opens a file in .haul; flags are those of open(2). @return a descriptor, the
 * caller's; HAUL_EPLAIN where the file is no regular file or has a second name;
 * or a libuv code. */
int hl_haul_dir_file(int haul_fd, const char *name, int flags);

#endif
