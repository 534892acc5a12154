#include "cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/secret.h"
#include "haul/haul.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/text.h"

enum { CONFIG_MAX = 1024 * 1024 };

#define CONFIG(member) offsetof(struct hl_config_options, member)
#define BLANKS         " \t\r"

const struct hl_opt hl_config_rows[] = {
    HL_OPT_ROW("config", 0, "FILE", TEXT, CONFIG(file),
               "read options from FILE: on each line a long name and its "
               "value (default: ~/.config/haul/config)",
               .by_hand = true),
    HL_OPT_ROW("no-config", 0, NULL, FLAG, CONFIG(none),
               "do not read ~/.config/haul/config", .by_hand = true),
    HL_OPT_ROW("print-config", 0, NULL, FLAG, CONFIG(print),
               "print the options in effect as a config file, without "
               "secrets",
               .by_hand = true),
    {.name = NULL},
};

/* The path of the user's own file, or NULL. A relative $HOME does not count:
 * the file would be another one in each directory. */
static char *default_path(void)
{
    char *path = NULL;
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (xdg != NULL && xdg[0] == '/')
        n = asprintf(&path, "%s/haul/config", xdg);
    else if (home != NULL && home[0] == '/')
        n = asprintf(&path, "%s/.config/haul/config", home);
    return n < 0 ? NULL : path;
}

/* @return 0 or a positive errno. */
static int read_text(const char *path, char **out)
{
    struct hl_buf buf = {0};
    int r = -hl_read_file(&buf, path, CONFIG_MAX);
    if (r == 0 && buf.used > CONFIG_MAX)
        r = EFBIG;
    if (r == 0 && strlen(buf.data) + 1 < buf.used)
        r = EILSEQ;
    if (r != 0)
        hl_buf_release(&buf);
    *out = buf.data;
    return r;
}

/* Takes the quotes off *value in place. @return NULL or what is wrong. */
static const char *unquote(char **value)
{
    static const char letters[] = "nrt\"\\";
    static const char meant[] = "\n\r\t\"\\";
    char *from = *value + 1;
    char *to = *value;
    while (*from != '"' && *from != '\0') {
        const char *escape = NULL;
        if (strncmp(from, "\\x", 2) == 0 && isxdigit((unsigned char)from[2]) &&
            isxdigit((unsigned char)from[3])) {
            const char digits[] = {from[2], from[3], '\0'};
            *to++ = (char)strtoul(digits, NULL, 16);
            from += 4;
            continue;
        }
        if (from[0] == '\\' && from[1] != '\0')
            escape = strchr(letters, from[1]);
        *to++ = *(escape != NULL ? &meant[escape - letters] : from);
        from += escape != NULL ? 2 : 1;
    }
    if (*from == '\0')
        return "the closing quote is missing";
    from += 1 + strspn(from + 1, BLANKS);
    if (*from != '\0' && *from != '#')
        return "there is text after the closing quote";
    *to = '\0';
    return NULL;
}

/* A # after a blank begins a comment. */
static void cut_comment(char *value)
{
    for (char *p = value; (p = strchr(p, '#')) != NULL; p++) {
        if (p == value || strchr(BLANKS, p[-1]) != NULL) {
            *p = '\0';
            break;
        }
    }
    size_t length = strlen(value);
    while (length > 0 && strchr(BLANKS, value[length - 1]) != NULL)
        value[--length] = '\0';
}

/* Splits line in place; *name is NULL where it has no option, and *value
 * where it has a name alone. @return NULL or what is wrong. */
static const char *split(char *line, char **name, char **value)
{
    *name = *value = NULL;
    line += strspn(line, BLANKS);
    if (*line == '\0' || *line == '#')
        return NULL;
    *name = strncmp(line, "--", 2) == 0 ? line + 2 : line;
    char *end = *name + strcspn(*name, BLANKS "=");
    char *rest = end + strspn(end, BLANKS);
    bool has_equals = *rest == '=';
    if (has_equals)
        rest += 1 + strspn(rest + 1, BLANKS);
    *end = '\0';
    *value = rest;
    if (*rest == '"')
        return unquote(value);
    cut_comment(rest);
    if (*rest == '\0' && !has_equals)
        *value = NULL;
    return NULL;
}

static int read_line(struct hl_config *config,
                     const struct hl_opt_table *tables, char *line,
                     unsigned number)
{
    char *name;
    char *value;
    const char *why = split(line, &name, &value);
    if (name == NULL)
        return 0;
    if (why == NULL)
        why = hl_opt_add(&config->options, tables, name, value, number);
    if (why == NULL)
        return 0;
    const char *like = why == hl_opt_unknown ? hl_opt_like(tables, name) : NULL;
    hl_error("%s:%u: %s: %s%s%s%s", config->path, number, name, why,
             like != NULL ? "; did you mean " : "", like != NULL ? like : "",
             like != NULL ? "?" : "");
    return HL_EXIT_USAGE;
}

static int read_lines(struct hl_config *config,
                      const struct hl_opt_table *tables)
{
    unsigned number = 0;
    char *at = config->text;
    if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (char *line; (line = strsep(&at, "\n")) != NULL;) {
        int status = read_line(config, tables, line, ++number);
        if (status != 0)
            return status;
    }
    return 0;
}

/* Reads the options of this file from the command line; with --help no file is
 * read. */
static void find_options(struct hl_config_options *out,
                         const struct hl_opt_parsed *command)
{
    *out = (struct hl_config_options){0};
    for (size_t i = 0; i < command->count; i++) {
        const struct hl_opt_given *given = &command->given[i];
        if (given->row == &hl_config_rows[0])
            out->file = given->value;
        else if (given->row == &hl_config_rows[1])
            out->none = !given->off;
        else if (given->row->kind == HL_OPT_HELP)
            out->none = true;
    }
}

/* May the run do without the user's own file, which could not be read for this
 * errno? It need not exist. It may be another user's, where HOME still is that
 * user's, as under sudo; whether it exists can be told only where its directory
 * may be searched. */
static bool may_go_without(const char *path, int error)
{
    struct stat st;
    if (error == EACCES && stat(path, &st) == 0)
        hl_error("%s: the config file cannot be read (%s): going on without it",
                 path, haul_strerror(-error));
    return error == ENOENT || error == ENOTDIR || error == EACCES;
}

static int read_file(struct hl_config *out, const struct hl_opt_table *tables,
                     const struct hl_config_options *options)
{
    if (options->file == NULL && options->none)
        return 0;
    out->path = options->file != NULL ? strdup(options->file) : default_path();
    if (out->path == NULL)
        return 0;
    int r = read_text(out->path, &out->text);
    if (r == 0)
        return read_lines(out, tables);
    if (options->file == NULL && may_go_without(out->path, r)) {
        free(out->path);
        out->path = NULL;
        return 0;
    }
    hl_error("%s: the config file cannot be read: %s", out->path,
             haul_strerror(-r));
    return HL_EXIT_IO;
}

int hl_config_parse(const struct hl_opt_table *tables, int argc, char **argv,
                    struct hl_opt_parsed *parsed, struct hl_config *config)
{
    struct hl_config_options options;
    *config = (struct hl_config){0};
    int status = hl_opt_read(tables, argc, argv, parsed);
    find_options(&options, parsed);
    if (status == 0)
        status = read_file(config, tables, &options);
    if (status == 0)
        status = hl_opt_apply(&config->options, config->path);
    return status == 0 ? hl_opt_apply(parsed, NULL) : status;
}

void hl_config_release(struct hl_config *config)
{
    hl_opt_parsed_release(&config->options);
    free(config->text);
    free(config->path);
    *config = (struct hl_config){0};
}

static bool is_all_shown(const char *text)
{
    while (*text != '\0' && hl_text_shown_length(text) > 0)
        text += hl_text_shown_length(text);
    return *text == '\0';
}

/* Prints one character, escaped where it may not be shown. @return its length.
 */
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
    return row->kind == HL_OPT_STRINGS || row->adds;
}

/* Prints each value that parsed gives to a row that gathers values. For others
 * *last becomes the last value given. */
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

/* The row as a comment, its help on one line. */
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
