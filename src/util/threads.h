/* What the system still grants this process of threads, and of memory for them:
 * the limits of ulimit -u, -v, -d and -s, and those of a container. Neither
 * libuv nor the C library tells them: libuv's pool calls abort() when one of
 * its threads cannot be started, so a program asks here before. */
#ifndef HL_UTIL_THREADS_H
#define HL_UTIL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

enum { HL_STACK_LEAST = 256 * 1024 }; /* bytes, of the program and a thread */

/* Fits the stack of the program and of each thread to come, ours and libuv's:
 * raises a soft limit (ulimit -s) below HL_STACK_LEAST, and lowers one that
 * would waste the memory that is allowed. For a program to call, before it has
 * threads.
 * @return false: the hard limit is below HL_STACK_LEAST. */
bool hl_threads_fit_stacks(void);
/* Bytes that the stack of a new thread takes. */
uint64_t hl_threads_stack(void);
/* How many more threads can be started now; most where it is that many or more.
 * Starts them and waits until they have ended. A process counts as a thread. */
uint32_t hl_threads_left(uint32_t most);
/* Is memory limited by ulimit -v or -d? */
bool hl_memory_is_limited(void);
/* How many bytes can be allocated now; most where it is that many or more. */
uint64_t hl_memory_left(uint64_t most);

#endif
