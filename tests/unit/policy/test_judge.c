/* What follows from a reply: every cause, every circumstance, every wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/cause.h"
#include "policy/judge.h"

static const struct haul_options options = {
    .retry = 2,
    .retry_delay_ms = 1000,
    .retry_max_delay_ms = 60000,
    .max_redirs = 10,
};
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

/* Judges a reply as the run does: the attempts are kept. */
static enum hl_next judge_under(struct hl_attempts *attempts,
                                const struct hl_reply *reply,
                                const struct haul_options *o,
                                const struct hl_circumstances *now)
{
    struct hl_judgement what = hl_judge(attempts, reply, o, now);
    *attempts = what.attempts;
    return what.next;
}

static enum hl_next judge(struct hl_attempts *attempts, struct hl_reply reply)
{
    return judge_under(attempts, &reply, &options, &calm);
}

static void some_statuses_pass(void **state)
{
    static const long passing[] = {202, 408, 425, 429, 500, 502, 503, 504, 599};
    static const long final[] = {0,   200, 201, 204, 205, 206, 207, 226, 300,
                                 304, 400, 401, 403, 404, 409, 410, 416, 418,
                                 424, 426, 428, 430, 451, 499, 600, 999};
    (void)state;
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++) {
        struct hl_attempts attempts = {0};
        assert_int_equal(hl_cause_of(HAUL_ERR_HTTP, passing[i]),
                         HL_CAUSE_PASSING);
        assert_int_equal(judge(&attempts, status(passing[i])), HL_NEXT_AGAIN);
    }
    for (size_t i = 0; i < sizeof(final) / sizeof(*final); i++) {
        struct hl_attempts attempts = {0};
        assert_int_equal(hl_cause_of(HAUL_ERR_HTTP, final[i]), HL_CAUSE_FINAL);
        assert_int_equal(judge(&attempts, status(final[i])), HL_NEXT_FAILED);
    }
}

/* Not again in this run, but in the next, which may know the password. */
static void a_proxy_that_wants_a_password_says_nothing_of_the_url(void **state)
{
    const struct hl_failure failure = {.error = HAUL_ERR_HTTP,
                                       .http_status = 407};
    struct hl_attempts attempts = {0};
    (void)state;
    assert_int_equal(hl_cause_of(HAUL_ERR_HTTP, 407), HL_CAUSE_LOCAL);
    assert_int_equal(judge(&attempts, status(407)), HL_NEXT_FAILED);
    assert_false(hl_cause_is_final(&failure, &options, NULL));
}

static void a_good_reply_ends_the_task(void **state)
{
    struct hl_attempts attempts = {0};
    (void)state;
    assert_int_equal(judge(&attempts, failure(HAUL_OK)), HL_NEXT_DONE);
    assert_int_equal(attempts.made, 1);
}

static void an_attempt_is_the_first_and_the_retries(void **state)
{
    struct hl_attempts attempts = {0};
    (void)state;
    assert_int_equal(judge(&attempts, failure(HAUL_ERR_CONNECT)),
                     HL_NEXT_AGAIN);
    assert_int_equal(judge(&attempts, failure(HAUL_ERR_TIMEOUT)),
                     HL_NEXT_AGAIN);
    assert_int_equal(judge(&attempts, failure(HAUL_ERR_DNS)), HL_NEXT_FAILED);
    assert_int_equal(attempts.made, 3);
    assert_int_equal(attempts.counted, 3);
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
        struct hl_attempts attempts = {0};
        assert_int_equal(judge(&attempts, failure(errors[i])), HL_NEXT_FAILED);
    }
}

static void retry_on_adds_to_what_passes(void **state)
{
    static const struct {
        const char *list;
        struct hl_reply reply;
        enum hl_next next;
    } cases[] = {
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 404}, HL_NEXT_AGAIN},
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 403}, HL_NEXT_FAILED},
        {"5xx,403",
         {.error = HAUL_ERR_HTTP, .http_status = 403},
         HL_NEXT_AGAIN},
        {"tls", {.error = HAUL_ERR_TLS}, HL_NEXT_AGAIN},
        {"403,tls", {.error = HAUL_ERR_TLS}, HL_NEXT_AGAIN},
        {"403,tls", {.error = HAUL_ERR_TYPE}, HL_NEXT_FAILED},
        {"404", {.error = HAUL_ERR_HTTP, .http_status = 503}, HL_NEXT_AGAIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct haul_options o = options;
        struct hl_attempts attempts = {0};
        o.retry_on = cases[i].list;
        assert_int_equal(judge_under(&attempts, &cases[i].reply, &o, &calm),
                         cases[i].next);
    }
}

static void progress_is_no_attempt(void **state)
{
    enum { STEP = 64 * 1024 };
    struct hl_attempts attempts = {0};
    struct hl_reply reply = failure(HAUL_ERR_TRUNCATED);
    (void)state;
    for (int i = 1; i <= 10; i++) {
        reply.bytes += STEP;
        assert_int_equal(judge(&attempts, reply), HL_NEXT_AGAIN);
        assert_int_equal(attempts.counted, 0);
        assert_int_equal(attempts.made, i);
        assert_int_equal(attempts.best_part, reply.bytes);
    }
    /* One byte less than a step, and the same part again, do count. */
    reply.bytes += STEP - 1;
    assert_int_equal(judge(&attempts, reply), HL_NEXT_AGAIN);
    assert_int_equal(attempts.counted, 1);
    assert_int_equal(judge(&attempts, reply), HL_NEXT_AGAIN);
    /* So does a part that had to begin anew. */
    reply.bytes = STEP;
    assert_int_equal(judge(&attempts, reply), HL_NEXT_FAILED);
}

static void what_says_nothing_of_the_url_is_not_counted(void **state)
{
    static const struct hl_circumstances rotated = {.rotated = true};
    static const struct hl_circumstances offline = {.offline = true};
    static const struct hl_circumstances ending = {.stopping = true,
                                                   .offline = true};
    struct hl_attempts attempts = {0};
    struct hl_reply unreachable = failure(HAUL_ERR_CONNECT);
    struct hl_reply answer = status(404);
    struct hl_reply exhausted = {.error = HAUL_ERR_IO, .exhausted = true};
    (void)state;
    assert_int_equal(judge_under(&attempts, &unreachable, &options, &rotated),
                     HL_NEXT_AGAIN);
    assert_int_equal(judge_under(&attempts, &unreachable, &options, &offline),
                     HL_NEXT_AGAIN);
    assert_int_equal(judge_under(&attempts, &exhausted, &options, &calm),
                     HL_NEXT_AGAIN);
    assert_int_equal(judge_under(&attempts, &unreachable, &options, &ending),
                     HL_NEXT_LEFT);
    assert_int_equal(attempts.counted, 0);
    /* Who answers is there, whatever the others do. */
    assert_int_equal(judge_under(&attempts, &answer, &options, &offline),
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
    struct hl_attempts attempts = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(
            judge_under(&attempts, &cases[i].reply, &options, &stopping),
            cases[i].next);
    /* What was cancelled is no attempt. */
    assert_int_equal(attempts.made, 3);
}

static void redirects_and_taken_names_are_not_counted(void **state)
{
    struct hl_attempts attempts = {0};
    static const struct hl_circumstances at = {.url = "http://h/"};
    struct hl_reply redirect = {.error = HAUL_ERR_REDIRECT,
                                .http_status = 302,
                                .location = "http://h/next"};
    struct hl_reply taken = {.error = HAUL_ERR_IO, .exists = true};
    (void)state;
    assert_int_equal(judge_under(&attempts, &redirect, &options, &at),
                     HL_NEXT_REDIRECT);
    assert_int_equal(judge(&attempts, taken), HL_NEXT_OTHER_NAME);
    assert_int_equal(attempts.made, 0);
    redirect.location = NULL;
    assert_int_equal(judge(&attempts, redirect), HL_NEXT_FAILED);
}

static void a_reply_tells_of_its_host(void **state)
{
    static const struct {
        struct hl_reply reply;
        enum hl_host_answer answer;
        enum hl_network_sign network;
    } cases[] = {
        {{.http_status = 200, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_HTTP, .http_status = 404, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_HTTP, .http_status = 429, .answered = true},
         HL_HOST_ANSWER_BUSY,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_HTTP, .http_status = 503, .answered = true},
         HL_HOST_ANSWER_BUSY,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_HTTP, .http_status = 500, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_CONNECT, .connect_failed = true},
         HL_HOST_ANSWER_UNREACHABLE,
         HL_NETWORK_SILENT},
        {{.error = HAUL_ERR_TLS, .connect_failed = true},
         HL_HOST_ANSWER_UNREACHABLE,
         HL_NETWORK_SILENT},
        {{.error = HAUL_ERR_CONNECT}, HL_HOST_ANSWER_NONE, HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_STALLED}, HL_HOST_ANSWER_NONE, HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_STALLED, .reused = true},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_SILENT},
        {{.error = HAUL_ERR_STALLED, .answered = true},
         HL_HOST_ANSWER_ANSWERED,
         HL_NETWORK_WORKS},
        /* A proxy that is down, one that was there before, and one that
         * refuses. */
        {{.error = HAUL_ERR_PROXY, .connect_failed = true},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_SILENT},
        {{.error = HAUL_ERR_PROXY, .reused = true},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_SILENT},
        {{.error = HAUL_ERR_PROXY, .http_status = 403, .hopeless = true},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_NO_SIGN},
        {{.error = HAUL_ERR_PROXY, .http_status = 429},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_WORKS},
        {{.error = HAUL_ERR_IO}, HL_HOST_ANSWER_NONE, HL_NETWORK_NO_SIGN},
        {{.error = HAUL_ERR_CANCELLED},
         HL_HOST_ANSWER_NONE,
         HL_NETWORK_NO_SIGN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct hl_host_signs signs = hl_judge_host(&cases[i].reply);
        assert_int_equal(signs.answer, cases[i].answer);
        assert_int_equal(signs.network, cases[i].network);
    }
}

/* The wait before another attempt, when so many count as retries. */
static uint64_t delay_ms(uint32_t counted, struct hl_reply reply,
                         const struct haul_options *given, uint64_t random)
{
    const struct hl_circumstances now = {.random = random};
    const struct hl_attempts so_far = {.counted =
                                           counted > 0 ? counted - 1 : 0};
    struct haul_options o = *given;
    o.retry = UINT32_MAX;
    reply.bytes = counted == 0 ? UINT32_MAX : 0;
    const struct hl_judgement what = hl_judge(&so_far, &reply, &o, &now);
    assert_int_equal(what.next, HL_NEXT_AGAIN);
    assert_int_equal(what.attempts.counted, counted);
    assert_true(what.counts);
    return what.delay_ms;
}

/* The wait is random, from nothing to a bound that doubles. */
static void jitter_has_the_whole_width(void **state)
{
    static const uint64_t bounds[] = {0,     1000,  2000,  4000,  8000,
                                      16000, 32000, 60000, 60000, 60000};
    const struct hl_reply reply = failure(HAUL_ERR_CONNECT);
    (void)state;
    for (uint32_t n = 1; n < sizeof(bounds) / sizeof(*bounds); n++) {
        uint64_t most = bounds[n];
        assert_int_equal(delay_ms(n, reply, &options, 0), 0);
        assert_int_equal(delay_ms(n, reply, &options, most), most);
        assert_int_equal(delay_ms(n, reply, &options, most + 1), 0);
        uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
        for (int i = 0; i < 1000; i++, random *= UINT64_C(0xd1342543de82ef95))
            assert_in_range(delay_ms(n, reply, &options, random), 0, most);
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
        uint32_t n = cases[i].attempts;
        const struct haul_options o = {.retry_delay_ms = cases[i].first_ms,
                                       .retry_max_delay_ms = cases[i].most_ms};
        assert_int_equal(delay_ms(n, reply, &o, cases[i].bound),
                         cases[i].bound);
        assert_in_range(delay_ms(n, reply, &o, UINT64_MAX), 0, cases[i].bound);
    }
}

static void a_server_that_asks_for_time_gets_it(void **state)
{
    struct hl_reply reply = status(503);
    (void)state;
    assert_int_equal(hl_judge_host(&reply).pause_ms, 0);
    reply.retry_after_s = 7;
    assert_int_equal(hl_judge_host(&reply).pause_ms, 7000);
    assert_int_equal(delay_ms(1, reply, &options, 0), 7000);
    assert_int_equal(delay_ms(1, reply, &options, 1000), 7000);
    /* A longer wait of our own is kept. */
    assert_int_equal(delay_ms(5, reply, &options, 16000), 16000);
    /* An hour is what a server may ask for. */
    reply.retry_after_s = 3601;
    assert_int_equal(hl_judge_host(&reply).pause_ms, 3600 * 1000);
    reply.retry_after_s = UINT32_MAX;
    assert_int_equal(hl_judge_host(&reply).pause_ms, 3600 * 1000);
}

/* As after any other failure that no retry can help. */
static void check_refused_goes_on(const struct hl_attempts *so_far,
                                  const struct hl_reply *reply,
                                  struct hl_circumstances now)
{
    struct haul_options o = options;
    now.has_mirror = true;
    assert_int_equal(hl_judge(so_far, reply, &o, &now).next, HL_NEXT_MIRROR);
    now.adopting = true;
    assert_int_equal(hl_judge(so_far, reply, &o, &now).next,
                     HL_NEXT_NO_ADOPTION);
    o.retry_on = "redirect";
    assert_int_equal(hl_judge(so_far, reply, &o, &now).next, HL_NEXT_AGAIN);
}

/* But by what the options ask for. */
static void what_is_hopeless_is_not_tried_again(void **state)
{
    struct haul_options asked = options;
    struct hl_attempts attempts = {0};
    struct hl_reply reply = failure(HAUL_ERR_PROXY);
    (void)state;
    assert_int_equal(judge(&attempts, reply), HL_NEXT_AGAIN);
    reply.hopeless = true;
    assert_int_equal(judge(&attempts, reply), HL_NEXT_FAILED);
    asked.retry_on = "proxy";
    attempts = (struct hl_attempts){0};
    assert_int_equal(judge_under(&attempts, &reply, &asked, &calm),
                     HL_NEXT_AGAIN);
}

static void a_redirect_may_be_refused(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        uint32_t redirects;
        enum haul_why why;
    } cases[] = {
        {"http://h/", "https://h/", 9, HAUL_WHY_NONE},
        {"http://h/", "HTTP://h/", 0, HAUL_WHY_NONE},
        {"https://h/", "https://g/", 0, HAUL_WHY_NONE},
        {"http://h/", "http://h/next", 10, HAUL_WHY_REDIRECTS},
        {"https://h/", "http://h/", 0, HAUL_WHY_HTTPS_TO_HTTP},
        {"http://h/", "ftp://h/", 0, HAUL_WHY_REDIRECT_SCHEME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct hl_attempts so_far = {.redirects = cases[i].redirects};
        const struct hl_reply reply = {.error = HAUL_ERR_REDIRECT,
                                       .location = cases[i].to};
        struct hl_circumstances now = {.url = cases[i].from};
        struct hl_judgement what = hl_judge(&so_far, &reply, &options, &now);
        bool refused = cases[i].why != HAUL_WHY_NONE;
        assert_int_equal(what.next,
                         refused ? HL_NEXT_FAILED : HL_NEXT_REDIRECT);
        assert_int_equal(what.attempts.made, refused);
        assert_int_equal(what.attempts.redirects,
                         cases[i].redirects + !refused);
        if (refused) {
            assert_int_equal(what.redirect, cases[i].why);
            check_refused_goes_on(&so_far, &reply, now);
        }
        now.stopping = true;
        what = hl_judge(&so_far, &reply, &options, &now);
        assert_int_equal(what.next, HL_NEXT_LEFT);
    }
}

static void a_mirror_begins_anew(void **state)
{
    static const struct haul_options piped = {.output_fd = 1};
    static const struct {
        struct hl_circumstances now;
        const struct haul_options *options;
        uint64_t bytes;
        enum hl_next next;
    } cases[] = {
        {{.has_mirror = true}, &options, 5, HL_NEXT_MIRROR},
        {{.has_mirror = true, .given_up = true}, &options, 5, HL_NEXT_MIRROR},
        {{.has_mirror = false}, &options, 5, HL_NEXT_FAILED},
        /* The next run asks the mirror, or compares the file. */
        {{.has_mirror = true, .stopping = true}, &options, 5, HL_NEXT_LEFT},
        {{.adopting = true, .stopping = true}, &options, 0, HL_NEXT_LEFT},
        {{.has_mirror = true, .stopping = true}, &piped, 5, HL_NEXT_FAILED},
        {{.has_mirror = true, .adopting = true},
         &options,
         0,
         HL_NEXT_NO_ADOPTION},
        {{.has_mirror = true}, &piped, 0, HL_NEXT_MIRROR},
        /* It would send again what is on the output. */
        {{.has_mirror = true}, &piped, 5, HL_NEXT_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct hl_attempts so_far = {
            .made = 7, .counted = 2, .redirects = 3, .mirror = 1};
        struct hl_reply reply = status(404);
        reply.bytes = cases[i].bytes;
        const struct hl_judgement what =
            hl_judge(&so_far, &reply, cases[i].options, &cases[i].now);
        assert_int_equal(what.next, cases[i].next);
        /* A host that was given up was not asked. */
        assert_int_equal(what.attempts.made, cases[i].now.given_up ? 7 : 8);
        if (what.next == HL_NEXT_MIRROR) {
            assert_int_equal(what.attempts.mirror, 2);
            assert_int_equal(what.attempts.counted, 0);
            assert_int_equal(what.attempts.redirects, 0);
        }
    }
}

static void a_connection_that_got_stuck_is_not_used_again(void **state)
{
    static const enum haul_error stuck[] = {HAUL_ERR_PROTOCOL, HAUL_ERR_STALLED,
                                            HAUL_ERR_TIMEOUT};
    static const struct hl_attempts none = {0};
    struct hl_reply reply = status(503);
    (void)state;
    assert_false(hl_judge(&none, &reply, &options, &calm).fresh);
    for (size_t i = 0; i < sizeof(stuck) / sizeof(*stuck); i++) {
        reply = failure(stuck[i]);
        assert_true(hl_judge(&none, &reply, &options, &calm).fresh);
    }
}

/* Whatever comes after a request that is sent once was sent, no attempt
 * follows, at no mirror either. */
static void what_was_sent_is_not_sent_again(void **state)
{
    const struct haul_options once = {
        .retry = 5, .max_redirs = 10, .method = "POST", .retry_on = "404,5xx"};
    const struct hl_circumstances sent[] = {
        {.sent = true},
        {.sent = true, .has_mirror = true},
        {.sent = true, .rotated = true},
        {.sent = true, .offline = true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
        for (int error = 1; error < HAUL_ERROR_COUNT; error++) {
            struct hl_attempts attempts = {0};
            struct hl_reply reply = failure((enum haul_error)error);
            reply.exists = error == HAUL_ERR_IO;
            reply.exhausted = error == HAUL_ERR_IO;
            assert_int_equal(judge_under(&attempts, &reply, &once, &sent[i]),
                             error == HAUL_ERR_CANCELLED ? HL_NEXT_LEFT
                                                         : HL_NEXT_FAILED);
        }
        struct hl_attempts attempts = {0};
        struct hl_reply busy = status(503);
        assert_int_equal(judge_under(&attempts, &busy, &once, &sent[i]),
                         HL_NEXT_FAILED);
    }
}

static void only_307_and_308_keep_the_request(void **state)
{
    static const long statuses[] = {300, 301, 302, 303, 307, 308};
    const struct haul_options once = {
        .retry = 5,
        .max_redirs = 10,
        .data_size = 1,
        .retry_on = "redirect",
    };
    const struct haul_options plain = {.max_redirs = 10};
    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        const struct hl_attempts none = {0};
        struct hl_reply reply = failure(HAUL_ERR_REDIRECT);
        struct hl_circumstances now = {.sent = true, .url = "http://h/a"};
        bool keeps = statuses[i] >= 307;
        reply.http_status = statuses[i];
        reply.location = "http://h/b";
        struct hl_judgement what = hl_judge(&none, &reply, &once, &now);
        assert_int_equal(what.next, HL_NEXT_REDIRECT);
        assert_int_equal(what.as_get, !keeps);
        assert_false(hl_judge(&none, &reply, &plain, &now).as_get);
        reply.location = "http://g/b";
        what = hl_judge(&none, &reply, &once, &now);
        assert_int_equal(what.next, keeps ? HL_NEXT_FAILED : HL_NEXT_REDIRECT);
        now.as_get = true;
        what = hl_judge(&none, &reply, &once, &now);
        assert_int_equal(what.next, HL_NEXT_REDIRECT);
        assert_true(what.as_get);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_statuses_pass),
        cmocka_unit_test(a_proxy_that_wants_a_password_says_nothing_of_the_url),
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
        cmocka_unit_test(what_is_hopeless_is_not_tried_again),
        cmocka_unit_test(a_redirect_may_be_refused),
        cmocka_unit_test(a_mirror_begins_anew),
        cmocka_unit_test(a_connection_that_got_stuck_is_not_used_again),
        cmocka_unit_test(what_was_sent_is_not_sent_again),
        cmocka_unit_test(only_307_and_308_keep_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
