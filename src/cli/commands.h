/* The commands: each gets the arguments after its name, and returns the
 * program's exit status. */
#ifndef HL_CLI_COMMANDS_H
#define HL_CLI_COMMANDS_H

/* The exit statuses of DESIGN's contract. */
enum hl_exit {
    HL_EXIT_OK = 0,
    HL_EXIT_OTHER = 1,
    HL_EXIT_USAGE = 2,
    HL_EXIT_IO = 3,
    HL_EXIT_BUSY = 5,
    HL_EXIT_INTERRUPTED = 7,
    HL_EXIT_FAILED = 8,
    HL_EXIT_DISK_FULL = 9,
};

int hl_cmd_get(int argc, char **argv);
int hl_cmd_compare(int argc, char **argv);
int hl_cmd_page(int argc, char **argv);
int hl_cmd_serve(int argc, char **argv);
int hl_cmd_status(int argc, char **argv);
int hl_cmd_verify(int argc, char **argv);
int hl_cmd_plan(int argc, char **argv);
int hl_cmd_merge(int argc, char **argv);
/* Hidden from --help: runs one row of compare, in a process of its own. */
int hl_cmd_compare_row(int argc, char **argv);

#endif
