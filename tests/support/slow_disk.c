/*
 * Preloaded into haul by tests/e2e/test_slow_disk.py: a slow disk. Whatever
 * changes a file below SLOW_DISK_DIR takes SLOW_DISK_MS, and is told of in
 * SLOW_DISK_LOG, a line each: the thread, how many times that thread had waited
 * for events by then, the call, the file. A thread that has waited, and waits
 * again later, is a loop that stood still for as long as the call took.
 */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* For events, so far. */
static _Thread_local unsigned waits;

/* By bare system calls: the others are ours. */
static void tell(const char *call, const char *path)
{
    const char *log = getenv("SLOW_DISK_LOG");
    char line[PATH_MAX + 100];
    int size = snprintf(line, sizeof(line), "%ld %u %s %s\n",
                        syscall(SYS_gettid), waits, call, path);
    int fd = log == NULL ? -1
                         : (int)syscall(SYS_openat, AT_FDCWD, log,
                                        O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (fd < 0 || size < 0 ||
        syscall(SYS_write, fd, line, (size_t)size) != size)
        abort();
    syscall(SYS_close, fd);
}

static void slow_down(const char *call, const char *path)
{
    const char *dir = getenv("SLOW_DISK_DIR");
    const char *ms = getenv("SLOW_DISK_MS");
    if (dir == NULL || ms == NULL || strncmp(path, dir, strlen(dir)) != 0)
        return;
    int saved = errno;
    tell(call, path);
    long delay = strtol(ms, NULL, 10);
    nanosleep(&(struct timespec){delay / 1000, delay % 1000 * 1000000}, NULL);
    errno = saved;
}

static void path_of(char out[PATH_MAX], int fd)
{
    char link[64];
    int saved = errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, out, PATH_MAX - 1);
    out[size < 0 ? 0 : size] = '\0';
    errno = saved;
}

static void slow_fd(const char *call, int fd)
{
    char path[PATH_MAX];
    path_of(path, fd);
    slow_down(call, path);
}

static void slow_at(const char *call, int dir_fd, const char *name)
{
    char path[2 * PATH_MAX] = "";
    if (name[0] != '/' && dir_fd != AT_FDCWD) {
        path_of(path, dir_fd);
        strcat(path, "/");
    }
    strncat(path, name, PATH_MAX - 1);
    slow_down(call, path);
}

static void slow_open(const char *call, int dir_fd, const char *name, int flags)
{
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0)
        slow_at(call, dir_fd, name);
}

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    waits++;
    return NEXT(epoll_wait)(fd, events, max, timeout);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout,
                const sigset_t *mask)
{
    waits++;
    return NEXT(epoll_pwait)(fd, events, max, timeout, mask);
}

int open(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = takes_mode(flags) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    slow_open("open", AT_FDCWD, name, flags);
    return NEXT(open)(name, flags, mode);
}

int openat(int dir_fd, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = takes_mode(flags) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    slow_open("open", dir_fd, name, flags);
    return NEXT(openat)(dir_fd, name, flags, mode);
}

ssize_t write(int fd, const void *data, size_t size)
{
    slow_fd("write", fd);
    return NEXT(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    slow_fd("write", fd);
    return NEXT(pwrite)(fd, data, size, offset);
}

int ftruncate(int fd, off_t size)
{
    slow_fd("truncate", fd);
    return NEXT(ftruncate)(fd, size);
}

int futimens(int fd, const struct timespec times[2])
{
    slow_fd("futimens", fd);
    return NEXT(futimens)(fd, times);
}

int fsync(int fd)
{
    slow_fd("fsync", fd);
    return NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    slow_fd("fsync", fd);
    return NEXT(fdatasync)(fd);
}

int syncfs(int fd)
{
    slow_fd("syncfs", fd);
    return NEXT(syncfs)(fd);
}

/* Closing a file that was only read costs a disk nothing. */
int close(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        slow_fd("close", fd);
    return NEXT(close)(fd);
}

int mkdir(const char *name, mode_t mode)
{
    slow_at("mkdir", AT_FDCWD, name);
    return NEXT(mkdir)(name, mode);
}

int mkdirat(int dir_fd, const char *name, mode_t mode)
{
    slow_at("mkdir", dir_fd, name);
    return NEXT(mkdirat)(dir_fd, name, mode);
}

int unlinkat(int dir_fd, const char *name, int flags)
{
    slow_at("unlink", dir_fd, name);
    return NEXT(unlinkat)(dir_fd, name, flags);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    slow_at("link", to_fd, to);
    return NEXT(linkat)(from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    slow_at("rename", to_fd, to);
    return NEXT(renameat)(from_fd, from, to_fd, to);
}

long syscall(long number, ...)
{
    SYSCALL_ARGUMENTS(a, number);
    if (number == SYS_renameat2)
        slow_at("rename", (int)a[2], (const char *)a[3]);
    return NEXT_SYSCALL(a, number);
}

static ssize_t write_stream(void *arg, const char *data, size_t size)
{
    return write(*(int *)arg, data, size);
}

static int close_stream(void *arg)
{
    int r = close(*(int *)arg);
    free(arg);
    return r;
}

/* libc's own calls do not come past here: of a stream that is written below
 * the directory they are made ours. */
FILE *fopen(const char *name, const char *mode)
{
    const char *dir = getenv("SLOW_DISK_DIR");
    if (mode[0] != 'w' || dir == NULL || strncmp(name, dir, strlen(dir)) != 0)
        return NEXT(fopen)(name, mode);
    int *fd = malloc(sizeof(*fd));
    if (fd == NULL)
        return NULL;
    *fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *stream =
        *fd < 0 ? NULL
                : fopencookie(fd, mode,
                              (cookie_io_functions_t){.write = write_stream,
                                                      .close = close_stream});
    if (stream == NULL)
        free(fd);
    return stream;
}
