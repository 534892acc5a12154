/*
 * Files that haul makes for itself. Any thread; all calls block on the disk.
 *
 * Journals and reports may be read by their owner only: they hold URLs, and a
 * presigned URL is as good as a password.
 *
 * DIR/.haul holds the journal. Whoever made DIR may have put something else
 * there: through a symbolic link, or a second name of a file, haul would write
 * to a file that is not its own. So both are refused.
 */
#ifndef HL_UTIL_OWN_FILE_H
#define HL_UTIL_OWN_FILE_H

#include <stdio.h>

/* Opens path to write, and makes the file where it is missing. flags are
 * further flags of open(2). A regular file gets the mode 0600, whatever its
 * mode was. @return a descriptor, which the caller closes, or a libuv code. */
int hl_private_open(const char *path, int flags);
/* The same as a stream, on a file that is emptied. @return NULL, with errno, on
 * failure. */
FILE *hl_private_fopen(const char *path);

/* Opens .haul in dir_fd, which may be AT_FDCWD, to open files in it. @return a
 * descriptor, which the caller closes; HAUL_EPLAIN where .haul is no directory;
 * or a libuv code. */
int hl_haul_dir_open(int dir_fd);
/* The same, and makes .haul where it is missing. The descriptor can be
 * locked. */
int hl_haul_dir_make(int dir_fd);
/* Opens the file of that name in .haul; flags are those of open(2). @return a
 * descriptor, which the caller closes; HAUL_EPLAIN where the file is no regular
 * file or has a second name; or a libuv code. */
int hl_haul_dir_file(int haul_fd, const char *name, int flags);

#endif
