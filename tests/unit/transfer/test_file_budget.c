/* How a run divides the files that it may have open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transfer/file_budget.h"

static const struct hl_file_needs on_loop = {.a_job = 2,
                                             .kept_least = 64,
                                             .kept_most = 4096,
                                             .of_many = 512,
                                             .floor = 19,
                                             .floor_bare = 17};
static const struct hl_file_needs threads = {
    .a_job = 5, .kept_a_job = 4, .floor = 19, .floor_bare = 19};

static void what_a_run_has_open_at_most(void **state)
{
    struct hl_file_budget b = {.needs = on_loop, .jobs = 256, .loops = 1};
    (void)state;
    assert_int_equal(hl_file_budget_most(&b), 2 * 256 + 64);
    b.jobs = 4;
    assert_int_equal(hl_file_budget_most(&b), 2 * 4 + 60 + 64);
    b.loops = 4;
    assert_int_equal(hl_file_budget_most(&b), 2 * 4 + 60 + 64 + 4 * 8);
    b = (struct hl_file_budget){.needs = threads, .jobs = 10, .loops = 1};
    assert_int_equal(hl_file_budget_most(&b), 9 * 10 + 64);
}

static void what_a_run_needs_at_least(void **state)
{
    const struct hl_file_budget b = {
        .needs = on_loop, .jobs = 256, .loops = 1, .beside = 3};
    (void)state;
    assert_int_equal(hl_file_budget_least(&b, true), 17 + 3);
    assert_int_equal(hl_file_budget_least(&b, false), 19 + 3);
}

static void transfers_that_a_limit_allows(void **state)
{
    const struct {
        const struct hl_file_needs *needs;
        uint64_t limit;
        uint32_t loops;
        uint64_t jobs;
    } table[] = {
        {&on_loop, 20, 1, 1},     {&on_loop, 64, 1, 16},
        {&on_loop, 256, 1, 96},   {&on_loop, 1024, 1, 512},
        {&on_loop, 1024, 4, 480}, {&on_loop, 100000, 1, 100000 - 512},
        {&threads, 20, 1, 1},     {&threads, 1024, 1, 192},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct hl_file_budget b = {.needs = *table[i].needs,
                                         .limit = table[i].limit,
                                         .jobs = 1,
                                         .loops = table[i].loops};
        assert_int_equal(hl_file_budget_jobs(&b), table[i].jobs);
    }
}

static void loops_want_a_transfer_each(void **state)
{
    struct hl_file_budget b = {.needs = on_loop, .jobs = 8, .loops = 4};
    (void)state;
    b.limit = 20 + 4 * 8 + 4 * 2;
    assert_true(hl_file_budget_allows_loops(&b));
    b.limit--;
    assert_false(hl_file_budget_allows_loops(&b));
}

static void lookups_are_limited_by_a_small_limit(void **state)
{
    struct hl_file_budget b = {.needs = on_loop, .jobs = 1, .loops = 1};
    (void)state;
    b.limit = 20;
    assert_int_equal(hl_file_budget_lookups(&b), 1);
    b.limit = 100;
    assert_int_equal(hl_file_budget_lookups(&b), 1 + (50 - 20) / 3);
    b.limit = 128;
    assert_int_equal(hl_file_budget_lookups(&b), UINT32_MAX);
}

static void what_a_loop_keeps_open(void **state)
{
    struct hl_file_budget b = {.needs = on_loop, .jobs = 4, .loops = 1};
    (void)state;
    b.limit = UINT64_MAX;
    assert_int_equal(hl_file_budget_connections(&b), 4096);
    b.limit = 256;
    assert_int_equal(hl_file_budget_connections(&b), 32);
    assert_int_equal(hl_file_budget_parts(&b, 100), 156 - 64);
    assert_int_equal(hl_file_budget_parts(&b, 200), 28);
    assert_int_equal(hl_file_budget_parts(&b, 256), 1);
    assert_true(hl_file_budget_keeps_idle(&b));
    b.loops = 2;
    assert_int_equal(hl_file_budget_connections(&b), 16);
    assert_int_equal(hl_file_budget_parts(&b, 100), 10);
    b.limit = 23;
    assert_false(hl_file_budget_keeps_idle(&b));
}

static void what_a_handle_that_blocks_keeps_open(void **state)
{
    struct hl_file_budget b = {.limit = 32 + 9 * 10, .handles = 10};
    (void)state;
    assert_true(hl_file_budget_keeps_five(&b));
    b.limit--;
    assert_false(hl_file_budget_keeps_five(&b));
    b.handles = 0;
    assert_true(hl_file_budget_keeps_five(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_run_has_open_at_most),
        cmocka_unit_test(what_a_run_needs_at_least),
        cmocka_unit_test(transfers_that_a_limit_allows),
        cmocka_unit_test(loops_want_a_transfer_each),
        cmocka_unit_test(lookups_are_limited_by_a_small_limit),
        cmocka_unit_test(what_a_loop_keeps_open),
        cmocka_unit_test(what_a_handle_that_blocks_keeps_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
