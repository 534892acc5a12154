/* What the libraries that tests preload into haul share. */
#ifndef TESTS_SUPPORT_PRELOAD_H
#define TESTS_SUPPORT_PRELOAD_H

#include <dlfcn.h>
#include <stdarg.h>

/* The function of the next library that ours stands before. */
#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

/* For syscall(number, ...), which stands before libc's as haul's renameat2() is
 * a bare system call: its arguments, as long a[6], and the real call. */
#define SYSCALL_ARGUMENTS(a, number) \
    long a[6];                       \
    va_list rest;                    \
    va_start(rest, number);          \
    for (int i = 0; i < 6; i++)      \
        (a)[i] = va_arg(rest, long); \
    va_end(rest)
#define NEXT_SYSCALL(a, number) \
    NEXT(syscall)(number, (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5])

#endif
