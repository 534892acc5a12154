/* What --help prints, from the option tables. */
#ifndef HL_CLI_HELP_H
#define HL_CLI_HELP_H

#include "cli/opt.h"
#include "util/buf.h"

/* Shows help where it was asked for: of a long command, -h shows the rows that
 * have a brief text; --help and -h all show every row. *status is 0 then, or 2
 * where --help has a value that it does not know. @return false: nobody asked.
 */
bool hl_help_shown(const struct hl_opt_command *command,
                   const struct hl_opt_parsed *parsed, int *status);
/* hl_opt_parse(), and help where that was asked for. *status is the command's
 * exit status where it is done. @return true: the command goes on. Release
 * *parsed in any case. */
bool hl_help_begin(const struct hl_opt_command *command, int argc, char **argv,
                   struct hl_opt_parsed *parsed, int *status);
/* Prints a command's options, all that it has. */
void hl_help_print(const struct hl_opt_command *command);
/* Prints out on stdout, and releases it. */
void hl_help_flush(struct hl_buf *out);
/* Prints the line of one option. */
void hl_help_row(const struct hl_opt *row);

#endif
