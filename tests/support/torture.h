/*
 * Memory that runs out on demand. Programs that use it are linked with the
 * allocating functions wrapped, HAUL_TORTURE in tests/CMakeLists.txt. Other
 * threads than the test's always get what they ask for.
 */
#ifndef TESTS_SUPPORT_TORTURE_H
#define TESTS_SUPPORT_TORTURE_H

/* Makes libcurl's allocations count too. Before anything else calls it. */
void torture_init(void);
/*
 * Calls attempt again and again: first its first allocation fails, then its
 * second, until it makes no more. It frees all that it made, and returns 0,
 * having checked what it got, or UV_ENOMEM; anything else fails the test.
 * @return how many allocations have failed.
 */
unsigned torture(int (*attempt)(void *arg), void *arg);

#endif
