/* The limits that the system sets a process, in words, and what the commands
 * that make no run need of them. fit_files.c and fit_threads.c fit a run. */
#ifndef HL_CLI_LIMITS_H
#define HL_CLI_LIMITS_H

#include <stdint.h>

enum { HL_LIMIT_SIZE = 96 };

struct hl_needs {
    uint32_t files;   /* descriptors, with the standard three */
    uint32_t threads; /* beside the one that asks */
};

/* Raises the limit of open files, and looks whether there is enough.
 * @return 0, or 3 (files) or 1 (threads, memory) after a line on stderr. */
int hl_limits_check(const struct hl_needs *needs);
/* "the limit of 6 processes and threads (ulimit -u)". */
const char *hl_limit_of_threads(char out[HL_LIMIT_SIZE]);
/* "the limit of 100 MB of memory (ulimit -v)"; for where it is limited. */
const char *hl_limit_of_memory(char out[HL_LIMIT_SIZE]);

#endif
