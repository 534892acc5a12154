/* --help, from the same rows that the parser reads. */
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"
#include "util/buf.h"
#include "util/text.h"

enum { LEFT_SIZE = 64, HELP_COLUMN = 30 };

static void help_row(struct hl_buf *out, const struct hl_opt *row)
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
    hl_buf_wrap(out, row->help, HELP_COLUMN + 1);
}

void hl_opt_help(const struct hl_opt_table *tables)
{
    struct hl_buf out = {0};
    for (; tables->rows != NULL; tables++) {
        if (tables->title == NULL)
            continue;
        hl_buf_printf(&out, "\n%s:\n", tables->title);
        for (const struct hl_opt *row = tables->rows; row->name != NULL; row++)
            if (row->help != NULL && row->kind != HL_OPT_REFUSED)
                help_row(&out, row);
    }
    if (!out.failed && out.used > 0)
        fputs(out.data, stdout);
    hl_buf_release(&out);
}
