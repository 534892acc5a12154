/*
 * Preloaded into haul by tests/e2e/test_fat.py: all files are as on FAT that is
 * mounted by FUSE. Times are whole, even seconds. There are no links, no rename
 * that never replaces and no modes to change; a name with one of : * ? " < > |
 * cannot be made; no file may be longer than FAT_MAX bytes. Inode numbers are
 * made up, and others for each FAT_MOUNT.
 */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static long number_of(const char *name, long fallback)
{
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : fallback;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

static struct timespec even(struct timespec time)
{
    return (struct timespec){.tv_sec = time.tv_sec & ~1L};
}

static int as_on_fat(int result, struct stat *st)
{
    if (result < 0 || !S_ISREG(st->st_mode))
        return result;
    st->st_mode |= 0755;
    st->st_mtim = even(st->st_mtim);
    st->st_ctim = even(st->st_ctim);
    st->st_ino += 1000003 * (unsigned long)number_of("FAT_MOUNT", 0);
    return result;
}

int fstat(int fd, struct stat *st)
{
    return as_on_fat(NEXT(fstat)(fd, st), st);
}

int fstatat(int dir_fd, const char *name, struct stat *st, int flags)
{
    return as_on_fat(NEXT(fstatat)(dir_fd, name, st, flags), st);
}

int fstatfs(int fd, struct statfs *fs)
{
    int r = NEXT(fstatfs)(fd, fs);
    fs->f_type = MSDOS_SUPER_MAGIC;
    return r;
}

int openat(int dir_fd, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_CREAT) != 0 && strpbrk(name, ":*?\"<>|") != NULL)
        return refuse(EINVAL);
    return NEXT(openat)(dir_fd, name, flags, mode);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    (void)from_fd, (void)from, (void)to_fd, (void)to, (void)flags;
    return refuse(EPERM);
}

int fchmod(int fd, mode_t mode)
{
    (void)fd, (void)mode;
    return refuse(ENOSYS);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (offset + (off_t)size > number_of("FAT_MAX", 0xffffffff))
        return refuse(EFBIG);
    return NEXT(pwrite)(fd, data, size, offset);
}

long syscall(long number, ...)
{
    SYSCALL_ARGUMENTS(a, number);
    if (number == SYS_renameat2 && a[4] != 0)
        return refuse(EINVAL);
    return NEXT_SYSCALL(a, number);
}
