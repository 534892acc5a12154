/*
 * Completions for bash, zsh and fish, made from the option tables. A script is
 * a head, a part for each command, and an end.
 */
#ifndef HL_CLI_COMPLETION_H
#define HL_CLI_COMPLETION_H

#include "cli/opt.h"
#include "util/buf.h"

enum hl_shell { HL_SHELL_BASH, HL_SHELL_ZSH, HL_SHELL_FISH };

/* The shells' names in the order of enum hl_shell, ended by NULL. */
extern const char *const hl_shell_words[];

/* A command as completions name it. */
struct hl_completion_command {
    const char *name;
    const char *help;
};

/* Adds what stands before the commands' parts. commands ends with a row without
 * a name; program are the options that only stand first. */
void hl_completion_head(struct hl_buf *out, enum hl_shell shell,
                        const struct hl_completion_command *commands,
                        const struct hl_opt *program);
/* Adds the part of one command. */
void hl_completion_command(struct hl_buf *out, enum hl_shell shell,
                           const struct hl_opt_command *command);
/* Adds what stands behind the commands' parts. */
void hl_completion_end(struct hl_buf *out, enum hl_shell shell);

#endif
