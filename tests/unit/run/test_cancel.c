/* The order to stop reaches the loop's thread, and so does its grace time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "run/cancel.h"

enum { GRACE_MS = 20 };

struct bench {
    uv_loop_t loop;
    uv_idle_t busy; /* a loop that has nothing to wait for does not turn */
    struct hl_cancel cancel;
    unsigned told;
    bool now; /* what is in flight must end, when the owner was last told */
};

static void on_told(void *arg)
{
    struct bench *b = arg;
    b->told++;
    b->now = hl_stop_is_due(&b->cancel.stop);
}

static void on_closed(void *arg)
{
    (void)arg;
}

static void open_bench(struct bench *b)
{
    *b = (struct bench){0};
    assert_int_equal(uv_loop_init(&b->loop), 0);
    hl_cancel_init(&b->cancel, GRACE_MS);
    assert_int_equal(hl_cancel_open(&b->cancel, &b->loop, NULL, on_told, b), 0);
}

static void close_bench(struct bench *b)
{
    hl_cancel_close(&b->cancel, on_closed, b);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0);
}

static void on_uv_busy(uv_idle_t *idle)
{
    (void)idle;
}

static void run_until(struct bench *b, unsigned told)
{
    uv_idle_init(&b->loop, &b->busy);
    uv_idle_start(&b->busy, on_uv_busy);
    while (b->told < told)
        uv_run(&b->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&b->busy, NULL);
}

static void the_owner_is_told_and_told_when_the_grace_time_is_over(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    assert_false(hl_cancel_is_on(&b.cancel));
    hl_cancel_raise(&b.cancel);
    assert_true(hl_cancel_is_on(&b.cancel));
    hl_cancel_look(&b.cancel);
    hl_cancel_look(&b.cancel);
    assert_int_equal(b.told, 1);
    assert_false(b.now);
    run_until(&b, 2);
    assert_true(b.now);
    close_bench(&b);
}

static void the_second_order_means_now(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_cancel_raise(&b.cancel);
    hl_cancel_raise(&b.cancel);
    run_until(&b, 1);
    assert_true(b.now);
    close_bench(&b);
}

static void the_first_failure_is_kept(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_cancel_fail(&b.cancel, UV_ENOSPC);
    hl_cancel_fail(&b.cancel, UV_EIO);
    assert_int_equal(b.cancel.error, UV_ENOSPC);
    assert_true(hl_cancel_is_on(&b.cancel));
    close_bench(&b);
}

/* A disk that is full fails many files at once. */
static void failures_leave_the_grace_time(void **state)
{
    struct bench b;
    (void)state;
    for (int orders = 0; orders < 2; orders++) {
        open_bench(&b);
        if (orders > 0)
            hl_cancel_raise(&b.cancel);
        hl_cancel_fail(&b.cancel, UV_ENOSPC);
        hl_cancel_fail(&b.cancel, UV_ENOSPC);
        hl_cancel_look(&b.cancel);
        assert_int_equal(b.told, 1);
        assert_false(b.now);
        run_until(&b, 2);
        assert_true(b.now);
        close_bench(&b);
    }
}

static void an_order_after_a_failure_means_now(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_cancel_fail(&b.cancel, UV_ENOSPC);
    hl_cancel_raise(&b.cancel);
    run_until(&b, 1);
    assert_true(b.now);
    close_bench(&b);
}

/* What nobody waits for must not hold the loop. */
static void it_does_not_keep_the_loop_alive(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    hl_cancel_raise(&b.cancel);
    hl_cancel_look(&b.cancel);
    assert_int_equal(uv_run(&b.loop, UV_RUN_NOWAIT), 0);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_owner_is_told_and_told_when_the_grace_time_is_over),
        cmocka_unit_test(the_second_order_means_now),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(failures_leave_the_grace_time),
        cmocka_unit_test(an_order_after_a_failure_means_now),
        cmocka_unit_test(it_does_not_keep_the_loop_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
