/* What is said of a run, for terminals of any width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress_words.h"
#include "util/text_width.h"

typedef void (*put_fn)(const struct hl_progress_state *state, size_t columns,
                       struct hl_buf *out);

static void expect(put_fn put, const struct hl_progress_state *state,
                   size_t columns, const char *wanted)
{
    struct hl_buf out = {0};
    put(state, columns, &out);
    assert_string_equal(out.data != NULL ? out.data : "", wanted);
    hl_buf_release(&out);
}

static const struct hl_progress_state list = {
    .done = 1204,
    .total = 197312,
    .estimated = true,
    .failed = 3,
    .causes = " (http 404 2, dns 1)",
    .bytes = 12300000,
    .in_flight = 256,
    .waiting = 12000,
    .lag_ms = 3,
    .estimate = {.share = 0.0061,
                 .files_per_s = 85.2,
                 .bytes_per_s = 1.24e6,
                 .left_s = 39 * 60 + 5},
};

static const struct hl_progress_state file = {
    .total = 1,
    .causes = "",
    .bytes = 3100000000,
    .in_flight = 1,
    .lag_ms = -1,
    .estimate = {.share = 0.62,
                 .bytes_per_s = 48e6,
                 .left_s = 39,
                 .bytes_total = 5000000000,
                 .bytes_there = 3100000000},
};

static void a_list_shows_its_share_its_speed_and_its_end(void **state)
{
    (void)state;
    expect(hl_put_progress, &list, 79,
           ".................... 1,204 of ~200,000 (0.6 %), 85 files/s, "
           "~39 min left");
    expect(hl_put_activity, &list, 79,
           "256 in flight, 12,000 waiting, 3 failed (http 404 2, dns 1), 12 "
           "MB at 1.2 MB/s");
    expect(hl_put_waiting, &list, 79, "");
}

static void a_narrow_terminal_shows_what_matters_most(void **state)
{
    (void)state;
    expect(hl_put_progress, &list, 39,
           "1,204 of ~200,000 (0.6 %), ~39 min left");
    expect(hl_put_progress, &list, 38, "1,204 (0.6 %), ~39 min left");
    expect(hl_put_progress, &list, 26, "0.6 %, ~39 min left");
    expect(hl_put_progress, &list, 19, "0.6 %, ~39 min left");
    expect(hl_put_progress, &list, 18, "1,204 (0.6 %)");
    expect(hl_put_progress, &list, 9, "0.6 %");
    expect(hl_put_progress, &list, 3, "0.6");
    expect(hl_put_activity, &list, 39, "3 failed (http 404 2, dns 1)");
    expect(hl_put_activity, &list, 19, "3 failed");
    expect(hl_put_activity, &list, 9, "3 failed");
    expect(hl_put_activity, &list, 5, "3");
}

static void no_line_is_wider_than_asked_for(void **state)
{
    static const put_fn puts[] = {hl_put_progress, hl_put_activity,
                                  hl_put_waiting};
    struct hl_progress_state waits = list;
    struct hl_buf out = {0};
    (void)state;
    waits.waits = "the network is down; one transfer a second is tried";
    for (size_t columns = 1; columns < 120; columns++) {
        for (size_t i = 0; i < 3; i++) {
            hl_buf_clear(&out);
            puts[i](&waits, columns, &out);
            assert_true(out.used == 0 || hl_text_width(out.data) <= columns);
            hl_buf_clear(&out);
            puts[i](&file, columns, &out);
            assert_true(out.used == 0 || hl_text_width(out.data) <= columns);
        }
    }
    hl_buf_release(&out);
}

static void a_large_file_shows_its_bytes(void **state)
{
    (void)state;
    expect(hl_put_progress, &file, 79,
           "############........ 3.1 GB of 5.0 GB (62 %), 48 MB/s, ~40 s left");
    expect(hl_put_progress, &file, 39, "3.1 GB of 5.0 GB (62 %), ~40 s left");
    expect(hl_put_progress, &file, 19, "62 %, ~40 s left");
    expect(hl_put_progress, &file, 9, "62 %");
}

static void few_files_show_both(void **state)
{
    struct hl_progress_state few = file;
    (void)state;
    few.done = 2;
    few.total = 5;
    expect(hl_put_progress, &few, 79,
           "############........ 2 of 5, 3.1 GB of 5.0 GB (62 %), 48 MB/s, ~40 "
           "s left");
    expect(hl_put_progress, &few, 39, "3.1 GB of 5.0 GB (62 %), ~40 s left");
}

static void what_is_not_known_is_not_said(void **state)
{
    struct hl_progress_state pipe = list;
    (void)state;
    pipe.total = 0;
    pipe.estimate.share = -1;
    pipe.estimate.left_s = -1;
    expect(hl_put_progress, &pipe, 79, "1,204 done, 85 files/s");
    expect(hl_put_progress, &pipe, 5, "1,204");
    pipe.estimate.files_per_s = 0;
    expect(hl_put_progress, &pipe, 79, "1,204 done");
}

static void slow_files_are_counted_by_the_minute(void **state)
{
    struct hl_progress_state slow = list;
    (void)state;
    slow.estimate.left_s = -1;
    slow.estimated = false;
    slow.total = 2000;
    slow.estimate.files_per_s = 0.2;
    slow.estimate.share = 1204 / 2000.0;
    expect(hl_put_progress, &slow, 50, "1,204 of 2,000 (60 %), 12 files/min");
    slow.estimate.files_per_s = 3.14;
    expect(hl_put_progress, &slow, 50, "1,204 of 2,000 (60 %), 3.1 files/s");
}

static void nothing_is_done_before_it_is(void **state)
{
    struct hl_progress_state near = list;
    (void)state;
    near.estimate.left_s = -1;
    near.estimate.files_per_s = 0;
    near.estimated = false;
    near.done = 1999;
    near.total = 2000;
    near.estimate.share = 0.9999;
    expect(hl_put_progress, &near, 40, "1,999 of 2,000 (99 %)");
    near.done = 2000;
    near.estimate.share = 1;
    expect(hl_put_progress, &near, 40, "2,000 of 2,000 (100 %)");
}

static void a_sentence_takes_the_place_of_slow_hosts(void **state)
{
    struct hl_progress_state waits = list;
    (void)state;
    waits.slow = "a.example 12 s, b.example 3 s";
    expect(hl_put_waiting, &waits, 79,
           "slowest now: a.example 12 s, b.example 3 s");
    expect(hl_put_waiting, &waits, 30, "slowest now: a.example 12 s");
    waits.waits = "stopping: 5 s for 12 transfers; Ctrl-C again stops now";
    expect(hl_put_waiting, &waits, 79, waits.waits);
    expect(hl_put_waiting, &waits, 39,
           "stopping: 5 s for 12 transfers; Ctrl-C");
}

static void expect_left(double seconds, const char *wanted)
{
    struct hl_progress_state some = {.total = 10, .causes = ""};
    char line[80];
    some.estimate.left_s = seconds;
    snprintf(line, sizeof(line), "0 of 10 (0.0 %%)%s%s",
             wanted[0] != '\0' ? ", " : "", wanted);
    expect(hl_put_progress, &some, 35, line);
}

static void the_time_left_is_no_more_exact_than_it_is_known(void **state)
{
    (void)state;
    expect_left(0, "~1 s left");
    expect_left(7.4, "~7 s left");
    expect_left(12, "~10 s left");
    expect_left(97, "~95 s left");
    expect_left(98, "~2 min left");
    expect_left(39 * 60 + 20, "~39 min left");
    expect_left(100 * 60, "~1.7 h left");
    expect_left(20 * 3600, "~20 h left");
    expect_left(72 * 3600, "~3 days left");
    expect_left(1e12, "");
}

static void an_estimate_is_rounded_but_never_below_what_is_there(void **state)
{
    (void)state;
    assert_int_equal(hl_rounded_total(197312, 1204, 0), 200000);
    assert_int_equal(hl_rounded_total(143, 1, 0), 140);
    assert_int_equal(hl_rounded_total(99, 1, 0), 99);
    assert_int_equal(hl_rounded_total(197312, 100000, 0), 197000);
    assert_int_equal(hl_rounded_total(197312, 197312, 0), 198000);
    assert_int_equal(hl_rounded_total(0, 0, 0), 0);
}

static void an_estimate_that_was_shown_stays_while_it_may(void **state)
{
    (void)state;
    assert_int_equal(hl_rounded_total(205400, 1, 200000), 200000);
    assert_int_equal(hl_rounded_total(207600, 1, 200000), 210000);
    assert_int_equal(hl_rounded_total(204600, 1, 210000), 210000);
    assert_int_equal(hl_rounded_total(202400, 1, 210000), 200000);
    assert_int_equal(hl_rounded_total(204600, 204000, 200000), 205000);
    assert_int_equal(hl_rounded_total(57, 1, 58), 57);
    assert_int_equal(hl_rounded_total(205000, 30000, 210000), 205000);
}

static void a_log_gets_all_of_it_in_one_line(void **state)
{
    struct hl_progress_state waits = list;
    struct hl_buf out = {0};
    (void)state;
    waits.lag_ms = 120;
    waits.there = 1000;
    waits.waits = "the network is down";
    hl_put_progress_line(&waits, &out);
    assert_string_equal(
        out.data,
        "1,204 of ~200,000 (0.6 %), 85 files/s, ~39 min left; 256 in flight, "
        "12,000 waiting, 3 failed (http 404 2, dns 1), 1,000 were there, 12 MB "
        "at 1.2 MB/s, loop lag 120 ms, the network is down");
    hl_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_shows_its_share_its_speed_and_its_end),
        cmocka_unit_test(a_narrow_terminal_shows_what_matters_most),
        cmocka_unit_test(no_line_is_wider_than_asked_for),
        cmocka_unit_test(a_large_file_shows_its_bytes),
        cmocka_unit_test(few_files_show_both),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(slow_files_are_counted_by_the_minute),
        cmocka_unit_test(nothing_is_done_before_it_is),
        cmocka_unit_test(a_sentence_takes_the_place_of_slow_hosts),
        cmocka_unit_test(the_time_left_is_no_more_exact_than_it_is_known),
        cmocka_unit_test(an_estimate_is_rounded_but_never_below_what_is_there),
        cmocka_unit_test(an_estimate_that_was_shown_stays_while_it_may),
        cmocka_unit_test(a_log_gets_all_of_it_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
