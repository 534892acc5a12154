#include "util/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool has_no_links(int error)
{
    return error == EPERM || error == ENOSYS || error == EOPNOTSUPP;
}

/* For file systems that have neither of the calls that never replace, as FAT by
 * FUSE. A file that another program makes between the look and the rename is
 * lost. */
static int move_after_look(int from_fd, const char *from, int to_fd,
                           const char *to)
{
    struct stat st;
    if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    if (errno != ENOENT)
        return -errno;
    return renameat(from_fd, from, to_fd, to) < 0 ? -errno : 0;
}

/* Renames by renameat2(2) with RENAME_NOREPLACE. NFS has no such rename and
 * gives EINVAL: there a link, which never replaces, does it. */
int hl_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
    if (syscall(SYS_renameat2, from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(from_fd, from, to_fd, to, 0) < 0)
        return has_no_links(errno) ? move_after_look(from_fd, from, to_fd, to)
                                   : -errno;
    return unlinkat(from_fd, from, 0) < 0 ? -errno : 0;
}
