/* Columns of a terminal, and texts that are cut to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/text_width.h"

static void letters_wide_ones_and_marks_are_counted(void **state)
{
    (void)state;
    assert_int_equal(hl_text_width(""), 0);
    assert_int_equal(hl_text_width("haul 12 %"), 9);
    assert_int_equal(hl_text_width("例え.jp"), 2 + 2 + 3);
    assert_int_equal(hl_text_width("한"), 2);
    assert_int_equal(hl_text_width("e\u0301t\u00e9"), 3);
    assert_int_equal(hl_text_width("\xff"), 1);
}

static void expect(const char *text, size_t columns, const char *wanted)
{
    size_t length = hl_text_words_in(text, columns);
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(text, wanted, length);
}

static void a_text_is_cut_behind_a_word(void **state)
{
    (void)state;
    expect("one two three", 13, "one two three");
    expect("one two three", 12, "one two");
    expect("one two three", 7, "one two");
    expect("one two three", 6, "one");
    expect("one two three", 3, "one");
    expect("", 5, "");
}

static void a_first_word_that_is_too_long_is_cut_inside(void **state)
{
    (void)state;
    expect("one two", 2, "on");
    expect("one two", 0, "");
    expect("例え.jp", 3, "例");
    expect("例え.jp", 1, "");
    expect("e\u0301e\u0301", 1, "e\u0301");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_wide_ones_and_marks_are_counted),
        cmocka_unit_test(a_text_is_cut_behind_a_word),
        cmocka_unit_test(a_first_word_that_is_too_long_is_cut_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
