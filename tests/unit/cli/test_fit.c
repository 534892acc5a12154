/* Lines of pieces that are as long as there is room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/fit.h"
#include "util/text_width.h"

static void expect(const struct hl_fit *fit, size_t columns, const char *wanted)
{
    struct hl_buf out = {0};
    hl_fit_put(fit, columns, &out);
    assert_string_equal(out.data != NULL ? out.data : "", wanted);
    assert_true(hl_text_width(wanted) <= columns);
    hl_buf_release(&out);
}

static void what_matters_least_is_left_out_first(void **state)
{
    struct hl_fit fit = {0};
    (void)state;
    hl_fit_add(&fit, 0, "%d of %d", 12, 40);
    hl_fit_add(&fit, 2, "3.4 MB/s");
    hl_fit_add(&fit, 3, "%s", "");
    hl_fit_add(&fit, 1, "~5 s left");
    expect(&fit, 29, "12 of 40, 3.4 MB/s, ~5 s left");
    expect(&fit, 28, "12 of 40, ~5 s left");
    expect(&fit, 19, "12 of 40, ~5 s left");
    expect(&fit, 18, "12 of 40, 3.4 MB/s");
    expect(&fit, 17, "12 of 40");
    expect(&fit, 8, "12 of 40");
    expect(&fit, 7, "12 of");
    expect(&fit, 1, "1");
    expect(&fit, 0, "");
}

static void a_piece_is_cut_at_a_word_without_a_comma(void **state)
{
    struct hl_fit fit = {0};
    (void)state;
    hl_fit_add(&fit, 0, "slowest now: a.example 3 s, b.example 2 s");
    expect(&fit, 30, "slowest now: a.example 3 s");
    expect(&fit, 13, "slowest now");
    expect(&fit, 3, "slo");
}

static void wide_characters_take_two_columns(void **state)
{
    struct hl_fit fit = {0};
    (void)state;
    hl_fit_add(&fit, 0, "例え.jp 12 s");
    hl_fit_add(&fit, 1, "ok");
    expect(&fit, 16, "例え.jp 12 s, ok");
    expect(&fit, 15, "例え.jp 12 s");
    expect(&fit, 11, "例え.jp 12");
    expect(&fit, 3, "例");
}

static void nothing_steers_the_terminal(void **state)
{
    struct hl_fit fit = {0};
    (void)state;
    hl_fit_add(&fit, 0, "a\033[2Jb");
    expect(&fit, 20, "a\\x1b[2Jb");
}

static void no_more_pieces_are_taken_than_there_is_room_for(void **state)
{
    struct hl_fit fit = {0};
    (void)state;
    for (int i = 0; i < 2 * HL_FIT_PIECES; i++)
        hl_fit_add(&fit, 0, "%d", i);
    expect(&fit, 99, "0, 1, 2, 3, 4, 5, 6, 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matters_least_is_left_out_first),
        cmocka_unit_test(a_piece_is_cut_at_a_word_without_a_comma),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(nothing_steers_the_terminal),
        cmocka_unit_test(no_more_pieces_are_taken_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
