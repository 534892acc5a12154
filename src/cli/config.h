/*
 * Config files: the long names of options, one a line, "name = value" or
 * "name value", with # comments. Values with blanks around them, or that hold
 * a " #", stand in double quotes, where \" \\ \n \r \t are what they are in C.
 */
#ifndef HL_CLI_CONFIG_H
#define HL_CLI_CONFIG_H

#include <stdbool.h>

#include "cli/opt.h"

/* What of the command line says which file is read. */
struct hl_config_options {
    const char *file;
    bool none;
    bool print;
};

/* Rows for struct hl_config_options. */
extern const struct hl_opt hl_config_rows[];

struct hl_config {
    char *path; /* of the file; NULL: none was read */
    char *text; /* its own, cut up; what options borrows */
    struct hl_opt_parsed options;
};

/*
 * hl_opt_parse() with a config file before: the one that the command line asks
 * for, or else the user's own when there is one, $XDG_CONFIG_HOME/haul/config
 * or ~/.config/haul/config; never one in the current directory. What the
 * command line says is set later, and wins. *parsed and *config need release
 * in any case.
 * @return 0, or 1, 2 or 3 after a line on stderr.
 */
int hl_config_parse(const struct hl_opt_table *tables, int argc, char **argv,
                    struct hl_opt_parsed *parsed, struct hl_config *config);
void hl_config_release(struct hl_config *config);
/* Prints what config and then command say of the options in tables, as a
 * config file without its secrets, on stdout. Options that nothing was said of
 * are comments. */
void hl_config_print(const struct hl_opt_table *tables,
                     const struct hl_config *config,
                     const struct hl_opt_parsed *command);

#endif
