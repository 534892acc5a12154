/*
 * Preloaded into haul: the n-th call of a kind fails, does half of its work, or
 * is the process's last. Calls are counted over all processes of a run, so that
 * "the 17th write" is one write.
 *
 *     NTH_CALL    the kinds that count, with commas: write,pwrite. nth.h has
 *                 them all. None: calls are only counted
 *     NTH_AT      the n-th of them, from 1
 *     NTH_TIMES   and as many from there on (1); 0: all from there on
 *     NTH_ERRNO   fails with this error (EIO)
 *     NTH_SHORT   set: reads and writes move half of their bytes instead
 *     NTH_SIGNAL  the process gets this signal instead, before the call
 *     NTH_AFTER   set: the call does its work first
 *     NTH_WHO     parent, or worker: only its calls count
 *     NTH_PATH    only calls on a file with this in its path count: the journal
 *                 is "/.haul/journal", any socket "socket:"
 *     NTH_COUNTS  the file that the processes of a run share their counts in;
 *                 without it each has its own. tests/torture/nth.py reads it
 *     NTH_LOG     a line for each call that was struck
 *
 * Calls that libc makes for itself do not come past here, but for those of
 * haul's own streams, which are made of the functions below.
 */
#include "nth.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* An address in the code that called ours. */
#define HERE __builtin_return_address(0)

/* The function that ours stands before. */
#define NEXT(function)                                                 \
    __extension__({                                                    \
        static __typeof__(&function) next;                             \
        if (next == NULL)                                              \
            next = (__typeof__(&function))dlsym(RTLD_NEXT, #function); \
        next;                                                          \
    })

/* A function that answers a failure by failed and errno. */
#define STAND_BEFORE(type, name, failed, counted, parameters, ...)   \
    type name parameters                                             \
    {                                                                \
        enum nth_fate fate = counted;                                \
        type r = failed;                                             \
        if (fate != NTH_FAIL)                                        \
            r = NEXT(name)(__VA_ARGS__);                             \
        if (fate != NTH_FAIL && !(fate == NTH_AFTER && nth_after())) \
            return r;                                                \
        errno = nth_errno();                                         \
        return failed;                                               \
    }

/* Those whose first argument is a descriptor fd, those on a path below the
 * directory fd, those on a path, and those on no file. */
#define ON_FD(type, name, call, parameters, ...)                              \
    STAND_BEFORE(type, name, -1, nth_on_fd(NTH_##call, fd, HERE), parameters, \
                 __VA_ARGS__)
#define ON_PATH(type, name, call, parameters, ...)                        \
    STAND_BEFORE(type, name, -1, nth_on_path(NTH_##call, fd, path, HERE), \
                 parameters, __VA_ARGS__)
#define ON_NAME(type, name, call, parameters, ...)                          \
    STAND_BEFORE(type, name, -1,                                            \
                 nth_on_path(NTH_##call, AT_FDCWD, path, HERE), parameters, \
                 __VA_ARGS__)
#define ON_NONE(type, name, call, parameters, ...)                     \
    STAND_BEFORE(type, name, -1, nth_on(NTH_##call, HERE), parameters, \
                 __VA_ARGS__)

/* How many of size bytes a function is to move. */
#define SOME (fate == NTH_SHORT && size > 1 ? size / 2 : size)

/* Memory. */

#define ALLOCATES(type, name, parameters, ...) \
    STAND_BEFORE(type, name, NULL, nth_on_alloc(HERE), parameters, __VA_ARGS__)

ALLOCATES(void *, malloc, (size_t size), size)
ALLOCATES(void *, calloc, (size_t n, size_t size), n, size)
ALLOCATES(void *, realloc, (void *old, size_t size), old, size)
ALLOCATES(void *, reallocarray, (void *old, size_t n, size_t size), old, n,
          size)
ALLOCATES(char *, strdup, (const char *text), text)
ALLOCATES(char *, strndup, (const char *text, size_t size), text, size)

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (nth_on_alloc(HERE) == NTH_FAIL)
        return nth_errno();
    return NEXT(posix_memalign)(out, alignment, size);
}

int vasprintf(char **out, const char *format, va_list rest)
{
    if (nth_on_alloc(HERE) == NTH_FAIL)
        return -1;
    return NEXT(vasprintf)(out, format, rest);
}

/* What the real one leaves in out when it fails is not to be used. */
int asprintf(char **out, const char *format, ...)
{
    va_list rest;
    if (nth_on_alloc(HERE) == NTH_FAIL) {
        *out = (char *)(uintptr_t)1;
        return -1;
    }
    va_start(rest, format);
    int n = NEXT(vasprintf)(out, format, rest);
    va_end(rest);
    return n;
}

int __asprintf_chk(char **out, int flag, const char *format, ...)
{
    va_list rest;
    (void)flag;
    if (nth_on_alloc(HERE) == NTH_FAIL) {
        *out = (char *)(uintptr_t)1;
        return -1;
    }
    va_start(rest, format);
    int n = NEXT(vasprintf)(out, format, rest);
    va_end(rest);
    return n;
}

/* Files by name. */

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#define MODE_OF(flags)               \
    mode_t mode = 0;                 \
    va_list rest;                    \
    va_start(rest, flags);           \
    if (takes_mode(flags))           \
        mode = va_arg(rest, mode_t); \
    va_end(rest)

static int open_at(int fd, const char *path, int flags, mode_t mode,
                   const void *caller)
{
    if (nth_on_path(NTH_open, fd, path, caller) == NTH_FAIL) {
        errno = nth_errno();
        return -1;
    }
    return NEXT(openat)(fd, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    MODE_OF(flags);
    return open_at(AT_FDCWD, path, flags, mode, HERE);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags);
    return open_at(AT_FDCWD, path, flags, mode, HERE);
}

int openat(int fd, const char *path, int flags, ...)
{
    MODE_OF(flags);
    return open_at(fd, path, flags, mode, HERE);
}

int openat64(int fd, const char *path, int flags, ...)
{
    MODE_OF(flags);
    return open_at(fd, path, flags, mode, HERE);
}

int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0, HERE);
}

int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0, HERE);
}

int __openat_2(int fd, const char *path, int flags)
{
    return open_at(fd, path, flags, 0, HERE);
}

ON_NAME(int, access, access, (const char *path, int mode), path, mode)
ON_PATH(int, faccessat, access, (int fd, const char *path, int mode, int flags),
        fd, path, mode, flags)
ON_NAME(int, mkdir, mkdir, (const char *path, mode_t mode), path, mode)
ON_PATH(int, mkdirat, mkdir, (int fd, const char *path, mode_t mode), fd, path,
        mode)
ON_NAME(int, unlink, unlink, (const char *path), path)
ON_NAME(int, remove, unlink, (const char *path), path)
ON_PATH(int, unlinkat, unlink, (int fd, const char *path, int flags), fd, path,
        flags)
ON_NAME(int, rename, rename, (const char *path, const char *to), path, to)
ON_PATH(int, renameat, rename,
        (int from_fd, const char *from, int fd, const char *path), from_fd,
        from, fd, path)
ON_PATH(int, linkat, link,
        (int from_fd, const char *from, int fd, const char *path, int flags),
        from_fd, from, fd, path, flags)
ON_NAME(int, stat, stat, (const char *path, struct stat *out), path, out)
ON_NAME(int, stat64, stat, (const char *path, struct stat64 *out), path, out)
ON_NAME(int, lstat, stat, (const char *path, struct stat *out), path, out)
ON_NAME(int, lstat64, stat, (const char *path, struct stat64 *out), path, out)
ON_PATH(int, fstatat, stat,
        (int fd, const char *path, struct stat *out, int flags), fd, path, out,
        flags)
ON_NAME(int, statvfs, statfs, (const char *path, struct statvfs *out), path,
        out)
STAND_BEFORE(char *, getcwd, NULL, nth_on(NTH_getcwd, HERE),
             (char *out, size_t size), out, size)
STAND_BEFORE(char *, mkdtemp, NULL, nth_on(NTH_mkdir, HERE), (char *path), path)
ON_NAME(int, mkostemp, open, (char *path, int flags), path, flags)

/* Files by descriptor. */

ON_FD(ssize_t, read, read, (int fd, void *out, size_t size), fd, out, SOME)
ON_FD(ssize_t, write, write, (int fd, const void *data, size_t size), fd, data,
      SOME)
ON_FD(ssize_t, pread, pread, (int fd, void *out, size_t size, off_t at), fd,
      out, SOME, at)
ON_FD(ssize_t, pread64, pread, (int fd, void *out, size_t size, off64_t at), fd,
      out, SOME, at)
ON_FD(ssize_t, pwrite, pwrite,
      (int fd, const void *data, size_t size, off_t at), fd, data, SOME, at)
ON_FD(ssize_t, pwrite64, pwrite,
      (int fd, const void *data, size_t size, off64_t at), fd, data, SOME, at)
ON_FD(ssize_t, readv, read, (int fd, const struct iovec *to, int n), fd, to, n)
ON_FD(ssize_t, writev, write, (int fd, const struct iovec *from, int n), fd,
      from, n)
ON_FD(ssize_t, copy_file_range, copy,
      (int from, off64_t *from_at, int fd, off64_t *at, size_t size,
       unsigned flags),
      from, from_at, fd, at, SOME, flags)
ON_FD(int, fsync, fsync, (int fd), fd)
ON_FD(int, fdatasync, fsync, (int fd), fd)
ON_FD(int, syncfs, syncfs, (int fd), fd)
ON_FD(int, ftruncate, ftruncate, (int fd, off_t size), fd, size)
ON_FD(int, ftruncate64, ftruncate, (int fd, off64_t size), fd, size)
ON_FD(int, fstat, stat, (int fd, struct stat *out), fd, out)
ON_FD(int, fstat64, stat, (int fd, struct stat64 *out), fd, out)
ON_FD(int, futimens, utime, (int fd, const struct timespec times[2]), fd, times)
ON_FD(int, fchmod, chmod, (int fd, mode_t mode), fd, mode)
ON_FD(int, flock, flock, (int fd, int operation), fd, operation)
ON_FD(off_t, lseek, lseek, (int fd, off_t offset, int whence), fd, offset,
      whence)

/* A close that fails has closed the file nevertheless. */
int close(int fd)
{
    enum nth_fate fate = nth_on_fd(NTH_close, fd, HERE);
    int r = NEXT(close)(fd);
    if (fate == NTH_FAIL || (fate == NTH_AFTER && nth_after())) {
        errno = nth_errno();
        return -1;
    }
    return r;
}

/* Whether a descriptor is open cannot fail. */
static int control(int fd, int command, void *argument, const void *caller)
{
    enum nth_fate fate =
        command == F_GETFD
            ? NTH_GO
            : nth_on_fd(command == F_DUPFD_CLOEXEC ? NTH_dup : NTH_fcntl, fd,
                        caller);
    if (fate != NTH_FAIL)
        return NEXT(fcntl)(fd, command, argument);
    errno = nth_errno();
    return -1;
}

int fcntl(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return control(fd, command, argument, HERE);
}

int fcntl64(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return control(fd, command, argument, HERE);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (nth_on_fd(NTH_ioctl, fd, HERE) != NTH_FAIL)
        return NEXT(ioctl)(fd, request, argument);
    errno = nth_errno();
    return -1;
}

ON_FD(int, dup2, dup, (int fd, int to), fd, to)
ON_FD(int, dup3, dup, (int fd, int to, int flags), fd, to, flags)
STAND_BEFORE(void *, mmap, MAP_FAILED, nth_on_fd(NTH_mmap, fd, HERE),
             (void *at, size_t size, int protection, int flags, int fd,
              off_t offset),
             at, size, protection, flags, fd, offset)
ON_NONE(int, memfd_create, memfd, (const char *name, unsigned flags), name,
        flags)

/* Directories. */

STAND_BEFORE(DIR *, fdopendir, NULL, nth_on_fd(NTH_open, fd, HERE), (int fd),
             fd)
STAND_BEFORE(struct dirent *, readdir, NULL,
             nth_on_fd(NTH_readdir, dirfd(dir), HERE), (DIR * dir), dir)

/* Sockets and events. */

ON_NONE(int, socket, socket, (int family, int type, int protocol), family, type,
        protocol)
ON_NONE(int, socketpair, socketpair,
        (int family, int type, int protocol, int out[2]), family, type,
        protocol, out)
ON_NONE(int, pipe2, pipe, (int out[2], int flags), out, flags)
ON_FD(int, connect, connect,
      (int fd, const struct sockaddr *to, socklen_t size), fd, to, size)
ON_FD(int, bind, bind, (int fd, const struct sockaddr *to, socklen_t size), fd,
      to, size)
ON_FD(int, listen, listen, (int fd, int backlog), fd, backlog)
ON_FD(int, accept4, accept,
      (int fd, struct sockaddr *from, socklen_t *size, int flags), fd, from,
      size, flags)
ON_FD(int, shutdown, shutdown, (int fd, int how), fd, how)
ON_FD(ssize_t, send, send, (int fd, const void *data, size_t size, int flags),
      fd, data, SOME, flags)
ON_FD(ssize_t, sendto, send,
      (int fd, const void *data, size_t size, int flags,
       const struct sockaddr *to, socklen_t to_size),
      fd, data, SOME, flags, to, to_size)
ON_FD(ssize_t, sendmsg, send, (int fd, const struct msghdr *message, int flags),
      fd, message, flags)
ON_FD(ssize_t, recv, recv, (int fd, void *out, size_t size, int flags), fd, out,
      SOME, flags)
ON_FD(ssize_t, recvfrom, recv,
      (int fd, void *out, size_t size, int flags, struct sockaddr *from,
       socklen_t *from_size),
      fd, out, SOME, flags, from, from_size)
ON_FD(ssize_t, recvmsg, recv, (int fd, struct msghdr *message, int flags), fd,
      message, flags)
ON_FD(int, getsockopt, getsockopt,
      (int fd, int level, int name, void *out, socklen_t *size), fd, level,
      name, out, size)
ON_FD(int, setsockopt, setsockopt,
      (int fd, int level, int name, const void *value, socklen_t size), fd,
      level, name, value, size)
ON_FD(int, getsockname, getsockname,
      (int fd, struct sockaddr *out, socklen_t *size), fd, out, size)
ON_FD(int, getpeername, getsockname,
      (int fd, struct sockaddr *out, socklen_t *size), fd, out, size)
ON_NONE(int, epoll_create1, epoll_create, (int flags), flags)
ON_NONE(int, epoll_create, epoll_create, (int size), size)
ON_FD(int, epoll_ctl, epoll_ctl,
      (int epoll, int operation, int fd, struct epoll_event *event), epoll,
      operation, fd, event)
ON_FD(int, epoll_wait, epoll_wait,
      (int fd, struct epoll_event *out, int most, int timeout), fd, out, most,
      timeout)
ON_FD(int, epoll_pwait, epoll_wait,
      (int fd, struct epoll_event *out, int most, int timeout,
       const sigset_t *mask),
      fd, out, most, timeout, mask)
ON_NONE(int, poll, poll, (struct pollfd * fds, nfds_t n, int timeout), fds, n,
        timeout)
ON_NONE(int, eventfd, eventfd, (unsigned value, int flags), value, flags)
ON_NONE(int, signalfd, signalfd, (int fd, const sigset_t *mask, int flags), fd,
        mask, flags)
ON_NONE(ssize_t, getrandom, getrandom, (void *out, size_t size, unsigned flags),
        out, SOME, flags)

int getaddrinfo(const char *host, const char *service,
                const struct addrinfo *hints, struct addrinfo **out)
{
    if (nth_on(NTH_getaddrinfo, HERE) != NTH_FAIL)
        return NEXT(getaddrinfo)(host, service, hints, out);
    errno = nth_errno();
    if (errno == ENOMEM)
        return EAI_MEMORY;
    return errno == EAGAIN ? EAI_AGAIN : EAI_SYSTEM;
}

/* Threads and processes. The ones that return an error do not set errno. */

int pthread_create(pthread_t *out, const pthread_attr_t *attributes,
                   void *(*run)(void *), void *argument)
{
    if (nth_on(NTH_thread, HERE) == NTH_FAIL)
        return nth_errno();
    return NEXT(pthread_create)(out, attributes, run, argument);
}

/* The address sanitizer asks it for the stack of each thread that starts, and
 * ends where there is no memory for the answer: its thread waits forever. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *out)
{
    nth_suspend(true);
    int error = NEXT(pthread_getattr_np)(thread, out);
    nth_suspend(false);
    return error;
}

int posix_spawn(pid_t *out, const char *path,
                const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[],
                char *const environment[])
{
    if (nth_on(NTH_spawn, HERE) == NTH_FAIL)
        return nth_errno();
    return NEXT(posix_spawn)(out, path, actions, attributes, argv, environment);
}

int posix_spawnp(pid_t *out, const char *path,
                 const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[],
                 char *const environment[])
{
    if (nth_on(NTH_spawn, HERE) == NTH_FAIL)
        return nth_errno();
    return NEXT(posix_spawnp)(out, path, actions, attributes, argv,
                              environment);
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions,
                                     int fd, int to)
{
    if (nth_on_alloc(HERE) == NTH_FAIL)
        return nth_errno();
    return NEXT(posix_spawn_file_actions_adddup2)(actions, fd, to);
}

ON_NONE(pid_t, fork, fork, (void), )
ON_NONE(int, execvp, exec, (const char *path, char *const argv[]), path, argv)

/* System calls without a function of libc: haul's openat2 and renameat2, and
 * what libuv calls by number. */
static enum nth_fate count_number(long number, const long a[6],
                                  const void *caller)
{
    switch (number) {
    case SYS_openat2:
        return nth_on_path(NTH_open, (int)a[0], (const char *)a[1], caller);
    case SYS_renameat2:
        return nth_on_path(NTH_rename, (int)a[2], (const char *)a[3], caller);
    case SYS_statx:
        return nth_on_path(NTH_stat, (int)a[0], (const char *)a[1], caller);
    case SYS_pidfd_open:
        return nth_on(NTH_pidfd, caller);
    case SYS_getrandom:
        return nth_on(NTH_getrandom, caller);
    case SYS_copy_file_range:
        return nth_on_fd(NTH_copy, (int)a[2], caller);
    case SYS_pwritev:
        return nth_on_fd(NTH_pwrite, (int)a[0], caller);
    case SYS_preadv:
        return nth_on_fd(NTH_pread, (int)a[0], caller);
    case SYS_close:
        return nth_on_fd(NTH_close, (int)a[0], caller);
    default:
        return NTH_GO;
    }
}

long syscall(long number, ...)
{
    long a[6];
    va_list rest;
    long r = -1;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    enum nth_fate fate = count_number(number, a, HERE);
    if (fate != NTH_FAIL || number == SYS_close)
        r = NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (fate != NTH_FAIL && !(fate == NTH_AFTER && nth_after()))
        return r;
    errno = nth_errno();
    return -1;
}

/* Haul's own streams, made of the calls above. */

static int fd_of(void *stream)
{
    return (int)(intptr_t)stream;
}

static ssize_t read_stream(void *arg, char *out, size_t size)
{
    return read(fd_of(arg), out, size);
}

/* libc's streams write on after a short write. Less than size is a failure. */
static ssize_t write_stream(void *arg, const char *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd_of(arg), data + done, size - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int seek_stream(void *arg, off64_t *offset, int whence)
{
    *offset = lseek(fd_of(arg), *offset, whence);
    return *offset < 0 ? -1 : 0;
}

static int close_stream(void *arg)
{
    return close(fd_of(arg));
}

static FILE *stream_of(int fd, const char *mode)
{
    return fopencookie((void *)(intptr_t)fd, mode,
                       (cookie_io_functions_t){.read = read_stream,
                                               .write = write_stream,
                                               .seek = seek_stream,
                                               .close = close_stream});
}

FILE *fdopen(int fd, const char *mode)
{
    if (!nth_is_haul(HERE))
        return NEXT(fdopen)(fd, mode);
    if (nth_on_alloc(HERE) != NTH_FAIL)
        return stream_of(fd, mode);
    errno = nth_errno();
    return NULL;
}

static int flags_of(const char *mode)
{
    int flags = mode[0] == 'w'   ? O_WRONLY | O_CREAT | O_TRUNC
                : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                                 : O_RDONLY;
    return strchr(mode, 'e') != NULL ? flags | O_CLOEXEC : flags;
}

FILE *fopen(const char *path, const char *mode)
{
    if (!nth_is_haul(HERE))
        return NEXT(fopen)(path, mode);
    int fd = open_at(AT_FDCWD, path, flags_of(mode), 0666, HERE);
    return fd < 0 ? NULL : stream_of(fd, mode);
}

/* Those two libc has opened itself. */
__attribute__((constructor)) static void make_streams(void)
{
    FILE *out = stream_of(STDOUT_FILENO, "w");
    FILE *err = stream_of(STDERR_FILENO, "w");
    if (out == NULL || err == NULL)
        abort();
    setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    setvbuf(err, NULL, _IONBF, 0);
    stdout = out;
    stderr = err;
}
