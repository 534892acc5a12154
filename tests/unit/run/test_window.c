/* When the only transfer that is under way lacks files or ports for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "run/window.h"

static const uint64_t ms = 1000000;
static const uint64_t begin = 3600000000000;

static int make_window(void **state)
{
    struct hl_window *w = calloc(1, sizeof(*w));
    *state = w;
    if (w == NULL)
        return -1;
    w->slots = 1;
    return 0;
}

static int free_window(void **state)
{
    free(*state);
    return 0;
}

/* An attempt that ran out, from and to so many ms after the first began. */
static bool is_alone(struct hl_window *w, uint64_t from, uint64_t to)
{
    hl_window_note_shortage(w, begin + from * ms, begin + to * ms);
    return hl_window_was_alone(w, begin + from * ms);
}

static void it_waits_for_connections_to_close(void **state)
{
    assert_false(is_alone(*state, 0, 0));
    assert_false(is_alone(*state, 200, 210));
    assert_false(is_alone(*state, 2900, 2910));
    assert_true(is_alone(*state, 3100, 3110));
}

static void it_waits_again_once_connections_are_kept_again(void **state)
{
    assert_false(is_alone(*state, 0, 0));
    assert_false(is_alone(*state, 6000, 6010));
    assert_false(is_alone(*state, 6210, 6220));
    assert_true(is_alone(*state, 9300, 9310));
}

/* It used to wait for ever, where each attempt took more than 5 s. */
static void slow_attempts_end(void **state)
{
    assert_false(is_alone(*state, 0, 6000));
    /* Connections were still open as it began. */
    assert_false(is_alone(*state, 6200, 12200));
    assert_true(is_alone(*state, 12400, 18400));
}

static void several_are_not_alone(void **state)
{
    struct hl_window *w = *state;
    w->slots = 2;
    assert_false(is_alone(w, 0, 0));
    assert_false(is_alone(w, 10000, 10010));
}

static void a_shortage_lowers_what_is_allowed_at_most(void **state)
{
    struct hl_window *w = *state;
    struct haul_stats stats = {0};
    w->most = 100;
    hl_window_set(w, 40, begin);
    hl_window_stats(w, &stats);
    assert_int_equal(stats.slots, 40);
    assert_int_equal(stats.slots_most, 100);
    hl_window_lower(w, 30);
    hl_window_stats(w, &stats);
    assert_int_equal(stats.slots, 30);
    assert_int_equal(stats.slots_most, 30);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_window, free_window)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_waits_for_connections_to_close),
        TEST(it_waits_again_once_connections_are_kept_again),
        TEST(slow_attempts_end),
        TEST(several_are_not_alone),
        TEST(a_shortage_lowers_what_is_allowed_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
