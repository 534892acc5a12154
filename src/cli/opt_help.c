/* --help, from the same rows that the parser reads. */
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"

enum { LEFT_SIZE = 64, HELP_COLUMN = 30 };

static void help_row(const struct hl_opt *row)
{
    char left[LEFT_SIZE];
    char letter[8] = "    ";
    if (row->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
             row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
    if (strlen(left) >= HELP_COLUMN - 2)
        printf("  %s\n%*s%s\n", left, HELP_COLUMN + 1, "", row->help);
    else
        printf("  %-*s %s\n", HELP_COLUMN - 2, left, row->help);
}

void hl_opt_help(const struct hl_opt_table *tables)
{
    for (; tables->rows != NULL; tables++) {
        if (tables->title == NULL)
            continue;
        printf("\n%s:\n", tables->title);
        for (const struct hl_opt *row = tables->rows; row->name != NULL; row++)
            if (row->help != NULL && row->kind != HL_OPT_REFUSED)
                help_row(row);
    }
}
