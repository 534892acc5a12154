/* The program itself, to start it once more. */
#ifndef HL_CLI_OWN_PROGRAM_H
#define HL_CLI_OWN_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/buf.h"

/* A path that is valid as long as the process runs: of the very file that runs,
 * or where /proc cannot be read, the path that it was started with. */
const char *hl_self(void);

/* Arguments of the program, without its name. All zero is none. */
struct hl_self_arguments {
    struct hl_buf text; /* each argument with its NUL */
    size_t count;
};

__attribute__((format(printf, 2, 3))) void
hl_self_add(struct hl_self_arguments *arguments, const char *format, ...);

/* How a process of the program is started. */
struct hl_self_options {
    int in;         /* its standard input; -1: ours */
    int out;        /* its standard output */
    bool own_group; /* what is typed on the terminal does not reach it */
};

/* Starts the program, and releases arguments. @return 0 or a libuv code. */
int hl_self_start(pid_t *pid, struct hl_self_arguments *arguments,
                  const struct hl_self_options *options);

#endif
