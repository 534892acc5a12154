/* haul -o -: one URL's body to standard output. */
#ifndef HL_CLI_TO_STDOUT_H
#define HL_CLI_TO_STDOUT_H

#include <stdbool.h>

#include "cli/get_options.h"

/* Is name "-", which stands for standard output in -o and --report? */
bool hl_is_stdout(const char *name);
/* Checks and sets the options for -o -; does nothing without it. @return 0, or
 * HL_EXIT_USAGE after a line on stderr. */
int hl_to_stdout_check(struct hl_get_options *options,
                       const struct hl_opt_parsed *parsed);
/* Says what is on standard output where the result is not the whole body. */
void hl_to_stdout_note(const struct haul_result *result);
/* Did the transfer fail because nobody reads standard output any more? */
bool hl_to_stdout_is_unread(const struct haul_result *result);

#endif
