/* haul -o -: writes the body of one URL to standard output. */
#ifndef HL_CLI_TO_STDOUT_H
#define HL_CLI_TO_STDOUT_H

#include <stdbool.h>

#include "cli/opt.h"
#include "haul/haul.h"

/* Checks and sets the options of a run for -o -; does nothing without it.
 * parsed is the command line, and report the file of --report or NULL. Without
 * has_list all URLs are arguments. @return 0, or HL_EXIT_USAGE after a line on
 * stderr. */
int hl_to_stdout_check(struct haul_options *run,
                       const struct hl_opt_parsed *parsed, const char *report,
                       bool has_list);
/* Prints that standard output has not the whole body, or a wrong one. */
void hl_to_stdout_note(const struct haul_result *result);
/* Did the transfer fail because nobody reads standard output any more? */
bool hl_to_stdout_is_unread(const struct haul_result *result);
/* Or because standard output has no room for the body? */
bool hl_to_stdout_is_full(const struct haul_result *result);

#endif
