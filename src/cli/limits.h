/*
 * What the system allows a process: open files, threads and memory. A command
 * is refused where its limits are too low. A run is fitted to them: with fewer
 * transfers at a time, one loop, fewer lookups, fewer threads for files; it is
 * refused where even that is too much, as running out half way helps nobody,
 * and as libuv ends a program that cannot start a thread of its pool.
 */
#ifndef HL_CLI_LIMITS_H
#define HL_CLI_LIMITS_H

#include <stdint.h>

#include "cli/run_options.h"

/* What a command that makes no run needs. */
struct hl_needs {
    uint32_t files;   /* descriptors, with the standard three */
    uint32_t threads; /* beside the one that asks */
};

/* Raises the limit of open files, and looks whether there is enough.
 * @return 0, or 3 (files) or 1 (threads, memory) after a line on stderr. */
int hl_limits_check(const struct hl_needs *needs);
/* Raises the limit of open files, sizes libuv's pool, and lowers what the run
 * asks for to what can be had, which is said. @return as hl_limits_check(). */
int hl_limits_fit(struct hl_run_options *options);
/* How many files a run has open at most. */
uint64_t hl_limits_files_of(const struct haul_options *run);

#endif
