/* What each of several tasks may have of the limits of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/shares.h"

static const uint64_t second = 1000000000;

static void limits_that_can_be_divided_are(void **state)
{
    (void)state;
    struct haul_options run = {.max_per_host = 17,
                               .start_interval_ns = second / 10,
                               .host_start_interval_ns = second,
                               .limit_rate = 1000};
    assert_false(hl_shares_apply(&run, 4, false));
    assert_int_equal(run.max_per_host, 4);
    assert_int_equal(run.host_rest, 0);
    assert_int_equal(run.start_interval_ns, 4 * second / 10);
    assert_int_equal(run.host_start_interval_ns, 4 * second);
    assert_int_equal(run.limit_rate, 250);
}

static void a_share_below_one_is_one_with_rests(void **state)
{
    static const struct {
        uint32_t most;
        uint32_t tasks;
        uint32_t rest;
    } cases[] = {
        {6, 12, 1000}, {6, 64, 9667}, {0, 64, 9667},
        {1, 2, 1000},  {2, 3, 500},   {1, 100000, 99999000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct haul_options run = {.max_per_host = cases[i].most};
        uint32_t most = cases[i].most > 0 ? cases[i].most : 6;
        assert_true(hl_shares_apply(&run, cases[i].tasks, false));
        assert_int_equal(run.max_per_host, 1);
        assert_int_equal(run.host_rest, cases[i].rest);
        /* A task is busy for 1 of 1 + rest, and all for no more than most. */
        assert_true(1000.0 * cases[i].tasks / (1000.0 + run.host_rest) <= most);
    }
}

static void one_task_has_all(void **state)
{
    (void)state;
    struct haul_options run = {.start_interval_ns = 7, .limit_rate = 9};
    assert_false(hl_shares_apply(&run, 1, false));
    assert_int_equal(run.max_per_host, 6);
    assert_int_equal(run.start_interval_ns, 7);
    assert_int_equal(run.limit_rate, 9);
}

static void no_limit_is_not_divided(void **state)
{
    (void)state;
    struct haul_options run = {.max_per_host = HAUL_NONE};
    assert_false(hl_shares_apply(&run, 64, false));
    assert_int_equal(run.max_per_host, HAUL_NONE);
    assert_int_equal(run.host_rest, 0);
    assert_int_equal(run.start_interval_ns, 0);
    assert_int_equal(run.host_start_interval_ns, 0);
    assert_int_equal(run.limit_rate, 0);
}

static void hosts_of_one_task_alone_keep_their_limits(void **state)
{
    (void)state;
    struct haul_options run = {.max_per_host = 3,
                               .start_interval_ns = second,
                               .host_start_interval_ns = second,
                               .limit_rate = 10};
    assert_false(hl_shares_apply(&run, 64, true));
    assert_int_equal(run.max_per_host, 3);
    assert_int_equal(run.host_start_interval_ns, second);
    assert_int_equal(run.start_interval_ns, 64 * second);
    /* A byte a second, as 0 would be no limit. */
    assert_int_equal(run.limit_rate, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_that_can_be_divided_are),
        cmocka_unit_test(a_share_below_one_is_one_with_rests),
        cmocka_unit_test(one_task_has_all),
        cmocka_unit_test(no_limit_is_not_divided),
        cmocka_unit_test(hosts_of_one_task_alone_keep_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
