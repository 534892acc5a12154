/* A turn that is asked for comes once, soon or at its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "run/wakeup.h"

struct bench {
    uv_loop_t loop;
    struct hl_wakeup waker;
    unsigned woken;
    unsigned closed;
};

static void on_wake(void *arg)
{
    struct bench *b = arg;
    b->woken++;
}

static void on_closed(void *arg)
{
    struct bench *b = arg;
    b->closed++;
}

static void open_bench(struct bench *b)
{
    *b = (struct bench){0};
    assert_int_equal(uv_loop_init(&b->loop), 0);
    hl_wakeup_init(&b->waker, &b->loop, NULL, on_wake, b);
}

static void close_bench(struct bench *b)
{
    hl_wakeup_close(&b->waker, on_closed, b);
    hl_wakeup_soon(&b->waker);
    hl_wakeup_at(&b->waker, 0);
    unsigned woken = b->woken;
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(b->woken, woken);
    assert_int_equal(b->closed, 1);
    assert_int_equal(uv_loop_close(&b->loop), 0);
}

static void soon_is_once(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_wakeup_soon(&b.waker);
    hl_wakeup_soon(&b.waker);
    assert_int_equal(b.woken, 0);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.woken, 1);
    close_bench(&b);
}

static void a_time_comes_and_not_too_early(void **state)
{
    struct bench b;
    uint64_t at = uv_hrtime() + 20000000;
    (void)state;
    open_bench(&b);
    hl_wakeup_at(&b.waker, at);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.woken, 1);
    assert_true(uv_hrtime() >= at);
    close_bench(&b);
}

static void no_time_takes_the_place_of_a_time(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_wakeup_at(&b.waker, uv_hrtime() + 1000000);
    hl_wakeup_at(&b.waker, UINT64_MAX);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.woken, 0);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soon_is_once),
        cmocka_unit_test(a_time_comes_and_not_too_early),
        cmocka_unit_test(no_time_takes_the_place_of_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
