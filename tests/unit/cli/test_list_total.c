/* The number of rows of lists, from the bytes that were read of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/list_total.h"

static void expect(const struct hl_list_total *total, bool is_known,
                   uint64_t rows, uint64_t bytes, uint64_t bytes_read)
{
    struct hl_list_estimate got;
    hl_list_total_estimate(total, &got);
    assert_int_equal(got.is_known, is_known);
    assert_int_equal(got.rows, rows);
    assert_int_equal(got.bytes, bytes);
    assert_int_equal(got.bytes_read, bytes_read);
}

static void without_lists_there_are_the_arguments(void **state)
{
    (void)state;
    expect(&(struct hl_list_total){.others = 3}, true, 3, 0, 0);
}

static void the_rest_of_a_list_is_like_its_beginning(void **state)
{
    const struct hl_list_total total = {
        .others = 2,
        .is_open = true,
        .open = {.rows = 100, .bytes = 5000},
        .open_size = 1000000,
    };
    (void)state;
    expect(&total, true, 2 + 20000, 1000000, 5000);
}

static void before_the_first_row_nobody_knows(void **state)
{
    const struct hl_list_total opened = {.is_open = true, .open_size = 900};
    const struct hl_list_total ahead = {.ahead = {900}};
    (void)state;
    expect(&opened, false, 0, 0, 0);
    expect(&ahead, false, 0, 0, 0);
}

static void a_pipe_has_no_total_before_its_end(void **state)
{
    struct hl_list_total total = {
        .is_open = true,
        .open = {.rows = 100, .bytes = 5000},
        .open_size = HL_LIST_NO_SIZE,
    };
    (void)state;
    expect(&total, false, 0, 0, 0);
    total = (struct hl_list_total){.ended = {{.rows = 120, .bytes = 6000}}};
    expect(&total, true, 120, 6000, 6000);
}

static void lists_ahead_are_like_those_that_were_read(void **state)
{
    struct hl_list_total total = {
        .ended = {{.rows = 100, .bytes = 1000}},
        .is_open = true,
        .open = {.rows = 300, .bytes = 3000},
        .open_size = 6000,
        .ahead = {2000, 0},
    };
    (void)state;
    expect(&total, true, 100 + 600 + 200, 9000, 4000);
    total.ahead_without_size = 1;
    expect(&total, false, 0, 0, 0);
}

/* A packed byte holds more rows, and nobody knows how many before one was read.
 */
static void packed_lists_are_like_packed_ones_only(void **state)
{
    struct hl_list_total total = {
        .is_open = true,
        .open = {.rows = 10, .bytes = 100},
        .open_size = 100,
        .ahead = {0, 500},
    };
    (void)state;
    expect(&total, false, 0, 0, 0);
    total.ended[HL_LIST_PACKED] =
        (struct hl_list_part){.rows = 90, .bytes = 100};
    expect(&total, true, 10 + 90 + 450, 700, 200);
}

/* Two of three lines were comments so far. */
static void lines_that_were_counted_tell_more_than_bytes(void **state)
{
    const struct hl_list_total total = {
        .is_open = true,
        .open = {.rows = 10, .bytes = 900},
        .open_size = 1000,
        .open_lines = 30,
        .open_lines_left = 60,
    };
    (void)state;
    expect(&total, true, 30, 1000, 900);
}

static void a_list_that_grew_is_as_long_as_what_was_read(void **state)
{
    const struct hl_list_total total = {
        .is_open = true,
        .open = {.rows = 30, .bytes = 300},
        .open_size = 200,
    };
    (void)state;
    expect(&total, true, 30, 300, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_lists_there_are_the_arguments),
        cmocka_unit_test(the_rest_of_a_list_is_like_its_beginning),
        cmocka_unit_test(before_the_first_row_nobody_knows),
        cmocka_unit_test(a_pipe_has_no_total_before_its_end),
        cmocka_unit_test(lists_ahead_are_like_those_that_were_read),
        cmocka_unit_test(packed_lists_are_like_packed_ones_only),
        cmocka_unit_test(lines_that_were_counted_tell_more_than_bytes),
        cmocka_unit_test(a_list_that_grew_is_as_long_as_what_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
