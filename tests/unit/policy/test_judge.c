/* What follows from a reply: every cause, every circumstance, every wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/judge.h"
#include "run/options.h"

static const struct haul_options options = {
    .retry = 2, .retry_delay_ms = 1000, .retry_max_delay_ms = 60000};
static const struct hl_circumstances calm = {0};

static struct hl_reply failure(enum haul_error error)
{
    return (struct hl_reply){.error = error};
}

static struct hl_reply status(long http_status)
{
    return (struct hl_reply){
        .error = HAUL_ERR_HTTP, .http_status = http_status, .answered = true};
}

static enum hl_next judge(struct hl_task *task, struct hl_reply reply)
{
    return hl_judge(task, &reply, &options, &calm);
}

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
    };
    (void)state;
    for (int i = 0; i < HAUL_ERROR_COUNT; i++) {
        print_message("%d %s\n", i, haul_error_text((enum haul_error)i));
        assert_int_equal(hl_judge_cause((enum haul_error)i, 404), causes[i]);
    }
}

static void some_statuses_pass(void **state)
{
    static const long passing[] = {202, 408, 425, 429, 500, 502, 503, 504, 599};
    static const long final[] = {0,   200, 201, 204, 205, 206, 207, 226, 300,
                                 304, 400, 401, 403, 404, 409, 410, 416, 418,
                                 424, 426, 428, 430, 451, 499, 600, 999};
    (void)state;
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++) {
        struct hl_task task = {0};
        assert_int_equal(hl_judge_cause(HAUL_ERR_HTTP, passing[i]),
                         HL_CAUSE_PASSING);
        assert_int_equal(judge(&task, status(passing[i])), HL_NEXT_RETRY);
    }
    for (size_t i = 0; i < sizeof(final) / sizeof(*final); i++) {
        struct hl_task task = {0};
        assert_int_equal(hl_judge_cause(HAUL_ERR_HTTP, final[i]),
                         HL_CAUSE_FINAL);
        assert_int_equal(judge(&task, status(final[i])), HL_NEXT_FAILED);
    }
}

/* Not again in this run, but in the next, which may know the password. */
static void a_proxy_that_wants_a_password_says_nothing_of_the_url(void **state)
{
    const struct hl_journal_entry entry = {
        .state = HL_JOURNAL_FAILED, .error = "http", .http_status = 407};
    struct hl_task task = {0};
    (void)state;
    assert_int_equal(hl_judge_cause(HAUL_ERR_HTTP, 407), HL_CAUSE_LOCAL);
    assert_int_equal(judge(&task, status(407)), HL_NEXT_FAILED);
    assert_false(hl_journal_is_final(&entry, &(struct haul_options){0}, NULL));
}

static void every_word_names_its_error(void **state)
{
    (void)state;
    for (int i = 1; i < HAUL_ERROR_COUNT; i++)
        assert_int_equal(hl_journal_error(haul_error_word((enum haul_error)i)),
                         i);
    assert_int_equal(hl_journal_error("nonsense"), HAUL_OK);
    assert_int_equal(hl_journal_error(""), HAUL_OK);
    assert_int_equal(hl_journal_error(NULL), HAUL_OK);
}

static void a_good_reply_ends_the_task(void **state)
{
    struct hl_task task = {0};
    (void)state;
    assert_int_equal(judge(&task, failure(HAUL_OK)), HL_NEXT_DONE);
    assert_int_equal(task.tries, 1);
}

static void an_attempt_is_the_first_and_the_retries(void **state)
{
    struct hl_task task = {0};
    (void)state;
    assert_int_equal(judge(&task, failure(HAUL_ERR_CONNECT)), HL_NEXT_RETRY);
    assert_int_equal(judge(&task, failure(HAUL_ERR_TIMEOUT)), HL_NEXT_RETRY);
    assert_int_equal(judge(&task, failure(HAUL_ERR_DNS)), HL_NEXT_FAILED);
    assert_int_equal(task.tries, 3);
    assert_int_equal(task.attempts, 3);
}

static void what_is_final_is_not_tried_again(void **state)
{
    static const enum haul_error errors[] = {
        HAUL_ERR_NODOMAIN,  HAUL_ERR_TLS,    HAUL_ERR_REDIRECT,
        HAUL_ERR_CHECKSUM,  HAUL_ERR_TYPE,   HAUL_ERR_TOO_LARGE,
        HAUL_ERR_BLOCKED,   HAUL_ERR_NAME,   HAUL_ERR_IO,
        HAUL_ERR_DISK_FULL, HAUL_ERR_WORKER,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        struct hl_task task = {0};
        assert_int_equal(judge(&task, failure(errors[i])), HL_NEXT_FAILED);
    }
}

static void retry_on_adds_to_what_passes(void **state)
{
    static const struct {
        const char *list;
        struct hl_reply reply;
        enum hl_next next;
    } cases[] = {
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 404}, HL_NEXT_RETRY},
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 403}, HL_NEXT_FAILED},
        {"5xx,403",
         {.error = HAUL_ERR_HTTP, .http_status = 403},
         HL_NEXT_RETRY},
        {"tls", {.error = HAUL_ERR_TLS}, HL_NEXT_RETRY},
        {"403,tls", {.error = HAUL_ERR_TLS}, HL_NEXT_RETRY},
        {"403,tls", {.error = HAUL_ERR_TYPE}, HL_NEXT_FAILED},
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 503}, HL_NEXT_RETRY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct haul_options o = options;
        struct hl_task task = {0};
        o.retry_on = cases[i].list;
        assert_int_equal(hl_judge(&task, &cases[i].reply, &o, &calm),
                         cases[i].next);
    }
}

static void progress_is_no_attempt(void **state)
{
    enum { STEP = 64 * 1024 };
    struct hl_task task = {0};
    struct hl_reply reply = failure(HAUL_ERR_TRUNCATED);
    (void)state;
    for (int i = 1; i <= 10; i++) {
        reply.bytes += STEP;
        assert_int_equal(judge(&task, reply), HL_NEXT_RETRY);
        assert_int_equal(task.attempts, 0);
        assert_int_equal(task.tries, i);
        assert_int_equal(task.best_part, reply.bytes);
    }
    /* One byte less than a step, and the same part again, do count. */
    reply.bytes += STEP - 1;
    assert_int_equal(judge(&task, reply), HL_NEXT_RETRY);
    assert_int_equal(task.attempts, 1);
    assert_int_equal(judge(&task, reply), HL_NEXT_RETRY);
    /* So does a part that had to begin anew. */
    reply.bytes = STEP;
    assert_int_equal(judge(&task, reply), HL_NEXT_FAILED);
}

static void what_says_nothing_of_the_url_is_not_counted(void **state)
{
    static const struct hl_circumstances rotated = {.rotated = true};
    static const struct hl_circumstances offline = {.offline = true};
    static const struct hl_circumstances ending = {.stopping = true,
                                                   .offline = true};
    struct hl_task task = {0};
    struct hl_reply unreachable = failure(HAUL_ERR_CONNECT);
    struct hl_reply answer = status(404);
    struct hl_reply exhausted = {.error = HAUL_ERR_IO, .exhausted = true};
    (void)state;
    assert_int_equal(hl_judge(&task, &unreachable, &options, &rotated),
                     HL_NEXT_AGAIN);
    assert_int_equal(hl_judge(&task, &unreachable, &options, &offline),
                     HL_NEXT_AGAIN);
    assert_int_equal(hl_judge(&task, &exhausted, &options, &calm),
                     HL_NEXT_AGAIN);
    assert_int_equal(hl_judge(&task, &unreachable, &options, &ending),
                     HL_NEXT_LEFT);
    assert_int_equal(task.attempts, 0);
    /* Who answers is there, whatever the others do. */
    assert_int_equal(hl_judge(&task, &answer, &options, &offline),
                     HL_NEXT_FAILED);
}

static void an_end_leaves_what_would_be_tried_again(void **state)
{
    static const struct hl_circumstances stopping = {.stopping = true};
    static const struct {
        struct hl_reply reply;
        enum hl_next next;
    } cases[] = {
        {{.error = HAUL_ERR_CONNECT}, HL_NEXT_LEFT},
        {{.error = HAUL_ERR_CANCELLED}, HL_NEXT_LEFT},
        {{.error = HAUL_ERR_HTTP, .http_status = 404}, HL_NEXT_FAILED},
        {{.error = HAUL_OK}, HL_NEXT_DONE},
    };
    struct hl_task task = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(hl_judge(&task, &cases[i].reply, &options, &stopping),
                         cases[i].next);
    /* What was cancelled is no attempt. */
    assert_int_equal(task.tries, 3);
}

static void redirects_and_taken_names_are_not_counted(void **state)
{
    struct hl_task task = {0};
    struct hl_reply redirect = {.error = HAUL_ERR_REDIRECT,
                                .http_status = 302,
                                .location = "http://h/next"};
    struct hl_reply taken = {.error = HAUL_ERR_IO, .exists = true};
    (void)state;
    assert_int_equal(judge(&task, redirect), HL_NEXT_REDIRECT);
    assert_int_equal(judge(&task, taken), HL_NEXT_RENAME);
    assert_int_equal(task.tries, 0);
    redirect.location = NULL;
    assert_int_equal(judge(&task, redirect), HL_NEXT_FAILED);
}

static void a_reply_tells_of_its_host(void **state)
{
    static const struct {
        struct hl_reply reply;
        enum hl_host_answer answer;
        bool is_silence;
        bool is_life;
    } cases[] = {
        {{.http_status = 200, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         false,
         true},
        {{.error = HAUL_ERR_HTTP, .http_status = 404, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         false,
         true},
        {{.error = HAUL_ERR_HTTP, .http_status = 429, .answered = true},
         HL_HOST_ANSWER_BUSY,
         false,
         true},
        {{.error = HAUL_ERR_HTTP, .http_status = 503, .answered = true},
         HL_HOST_ANSWER_BUSY,
         false,
         true},
        {{.error = HAUL_ERR_HTTP, .http_status = 500, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         false,
         true},
        {{.error = HAUL_ERR_CONNECT, .connect_failed = true},
         HL_HOST_ANSWER_UNREACHABLE,
         true,
         false},
        {{.error = HAUL_ERR_TLS, .connect_failed = true},
         HL_HOST_ANSWER_UNREACHABLE,
         true,
         false},
        {{.error = HAUL_ERR_CONNECT}, HL_HOST_ANSWER_NONE, true, true},
        {{.error = HAUL_ERR_STALLED}, HL_HOST_ANSWER_NONE, true, true},
        {{.error = HAUL_ERR_STALLED, .reused = true},
         HL_HOST_ANSWER_NONE,
         true,
         false},
        {{.error = HAUL_ERR_STALLED, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         true,
         true},
        {{.error = HAUL_ERR_IO}, HL_HOST_ANSWER_NONE, false, false},
        {{.error = HAUL_ERR_CANCELLED}, HL_HOST_ANSWER_NONE, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(hl_judge_host_answer(&cases[i].reply),
                         cases[i].answer);
        assert_int_equal(hl_judge_is_silence(&cases[i].reply),
                         cases[i].is_silence);
        assert_int_equal(hl_judge_is_life(&cases[i].reply), cases[i].is_life);
    }
}

/* The wait is random, from nothing to a bound that doubles. */
static void jitter_has_the_whole_width(void **state)
{
    static const uint64_t bounds[] = {0,     1000,  2000,  4000,  8000,
                                      16000, 32000, 60000, 60000, 60000};
    const struct hl_reply reply = failure(HAUL_ERR_CONNECT);
    (void)state;
    for (uint32_t n = 1; n < sizeof(bounds) / sizeof(*bounds); n++) {
        const struct hl_task task = {.attempts = n};
        uint64_t most = bounds[n];
        assert_int_equal(hl_judge_delay_ms(&task, &reply, &options, 0), 0);
        assert_int_equal(hl_judge_delay_ms(&task, &reply, &options, most),
                         most);
        assert_int_equal(hl_judge_delay_ms(&task, &reply, &options, most + 1),
                         0);
        uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
        for (int i = 0; i < 1000; i++, random *= UINT64_C(0xd1342543de82ef95))
            assert_in_range(hl_judge_delay_ms(&task, &reply, &options, random),
                            0, most);
    }
}

static void the_extremes_of_a_delay_do_not_overflow(void **state)
{
    static const struct {
        uint32_t attempts;
        uint32_t first_ms;
        uint32_t most_ms;
        uint64_t bound;
    } cases[] = {
        {0, 1000, 60000, 1000},
        {1000000, 1000, 60000, 60000},
        {64, UINT32_MAX, UINT32_MAX, UINT32_MAX},
        {100, 1, UINT32_MAX, UINT32_MAX},
        {5, 0, 60000, 0},
        {1, 5000, 1000, 1000},
    };
    const struct hl_reply reply = failure(HAUL_ERR_CONNECT);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct hl_task task = {.attempts = cases[i].attempts};
        const struct haul_options o = {.retry_delay_ms = cases[i].first_ms,
                                       .retry_max_delay_ms = cases[i].most_ms};
        assert_int_equal(hl_judge_delay_ms(&task, &reply, &o, cases[i].bound),
                         cases[i].bound);
        assert_in_range(hl_judge_delay_ms(&task, &reply, &o, UINT64_MAX), 0,
                        cases[i].bound);
    }
}

static void a_server_that_asks_for_time_gets_it(void **state)
{
    const struct hl_task task = {.attempts = 1};
    struct hl_reply reply = status(503);
    (void)state;
    assert_int_equal(hl_judge_pause_ms(&reply), 0);
    reply.retry_after_s = 7;
    assert_int_equal(hl_judge_pause_ms(&reply), 7000);
    assert_int_equal(hl_judge_delay_ms(&task, &reply, &options, 0), 7000);
    assert_int_equal(hl_judge_delay_ms(&task, &reply, &options, 1000), 7000);
    /* A longer wait of our own is kept. */
    const struct hl_task late = {.attempts = 5};
    assert_int_equal(hl_judge_delay_ms(&late, &reply, &options, 16000), 16000);
    /* An hour is what a server may ask for. */
    reply.retry_after_s = 3601;
    assert_int_equal(hl_judge_pause_ms(&reply), 3600 * 1000);
    reply.retry_after_s = UINT32_MAX;
    assert_int_equal(hl_judge_pause_ms(&reply), 3600 * 1000);
}

/* As a run with these options records it. */
static struct hl_journal_entry failed_under(const struct haul_options *given,
                                            enum haul_error error,
                                            const char *sha256)
{
    static char options_hash[HL_OPTIONS_HASH_SIZE];
    struct haul_options resolved;
    assert_int_equal(hl_options_resolve(&resolved, given), 0);
    hl_options_hash(options_hash, &resolved, error, sha256);
    hl_options_release(&resolved);
    return (struct hl_journal_entry){.state = HL_JOURNAL_FAILED,
                                     .error = haul_error_word(error),
                                     .http_status = 404,
                                     .options_hash = options_hash};
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
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_journal_entry entry =
            failed_under(&given, cases[i].error, NULL);
        assert_true(hl_journal_is_final(&entry, &given, NULL));
        assert_false(hl_journal_is_final(&entry, &cases[i].now, NULL));
        entry = failed_under(&cases[i].now, cases[i].error, NULL);
        assert_true(hl_journal_is_final(&entry, &cases[i].now, NULL));
        assert_false(hl_journal_is_final(&entry, &given, NULL));
    }
    struct hl_journal_entry entry =
        failed_under(&given, HAUL_ERR_CHECKSUM, "00");
    assert_true(hl_journal_is_final(&entry, &given, "00"));
    assert_false(hl_journal_is_final(&entry, &given, "01"));
    entry = failed_under(&given, HAUL_ERR_HTTP, NULL);
    assert_true(hl_journal_is_final(&entry, &cases[0].now, NULL));
    entry.http_status = 503;
    assert_false(hl_journal_is_final(&entry, &given, NULL));
    entry = (struct hl_journal_entry){.state = HL_JOURNAL_DONE};
    assert_false(hl_journal_is_final(&entry, &given, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_cause),
        cmocka_unit_test(some_statuses_pass),
        cmocka_unit_test(a_proxy_that_wants_a_password_says_nothing_of_the_url),
        cmocka_unit_test(every_word_names_its_error),
        cmocka_unit_test(a_good_reply_ends_the_task),
        cmocka_unit_test(an_attempt_is_the_first_and_the_retries),
        cmocka_unit_test(what_is_final_is_not_tried_again),
        cmocka_unit_test(retry_on_adds_to_what_passes),
        cmocka_unit_test(progress_is_no_attempt),
        cmocka_unit_test(what_says_nothing_of_the_url_is_not_counted),
        cmocka_unit_test(an_end_leaves_what_would_be_tried_again),
        cmocka_unit_test(redirects_and_taken_names_are_not_counted),
        cmocka_unit_test(a_reply_tells_of_its_host),
        cmocka_unit_test(jitter_has_the_whole_width),
        cmocka_unit_test(the_extremes_of_a_delay_do_not_overflow),
        cmocka_unit_test(a_server_that_asks_for_time_gets_it),
        cmocka_unit_test(what_no_option_changed_stays_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
