/* Counting many strings, of which a limit of different ones is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/exact_counts.h"

enum { LIMIT = 1000 };

static void add(struct hl_exact_counts *tally, const char *prefix,
                unsigned number, unsigned times)
{
    char text[64];
    snprintf(text, sizeof(text), "%s%u.example", prefix, number);
    for (unsigned i = 0; i < times; i++)
        assert_int_equal(hl_exact_counts_add(tally, text), 0);
}

static void an_empty_one_has_nothing(void **state)
{
    struct hl_exact_counts tally = {.limit = LIMIT};
    struct hl_exact_counts_rank top[1];
    (void)state;
    assert_int_equal(hl_exact_counts_different(&tally), 0);
    assert_int_equal(hl_exact_counts_top(&tally, top, 1), 0);
    assert_false(tally.is_full);
    hl_exact_counts_release(&tally);
}

static void the_most_frequent_are_ranked(void **state)
{
    struct hl_exact_counts tally = {.limit = LIMIT};
    struct hl_exact_counts_rank top[3];
    (void)state;
    /* In turn, and then in a row. */
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < LIMIT; i++)
            add(&tally, "host", i, 1);
    add(&tally, "host", 7, 5);
    add(&tally, "host", 11, 9);
    assert_false(tally.is_full);
    assert_int_equal(hl_exact_counts_different(&tally), LIMIT);
    assert_int_equal(hl_exact_counts_top(&tally, top, 3), 3);
    assert_string_equal(top[0].text, "host11.example");
    assert_int_equal(top[0].count, 12);
    assert_string_equal(top[1].text, "host7.example");
    assert_int_equal(top[1].count, 8);
    assert_string_equal(top[2].text, "host0.example");
    assert_int_equal(top[2].count, 3);
    hl_exact_counts_release(&tally);
}

static void the_top_is_no_longer_than_there_are_texts(void **state)
{
    struct hl_exact_counts tally = {.limit = LIMIT};
    struct hl_exact_counts_rank top[4];
    (void)state;
    add(&tally, "a", 1, 1);
    add(&tally, "b", 1, 3);
    add(&tally, "c", 1, 2);
    assert_int_equal(hl_exact_counts_top(&tally, top, 4), 3);
    assert_string_equal(top[0].text, "b1.example");
    assert_string_equal(top[1].text, "c1.example");
    assert_string_equal(top[2].text, "a1.example");
    hl_exact_counts_release(&tally);
}

static void beyond_the_limit_new_texts_are_not_kept(void **state)
{
    struct hl_exact_counts tally = {.limit = LIMIT};
    struct hl_exact_counts_rank top[1];
    (void)state;
    for (unsigned n = 0; n < LIMIT; n++)
        add(&tally, "host", n, 1);
    assert_false(tally.is_full);
    add(&tally, "late", 0, 500);
    assert_true(tally.is_full);
    add(&tally, "host", 3, 1);
    assert_int_equal(hl_exact_counts_different(&tally), LIMIT);
    assert_int_equal(hl_exact_counts_top(&tally, top, 1), 1);
    assert_string_equal(top[0].text, "host3.example");
    assert_int_equal(top[0].count, 2);
    hl_exact_counts_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_nothing),
        cmocka_unit_test(the_most_frequent_are_ranked),
        cmocka_unit_test(the_top_is_no_longer_than_there_are_texts),
        cmocka_unit_test(beyond_the_limit_new_texts_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
