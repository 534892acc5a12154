#include "cli/opt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/secret.h"
#include "util/buf.h"
#include "util/parse.h"
#include "util/strings.h"
#include "util/text.h"

enum {
    NAME_MAX_LENGTH = 64,
    WORDS_MAX = 160,
    PREFIX_MIN = 3, /* characters that tell what was meant */
};

void hl_opt_strings_release(struct hl_opt_strings *strings)
{
    free(strings->items);
    *strings = (struct hl_opt_strings){0};
}

const char hl_opt_no_memory[] = "out of memory";
const char hl_opt_unknown[] = "there is no such option";

const char *hl_opt_strings_add(struct hl_opt_strings *strings,
                               const char *value)
{
    const char **items =
        realloc(strings->items, (strings->count + 2) * sizeof(*items));
    if (items == NULL)
        return hl_opt_no_memory;
    items[strings->count++] = value;
    items[strings->count] = NULL;
    strings->items = items;
    return NULL;
}

void hl_opt_parsed_release(struct hl_opt_parsed *parsed)
{
    for (size_t i = 0; i < parsed->copies.count; i++)
        hl_string_free(parsed->copies.items[i]);
    hl_opt_strings_release(&parsed->copies);
    hl_opt_strings_release(&parsed->rest);
    free(parsed->given);
    *parsed = (struct hl_opt_parsed){0};
}

static int keep(struct hl_opt_parsed *parsed, const struct hl_opt_given *given)
{
    struct hl_opt_given *more =
        realloc(parsed->given, (parsed->count + 1) * sizeof(*more));
    if (more == NULL)
        return -1;
    parsed->given = more;
    more[parsed->count++] = *given;
    return 0;
}

static struct hl_opt_given find(const struct hl_opt_table *tables,
                                const char *name, size_t length, char letter)
{
    for (; tables->rows != NULL; tables++) {
        for (const struct hl_opt *row = tables->rows; row->name != NULL;
             row++) {
            bool same = name != NULL
                            ? length > 0 && strlen(row->name) == length &&
                                  strncmp(row->name, name, length) == 0
                            : row->letter == letter;
            if (same)
                return (struct hl_opt_given){
                    .row = row, .base = tables->base, .letter = letter};
        }
    }
    return (struct hl_opt_given){0};
}

/* Finds the row of "NAME", or of "no-NAME" where NAME is a flag. */
static struct hl_opt_given find_name(const struct hl_opt_table *tables,
                                     const char *name, size_t length)
{
    struct hl_opt_given option = find(tables, name, length, 0);
    if (option.row != NULL || length < 4 || strncmp(name, "no-", 3) != 0)
        return option;
    option = find(tables, name + 3, length - 3, 0);
    if (option.row == NULL || option.row->kind != HL_OPT_FLAG)
        return (struct hl_opt_given){0};
    option.off = true;
    return option;
}

static const char *set_duration(const struct hl_opt *row, void *member,
                                const char *value)
{
    static const char *const bad =
        "is not a time: write 500ms, 1.5s or 2m; a number alone is seconds";
    uint64_t ns;
    if (hl_parse_duration(value, &ns) < 0)
        return bad;
    if (row->kind == HL_OPT_NS) {
        *(uint64_t *)member = ns;
        return NULL;
    }
    uint64_t unit = row->kind == HL_OPT_MS   ? 1000000
                    : row->kind == HL_OPT_US ? 1000
                                             : 1000000000;
    uint64_t count = (ns + unit - 1) / unit;
    if (count >= UINT32_MAX)
        return "is too long";
    *(uint32_t *)member = count > 0 ? (uint32_t)count : row->zero;
    return NULL;
}

static const char *set_bytes(const struct hl_opt *row, void *member,
                             const char *value)
{
    uint64_t bytes;
    if (hl_parse_bytes(value, &bytes) < 0)
        return "is not a size: write 1000, 64K, 1.5M or 2G";
    if (row->kind == HL_OPT_BYTES) {
        *(uint64_t *)member = bytes;
        return NULL;
    }
    if (bytes >= UINT32_MAX)
        return "is too large";
    *(uint32_t *)member = bytes > 0 ? (uint32_t)bytes : row->zero;
    return NULL;
}

static const char *set_count(const struct hl_opt *row, void *member,
                             const char *value)
{
    uint64_t count;
    if (hl_parse_count(value, 1u << 20, &count) < 0)
        return "is not a number from 0 to 1048576";
    *(uint32_t *)member = count > 0 ? (uint32_t)count : row->zero;
    return NULL;
}

static const char *set_choice(const struct hl_opt *row, void *member,
                              const char *value)
{
    for (int i = 0; row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], value) == 0) {
            *(int *)member = i;
            return NULL;
        }
    }
    return "is not one of its words";
}

static const char *check(const struct hl_opt *row, const char *value)
{
    return row->check != NULL ? row->check(row, value) : NULL;
}

static const char *set(const struct hl_opt_given *option)
{
    const struct hl_opt *row = option->row;
    const char *value = option->value;
    void *member = (char *)option->base + row->offset;
    const char *why;
    switch (row->kind) {
    case HL_OPT_FLAG:
        *(bool *)member = !option->off;
        return NULL;
    case HL_OPT_TEXT:
        why = check(row, value);
        if (why == NULL)
            *(const char **)member = value;
        return why;
    case HL_OPT_STRINGS:
        why = check(row, value);
        return why != NULL ? why : hl_opt_strings_add(member, value);
    case HL_OPT_COUNT:
        return set_count(row, member, value);
    case HL_OPT_BYTES:
    case HL_OPT_BYTES32:
        return set_bytes(row, member, value);
    case HL_OPT_MS:
    case HL_OPT_US:
    case HL_OPT_SECONDS:
    case HL_OPT_NS:
        return set_duration(row, member, value);
    case HL_OPT_CHOICE:
        return set_choice(row, member, value);
    case HL_OPT_CALL:
        return row->call(option->base, value);
    case HL_OPT_HELP:
    case HL_OPT_ACCEPTED:
        return NULL;
    case HL_OPT_REFUSED:
        return row->help;
    }
    return NULL;
}

/* Reads "yes" or "no" of a config file. @return false where it is neither. */
static bool read_switch(const char *value, bool *off)
{
    static const char *const words[] = {"yes", "true",  "on",
                                        "no",  "false", "off"};
    for (unsigned i = 0; i < 6; i++) {
        if (strcmp(value, words[i]) != 0)
            continue;
        *off = i >= 3 ? !*off : *off;
        return true;
    }
    return false;
}

const char *hl_opt_add(struct hl_opt_parsed *parsed,
                       const struct hl_opt_table *tables, const char *name,
                       const char *value, unsigned line)
{
    struct hl_opt_given option = find_name(tables, name, strlen(name));
    if (option.row == NULL || option.row->name[0] == '\0')
        return hl_opt_unknown;
    if (option.row->by_hand)
        return "can only be given on the command line";
    bool takes = option.row->argument != NULL;
    if (takes && value == NULL)
        return "needs a value";
    if (!takes && value != NULL && !read_switch(value, &option.off))
        return "takes only yes or no";
    option.value = takes ? value : NULL;
    option.line = line;
    return keep(parsed, &option) < 0 ? hl_opt_no_memory : NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, over words of up to NAME_MAX_LENGTH. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LENGTH + 1];
    size_t length = strlen(b);
    if (strlen(a) > NAME_MAX_LENGTH || length > NAME_MAX_LENGTH)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = smaller(change, smaller(row[j] + 1, row[j + 1] + 1));
        }
    }
    return row[length];
}

const char *hl_opt_nearest(const char *typed, const char *const *words)
{
    const char *best = NULL;
    size_t least = strlen(typed) > 2 ? 3 : 2;
    for (; *words != NULL; words++) {
        size_t d = distance(typed, *words);
        if (d < least) {
            least = d;
            best = *words;
        }
    }
    return best;
}

/* The first of words that begins with what was typed, or NULL. */
static const char *begun(const char *typed, const char *const *words)
{
    size_t length = strlen(typed);
    for (; length >= PREFIX_MIN && *words != NULL; words++)
        if (strncmp(*words, typed, length) == 0)
            return *words;
    return NULL;
}

const char *hl_opt_like(const struct hl_opt_table *tables, const char *typed)
{
    const char *words[WORDS_MAX + 1];
    size_t count = 0;
    for (const struct hl_opt_table *t = tables; t->rows != NULL; t++)
        for (const struct hl_opt *row = t->rows;
             row->name != NULL && count < WORDS_MAX; row++)
            if (row->help != NULL && row->name[0] != '\0')
                words[count++] = row->name;
    words[count] = NULL;
    const char *whole = begun(typed, words);
    return whole != NULL ? whole : hl_opt_nearest(typed, words);
}

static int unknown(const struct hl_opt_table *tables, const char *name,
                   size_t length)
{
    char typed[NAME_MAX_LENGTH];
    snprintf(typed, sizeof(typed), "%.*s", (int)length, name);
    const char *like = hl_opt_like(tables, typed);
    if (like != NULL)
        hl_error("--%s: there is no such option; did you mean --%s?", typed,
                 like);
    else
        hl_error("--%s: there is no such option", typed);
    return HL_EXIT_USAGE;
}

static void join(char *out, size_t size, const char *const *words)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i] != NULL && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "",
                         words[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

void hl_opt_given_name(char out[HL_OPT_GIVEN_SIZE],
                       const struct hl_opt_given *option, const char *file)
{
    if (option->line > 0)
        snprintf(out, HL_OPT_GIVEN_SIZE, "%s:%u: %s", file, option->line,
                 option->row->name);
    else if (option->letter != 0)
        snprintf(out, HL_OPT_GIVEN_SIZE, "-%c", option->letter);
    else
        snprintf(out, HL_OPT_GIVEN_SIZE, "--%s%s", option->off ? "no-" : "",
                 option->row->name);
}

static int no_memory(void)
{
    hl_error("%s", hl_opt_no_memory);
    return HL_EXIT_OTHER;
}

static int complain(const struct hl_opt_given *option, const char *file,
                    const char *why)
{
    if (why == hl_opt_no_memory)
        return no_memory();
    char given[HL_OPT_GIVEN_SIZE];
    char words[256];
    struct hl_buf shown = {0};
    const struct hl_opt *row = option->row;
    hl_secret_mask(&shown, row->secret,
                   option->value != NULL ? option->value : "");
    const char *value = shown.used > 0 && !shown.failed ? shown.data : "";
    hl_opt_given_name(given, option, file);
    if (row->kind == HL_OPT_REFUSED) {
        hl_error("%s: %s", given, why);
    } else if (row->kind == HL_OPT_CHOICE) {
        join(words, sizeof(words), row->words);
        hl_error("%s: '%s' is not one of: %s", given, value, words);
    } else {
        hl_error("%s: '%s' %s", given, value, why);
    }
    hl_buf_release(&shown);
    return HL_EXIT_USAGE;
}

int hl_opt_apply(const struct hl_opt_parsed *parsed, const char *file)
{
    for (size_t i = 0; i < parsed->count; i++) {
        const char *why = set(&parsed->given[i]);
        if (why != NULL)
            return complain(&parsed->given[i], file, why);
    }
    return 0;
}

static int needs_value(const struct hl_opt_given *option)
{
    char given[HL_OPT_GIVEN_SIZE];
    hl_opt_given_name(given, option, "");
    hl_error("%s: needs a value (%s)", given, option->row->argument);
    return HL_EXIT_USAGE;
}

static int keep_or_complain(struct hl_opt_parsed *parsed,
                            const struct hl_opt_given *option)
{
    if (keep(parsed, option) == 0)
        return 0;
    return no_memory();
}

/* Takes what is secret out of *value, which stands in argv, and leaves a copy
 * in its place. @return 0, or 1 without memory. */
static int hide(struct hl_opt_parsed *parsed, enum hl_secret secret,
                char **value)
{
    if (secret == HL_SECRET_NONE || *value == NULL)
        return 0;
    char *copy = strdup(*value);
    if (copy == NULL || hl_opt_strings_add(&parsed->copies, copy) != NULL) {
        free(copy);
        return no_memory();
    }
    hl_secret_blank(secret, *value);
    *value = copy;
    return 0;
}

/* "--name", "--name=value", or "--name" and the next argument. */
static int read_long(const struct hl_opt_table *tables, char **argv, int *index,
                     struct hl_opt_parsed *out)
{
    char *name = argv[*index] + 2;
    size_t length = strcspn(name, "=");
    struct hl_opt_given option = find_name(tables, name, length);
    if (option.row == NULL)
        return unknown(tables, name, length);
    char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (option.row->argument == NULL && value != NULL &&
        option.row->kind != HL_OPT_HELP) {
        hl_error("--%s: takes no value", option.row->name);
        return HL_EXIT_USAGE;
    }
    if (option.row->argument != NULL && value == NULL) {
        value = argv[*index + 1];
        if (value == NULL)
            return needs_value(&option);
        ++*index;
    }
    int r = hide(out, option.row->secret, &value);
    option.value = value;
    return r != 0 ? r : keep_or_complain(out, &option);
}

/* "-abc": flags in one word; the first that takes a value has the rest, or
 * the next argument. */
static int read_short(const struct hl_opt_table *tables, char **argv,
                      int *index, struct hl_opt_parsed *out)
{
    for (char *p = argv[*index] + 1; *p != '\0'; p++) {
        struct hl_opt_given option = find(tables, NULL, 0, *p);
        char *value = NULL;
        if (option.row == NULL) {
            hl_error("-%c: there is no such option", *p);
            return HL_EXIT_USAGE;
        }
        bool takes =
            option.row->argument != NULL && option.row->kind != HL_OPT_REFUSED;
        if (takes) {
            value = p[1] != '\0' ? p + 1 : argv[*index + 1];
            if (value == NULL)
                return needs_value(&option);
            *index += p[1] == '\0';
        }
        int r = hide(out, option.row->secret, &value);
        option.value = value;
        if (r == 0)
            r = keep_or_complain(out, &option);
        if (r != 0 || takes)
            return r;
    }
    return 0;
}

static int read_rest(char *argument, struct hl_opt_parsed *out)
{
    int r = 0;
    if (strchr(argument, '@') != NULL)
        r = hide(out, HL_SECRET_USER, &argument);
    if (r != 0 || hl_opt_strings_add(&out->rest, argument) == NULL)
        return r;
    /* A copy is in out->copies, which clang's analyzer does not see.
     * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    return no_memory();
}

int hl_opt_read(const struct hl_opt_table *tables, int argc, char **argv,
                struct hl_opt_parsed *out)
{
    bool options = true;
    int r = 0;
    *out = (struct hl_opt_parsed){0};
    for (int i = 0; i < argc && r == 0; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strncmp(argv[i], "--", 2) == 0)
            r = read_long(tables, argv, &i, out);
        else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
            r = read_short(tables, argv, &i, out);
        else
            r = read_rest(argv[i], out);
    }
    if (r != 0)
        hl_opt_parsed_release(out);
    return r;
}

int hl_opt_parse(const struct hl_opt_table *tables, int argc, char **argv,
                 struct hl_opt_parsed *out)
{
    int r = hl_opt_read(tables, argc, argv, out);
    if (r != 0)
        return r;
    r = hl_opt_apply(out, NULL);
    if (r != 0)
        hl_opt_parsed_release(out);
    return r;
}
