/* The table of the modes: each is complete, and its traits agree with its
 * calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modes/mode.h"

#define NO_MODE ((enum haul_mode_id)HAUL_MODE_COUNT)

static const struct hl_mode *const modes[] = {
#define X(id, word) &hl_mode_##word,
    HAUL_MODE_MAP(X)
#undef X
};

static void every_mode_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < HAUL_MODE_COUNT; i++) {
        const struct hl_mode_traits *traits = &modes[i]->traits;
        const struct hl_mode_calls *calls = modes[i]->calls;
        assert_ptr_equal(hl_mode_traits((enum haul_mode_id)i), traits);
        assert_non_null(traits->summary);
        assert_non_null(traits->worker);
        assert_true(traits->default_jobs > 0);
        assert_true(traits->memory_a_job > 0);
        assert_true(traits->files.a_job > 0);
        assert_true(traits->files.floor >= traits->files.floor_bare);
        assert_true(calls->open && calls->pump && calls->cancel);
        assert_non_null(calls->close);
    }
}

static void traits_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < HAUL_MODE_COUNT; i++) {
        const struct hl_mode_traits *traits = &modes[i]->traits;
        assert_int_equal(traits->several_loops,
                         modes[i]->calls_of_loops != NULL);
        assert_int_equal(traits->several_loops,
                         modes[i]->calls_of_auto != NULL);
        assert_false(traits->on_loop && traits->in_processes);
        assert_true(!traits->one_at_a_time || traits->default_jobs == 1);
        assert_true(traits->on_loop || traits->in_processes ||
                    traits->pool_threads_a_job > 0);
    }
}

static void loops_choose_the_calls(void **state)
{
    struct haul_options options = {.loops = 1};
    (void)state;
    assert_ptr_equal(hl_mode_calls(&options), hl_mode_async.calls);
    options.loops = 2;
    assert_ptr_equal(hl_mode_calls(&options), hl_mode_async.calls_of_loops);
    options.loops = 0;
    assert_ptr_equal(hl_mode_calls(&options), hl_mode_async.calls_of_auto);
    options.mode = HAUL_MODE_THREADS;
    assert_ptr_equal(hl_mode_calls(&options), hl_mode_threads.calls);
}

static void what_is_no_mode_is_told(void **state)
{
    const struct haul_options options = {.mode = NO_MODE};
    (void)state;
    assert_null(hl_mode_traits(NO_MODE));
    assert_non_null(haul_options_objection(&options));
    assert_string_equal(haul_mode_name(NO_MODE), "?");
    assert_string_equal(haul_mode_summary(NO_MODE), "?");
    assert_int_equal(haul_mode_default_jobs(NO_MODE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_is_complete),
        cmocka_unit_test(traits_agree),
        cmocka_unit_test(loops_choose_the_calls),
        cmocka_unit_test(what_is_no_mode_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
