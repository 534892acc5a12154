/* --print-config: what was said of the options, as a config file. */
#include <stdio.h>
#include <string.h>

#include "cli/config.h"
#include "cli/secret.h"
#include "util/buf.h"
#include "util/text.h"

static bool is_all_shown(const char *text)
{
    while (*text != '\0' && hl_text_shown_length(text) > 0)
        text += hl_text_shown_length(text);
    return *text == '\0';
}

/* @return its length. */
static size_t print_character(const char *at)
{
    size_t shown = hl_text_shown_length(at);
    if (shown == 0)
        printf("\\x%02x", (unsigned char)*at);
    else
        printf("%.*s", (int)shown, at);
    return shown > 0 ? shown : 1;
}

static void print_value(const char *value)
{
    size_t length = strlen(value);
    bool bare = length > 0 && strpbrk(value, "\"\\#\n\r\t") == NULL &&
                value[0] != ' ' && value[length - 1] != ' ' &&
                is_all_shown(value);
    if (bare) {
        printf("%s", value);
        return;
    }
    putchar('"');
    for (const char *p = value; *p != '\0'; p++) {
        static const char letters[] = "nrt\"\\";
        static const char meant[] = "\n\r\t\"\\";
        const char *escape = strchr(meant, *p);
        if (escape != NULL)
            printf("\\%c", letters[escape - meant]);
        else
            p += print_character(p) - 1;
    }
    putchar('"');
}

static void print_given(const struct hl_opt_given *given)
{
    struct hl_buf shown = {0};
    printf("%s", given->row->name);
    if (given->off)
        printf(" = no");
    if (given->value != NULL) {
        printf(" = ");
        hl_secret_mask(&shown, given->row->secret, given->value);
        print_value(shown.failed ? "" : shown.data);
    }
    putchar('\n');
    hl_buf_release(&shown);
}

static bool gathers(const struct hl_opt *row)
{
    return row->kind == HL_OPT_TEXTS || row->adds;
}

/* Prints what is said of row, or the last of it; *last is what was said of it
 * before. */
static void print_all(const struct hl_opt *row,
                      const struct hl_opt_parsed *parsed,
                      const struct hl_opt_given **last)
{
    for (size_t i = 0; i < parsed->count; i++) {
        const struct hl_opt_given *given = &parsed->given[i];
        if (given->row != row)
            continue;
        *last = given;
        if (gathers(row))
            print_given(given);
    }
}

/* Help has line breaks and blanks of its own. */
static void print_comment(const struct hl_opt *row)
{
    printf("# %s%s%s:", row->name, row->argument != NULL ? " = " : "",
           row->argument != NULL ? row->argument : "");
    for (const char *p = row->help + strspn(row->help, " \n"); *p != '\0';) {
        size_t word = strcspn(p, " \n");
        printf(" %.*s", (int)word, p);
        p += word + strspn(p + word, " \n");
    }
    putchar('\n');
}

void hl_config_print(const struct hl_opt_table *tables,
                     const struct hl_config *config,
                     const struct hl_opt_parsed *command)
{
    if (config->path != NULL)
        printf("# %s, and the command line\n", config->path);
    for (; tables->rows != NULL; tables++) {
        if (tables->title == NULL)
            continue;
        printf("\n# %s\n", tables->title);
        for (const struct hl_opt *row = tables->rows; row->name != NULL;
             row++) {
            const struct hl_opt_given *last = NULL;
            if (row->help == NULL || row->by_hand ||
                row->kind == HL_OPT_REFUSED)
                continue;
            print_all(row, &config->options, &last);
            print_all(row, command, &last);
            if (last == NULL)
                print_comment(row);
            else if (!gathers(row))
                print_given(last);
        }
    }
}
