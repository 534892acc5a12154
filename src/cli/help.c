#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/print_message.h"

enum { LEFT_SIZE = 64, HELP_COLUMN = 30 };

static void put_row(struct hl_buf *out, const struct hl_opt *row,
                    const char *help)
{
    char left[LEFT_SIZE];
    char letter[8] = "    ";
    if (row->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
             row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
    if (strlen(left) >= HELP_COLUMN - 2)
        hl_buf_printf(out, "  %s\n%*s", left, HELP_COLUMN + 1, "");
    else
        hl_buf_printf(out, "  %-*s ", HELP_COLUMN - 2, left);
    hl_buf_wrap(out, help, HELP_COLUMN + 1);
}

void hl_help_flush(struct hl_buf *out)
{
    if (!out->failed && out->used > 0)
        fputs(out->data, stdout);
    hl_buf_release(out);
}

void hl_help_row(const struct hl_opt *row)
{
    struct hl_buf out = {0};
    put_row(&out, row, row->help);
    hl_help_flush(&out);
}

void hl_help_print(const struct hl_opt_command *command)
{
    struct hl_buf out = {0};
    hl_buf_printf(&out, "%s\n", command->usage);
    for (const struct hl_opt_table *t = command->tables; t->rows != NULL; t++) {
        if (t->title == NULL)
            continue;
        hl_buf_printf(&out, "\n%s:\n", t->title);
        for (const struct hl_opt *row = t->rows; row->name != NULL; row++)
            if (row->help != NULL && row->kind != HL_OPT_REFUSED)
                put_row(&out, row, row->help);
    }
    if (command->note != NULL) {
        hl_buf_text(&out, "\n");
        hl_buf_wrap(&out, command->note, 0);
    }
    hl_help_flush(&out);
}

/* Prints the rows with a brief text. */
static void print_brief(const struct hl_opt_command *command)
{
    struct hl_buf out = {0};
    hl_buf_printf(&out, "%s\n\n", command->usage);
    for (const struct hl_opt_table *t = command->tables; t->rows != NULL; t++)
        for (const struct hl_opt *row = t->rows; row->name != NULL; row++)
            if (row->brief != NULL)
                put_row(&out, row, row->brief);
    hl_help_flush(&out);
}

/* "--help=zsh" is for haul --completion zsh alone. @return false: value is no
 * shell. */
static bool print_completion(const struct hl_opt_command *command,
                             const char *value)
{
    struct hl_buf out = {0};
    for (int i = 0; hl_shell_words[i] != NULL; i++) {
        if (strcmp(value, hl_shell_words[i]) != 0)
            continue;
        hl_completion_command(&out, (enum hl_shell)i, command);
        hl_help_flush(&out);
        return true;
    }
    return false;
}

bool hl_help_shown(const struct hl_opt_command *command,
                   const struct hl_opt_parsed *parsed, int *status)
{
    const struct hl_opt_given *asked = NULL;
    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->given[i].row->kind == HL_OPT_HELP)
            asked = &parsed->given[i];
    if (asked == NULL)
        return false;
    *status = HL_EXIT_OK;
    const char *value = asked->value;
    if (value == NULL && parsed->rest.count > 0)
        value = parsed->rest.items[0];
    bool is_all = value != NULL && strcmp(value, "all") == 0;
    if (asked->value != NULL && !is_all) {
        if (print_completion(command, asked->value))
            return true;
        hl_error("--help: takes no value, or all, but not '%s'", asked->value);
        *status = HL_EXIT_USAGE;
        return true;
    }
    if (command->is_long && !is_all && asked->letter == 'h')
        print_brief(command);
    else
        hl_help_print(command);
    return true;
}

bool hl_help_begin(const struct hl_opt_command *command, int argc, char **argv,
                   struct hl_opt_parsed *parsed, int *status)
{
    *status = hl_opt_parse(command->tables, argc, argv, parsed);
    return *status == 0 && !hl_help_shown(command, parsed, status);
}
