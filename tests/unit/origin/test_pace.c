/* The pace of a body with limited bandwidth, over a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "origin/pace.h"

enum { SECOND = 1000000000, TICK = 20000000, BLOCK = 32 * 1024 };

static const uint64_t rates[] = {1,       100,       999,        1000,    50000,
                                 2000000, 100000000, 3000000000, 1u << 20};

/* What the origin did with one body until the clock said until_ns. */
struct sent {
    uint64_t bytes;
    uint64_t ended_ns; /* 0: not yet */
    unsigned sleeps;
    unsigned sends;
};

/* Each sleep ends late_ns after its time. */
static struct sent send_body(uint64_t bandwidth, uint64_t end,
                             uint64_t begun_ns, uint64_t until_ns,
                             uint64_t late_ns)
{
    struct hl_pace pace = {.bandwidth = bandwidth, .begun_ns = begun_ns};
    struct sent sent = {.bytes = 0};
    uint64_t now = begun_ns;
    while (sent.bytes < end) {
        uint64_t turn = 0;
        uint64_t to = hl_pace_grant(&pace, sent.bytes, end, now, &turn);
        assert_true(to >= sent.bytes && to <= end);
        if (to > sent.bytes) {
            sent.bytes = to - sent.bytes > BLOCK ? sent.bytes + BLOCK : to;
            sent.sends++;
            continue;
        }
        assert_true(turn > now);
        if (turn + late_ns > until_ns)
            return sent;
        now = turn + late_ns;
        sent.sleeps++;
    }
    sent.ended_ns = now;
    return sent;
}

/* Never more than the bandwidth, and never less by more than a tick's bytes. */
static void the_rate_is_right_at_every_moment(void **state)
{
    static const uint64_t moments[] = {1,          TICK / 2, TICK,
                                       SECOND / 3, SECOND,   2ull * SECOND};
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        for (size_t j = 0; j < sizeof(moments) / sizeof(*moments); j++) {
            uint64_t begun = 12345678901;
            struct sent sent =
                send_body(rates[i], UINT64_MAX, begun, begun + moments[j], 0);
            double due = (double)rates[i] * (double)moments[j] / SECOND;
            double tick = (double)rates[i] * TICK / SECOND;
            print_message(
                "%llu B/s, %llu ns: %llu bytes\n", (unsigned long long)rates[i],
                (unsigned long long)moments[j], (unsigned long long)sent.bytes);
            assert_true((double)sent.bytes <= due);
            assert_true((double)sent.bytes >= due - tick - 2);
        }
    }
}

static void it_sleeps_for_a_tick_or_until_a_byte_is_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        struct sent sent =
            send_body(rates[i], UINT64_MAX, 7, 7 + 2ull * SECOND, 0);
        assert_true(sent.sleeps <= 2ull * SECOND / TICK);
        assert_true(sent.sleeps <= 2 * rates[i]);
        assert_true(sent.sends <= sent.sleeps + sent.bytes / BLOCK);
    }
}

static void a_body_ends_when_its_last_byte_is_due(void **state)
{
    static const uint64_t sizes[] = {1, 999, 4096, 5000000};
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
            struct sent sent =
                send_body(rates[i], sizes[j], SECOND, UINT64_MAX, 0);
            double ns = (double)sizes[j] / (double)rates[i] * SECOND;
            assert_true((double)sent.ended_ns >= SECOND + ns);
            assert_true((double)sent.ended_ns <= SECOND + ns + 2000);
        }
    }
}

/* On a machine with other work, what was missed is made up. */
static void a_late_wakeup_does_not_lower_the_rate(void **state)
{
    (void)state;
    struct sent sent =
        send_body(2000000, UINT64_MAX, 0, 2ull * SECOND, 7 * TICK / 2);
    assert_true(sent.bytes <= 4000000);
    assert_true(sent.bytes >= 4000000 - 5 * 40000);
}

static void extremes_neither_overflow_nor_spin(void **state)
{
    (void)state;
    struct sent sent = send_body(UINT64_MAX, 5, 1, 2ull * SECOND, 0);
    assert_int_equal(sent.bytes, 5);
    assert_int_equal(sent.sleeps, 1);
    sent = send_body(1, UINT64_MAX, 1, 1000ull * SECOND, SECOND);
    assert_true(sent.bytes > 0);
    sent = send_body(0, 100000, 1, 1, 0);
    assert_int_equal(sent.bytes, 100000);
    assert_int_equal(sent.sleeps, 0);
}

static void what_all_share_is_given_out_in_turn(void **state)
{
    struct hl_total_pace total = {.bandwidth = 1000000};
    struct hl_total_pace any = {0};
    (void)state;
    assert_int_equal(hl_total_pace_take(&total, 1000, SECOND), SECOND);
    assert_int_equal(hl_total_pace_take(&total, 2000, SECOND),
                     SECOND + 1000000);
    assert_int_equal(hl_total_pace_take(&total, 1, SECOND), SECOND + 3000000);
    /* Time in which nobody asked is lost. */
    assert_int_equal(hl_total_pace_take(&total, 1, 2ull * SECOND),
                     2ull * SECOND);
    assert_int_equal(hl_total_pace_take(&any, 1u << 30, SECOND), 0);
    assert_int_equal(hl_total_pace_take(&any, 1, SECOND), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_is_right_at_every_moment),
        cmocka_unit_test(it_sleeps_for_a_tick_or_until_a_byte_is_due),
        cmocka_unit_test(a_body_ends_when_its_last_byte_is_due),
        cmocka_unit_test(a_late_wakeup_does_not_lower_the_rate),
        cmocka_unit_test(extremes_neither_overflow_nor_spin),
        cmocka_unit_test(what_all_share_is_given_out_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
