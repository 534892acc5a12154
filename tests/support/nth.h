/*
 * Which call is the n-th, and what happens to it: what nth_core.c knows. The
 * functions that stand before libc's are in nth.c, where the settings are
 * described too.
 */
#ifndef TESTS_SUPPORT_NTH_H
#define TESTS_SUPPORT_NTH_H

#include <stdbool.h>
#include <stddef.h>

/* The calls that are counted. Functions of libc that do the same share a name:
 * open is open, openat, openat2 and fopen. An allocation is named by who makes
 * it: alloc is haul's own, alloc_other is that of the smaller libraries. */
#define NTH_CALLS(X) \
    X(alloc)         \
    X(alloc_curl)    \
    X(alloc_uv)      \
    X(alloc_ssl)     \
    X(alloc_libc)    \
    X(alloc_other)   \
    X(accept)        \
    X(access)        \
    X(bind)          \
    X(chmod)         \
    X(close)         \
    X(connect)       \
    X(copy)          \
    X(dup)           \
    X(epoll_create)  \
    X(epoll_ctl)     \
    X(epoll_wait)    \
    X(eventfd)       \
    X(exec)          \
    X(fcntl)         \
    X(flock)         \
    X(fork)          \
    X(fsync)         \
    X(ftruncate)     \
    X(getaddrinfo)   \
    X(getcwd)        \
    X(getrandom)     \
    X(getsockname)   \
    X(getsockopt)    \
    X(ioctl)         \
    X(link)          \
    X(listen)        \
    X(lseek)         \
    X(memfd)         \
    X(mkdir)         \
    X(mmap)          \
    X(open)          \
    X(pidfd)         \
    X(pipe)          \
    X(poll)          \
    X(pread)         \
    X(pwrite)        \
    X(read)          \
    X(readdir)       \
    X(recv)          \
    X(rename)        \
    X(send)          \
    X(setsockopt)    \
    X(shutdown)      \
    X(signalfd)      \
    X(socket)        \
    X(socketpair)    \
    X(spawn)         \
    X(stat)          \
    X(statfs)        \
    X(syncfs)        \
    X(thread)        \
    X(unlink)        \
    X(utime)         \
    X(write)

#define NTH_ID(name) NTH_##name,
enum nth_call { NTH_CALLS(NTH_ID) NTH_CALL_COUNT };
#undef NTH_ID

enum nth_fate {
    NTH_GO,    /* the call does what it always does */
    NTH_FAIL,  /* the call does nothing, and nth_errno() is its error */
    NTH_SHORT, /* the call moves half of its bytes */
    NTH_AFTER, /* the call does what it always does, then nth_after() */
};

/* These count a call that the code at caller makes: on the file of a
 * descriptor, on the file path below dir_fd (AT_FDCWD), on no file; or for
 * memory. Calls of the sanitizers do not count. */
enum nth_fate nth_on_fd(enum nth_call call, int fd, const void *caller);
enum nth_fate nth_on_path(enum nth_call call, int dir_fd, const char *path,
                          const void *caller);
enum nth_fate nth_on(enum nth_call call, const void *caller);
enum nth_fate nth_on_alloc(const void *caller);

/* While it is true, nothing that this thread does counts: a sanitizer calls
 * libc. */
void nth_suspend(bool suspended);

/* Ends a call that did its work and is struck now. @return whether it is to be
 * reported as failed, which it is not where a signal was what came. */
bool nth_after(void);
int nth_errno(void);
/* Is caller in haul's own code? */
bool nth_is_haul(const void *caller);

#endif
