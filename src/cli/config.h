/*
 * Config files: the long names of options, one a line, "name = value" or
 * "name value", with # comments. Values with blanks around them, or that hold
 * a " #", stand in double quotes, where \" \\ \n \r \t are what they are in C.
 */
#ifndef HL_CLI_CONFIG_H
#define HL_CLI_CONFIG_H

#include <stdbool.h>

#include "cli/opt.h"

/* The options that say which file is read. */
struct hl_config_options {
    const char *file;
    bool none;
    bool print;
};

/* Rows for struct hl_config_options. */
extern const struct hl_opt hl_config_rows[];

struct hl_config {
    char *path; /* of the file; NULL: none was read */
    char *text; /* owned; options borrows its values from here */
    struct hl_opt_parsed options;
};

/*
 * Sets the options of a config file, and then those of the command line, which
 * so win. The file is the one that --config names, or else
 * $XDG_CONFIG_HOME/haul/config or ~/.config/haul/config where that exists;
 * never one in the current directory. Release *parsed and *config in any case.
 * @return 0, or 1, 2 or 3 after a line on stderr.
 */
int hl_config_parse(const struct hl_opt_table *tables, int argc, char **argv,
                    struct hl_opt_parsed *parsed, struct hl_config *config);
void hl_config_release(struct hl_config *config);
/* Prints the options of tables on stdout as a config file, with the values that
 * config and then command gave, and without secrets. Options that neither gave
 * are comments. */
void hl_config_print(const struct hl_opt_table *tables,
                     const struct hl_config *config,
                     const struct hl_opt_parsed *command);

#endif
