/* When more loops pay: hosts that close are told from hosts that keep, and a
 * window's figures decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modes/handshakes.h"

static const char *const closing = "https://closes.example/a";
static const char *const keeping = "https://keeps.example/a";
static const uint64_t ms = 1000000;

/* A transfer from start_ms on ends 10 ms later. */
static void end(struct hl_handshakes *h, const char *url, uint64_t start_ms,
                bool reused)
{
    const struct hl_reply reply = {
        .answered = true, .reused = reused, .start_ns = start_ms * ms};
    hl_handshakes_note(h, url, &reply, (start_ms + 10) * ms);
}

static void end_many(struct hl_handshakes *h, const char *url, uint64_t from_ms,
                     unsigned count, bool reused)
{
    for (unsigned i = 0; i < count; i++)
        end(h, url, from_ms + i, reused);
}

/* While it has many transfers at once, even a host that keeps connections has
 * a handshake for each. */
static void handshakes_of_the_first_transfers_tell_nothing(void **state)
{
    struct hl_handshakes h = {.again = 0};
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        end(&h, closing, 100, false);
    assert_false(hl_handshakes_repeat(&h, closing));
    assert_int_equal(h.again, 0);
    assert_int_equal(h.others, 0);
}

static void a_host_closes_that_has_a_handshake_for_each_transfer(void **state)
{
    struct hl_handshakes h = {.again = 0};
    (void)state;
    end(&h, closing, 100, false);
    end_many(&h, closing, 200, 20, false);
    assert_true(hl_handshakes_repeat(&h, closing));
    assert_false(hl_handshakes_repeat(&h, keeping));
    assert_int_equal(h.again, 20 - 8);
    assert_int_equal(h.others, 0);
}

static void
a_host_that_keeps_connections_has_some_when_it_gets_more(void **state)
{
    struct hl_handshakes h = {.again = 0};
    (void)state;
    end(&h, keeping, 100, false);
    for (unsigned i = 0; i < 10; i++) {
        end_many(&h, keeping, 200, 5, false);
        end_many(&h, keeping, 200, 1, true);
    }
    assert_false(hl_handshakes_repeat(&h, keeping));
    assert_int_equal(h.again, 0);
    assert_int_equal(h.others, 10);
}

static void a_connection_that_is_used_again_changes_the_verdict(void **state)
{
    struct hl_handshakes h = {.again = 0};
    (void)state;
    end(&h, closing, 100, false);
    end_many(&h, closing, 200, 20, false);
    end(&h, closing, 300, true);
    assert_false(hl_handshakes_repeat(&h, closing));
}

static void only_answers_by_https_have_a_handshake(void **state)
{
    const char *plain = "http://closes.example/a";
    const struct hl_reply failed = {.start_ns = 300 * ms};
    struct hl_handshakes h = {.again = 0};
    (void)state;
    end(&h, plain, 100, false);
    end_many(&h, plain, 200, 20, false);
    assert_false(hl_handshakes_repeat(&h, plain));
    assert_int_equal(h.others, 21);
    end(&h, closing, 100, false);
    for (unsigned i = 0; i < 20; i++)
        hl_handshakes_note(&h, closing, &failed, 400 * ms);
    assert_false(hl_handshakes_repeat(&h, closing));
    assert_int_equal(h.again, 0);
}

static void more_loops_pay_where_handshakes_take_the_whole_loop(void **state)
{
    const struct hl_loop_load pays = {.wall_ns = 100 * ms,
                                      .cpu_ns = 90 * ms,
                                      .idle_ns = 50 * ms,
                                      .again = 60,
                                      .others = 20};
    struct hl_loop_load waits = pays;
    struct hl_loop_load crowded = pays;
    struct hl_loop_load mixed = pays;
    struct hl_loop_load few = pays;
    (void)state;
    waits.cpu_ns = 84 * ms;
    crowded.idle_ns = 20 * ms;
    mixed.others = 21;
    few.again = 15;
    few.others = 0;
    assert_true(hl_more_loops_pay(&pays));
    assert_false(hl_more_loops_pay(&waits));
    assert_false(hl_more_loops_pay(&crowded));
    assert_false(hl_more_loops_pay(&mixed));
    assert_false(hl_more_loops_pay(&few));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_of_the_first_transfers_tell_nothing),
        cmocka_unit_test(a_host_closes_that_has_a_handshake_for_each_transfer),
        cmocka_unit_test(
            a_host_that_keeps_connections_has_some_when_it_gets_more),
        cmocka_unit_test(a_connection_that_is_used_again_changes_the_verdict),
        cmocka_unit_test(only_answers_by_https_have_a_handshake),
        cmocka_unit_test(more_loops_pay_where_handshakes_take_the_whole_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
