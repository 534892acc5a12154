/* The option parser: what is understood, and what the user is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/help.h"
#include "support/opt_rows.h"

enum { ARGS_MAX = 16 };

/* One command line, taken apart. */
struct line {
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed parsed;
    char strings[ARGS_MAX][128]; /* what argv points at */
    char said[512];              /* on stderr */
    int r;
};

/* What f() writes to *stream, cut to size. */
static void capture(FILE **stream, char *out, size_t size, void (*f)(void *arg),
                    void *arg)
{
    char *text = NULL;
    size_t length = 0;
    FILE *kept = *stream;
    *stream = open_memstream(&text, &length);
    assert_non_null(*stream);
    f(arg);
    fclose(*stream);
    *stream = kept;
    snprintf(out, size, "%s", text);
    free(text);
}

struct call {
    struct line *line;
    const char *const *args;
};

static void run(void *arg)
{
    struct call *call = arg;
    char *argv[ARGS_MAX + 1] = {NULL};
    int argc = 0;
    for (; call->args[argc] != NULL; argc++) {
        assert_true(argc < ARGS_MAX);
        argv[argc] = call->line->strings[argc];
        snprintf(argv[argc], sizeof(*call->line->strings), "%s",
                 call->args[argc]);
    }
    call->line->r =
        hl_opt_parse(call->line->tables, argc, argv, &call->line->parsed);
}

static void parse(struct line *line, const char *const *args)
{
    opt_tables_init(line->tables, &line->values);
    capture(&stderr, line->said, sizeof(line->said), run,
            &(struct call){line, args});
}

#define PARSE(line, ...) parse(line, (const char *const[]){__VA_ARGS__, NULL})

static void release(struct line *line)
{
    hl_opt_strings_release(&line->values.headers);
    hl_opt_parsed_release(&line->parsed);
}

static void good(struct line *line)
{
    assert_string_equal(line->said, "");
    assert_int_equal(line->r, 0);
    release(line);
}

/* Refused with one line that has this in it. */
static void refused(struct line *line, const char *why)
{
    print_message("%s", line->said);
    assert_int_equal(line->r, 2);
    assert_non_null(strstr(line->said, why));
    assert_ptr_equal(strchr(line->said, '\n'),
                     line->said + strlen(line->said) - 1);
    assert_null(line->parsed.rest.items);
    release(line);
}

static void an_option_has_a_long_and_a_short_form(void **state)
{
    static const char *const forms[][3] = {
        {"--jobs", "12", NULL}, {"--jobs=12", NULL}, {"-j", "12", NULL},
        {"-j12", NULL},         {"-qj12", NULL},     {"-qvj", "12", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        struct line line;
        parse(&line, forms[i]);
        assert_int_equal(line.values.jobs, 12);
        assert_int_equal(line.values.quiet, strstr(forms[i][0], "q") != NULL);
        assert_int_equal(line.parsed.rest.count, 0);
        good(&line);
    }
}

static void a_value_may_be_empty_or_look_like_an_option(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "--header=", "--header", "-q", "-H--jobs=1", "-H", "--",
          "--header=a=b");
    assert_int_equal(line.values.headers.count, 5);
    const char *const *items = line.values.headers.items;
    assert_string_equal(items[0], "");
    assert_string_equal(items[1], "-q");
    assert_string_equal(items[2], "--jobs=1");
    assert_string_equal(items[3], "--");
    assert_string_equal(items[4], "a=b");
    assert_null(items[5]);
    assert_false(line.values.quiet);
    good(&line);
}

static void the_last_of_several_counts(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "-j1", "--jobs", "2", "-mthreads", "--mode=async", "-qq");
    assert_int_equal(line.values.jobs, 2);
    assert_int_equal(line.values.mode, 0);
    assert_true(line.values.quiet);
    good(&line);
}

static void what_is_no_option_keeps_its_order(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "one", "-q", "-", "", "--", "-v", "--", "--nonsense");
    assert_true(line.values.quiet);
    assert_false(line.values.verbose);
    assert_int_equal(line.parsed.rest.count, 6);
    assert_string_equal(line.parsed.rest.items[0], "one");
    assert_string_equal(line.parsed.rest.items[1], "-");
    assert_string_equal(line.parsed.rest.items[2], "");
    assert_string_equal(line.parsed.rest.items[3], "-v");
    assert_string_equal(line.parsed.rest.items[4], "--");
    assert_string_equal(line.parsed.rest.items[5], "--nonsense");
    assert_null(line.parsed.rest.items[6]);
    good(&line);
}

static void every_kind_fills_its_member(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "--dir=/tmp", "--size=1.5M", "--limit=64K", "--wait=1.5s",
          "--work=20ms", "--a-timeout-with-a-long-name=2m", "--latency=1us",
          "--mode=processes", "--call=me", "--retry=3", "-L", "--location");
    assert_int_equal(line.values.size, 1572864);
    assert_int_equal(line.values.limit, 65536);
    assert_int_equal(line.values.wait_ms, 1500);
    assert_int_equal(line.values.work_us, 20000);
    assert_int_equal(line.values.timeout_s, 120);
    assert_int_equal(line.values.latency_ns, 1000);
    assert_int_equal(line.values.mode, 2);
    assert_string_equal(line.values.called, "me");
    assert_int_equal(line.values.retry, 3);
    good(&line);
}

static void nothing_is_told_from_not_given(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "--retry=0", "--limit=0", "--a-timeout-with-a-long-name=0",
          "--jobs=0", "--wait=0");
    assert_int_equal(line.values.retry, UINT32_MAX);
    assert_int_equal(line.values.limit, UINT32_MAX);
    assert_int_equal(line.values.timeout_s, UINT32_MAX);
    assert_int_equal(line.values.jobs, 0);
    assert_int_equal(line.values.wait_ms, 0);
    good(&line);
}

/* Less than the least that can be told is that. */
static void a_duration_is_rounded_up(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "--wait=1us", "--work=1ns",
          "--a-timeout-with-a-long-name=1.001", "--latency=1ns");
    assert_int_equal(line.values.wait_ms, 1);
    assert_int_equal(line.values.work_us, 1);
    assert_int_equal(line.values.timeout_s, 2);
    assert_int_equal(line.values.latency_ns, 1);
    good(&line);
}

static void a_wrong_value_is_named(void **state)
{
    static const struct {
        const char *arg;
        const char *why;
    } cases[] = {
        {"--jobs=x", "--jobs: 'x' is not a number"},
        {"--jobs=-1", "--jobs: '-1' is not a number"},
        {"--jobs=", "--jobs: '' is not a number"},
        {"--jobs=1048577", "is not a number from 0 to 1048576"},
        {"-j1.5", "-j: '1.5' is not a number"},
        {"--size=1X", "--size: '1X' is not a size"},
        {"--limit=4G", "--limit: '4G' is too large"},
        {"--wait=soon", "--wait: 'soon' is not a time"},
        {"--wait=60d", "--wait: '60d' is too long"},
        {"--latency=-1", "is not a time"},
        {"--mode=fast",
         "--mode: 'fast' is not one of: async, threads, processes"},
        {"--mode=asyn", "is not one of: async"},
        {"--mode=", "--mode: '' is not one of"},
        {"--call=sixteen-letters-", "--call: 'sixteen-letters-' is too long"},
        {"--quiet=yes", "--quiet: takes no value"},
        {"--quiet=", "--quiet: takes no value"},
        {"--jobs", "--jobs: needs a value (N)"},
        {"-j", "-j: needs a value (N)"},
        {"-qj", "-j: needs a value (N)"},
        {"-H", "-H: needs a value (LINE)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct line line;
        PARSE(&line, cases[i].arg);
        refused(&line, cases[i].why);
    }
}

static void an_unknown_option_gets_a_suggestion(void **state)
{
    static const struct {
        const char *arg;
        const char *why;
    } cases[] = {
        {"--job", "did you mean --jobs?"},
        {"--jobs2=3", "did you mean --jobs?"},
        {"--verbos", "did you mean --verbose?"},
        {"--vrebose", "did you mean --verbose?"},
        {"--headers", "did you mean --header?"},
        {"--hea", "did you mean --header?"},
        {"--nonsense", "there is no such option"},
        {"--x", "there is no such option"},
        {"--=3", "there is no such option"},
        {"--JOBS=3", "there is no such option"},
        {"-X", "-X: there is no such option"},
        {"-qX", "-X: there is no such option"},
        /* Accepted for another tool's sake: not worth a suggestion. */
        {"--locatio", "there is no such option"},
        {"-Z", "use --jobs instead"},
        {"-qZ", "use --jobs instead"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct line line;
        PARSE(&line, cases[i].arg);
        refused(&line, cases[i].why);
    }
}

static void what_is_told_cannot_write_to_a_terminal(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "--jobs=\x1b[31m\n");
    refused(&line, "'\\x1b[31m\\x0a'");
    PARSE(&line, "--\x1b[31m");
    refused(&line, "--\\x1b[31m");
}

static void arguments_before_a_mistake_are_freed(void **state)
{
    struct line line;
    (void)state;
    PARSE(&line, "one", "-Hone", "two", "--nonsense");
    refused(&line, "--nonsense");
}

static void config_lines_set_options(void **state)
{
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed lines = {0};
    (void)state;
    opt_tables_init(tables, &values);
    assert_null(hl_opt_add(&lines, tables, "jobs", "7", 1));
    assert_null(hl_opt_add(&lines, tables, "quiet", NULL, 2));
    assert_null(hl_opt_add(&lines, tables, "mode", "threads", 3));
    assert_false(values.quiet);
    assert_int_equal(hl_opt_apply(&lines, "file"), 0);
    assert_int_equal(values.jobs, 7);
    assert_true(values.quiet);
    assert_int_equal(values.mode, 1);
    assert_null(hl_opt_add(&lines, tables, "quiet", "no", 4));
    assert_int_equal(hl_opt_apply(&lines, "file"), 0);
    assert_false(values.quiet);
    assert_null(hl_opt_add(&lines, tables, "no-quiet", "off", 5));
    assert_int_equal(hl_opt_apply(&lines, "file"), 0);
    assert_true(values.quiet);
    assert_null(hl_opt_add(&lines, tables, "jobs", "many", 6));
    assert_int_equal(hl_opt_apply(&lines, "file"), 2);
    hl_opt_parsed_release(&lines);
}

static void config_lines_that_are_no_options_are_refused(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        const char *why;
    } bad[] = {
        {"nonsense", "1", "no such option"},
        {"", NULL, "no such option"},
        {"no-jobs", NULL, "no such option"},
        {"jobs", NULL, "needs a value"},
        {"quiet", "perhaps", "takes only yes or no"},
    };
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed lines = {0};
    (void)state;
    opt_tables_init(tables, &values);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *why =
            hl_opt_add(&lines, tables, bad[i].name, bad[i].value, 1);
        assert_non_null(why);
        assert_non_null(strstr(why, bad[i].why));
    }
    assert_int_equal(lines.count, 0);
    hl_opt_parsed_release(&lines);
}

static void a_near_word_is_found(void **state)
{
    static const char *const words[] = {"get", "compare", "serve", "page",
                                        NULL};
    static const struct {
        const char *typed;
        const char *nearest;
    } cases[] = {
        {"compare", "compare"},
        {"compar", "compare"},
        {"comapre", "compare"},
        {"serv", "serve"},
        {"pge", "page"},
        {"gt", "get"},
        {"g", NULL},
        {"", NULL},
        {"download", NULL},
        {"a-word-that-is-longer-than-any-name-could-sensibly-be-in-here-at-all",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *near = hl_opt_nearest(cases[i].typed, words);
        print_message("%s\n", cases[i].typed);
        if (cases[i].nearest == NULL)
            assert_null(near);
        else
            assert_string_equal(near, cases[i].nearest);
    }
}

static void show_help(void *command)
{
    hl_help_print(command);
}

static void help_shows_what_can_be_used(void **state)
{
    struct hl_opt_table tables[3];
    struct opt_values values;
    char help[2048];
    (void)state;
    struct hl_opt_command command = {.usage = "haul test: an example",
                                     .tables = tables};
    opt_tables_init(tables, &values);
    fflush(stdout);
    capture(&stdout, help, sizeof(help), show_help, &command);
    assert_int_equal(strncmp(help, "haul test: an example\n\nFirst:\n", 30), 0);
    assert_non_null(strstr(help, "\nFirst:\n"));
    assert_non_null(strstr(help, "  -j, --jobs N"));
    assert_non_null(strstr(help, "      --retry N"));
    /* A row too long for its column goes on below. */
    assert_non_null(
        strstr(help, "  --a-timeout-with-a-long-name SECONDS\n     "));
    assert_null(strstr(help, "location"));
    assert_null(strstr(help, "-Z"));
    for (const char *p = help; *p != '\0'; p += strcspn(p, "\n") + 1)
        assert_true(strcspn(p, "\n") <= 79);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_has_a_long_and_a_short_form),
        cmocka_unit_test(a_value_may_be_empty_or_look_like_an_option),
        cmocka_unit_test(the_last_of_several_counts),
        cmocka_unit_test(what_is_no_option_keeps_its_order),
        cmocka_unit_test(every_kind_fills_its_member),
        cmocka_unit_test(nothing_is_told_from_not_given),
        cmocka_unit_test(a_duration_is_rounded_up),
        cmocka_unit_test(a_wrong_value_is_named),
        cmocka_unit_test(an_unknown_option_gets_a_suggestion),
        cmocka_unit_test(what_is_told_cannot_write_to_a_terminal),
        cmocka_unit_test(arguments_before_a_mistake_are_freed),
        cmocka_unit_test(config_lines_set_options),
        cmocka_unit_test(config_lines_that_are_no_options_are_refused),
        cmocka_unit_test(a_near_word_is_found),
        cmocka_unit_test(help_shows_what_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
