/* A report must not be written over what the command reads, or into a part of a
 * plan, where its name may be that of a file to fetch. */
#ifndef HL_CLI_REPORT_TARGET_H
#define HL_CLI_REPORT_TARGET_H

#include "cli/opt.h"

/* inputs: the lists; report and plan, the directory of one, may be NULL.
 * @return HL_EXIT_OK; or HL_EXIT_USAGE, and says why. */
int hl_report_target_check(const char *report,
                           const struct hl_opt_strings *inputs,
                           const char *plan);

#endif
