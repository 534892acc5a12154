/*
 * What only async on several loops has: how jobs come to the loops, and what
 * is told of each. That it is a mode like the others is for the mode contract.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/behaviours.h"
#include "contract/fixture.h"
#include "haul/debug.h"

enum { MANY = 60, LOOPS = 3 };

static int set_up(void **state)
{
    return fixture_set_up(state, behaviour_routes);
}

/* All at one host, up to their results; the session stays open. */
static void fetch_many(struct fixture *f, const struct haul_options *options)
{
    char url[PATH_SIZE];
    open_session(f, options);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/small?%u",
                 httpd_port(f->httpd), i);
        push(f, url, i + 1);
    }
    haul_session_end(f->session);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->results, MANY);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
}

static void close_session(struct fixture *f)
{
    haul_session_close(f->session, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static uint64_t count_of(const struct haul_loop_stats *stats, const char *kind)
{
    for (const struct haul_callback_stats *at = stats->kinds; at->kind != NULL;
         at++)
        if (strcmp(at->kind, kind) == 0)
            return at->count;
    return 0;
}

static void each_loop_has_a_share_of_a_large_host(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    struct haul_loop_stats stats;
    options.max_per_host = HAUL_NONE;
    options.loop_stats = true;
    fetch_many(f, &options);
    for (uint32_t i = 0; i <= LOOPS; i++) {
        assert_true(haul_session_loop(f->session, i, &stats));
        assert_int_equal(stats.loop, i);
        assert_true(stats.turns > 0);
        /* Sockets are for those that transfer. */
        assert_int_equal(count_of(&stats, "poll") > 0, i > 0);
        assert_true(count_of(&stats, "async") > 0);
    }
    assert_false(haul_session_loop(f->session, LOOPS + 1, &stats));
    close_session(f);
}

static uint64_t busy_us(const struct haul_loop_stats *stats)
{
    return stats->watched_us - stats->idle_us;
}

static void the_loop_that_was_busy_longest_speaks_for_all(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    struct haul_loop_stats most;
    struct haul_loop_stats stats;
    options.max_per_host = 1;
    options.cpu_work_us = 5000;
    options.loop_stats = true;
    fetch_many(f, &options);
    haul_session_loop_stats(f->session, &most);
    assert_in_range(most.loop, 1, LOOPS);
    assert_true(busy_us(&most) >= MANY * 5000);
    for (uint32_t i = 1; i <= LOOPS; i++) {
        haul_session_loop(f->session, i, &stats);
        assert_true(busy_us(&stats) <= busy_us(&most));
    }
    close_session(f);
}

static void a_small_hosts_connection_is_used_again(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char *text = NULL;
    size_t size = 0;
    options.max_per_host = 1;
    options.trace = HAUL_TRACE_TRANSFER;
    options.trace_text = open_memstream(&text, &size);
    fetch_many(f, &options);
    close_session(f);
    fclose(options.trace_text);
    unsigned fresh = 0;
    for (const char *at = text; (at = strstr(at, "reused=0")) != NULL; at++)
        fresh++;
    free(text);
    assert_int_equal(fresh, 1);
}

static void a_loops_events_are_on_its_lane(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char *text = NULL;
    size_t size = 0;
    options.max_per_host = HAUL_NONE;
    options.trace = HAUL_TRACE_CURL;
    options.trace_text = open_memstream(&text, &size);
    fetch_many(f, &options);
    close_session(f);
    fclose(options.trace_text);
    assert_null(strstr(text, "  loop  curl"));
    assert_non_null(strstr(text, "  w1    curl"));
    assert_non_null(strstr(text, "  w2    curl"));
    assert_non_null(strstr(text, "  w3    curl"));
    assert_null(strstr(text, "  w4    curl"));
    free(text);
}

static void on_worker(void *arg, const struct haul_result *result)
{
    uint64_t *workers = arg;
    assert_in_range(result->worker, 1, 4);
    *workers |= UINT64_C(1) << result->worker;
}

/* Of four jobs over three loops the first has two. */
static void slots_are_numbered_over_all_loops(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    uint64_t workers = 0;
    char url[PATH_SIZE];
    const struct haul_callbacks callbacks = {.result = on_worker,
                                             .arg = &workers};
    options.max_per_host = HAUL_NONE;
    options.jobs = 4;
    assert_int_equal(
        haul_session_new(&f->session, &f->loop, &options, &callbacks), 0);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/small?%u",
                 httpd_port(f->httpd), i);
        push(f, url, i + 1);
    }
    run_to_end(f);
    assert_int_equal(workers, 0x1e);
}

static void there_are_no_more_loops_than_jobs(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    struct haul_loop_stats stats;
    options.jobs = 2;
    open_session(f, &options);
    assert_true(haul_session_loop(f->session, 2, &stats));
    assert_false(haul_session_loop(f->session, 3, &stats));
    run_to_end(f);
    options.jobs = 1;
    open_session(f, &options);
    assert_true(haul_session_loop(f->session, 0, &stats));
    assert_false(haul_session_loop(f->session, 1, &stats));
    run_to_end(f);
}

static void other_modes_have_one_loop(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    assert_null(haul_options_objection(&options));
    options.mode = HAUL_MODE_THREADS;
    assert_non_null(haul_options_objection(&options));
    options.loops = 1;
    assert_null(haul_options_objection(&options));
    options.loops = 0;
    assert_null(haul_options_objection(&options));
    options.mode = HAUL_MODE_ASYNC;
    options.loops = 1000;
    assert_non_null(haul_options_objection(&options));
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_loop_has_a_share_of_a_large_host),
        TEST(the_loop_that_was_busy_longest_speaks_for_all),
        TEST(a_small_hosts_connection_is_used_again),
        TEST(a_loops_events_are_on_its_lane),
        TEST(slots_are_numbered_over_all_loops),
        TEST(there_are_no_more_loops_than_jobs),
        TEST(other_modes_have_one_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
