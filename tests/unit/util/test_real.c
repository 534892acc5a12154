/* Arithmetic against the C library's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/real.h"

static void whole_numbers_are_those_of_libm(void **state)
{
    static const double values[] = {0,    0.1,  0.4999999, 0.5,    0.9999,
                                    1,    1.5,  2.5,       99.499, 1e9 + 0.5,
                                    1e15, 1e16, 9.2e18,    1e30};
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        assert_true(hl_real_round(values[i]) == round(values[i]));
        assert_true(hl_real_floor(values[i]) == floor(values[i]));
    }
}

static void the_larger_and_the_smaller_are_found(void **state)
{
    (void)state;
    assert_true(hl_real_least(-1, 2) == -1 && hl_real_least(2, -1) == -1);
    assert_true(hl_real_most(-1, 2) == 2 && hl_real_most(2, -1) == 2);
}

static void a_decay_is_the_exponential(void **state)
{
    (void)state;
    for (double value = 0; value < 3; value += 0.01)
        assert_true(fabs(hl_real_decay(value) / exp(-value) - 1) < 1e-3);
    assert_true(hl_real_decay(1000) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_those_of_libm),
        cmocka_unit_test(the_larger_and_the_smaller_are_found),
        cmocka_unit_test(a_decay_is_the_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
