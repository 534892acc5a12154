/* Counting many strings in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "util/census.h"

enum { LIMIT = 1000 };

static void add(struct hl_census *census, const char *prefix, unsigned number,
                unsigned times)
{
    char text[64];
    snprintf(text, sizeof(text), "%s%u.example", prefix, number);
    for (unsigned i = 0; i < times; i++)
        assert_int_equal(hl_census_add(census, text), 0);
}

static struct hl_census *census_new(void)
{
    struct hl_census *census;
    assert_int_equal(hl_census_new(&census, LIMIT), 0);
    return census;
}

static void an_empty_one_has_nothing(void **state)
{
    struct hl_census *census = census_new();
    struct hl_census_rank top[1];
    (void)state;
    assert_int_equal(hl_census_different(census), 0);
    assert_int_equal(hl_census_top(census, top, 1), 0);
    assert_true(hl_census_is_exact(census));
    hl_census_free(census);
    hl_census_free(NULL);
}

static void up_to_the_limit_all_is_exact(void **state)
{
    struct hl_census *census = census_new();
    struct hl_census_rank top[3];
    (void)state;
    /* In turn, and then in a row. */
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < LIMIT; i++)
            add(census, "host", i, 1);
    add(census, "host", 7, 5);
    add(census, "host", 11, 9);
    assert_true(hl_census_is_exact(census));
    assert_int_equal(hl_census_different(census), LIMIT);
    assert_int_equal(hl_census_top(census, top, 3), 3);
    assert_string_equal(top[0].text, "host11.example");
    assert_int_equal(top[0].count, 12);
    assert_int_equal(top[0].over, 0);
    assert_string_equal(top[1].text, "host7.example");
    assert_int_equal(top[1].count, 8);
    assert_int_equal(top[2].count, 3);
    hl_census_free(census);
}

static void the_top_is_no_longer_than_there_are_texts(void **state)
{
    struct hl_census *census = census_new();
    struct hl_census_rank top[4];
    (void)state;
    add(census, "a", 1, 1);
    add(census, "b", 1, 3);
    add(census, "c", 1, 2);
    assert_int_equal(hl_census_top(census, top, 4), 3);
    assert_string_equal(top[0].text, "b1.example");
    assert_string_equal(top[1].text, "c1.example");
    assert_string_equal(top[2].text, "a1.example");
    hl_census_free(census);
}

static void different_ones_are_estimated_beyond_the_limit(void **state)
{
    static const unsigned counts[] = {LIMIT + 1, 3000, 20000, 60000, 300000};
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        struct hl_census *census = census_new();
        for (unsigned n = 0; n < counts[i]; n++)
            add(census, "host", n, 1);
        uint64_t estimate = hl_census_different(census);
        print_message("%u: %lu\n", counts[i], (unsigned long)estimate);
        assert_false(hl_census_is_exact(census));
        assert_in_range(estimate, counts[i] * 0.97, counts[i] * 1.03);
        hl_census_free(census);
    }
}

/* The busiest comes when all counters have long been taken. */
static void a_late_text_that_comes_often_is_not_missed(void **state)
{
    struct hl_census *census = census_new();
    struct hl_census_rank top[2];
    (void)state;
    for (unsigned n = 0; n < 20 * LIMIT; n++)
        add(census, "host", n, 1 + n % 3);
    add(census, "late", 0, 500);
    for (unsigned n = 0; n < 400; n++) {
        add(census, "slow", 0, 1);
        add(census, "rare", n, 1);
    }
    assert_int_equal(hl_census_top(census, top, 2), 2);
    assert_string_equal(top[0].text, "late0.example");
    assert_string_equal(top[1].text, "slow0.example");
    assert_in_range(top[0].count, 500, 500 + top[0].over);
    assert_in_range(top[1].count, 400, 400 + top[1].over);
    /* 40,400 strings over 1,000 counters. */
    assert_in_range(top[0].over, 0, 41);
    assert_in_range(top[1].over, 0, 41);
    hl_census_free(census);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_nothing),
        cmocka_unit_test(up_to_the_limit_all_is_exact),
        cmocka_unit_test(the_top_is_no_longer_than_there_are_texts),
        cmocka_unit_test(different_ones_are_estimated_beyond_the_limit),
        cmocka_unit_test(a_late_text_that_comes_often_is_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
