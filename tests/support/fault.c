/*
 * Preloaded into haul by tests/e2e: what befalls a worker process, at a step of
 * its life.
 *
 *     FAULT_AT     start  before its first word
 *                  write  before bytes go to a file
 *                  name   before a file gets its name
 *                  named  after that
 *                  remove before a file is removed
 *                  reply  before its answer to a job
 *                  half   in the midst of that
 *                  end    when nothing more will come
 *     FAULT_HOW    stop, kill, or hang: it waits in that call for ever
 *     FAULT_DIR    the fault is that of as many workers as files can be made
 *     FAULT_TIMES  here
 *
 * And in the parent:
 *
 *     FAULT_JOB    once, a job cannot be written to a worker's pipe
 *     FAULT_KILL   SIGKILL does nothing, as to one in an uninterruptible sleep;
 *                  nor does the death of the parent
 *     FAULT_LINK   files have no links, as on FAT
 *     FAULT_COPY   SIGKILL once a file has been copied
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
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WIRE_FD = 3, HEAD = 5, JOB = 3, REPLY = 4 };

static bool is_worker;

/* One of the times that are left. */
static bool take_turn(void)
{
    const char *dir = getenv("FAULT_DIR");
    const char *times = getenv("FAULT_TIMES");
    char path[PATH_MAX];
    for (int i = 0; dir != NULL && times != NULL && i < atoi(times); i++) {
        snprintf(path, sizeof(path), "%s/%d", dir, i);
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path,
                              O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            continue;
        syscall(SYS_close, fd);
        return true;
    }
    return false;
}

static bool is_at(const char *step)
{
    const char *at = getenv("FAULT_AT");
    return is_worker && at != NULL && strcmp(at, step) == 0;
}

static void happen(void)
{
    const char *how = getenv("FAULT_HOW");
    int saved = errno;
    while (how != NULL && strcmp(how, "hang") == 0)
        pause();
    raise(how != NULL && strcmp(how, "kill") == 0 ? SIGKILL : SIGSTOP);
    errno = saved;
}

static void at(const char *step)
{
    if (is_at(step) && take_turn())
        happen();
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
    is_worker = argc > 1 && strcmp(argv[1], "--worker") == 0;
    at("start");
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    at("write");
    return NEXT(pwrite)(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    at("write");
    return NEXT(pwrite64)(fd, data, size, offset);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    at("name");
    int r = NEXT(renameat)(from_fd, from, to_fd, to);
    at("named");
    return r;
}

long syscall(long number, ...)
{
    SYSCALL_ARGUMENTS(a, number);
    if (number == SYS_renameat2)
        at("name");
    long r = NEXT_SYSCALL(a, number);
    if (number == SYS_renameat2)
        at("named");
    return r;
}

static bool is_frame(const void *data, size_t size, int type)
{
    return size >= HEAD && ((const unsigned char *)data)[HEAD - 1] == type;
}

static ssize_t write_half(int fd, const char *data, size_t size)
{
    ssize_t n = NEXT(write)(fd, data, size / 2);
    happen();
    return n;
}

ssize_t write(int fd, const void *data, size_t size)
{
    bool to_parent = is_worker && fd == WIRE_FD;
    if (to_parent && is_frame(data, size, REPLY)) {
        at("reply");
        if (is_at("half") && take_turn())
            return write_half(fd, data, size);
    }
    if (!is_worker && getenv("FAULT_JOB") != NULL &&
        is_frame(data, size, JOB) && take_turn()) {
        errno = EIO;
        return -1;
    }
    return NEXT(write)(fd, data, size);
}

ssize_t read(int fd, void *data, size_t size)
{
    ssize_t n = NEXT(read)(fd, data, size);
    if (n == 0 && fd == WIRE_FD)
        at("end");
    return n;
}

int prctl(int option, ...)
{
    va_list rest;
    va_start(rest, option);
    unsigned long value = va_arg(rest, unsigned long);
    va_end(rest);
    if (option == PR_SET_PDEATHSIG && getenv("FAULT_KILL") != NULL)
        return 0;
    return NEXT(prctl)(option, value, 0, 0, 0);
}

int kill(pid_t pid, int number)
{
    if (!is_worker && number == SIGKILL && getenv("FAULT_KILL") != NULL)
        return 0;
    return NEXT(kill)(pid, number);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    if (!is_worker && getenv("FAULT_LINK") != NULL) {
        errno = EPERM;
        return -1;
    }
    return NEXT(linkat)(from_fd, from, to_fd, to, flags);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at,
                        size_t size, unsigned flags)
{
    ssize_t n = NEXT(copy_file_range)(from, from_at, to, to_at, size, flags);
    if (n == 0 && getenv("FAULT_COPY") != NULL)
        raise(SIGKILL);
    return n;
}

int unlinkat(int fd, const char *path, int flags)
{
    at("remove");
    return NEXT(unlinkat)(fd, path, flags);
}
