/* haul -o -: one URL's body to standard output. */
#ifndef HL_CLI_TO_STDOUT_H
#define HL_CLI_TO_STDOUT_H

#include <stdbool.h>

#include "cli/get_options.h"

/* Standard output, by itself: what -o and --report call it. */
bool hl_is_stdout(const char *name);
/* Readies the options of -o -; nothing where it was not given. @return 0, or 2
 * after a line on stderr. */
int hl_to_stdout_check(struct hl_get_options *options,
                       const struct hl_opt_parsed *parsed);
/* Says what became of the output, where result is no whole file. */
void hl_to_stdout_note(const struct haul_result *result);
/* Has whoever read the output gone away? */
bool hl_to_stdout_is_unread(const struct haul_result *result);

#endif
