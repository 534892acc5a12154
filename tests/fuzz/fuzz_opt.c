/*
 * Command lines, an argument a line; \x01 stands for a line break. Over one
 * option of each kind, over all options of get, and over those of compare.
 */
#include "compare/compare_options.h"
#include "fuzz/check.h"
#include "support/get_tables.h"
#include "support/opt_rows.h"
#include "util/header.h"

enum { ARGS_MAX = 64, SECRET_LEAST = 6 };

struct arguments {
    char *text; /* owned */
    char *argv[ARGS_MAX + 1];
    int argc;
};

static void split(struct arguments *out, const char *text)
{
    *out = (struct arguments){.text = strdup(text)};
    check(out->text != NULL, "there is memory");
    for (char *p = out->text; (p = strchr(p, '\n')) != NULL; p++)
        *p = '\0';
    const char *end = out->text + strlen(text);
    for (char *p = out->text; p <= end && out->argc < ARGS_MAX;
         p += strlen(p) + 1) {
        out->argv[out->argc++] = p;
        for (char *c = p; (c = strchr(c, '\x01')) != NULL; c++)
            *c = '\n';
    }
}

static unsigned count_of(const struct arguments *a, const char *word)
{
    unsigned count = 0;
    for (int i = 0; i < a->argc; i++)
        for (const char *p = a->argv[i]; (p = strstr(p, word)) != NULL; p++)
            count++;
    return count;
}

/* What is secret is no longer among the arguments. */
static void check_hidden(const struct hl_opt_parsed *parsed,
                         const struct arguments *after, const char *text)
{
    struct arguments before;
    split(&before, text);
    for (size_t i = 0; i < parsed->count; i++) {
        const struct hl_opt_given *given = &parsed->given[i];
        const char *value = given->value;
        if (value == NULL || given->row->secret != HL_SECRET_REST ||
            strlen(value) < SECRET_LEAST || value[strspn(value, " ")] == '\0')
            continue;
        check(count_of(after, value) < count_of(&before, value),
              "a secret is taken out of the arguments");
    }
    free(before.text);
}

static void check_parsed(const struct opt_values *values,
                         const struct hl_opt_parsed *parsed, int argc)
{
    check(parsed->rest.count <= (size_t)argc, "no more than was given");
    check(values->headers.count <= (size_t)argc, "no more strings either");
    check(parsed->rest.items == NULL ||
              parsed->rest.items[parsed->rest.count] == NULL,
          "an array that ends");
    check(values->mode >= 0 && values->mode < 3, "a word there is");
    check(values->jobs <= 1u << 20, "a count in its limits");
    check(memchr(values->called, '\0', sizeof(values->called)) != NULL,
          "a text that ends");
}

static void parse_kinds(const char *text)
{
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed parsed;
    struct arguments a;
    split(&a, text);
    opt_tables_init(tables, &values);
    int r = hl_opt_parse(tables, a.argc, a.argv, &parsed);
    check(r == 0 || r == 2, "done or refused");
    check(r == 0 || parsed.rest.items == NULL, "nothing of what is refused");
    check_parsed(&values, &parsed, a.argc);
    for (int i = 0; i + 1 < a.argc; i++)
        (void)hl_opt_add(&parsed, tables, a.argv[i], a.argv[i + 1], 1);
    r = hl_opt_apply(&parsed, "file");
    check(r == 0 || r == 2, "done or refused");
    hl_opt_strings_release(&values.headers);
    hl_opt_parsed_release(&parsed);
    free(a.text);
}

static void check_line(const char *text)
{
    check(text == NULL || strpbrk(text, "\r\n") == NULL,
          "a text of a request has no line break");
}

static void check_run(const struct hl_run_options *o)
{
    const char *const lines[] = {
        o->run.user_agent, o->run.user,        o->run.cookie,  o->run.proxy,
        o->run.noproxy,    o->run.accept_type, o->run.retry_on};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        check_line(lines[i]);
    for (size_t i = 0; i < o->resolve.count; i++)
        check_line(o->resolve.items[i]);
    check(hl_headers_objection(o->headers.items) == NULL,
          "a header that was taken is one");
    check(o->run.jobs <= 1u << 20, "a number in its limits");
    (void)haul_options_objection(&o->run);
}

static void parse_get(const char *text)
{
    struct hl_opt_table tables[GET_TABLES];
    struct hl_get_options options;
    struct hl_opt_parsed parsed;
    struct arguments a;
    split(&a, text);
    get_tables_init(tables, &options);
    int r = hl_opt_read(tables, a.argc, a.argv, &parsed);
    if (r == 0) {
        check_hidden(&parsed, &a, text);
        r = hl_opt_apply(&parsed, NULL);
    }
    check(r == 0 || r == 2, "done or refused");
    check_run(&options.run);
    hl_opt_parsed_release(&parsed);
    get_tables_release(&options);
    free(a.text);
}

static void parse_compare(const char *text)
{
    struct hl_compare_options options = {.runs = 1};
    const struct hl_opt_table tables[] = {
        {"What", hl_compare_rows, &options},
        {"The embedded origin", hl_local_rows, &options.origin},
        {0},
    };
    struct hl_opt_parsed parsed;
    struct arguments a;
    split(&a, text);
    int r = hl_opt_parse(tables, a.argc, a.argv, &parsed);
    /* A list would be read. */
    if (r == 0 && options.inputs.count == 0)
        r = hl_compare_options_check(&options, &parsed.rest);
    check(r == 0 || r == 2, "done or refused");
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&options.inputs);
    free(a.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    /* What the user is told is of no interest here. */
    FILE *kept = stderr;
    FILE *nowhere = fopen("/dev/null", "we");
    stderr = nowhere != NULL ? nowhere : kept;
    parse_kinds(text);
    parse_get(text);
    parse_compare(text);
    stderr = kept;
    if (nowhere != NULL)
        fclose(nowhere);
    free(text);
    return 0;
}
