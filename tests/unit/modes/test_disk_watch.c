/* When a loop may store on its own thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modes/disk_watch.h"
#include "util/time_units.h"

static const uint64_t us = HL_NS_PER_US;
static const uint64_t ms = HL_NS_PER_MS;
static const uint64_t s = HL_NS_PER_S;

/* May it be stored here, once another thread has stored a piece at this time,
 * and fast? */
static bool is_fast_at(const struct hl_disk_watch *watch, uint64_t at)
{
    struct hl_disk_watch later = *watch;
    hl_disk_watch_took(&later, 50 * us, at);
    return hl_disk_watch_is_fast(&later);
}

static void nothing_is_known_at_first(void **state)
{
    struct hl_disk_watch watch = {0};
    (void)state;
    assert_false(hl_disk_watch_is_fast(&watch));
    hl_disk_watch_took(&watch, 50 * us, 5 * s);
    assert_true(hl_disk_watch_is_fast(&watch));
}

static void a_disk_that_is_slow_at_first_is_not_tried(void **state)
{
    struct hl_disk_watch watch = {0};
    (void)state;
    for (uint64_t at = s; at < 100 * s; at += 30 * ms) {
        hl_disk_watch_took(&watch, 30 * ms, at);
        assert_false(hl_disk_watch_is_fast(&watch));
    }
}

static void one_late_piece_is_forgiven(void **state)
{
    struct hl_disk_watch watch = {0};
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        hl_disk_watch_took(&watch, i % 50 == 1 ? 10 * ms : 50 * us, s);
    assert_true(hl_disk_watch_is_fast(&watch));
}

static void a_disk_that_gets_slow_is_left_alone(void **state)
{
    struct hl_disk_watch watch = {0};
    unsigned pieces = 0;
    (void)state;
    hl_disk_watch_took(&watch, 50 * us, s);
    for (; hl_disk_watch_is_fast(&watch) && pieces < 100; pieces++)
        hl_disk_watch_took(&watch, 5 * ms, s);
    assert_in_range(pieces, 2, 10);
    assert_false(is_fast_at(&watch, s + 999 * ms));
    assert_true(is_fast_at(&watch, 2 * s));
}

static void a_piece_that_hangs_is_enough(void **state)
{
    struct hl_disk_watch watch = {0};
    (void)state;
    hl_disk_watch_took(&watch, 50 * us, s);
    hl_disk_watch_took(&watch, 60 * ms, s);
    assert_false(hl_disk_watch_is_fast(&watch));
    /* What other threads take meanwhile does not make it longer. */
    hl_disk_watch_took(&watch, 60 * ms, s + 500 * ms);
    assert_true(is_fast_at(&watch, 2 * s));
}

/* The disk hangs, so many times, each as soon as it is tried again. @return
 * when it may be tried after that. */
static uint64_t hang(struct hl_disk_watch *watch, uint64_t at, unsigned times)
{
    for (; times > 0; times--) {
        hl_disk_watch_took(watch, 60 * ms, at);
        while (!is_fast_at(watch, at))
            at += 100 * ms;
    }
    return at;
}

static void it_is_tried_less_and_less(void **state)
{
    struct hl_disk_watch watch = {0};
    (void)state;
    uint64_t at = hang(&watch, 100 * s, 3);
    assert_int_equal(at, 107 * s);
    at = hang(&watch, at, 7);
    uint64_t next = hang(&watch, at, 1);
    assert_int_equal(next - at, 32 * s);
    /* After a good while it begins anew. */
    at = next + 33 * s;
    assert_int_equal(hang(&watch, at, 1), at + s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(a_disk_that_is_slow_at_first_is_not_tried),
        cmocka_unit_test(one_late_piece_is_forgiven),
        cmocka_unit_test(a_disk_that_gets_slow_is_left_alone),
        cmocka_unit_test(a_piece_that_hangs_is_enough),
        cmocka_unit_test(it_is_tried_less_and_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
