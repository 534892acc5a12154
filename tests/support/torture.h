/*
 * Memory that runs out on demand. Programs that use it are linked with the
 * allocating functions wrapped, HAUL_TORTURE in tests/CMakeLists.txt; what
 * libcurl allocates counts too.
 */
#ifndef TESTS_SUPPORT_TORTURE_H
#define TESTS_SUPPORT_TORTURE_H

/* Before anything else calls libcurl. */
void torture_init(void);
/*
 * Calls attempt again and again: first its first allocation fails, then its
 * second, until it makes no more. It frees all that it made, and returns 0,
 * having checked what it got, or UV_ENOMEM; anything else fails the test.
 * @return how many allocations have failed.
 */
unsigned torture(int (*attempt)(void *arg), void *arg);

#endif
