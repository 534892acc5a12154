/* How many threads, and how much memory, the system allows this process: the
 * limits of ulimit -u, -v, -d and -s, and those of a container. libuv's pool
 * calls abort() when one of its threads cannot be started, so a program asks
 * here first. */
#ifndef HL_UTIL_THREADS_H
#define HL_UTIL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

enum { HL_STACK_LEAST = 256 * 1024 }; /* bytes, of the program and a thread */

/* Sets the size of stacks, for the program and for threads that start later.
 * Raises a soft limit (ulimit -s) that is below HL_STACK_LEAST, and lowers one
 * that is too large for the memory that is allowed. For a program to call,
 * before it has threads. @return false: the hard limit is below HL_STACK_LEAST.
 */
bool hl_threads_fit_stacks(void);
/* The size of a new thread's stack, in bytes. */
uint64_t hl_threads_stack(void);
/* How many more threads can be started now, but at most most. Finds out by
 * starting them, and waits until they have ended. A process counts as a thread.
 */
uint32_t hl_threads_left(uint32_t most);
/* Is memory limited by ulimit -v or -d? */
bool hl_memory_is_limited(void);
/* How many bytes can be allocated now, but at most most. */
uint64_t hl_memory_left(uint64_t most);

#endif
