/* The processes mode told to stop, with transfers that do and do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "test_processes_bench.h"

static void a_stop_now_ends_a_stalled_transfer(void **state)
{
    struct bench *bench = *state;
    bench->stops = 2;
    add(bench, "stall", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    /* By its own will: the worker kept what it had. */
    assert_int_equal(bench->outcomes[0].reply.bytes, 7);
}

static void a_worker_that_does_not_stop_is_killed(void **state)
{
    struct bench *bench = *state;
    bench->stops = 2;
    bench->options.jobs = 2;
    add(bench, "hang", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    assert_int_equal(bench->outcomes[0].reply.bytes, 0);
}

static void a_first_stop_lets_transfers_finish(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    add(bench, "begin and wait for the stop", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_first_stop_ends_transfers_after_the_grace_time(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    bench->stop.grace_ns = 1;
    add(bench, "stall", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    assert_int_equal(bench->outcomes[0].reply.bytes, 7);
}

static void the_grace_time_runs_from_the_parents_first_stop(void **state)
{
    struct bench *bench = *state;
    uint64_t now = uv_hrtime();
    bench->stops = 1;
    bench->stop.grace_ns = now / 2;
    atomic_store(&bench->stop.first_ns, now - now / 2);
    add(bench, "stall", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    assert_int_equal(bench->outcomes[0].reply.bytes, 7);
}

static void a_job_that_waits_for_a_worker_is_cancelled(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    add(bench, "begin and crash", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stop_now_ends_a_stalled_transfer),
        TEST(a_worker_that_does_not_stop_is_killed),
        TEST(a_first_stop_lets_transfers_finish),
        TEST(a_first_stop_ends_transfers_after_the_grace_time),
        TEST(the_grace_time_runs_from_the_parents_first_stop),
        TEST(a_job_that_waits_for_a_worker_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return bench_main(argc, argv, run_all);
}
