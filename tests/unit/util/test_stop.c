/* The order to stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <uv.h>

#include "util/stop.h"

static const uint64_t an_hour = UINT64_C(3600000000000);

static void nothing_stops_before_an_order(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, 0);
    assert_int_equal(hl_stop_level(&stop), 0);
    assert_false(hl_stop_is_due(&stop));
}

static void the_first_order_leaves_the_grace_time(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, an_hour);
    hl_stop_raise(&stop);
    assert_int_equal(hl_stop_level(&stop), 1);
    assert_false(hl_stop_is_due(&stop));
    assert_false(hl_stop_is_due(&stop));
    stop.first_ns -= an_hour;
    assert_true(hl_stop_is_due(&stop));
}

static void no_grace_time_is_none(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, 0);
    hl_stop_raise(&stop);
    assert_true(hl_stop_is_due(&stop));
}

/* The time begins with the first look, and no later one moves it. */
static void the_grace_time_begins_once(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, an_hour);
    assert_false(hl_stop_is_due(&stop));
    assert_int_equal(stop.first_ns, 0);
    uint64_t before = uv_hrtime();
    hl_stop_raise(&stop);
    assert_false(hl_stop_is_due(&stop));
    uint64_t first = stop.first_ns;
    assert_in_range(first, before, uv_hrtime());
    assert_false(hl_stop_is_due(&stop));
    assert_true(stop.first_ns == first);
}

static void the_second_order_is_now(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, an_hour);
    hl_stop_raise(&stop);
    hl_stop_raise(&stop);
    assert_int_equal(hl_stop_level(&stop), 2);
    assert_true(hl_stop_is_due(&stop));
    hl_stop_raise(&stop);
    assert_true(hl_stop_is_due(&stop));
}

static void a_stop_that_has_begun_begins_no_more(void **state)
{
    struct hl_stop stop;
    (void)state;
    hl_stop_init(&stop, an_hour);
    hl_stop_begin(&stop);
    hl_stop_begin(&stop);
    assert_int_equal(hl_stop_level(&stop), 1);
    assert_false(hl_stop_is_due(&stop));
    hl_stop_raise(&stop);
    assert_true(hl_stop_is_due(&stop));
    hl_stop_begin(&stop);
    assert_int_equal(hl_stop_level(&stop), 2);
}

struct looker {
    struct hl_stop *stop;
    uint64_t first_ns;
    uv_thread_t thread;
};

static void look_until_told(void *arg)
{
    struct looker *looker = arg;
    while (!hl_stop_is_due(looker->stop))
        if (looker->stop->first_ns != 0 && looker->first_ns == 0)
            looker->first_ns = looker->stop->first_ns;
}

static void every_thread_sees_the_orders(void **state)
{
    enum { THREADS = 4 };
    struct hl_stop stop;
    struct looker lookers[THREADS] = {0};
    (void)state;
    hl_stop_init(&stop, an_hour);
    for (int i = 0; i < THREADS; i++) {
        lookers[i].stop = &stop;
        assert_int_equal(
            uv_thread_create(&lookers[i].thread, look_until_told, &lookers[i]),
            0);
    }
    hl_stop_raise(&stop);
    while (stop.first_ns == 0)
        ;
    hl_stop_raise(&stop);
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&lookers[i].thread);
        assert_true(lookers[i].first_ns == 0 ||
                    lookers[i].first_ns == stop.first_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stops_before_an_order),
        cmocka_unit_test(the_first_order_leaves_the_grace_time),
        cmocka_unit_test(no_grace_time_is_none),
        cmocka_unit_test(the_grace_time_begins_once),
        cmocka_unit_test(the_second_order_is_now),
        cmocka_unit_test(a_stop_that_has_begun_begins_no_more),
        cmocka_unit_test(every_thread_sees_the_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
