/* The bucket that holds a run to its rate, under a clock of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <uv.h>

#include "transfer/bucket.h"

static const uint64_t ns_per_s = 1000000000;
static const uint64_t burst_ns = 50 * 1000 * 1000;

/* A taker that waits as it is told, on a clock of its own, until the second
 * is over. @return the units it had. */
static uint64_t take_for(struct hl_bucket *bucket, uint64_t units,
                         uint64_t from_ns, uint64_t until_ns)
{
    uint64_t taken = 0;
    for (uint64_t now = from_ns; now < until_ns; taken += units)
        now += hl_bucket_take(bucket, units, now);
    return taken;
}

static void a_taker_gets_its_rate(void **state)
{
    static const struct {
        uint64_t rate;
        uint64_t units;
    } cases[] = {
        {1, 1},
        {10, 1},
        {3, 2},
        {1000, 7},
        {1024 * 1024, 16384},
        {UINT64_C(10) << 30, 16384},
        {UINT64_C(1) << 40, 1 << 20},
        {999999937, 65536},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_bucket bucket;
        uint64_t start = UINT64_C(123456789012345);
        hl_bucket_init(&bucket, cases[i].rate);
        uint64_t taken =
            take_for(&bucket, cases[i].units, start, start + 20 * ns_per_s);
        uint64_t due = 20 * cases[i].rate;
        /* The burst, one take past the end, and a part in a thousand. */
        uint64_t slack = cases[i].rate / 20 + cases[i].units + due / 1000 + 1;
        print_message("%lu/s by %lu: %lu of %lu\n", cases[i].rate,
                      cases[i].units, taken, due);
        assert_in_range(taken, due - due / 1000, due + slack);
    }
}

static void a_burst_is_bounded_however_long_it_was_idle(void **state)
{
    struct hl_bucket bucket;
    uint64_t now = 1000 * ns_per_s;
    unsigned free_takes = 0;
    (void)state;
    hl_bucket_init(&bucket, 1000);
    for (int round = 0; round < 3; round++, now += 3600 * ns_per_s) {
        free_takes = 0;
        while (hl_bucket_take(&bucket, 1, now) == 0)
            free_takes++;
        assert_int_equal(free_takes, burst_ns / (ns_per_s / 1000));
    }
}

static void more_than_there_is_can_be_owed(void **state)
{
    struct hl_bucket bucket;
    uint64_t now = ns_per_s;
    (void)state;
    hl_bucket_init(&bucket, 100);
    assert_int_equal(hl_bucket_take(&bucket, 1000, now),
                     10 * ns_per_s - burst_ns);
    /* The next one waits behind it. */
    assert_int_equal(hl_bucket_take(&bucket, 100, now),
                     11 * ns_per_s - burst_ns);
    assert_int_equal(hl_bucket_take(&bucket, 0, now + 20 * ns_per_s), 0);
}

/* Clocks of threads may differ by a little. */
static void a_clock_that_is_behind_takes_no_more(void **state)
{
    struct hl_bucket bucket;
    uint64_t now = 100 * ns_per_s;
    (void)state;
    hl_bucket_init(&bucket, 10);
    assert_int_equal(hl_bucket_take(&bucket, 10, now), ns_per_s - burst_ns);
    assert_int_equal(hl_bucket_take(&bucket, 10, now - 1000),
                     2 * ns_per_s + 1000 - burst_ns);
}

static void many_takers_share_one_rate(void **state)
{
    enum { TAKERS = 64, RATE = 6400, UNITS = 5 };
    struct hl_bucket bucket;
    uint64_t due[TAKERS] = {0};
    uint64_t taken[TAKERS] = {0};
    uint64_t total = 0;
    (void)state;
    hl_bucket_init(&bucket, RATE);
    for (;;) {
        int next = 0;
        for (int i = 1; i < TAKERS; i++)
            next = due[i] < due[next] ? i : next;
        if (due[next] >= 10 * ns_per_s)
            break;
        due[next] += hl_bucket_take(&bucket, UNITS, due[next]);
        taken[next] += UNITS;
        total += UNITS;
    }
    assert_in_range(total, 10 * RATE, 10 * RATE + RATE / 20 + TAKERS * UNITS);
    for (int i = 0; i < TAKERS; i++)
        assert_in_range(taken[i], total / TAKERS / 2, total / TAKERS * 2);
}

enum { THREADS = 8, TAKES = 50000 };

struct taker {
    struct hl_bucket *bucket;
    uint64_t longest_ns;
    uv_thread_t thread;
};

static void take_many(void *arg)
{
    struct taker *taker = arg;
    for (int i = 0; i < TAKES; i++) {
        uint64_t wait = hl_bucket_take(taker->bucket, 1, ns_per_s);
        taker->longest_ns = wait > taker->longest_ns ? wait : taker->longest_ns;
    }
}

/* At one moment: each take is owed once, and the last waits for all. */
static void no_take_is_lost_between_threads(void **state)
{
    struct hl_bucket bucket;
    struct taker takers[THREADS] = {0};
    uint64_t longest = 0;
    (void)state;
    hl_bucket_init(&bucket, 1000);
    for (int i = 0; i < THREADS; i++) {
        takers[i].bucket = &bucket;
        assert_int_equal(
            uv_thread_create(&takers[i].thread, take_many, &takers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&takers[i].thread);
        longest =
            takers[i].longest_ns > longest ? takers[i].longest_ns : longest;
    }
    assert_true(longest == UINT64_C(1000000) * THREADS * TAKES - burst_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taker_gets_its_rate),
        cmocka_unit_test(a_burst_is_bounded_however_long_it_was_idle),
        cmocka_unit_test(more_than_there_is_can_be_owed),
        cmocka_unit_test(a_clock_that_is_behind_takes_no_more),
        cmocka_unit_test(many_takers_share_one_rate),
        cmocka_unit_test(no_take_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
