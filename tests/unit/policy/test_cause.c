/* The causes of failures: how lasting each is, and under which options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/cause.h"

static void every_error_has_its_cause(void **state)
{
    static const enum hl_cause causes[HAUL_ERROR_COUNT] = {
        [HAUL_OK] = HL_CAUSE_FINAL,
        [HAUL_ERR_DNS] = HL_CAUSE_PASSING,
        [HAUL_ERR_NODOMAIN] = HL_CAUSE_FINAL,
        [HAUL_ERR_CONNECT] = HL_CAUSE_PASSING,
        [HAUL_ERR_TLS] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_TIMEOUT] = HL_CAUSE_PASSING,
        [HAUL_ERR_STALLED] = HL_CAUSE_PASSING,
        [HAUL_ERR_HTTP] = HL_CAUSE_FINAL,
        [HAUL_ERR_REDIRECT] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_TRUNCATED] = HL_CAUSE_PASSING,
        [HAUL_ERR_PROTOCOL] = HL_CAUSE_PASSING,
        [HAUL_ERR_CHECKSUM] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_TOO_LARGE] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_TYPE] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_BLOCKED] = HL_CAUSE_OPTIONS,
        [HAUL_ERR_HOST] = HL_CAUSE_PASSING,
        [HAUL_ERR_NAME] = HL_CAUSE_FINAL,
        [HAUL_ERR_IO] = HL_CAUSE_LOCAL,
        [HAUL_ERR_DISK_FULL] = HL_CAUSE_LOCAL,
        [HAUL_ERR_CANCELLED] = HL_CAUSE_LOCAL,
        [HAUL_ERR_WORKER] = HL_CAUSE_PASSING,
        [HAUL_ERR_PROXY] = HL_CAUSE_PASSING,
    };
    (void)state;
    for (int i = 0; i < HAUL_ERROR_COUNT; i++) {
        print_message("%d %s\n", i, haul_error_text((enum haul_error)i));
        assert_int_equal(hl_cause_of((enum haul_error)i, 404), causes[i]);
    }
}

static void every_word_names_its_error(void **state)
{
    (void)state;
    for (int i = 1; i < HAUL_ERROR_COUNT; i++)
        assert_int_equal(hl_cause_error(haul_error_word((enum haul_error)i)),
                         i);
    assert_int_equal(hl_cause_error("nonsense"), HAUL_OK);
    assert_int_equal(hl_cause_error(""), HAUL_OK);
    assert_int_equal(hl_cause_error(NULL), HAUL_OK);
}

static struct haul_options resolved(const struct haul_options *given)
{
    struct haul_options options = *given;
    hl_cause_resolve(&options);
    return options;
}

static bool is_final(const struct hl_failure *failure,
                     const struct haul_options *given, const char *checksum)
{
    const struct haul_options options = resolved(given);
    return hl_cause_is_final(failure, &options, checksum);
}

/* As a run with these options records it. */
static struct hl_failure failed_under(const struct haul_options *given,
                                      enum haul_error error, const char *sha256)
{
    static char options_hash[HL_OPTIONS_HASH_SIZE];
    const struct haul_options options = resolved(given);
    hl_cause_options_hash(options_hash, &options, error, sha256);
    return (struct hl_failure){
        .error = error, .http_status = 404, .options_hash = options_hash};
}

static void what_no_option_changed_stays_failed(void **state)
{
    static const struct haul_options given = {0};
    static const struct {
        enum haul_error error;
        struct haul_options now;
    } cases[] = {
        {HAUL_ERR_TLS, {.insecure = true}},
        {HAUL_ERR_TYPE, {.accept_type = "image/*"}},
        {HAUL_ERR_TOO_LARGE, {.max_filesize = 7}},
        {HAUL_ERR_BLOCKED, {.block_private = true}},
        {HAUL_ERR_REDIRECT, {.max_redirs = HAUL_NONE}},
        {HAUL_ERR_REDIRECT, {.proto_redir = "=http,https"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_failure failure = failed_under(&given, cases[i].error, NULL);
        assert_true(is_final(&failure, &given, NULL));
        assert_false(is_final(&failure, &cases[i].now, NULL));
        failure = failed_under(&cases[i].now, cases[i].error, NULL);
        assert_true(is_final(&failure, &cases[i].now, NULL));
        assert_false(is_final(&failure, &given, NULL));
    }
    struct hl_failure failure = failed_under(&given, HAUL_ERR_CHECKSUM, "00");
    assert_true(is_final(&failure, &given, "00"));
    assert_false(is_final(&failure, &given, "01"));
    failure = failed_under(&given, HAUL_ERR_HTTP, NULL);
    assert_true(is_final(&failure, &cases[0].now, NULL));
    failure.http_status = 503;
    assert_false(is_final(&failure, &given, NULL));
}

static void a_list_has_statuses_and_words(void **state)
{
    static const char *const sound[] = {
        NULL, "", "404", "5xx", "4xx,name", "connect", "5xx,404,connect,"};
    static const char *const unsound[] = {
        "099", "4040", "connec", ",", "3xx", "4XX", "ok", "404,,5xx", "404 "};
    (void)state;
    for (size_t i = 0; i < sizeof(sound) / sizeof(*sound); i++)
        assert_true(hl_cause_list_is_sound(sound[i]));
    for (size_t i = 0; i < sizeof(unsound) / sizeof(*unsound); i++)
        assert_false(hl_cause_list_is_sound(unsound[i]));
    assert_true(hl_cause_is_listed("404,5xx", 503, "http"));
    assert_true(hl_cause_is_listed("4xx", 404, "http"));
    assert_true(hl_cause_is_listed("dns,4xx", 499, "http"));
    assert_false(hl_cause_is_listed("4xx", 503, "http"));
    assert_false(hl_cause_is_listed("4xx", 0, "dns"));
    assert_true(hl_cause_is_listed("404,connect", 0, "connect"));
    assert_false(hl_cause_is_listed("404,connect", 403, "http"));
    assert_false(hl_cause_is_listed(NULL, 503, "http"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_cause),
        cmocka_unit_test(every_word_names_its_error),
        cmocka_unit_test(what_no_option_changed_stays_failed),
        cmocka_unit_test(a_list_has_statuses_and_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
