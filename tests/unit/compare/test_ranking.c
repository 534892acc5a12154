/* Which rows are faster than which, and how a table names its rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compare/ranking.h"
#include "compare/sweep.h"

/* A row whose runs took from shortest_s to longest_s. */
static struct hl_row row_of(double seconds, double shortest_s, double longest_s)
{
    struct hl_row row;
    hl_row_init(&row, HAUL_MODE_ASYNC, 10, false);
    row.measure.files = 1;
    row.measure.seconds = seconds;
    row.shortest_s = shortest_s;
    row.longest_s = longest_s;
    return row;
}

static struct hl_row once(double seconds)
{
    return row_of(seconds, seconds, seconds);
}

static void assert_equal_rows(struct hl_row a, struct hl_row b, bool wanted)
{
    assert_int_equal(hl_rows_are_equal(&a, &b), wanted);
    assert_int_equal(hl_rows_are_equal(&b, &a), wanted);
    assert_int_equal(hl_row_is_faster(&a, &b), !wanted);
    assert_false(hl_row_is_faster(&b, &a));
}

static void times_are_equal_within_the_spread(void **state)
{
    (void)state;
    assert_equal_rows(once(1), once(1), true);
    assert_equal_rows(once(1), once(1.14), true);
    assert_equal_rows(once(1), once(1.16), false);
    assert_equal_rows(once(0.01), once(0.03), true);
    assert_equal_rows(once(0.01), once(0.05), false);
    /* Several runs: how far they are apart is known. */
    assert_equal_rows(row_of(1, 0.99, 1.01), row_of(1.14, 1.1, 1.2), false);
    assert_equal_rows(row_of(1, 0.99, 1.01), row_of(1.04, 1.02, 1.2), true);
    assert_equal_rows(row_of(1, 0.99, 1.35), row_of(1.5, 1.3, 1.6), true);
}

/* Rows with failures are no faster, however little time they took. */
static void a_sweep_marks_the_fewest_that_are_as_fast(void **state)
{
    struct hl_row rows[4] = {once(2), once(1.1), once(1), once(1.02)};
    (void)state;
    assert_int_equal(hl_sweep_best(rows, 4), 1);
    rows[1].measure.failed = 1;
    assert_int_equal(hl_sweep_best(rows, 4), 2);
    rows[0].measure.seconds = 0.1;
    rows[0].measure.failed = 1;
    assert_int_equal(hl_sweep_best(rows, 4), 2);
    assert_int_equal(hl_sweep_best(rows, 2), 2);
}

static void a_title_says_what_rows_have_in_common(void **state)
{
    static const struct {
        struct hl_setting setting;
        const char *words;
    } cases[] = {
        {{.files = 1, .runs = 1},
         "1 file from the built-in server, which answers at once"},
        {{.list = "a.txt", .latency_ns = 1500000, .runs = 1},
         "The files of a.txt from the built-in server, which answers after 1.5 "
         "ms"},
        {{.list = "a.txt",
          .files = 40,
          .latency_ns = 100000000,
          .bandwidth = 2048,
          .cpu_work_us = 20000,
          .runs = 3},
         "40 files of a.txt from the built-in server, which answers after 100 "
         "ms and "
         "sends 2048 bytes/s on a connection; each file then takes 20 ms of "
         "processor work; medians of 3 runs"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_buf text = {0};
        hl_setting_title(&text, &cases[i].setting);
        assert_string_equal(text.data, cases[i].words);
        hl_buf_release(&text);
    }
}

static void rows_of_one_mode_are_told_apart_in_json(void **state)
{
    struct hl_row rows[3] = {once(1), once(2), once(3)};
    struct hl_buf text = {0};
    (void)state;
    rows[1].cpu_work_us = 20000;
    hl_row_init(&rows[2], HAUL_MODE_ASYNC, 10, true);
    rows[2].cpu_work_us = 500;
    hl_rows_json(&text, rows, 3);
    char *at = text.data;
    static const char *const wanted[] = {
        "\"mode\":\"async\",\"workers\":10,\"label\":\"async (10)\",",
        "\"work_on_pool\":false,\"cpu_work_ms\":0,",
        "\"work_on_pool\":false,\"cpu_work_ms\":20,",
        "\"label\":\"async (10), work on pool\",",
        "\"work_on_pool\":true,\"cpu_work_ms\":0.5,"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
        at = strstr(at, wanted[i]);
        assert_non_null(at);
    }
    hl_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_equal_within_the_spread),
        cmocka_unit_test(a_sweep_marks_the_fewest_that_are_as_fast),
        cmocka_unit_test(a_title_says_what_rows_have_in_common),
        cmocka_unit_test(rows_of_one_mode_are_told_apart_in_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
