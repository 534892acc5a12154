/* What a command does once before a run, when its options are known. */
#ifndef HL_CLI_PREPARE_H
#define HL_CLI_PREPARE_H

#include "cli/run_options.h"

/* Checks what can be checked before a run, completes run.headers, run.resolve
 * and run.worker_argv, and fits the run to the limits of the process.
 * @return 0, or 1, 2 or 3 after a line on stderr. */
int hl_run_prepare(struct hl_run_options *options);

#endif
