/*
 * One table of server behaviours against each mode, with the same
 * expectations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/behaviours.h"
#include "contract/fixture.h"
#include "transfer/job.h"

enum { MANY = 40, CANCEL_POLL_MS = 10 };

static int set_up(void **state)
{
    return fixture_set_up(state, behaviour_routes);
}

static void check_no_file(const struct fixture *f)
{
    char path[PATH_SIZE];
    if (f->file[0] == '\0')
        return;
    path_of(f, f->file, "", path);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void check_request(struct fixture *f, const struct behaviour *b)
{
    struct httpd_request last;
    if (b->path == NULL || b->requests == 0)
        return;
    assert_int_equal(httpd_requests(f->httpd, b->path, &last), b->requests);
    if (b->if_range != NULL)
        assert_string_equal(last.if_range, b->if_range);
}

static void check(struct fixture *f, const struct behaviour *b)
{
    assert_int_equal(f->results, 1);
    assert_string_equal(haul_outcome_word(f->last.outcome),
                        haul_outcome_word(b->outcome));
    assert_int_equal(f->last.error, b->error);
    assert_int_equal(f->last.http_status, b->status);
    assert_int_equal(f->last.attempts, b->attempts);
    check_request(f, b);
    if (b->size >= 0)
        check_file(f, 0, b->size);
    else
        check_no_file(f);
}

static void behaviours_come_to_the_same_in_every_mode(void **state)
{
    struct fixture *f = *state;
    for (const struct behaviour *b = behaviours; b->name != NULL; b++) {
        struct haul_options options = fixture_options(f);
        char url[PATH_SIZE];
        snprintf(url, sizeof(url), "http://127.0.0.1:%u%s",
                 httpd_port(f->httpd), b->path != NULL ? b->path : "");
        options.restart = true;
        if (b->adjust != NULL)
            b->adjust(&options);
        print_message("  %s\n", b->name);
        httpd_forget(f->httpd);
        char path[PATH_SIZE];
        path_of(f, b->path != NULL ? b->path + 1 : "x", "", path);
        remove(path);
        open_session(f, &options);
        push(f, b->path != NULL ? url : b->url, 1);
        run_to_end(f);
        check(f, b);
    }
}

/* At three hosts, of which one answers. */
static void push_many(struct fixture *f, const char *odd, const char *even)
{
    char url[PATH_SIZE];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(url, sizeof(url), "http://127.0.0.%u:%u%s?%u", 1 + i % 3,
                 httpd_port(f->httpd), i % 2 ? odd : even, i);
        push(f, url, i + 1);
    }
}

static void many_urls_have_one_result_each(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    open_session(f, &options);
    push_many(f, "/small", "/not-found");
    run_to_end(f);
    assert_int_equal(f->results, MANY);
}

/* From a thread, as a signal would: a blocking mode holds the loop. */
static void cancel_from_outside(void *arg)
{
    struct fixture *f = arg;
    while (httpd_requests(f->httpd, f->cancel_at, NULL) == 0)
        usleep(CANCEL_POLL_MS * 1000);
    for (unsigned i = 0; i < f->cancels; i++)
        haul_session_cancel(f->session);
}

static void a_run_that_is_cancelled_in_its_midst_has_all_results(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    uv_thread_t thread;
    f->cancel_at = "/stall";
    f->cancels = 2;
    open_session(f, &options);
    push_many(f, "/stall", "/stall");
    uv_thread_create(&thread, cancel_from_outside, f);
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    uv_thread_join(&thread);
    assert_int_equal(f->results, MANY);
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static void a_session_that_is_closed_in_its_midst_has_all_results(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    open_session(f, &options);
    push_many(f, "/small", "/medium");
    while (f->results == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->results, MANY);
}

/* The last result comes at the end of a transfer, or of a URL that needs none;
 * then the session looks for more to do. */
static void a_session_may_be_closed_in_a_result(void **state)
{
    static const struct {
        const char *url; /* NULL: /small */
        unsigned urls;
        unsigned close_at;
        bool ends;
    } cases[] = {
        {NULL, 1, 1, true},    {NULL, 1, 1, false},   {"bad", 1, 1, true},
        {"bad", 1, 1, false},  {NULL, 20, 20, true},  {NULL, 20, 1, true},
        {"bad", 20, 20, true}, {"bad", 20, 1, false},
    };
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    url_of(f, "/small", url);
    options.no_dedupe = true;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("  %zu\n", i);
        open_session(f, &options);
        f->close_at = cases[i].close_at;
        for (unsigned n = 1; n <= cases[i].urls; n++)
            push(f, cases[i].url != NULL ? cases[i].url : url, n);
        if (cases[i].ends)
            haul_session_end(f->session);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_int_equal(f->results, cases[i].urls);
        assert_null(f->session);
    }
}

static void a_second_run_fetches_nothing(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/small",
             httpd_port(f->httpd));
    for (int i = 0; i < 2; i++) {
        open_session(f, &options);
        push(f, url, 1);
        run_to_end(f);
        assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
        assert_int_equal(f->last.attempts, i == 0 ? 1 : 0);
    }
    assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 1);
}

static void make_directory(const struct fixture *f, const char *name)
{
    char path[PATH_SIZE];
    path_of(f, name, "", path);
    assert_int_equal(mkdir(path, 0777), 0);
}

/* The directory was not there when the name was chosen. */
static void open_before_a_directory(struct fixture *f)
{
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    options.if_exists = HAUL_IF_EXISTS_OVERWRITE;
    url_of(f, "/small", url);
    open_session(f, &options);
    push(f, url, 1);
    make_directory(f, "small");
}

static void a_late_directory_is_set_aside_to_overwrite_it(void **state)
{
    struct fixture *f = *state;
    open_before_a_directory(f);
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_string_equal(f->file, "small");
    assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 2);
}

/* No name is left for it: what cannot be replaced is not tried for ever. */
static void a_late_directory_that_must_stay_gets_a_file_beside_it(void **state)
{
    struct fixture *f = *state;
    char name[32];
    open_before_a_directory(f);
    make_directory(f, "small.local");
    for (int i = 2; i <= 999; i++) {
        snprintf(name, sizeof(name), "small.local.%d", i);
        make_directory(f, name);
    }
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_string_not_equal(f->file, "small");
    assert_int_equal(f->last.attempts, 3);
    assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 3);
}

static void on_no_result(void *arg, const struct haul_result *result)
{
    (void)arg, (void)result;
}

static void a_second_session_in_a_directory_is_refused(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    const struct haul_callbacks callbacks = {.result = on_no_result};
    struct haul_session *other;
    open_session(f, &options);
    assert_int_equal(haul_session_new(&other, &f->loop, &options, &callbacks),
                     HAUL_EBUSY);
    run_to_end(f);
}

static void follow_with_secrets(struct fixture *f, const char *path,
                                const char *target, struct httpd_request *last)
{
    struct haul_options options = fixture_options(f);
    const char *const headers[] = {"X-Secret: 1", NULL};
    char url[PATH_SIZE];
    options.user = "name:password";
    options.cookie = "a=1";
    options.headers = headers;
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", httpd_port(f->httpd),
             path);
    open_session(f, &options);
    push(f, url, 1);
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    httpd_requests(f->httpd, target, last);
}

static void secrets_stay_at_their_origin(void **state)
{
    struct fixture *f = *state;
    struct httpd_request last;
    follow_with_secrets(f, "/redirect", "/small", &last);
    assert_true(last.authorization && last.cookie && last.secret);
    /* localhost and 127.0.0.1 are two origins, and one server. */
    follow_with_secrets(f, "/redirect-away", "/empty", &last);
    assert_false(last.authorization || last.cookie || last.secret);
}

static void run_cancelled(struct fixture *f, const char *path, unsigned cancels)
{
    struct haul_options options = fixture_options(f);
    uv_thread_t thread;
    char url[PATH_SIZE];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", httpd_port(f->httpd),
             path);
    f->cancel_at = path;
    f->cancels = cancels;
    open_session(f, &options);
    push(f, url, 1);
    uv_thread_create(&thread, cancel_from_outside, f);
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    uv_thread_join(&thread);
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static void a_first_cancel_lets_a_transfer_finish(void **state)
{
    struct fixture *f = *state;
    run_cancelled(f, "/drip", 1);
    assert_int_equal(f->results, 1);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
}

static void a_second_cancel_ends_a_stalled_transfer(void **state)
{
    struct fixture *f = *state;
    uint64_t begin = uv_hrtime();
    run_cancelled(f, "/stall", 2);
    assert_int_equal(f->results, 1);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_LEFT);
    assert_int_equal(f->last.error, HAUL_ERR_CANCELLED);
    /* Against the 30 s after which a stall ends by itself. */
    assert_true(uv_hrtime() - begin < 15000000000ull);
}

static void closing_a_busy_session_leaves_what_waits(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    open_session(f, &options);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/small?%u",
                 httpd_port(f->httpd), i);
        push(f, url, i + 1);
    }
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->results, MANY);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_LEFT);
}

static void the_rate_holds_for_the_whole_run(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    uint64_t begin = uv_hrtime();
    options.limit_rate = 10 * 1000 * 1000;
    open_session(f, &options);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(url, sizeof(url), "http://127.0.0.%u:%u/large", i + 1,
                 httpd_port(f->httpd));
        push(f, url, i + 1);
    }
    run_to_end(f);
    /* 5 MB at 10 MB/s; the other address has no server. */
    assert_true(uv_hrtime() - begin > 400000000);
}

/* Below its own --speed-limit, but by haul's own doing. */
static void a_transfer_that_is_held_back_has_not_stalled(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    uint64_t begin = uv_hrtime();
    options.retry = HAUL_NONE;
    options.limit_rate = 100 * 1000;
    options.speed_limit = 200 * 1000;
    options.speed_time_s = 2;
    fetch(f, &options, "/medium");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_true(uv_hrtime() - begin > 3000000000);
}

static void a_stall_is_seen_below_a_low_rate(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    options.retry = HAUL_NONE;
    options.limit_rate = 10 * 1000;
    options.speed_limit = 20 * 1000;
    options.speed_time_s = 1;
    fetch(f, &options, "/stall");
    assert_int_equal(f->last.error, HAUL_ERR_STALLED);
}

/* The answer asks for a second's pause. */
static void time_with_nothing_in_flight_is_told(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    struct haul_stats stats;
    char url[PATH_SIZE];
    url_of(f, "/busy-then-ok", url);
    open_session(f, &options);
    push(f, url, 1);
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    haul_session_stats(f->session, &stats);
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_int_equal(stats.attempts, 2);
    assert_in_range(stats.still_us, 990000, stats.started_us);
    assert_int_equal(stats.most_in_flight, 1);
}

/* One that lasts, while others come and go. */
static void how_many_were_in_flight_is_told(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    struct haul_stats stats;
    bool one = options.mode == HAUL_MODE_SEQUENTIAL;
    options.jobs = one ? 1 : 4;
    options.max_per_host = HAUL_NONE;
    options.retry = HAUL_NONE;
    open_session(f, &options);
    push_many(f, "/drip", "/drip");
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    haul_session_stats(f->session, &stats);
    run_to_end(f);
    assert_int_equal(f->results, MANY);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.most_in_flight, options.jobs);
}

static void check_work_counts(struct fixture *f, const char *path, bool on_pool)
{
    struct haul_options options = fixture_options(f);
    const struct haul_times *t = &f->last.times;
    options.cpu_work_us = 50000;
    options.cpu_work_on_pool = on_pool;
    fetch(f, &options, path);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_true(t->work >= 49000);
    assert_int_equal(hl_times_sum(t), t->total);
}

static void work_on_a_file_has_a_time_of_its_own(void **state)
{
    check_work_counts(*state, "/small", false);
    check_work_counts(*state, "/medium", true);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(behaviours_come_to_the_same_in_every_mode),
        TEST(many_urls_have_one_result_each),
        TEST(a_run_that_is_cancelled_in_its_midst_has_all_results),
        TEST(a_session_that_is_closed_in_its_midst_has_all_results),
        TEST(a_session_may_be_closed_in_a_result),
        TEST(a_second_run_fetches_nothing),
        TEST(a_late_directory_is_set_aside_to_overwrite_it),
        TEST(a_late_directory_that_must_stay_gets_a_file_beside_it),
        TEST(a_second_session_in_a_directory_is_refused),
        TEST(secrets_stay_at_their_origin),
        TEST(a_first_cancel_lets_a_transfer_finish),
        TEST(a_second_cancel_ends_a_stalled_transfer),
        TEST(closing_a_busy_session_leaves_what_waits),
        TEST(the_rate_holds_for_the_whole_run),
        TEST(a_transfer_that_is_held_back_has_not_stalled),
        TEST(a_stall_is_seen_below_a_low_rate),
        TEST(time_with_nothing_in_flight_is_told),
        TEST(how_many_were_in_flight_is_told),
        TEST(work_on_a_file_has_a_time_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
