/* Numbers with units, as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <uv.h>

#include "util/parse.h"

/* Left in *out by a parser that refuses. */
static const uint64_t untouched = 77;

struct example {
    const char *text;
    uint64_t value; /* untouched: it is refused */
};

typedef int (*parse_fn)(const char *text, uint64_t *out);

static void check(parse_fn parse, const struct example *examples)
{
    for (; examples->text != NULL; examples++) {
        uint64_t value = untouched;
        int r = parse(examples->text, &value);
        print_message("'%s'\n", examples->text);
        assert_int_equal(r, examples->value == untouched ? UV_EINVAL : 0);
        assert_true(value == examples->value);
    }
}

static int count_to_1000(const char *text, uint64_t *out)
{
    return hl_parse_count(text, 1000, out);
}

static int count_to_most(const char *text, uint64_t *out)
{
    return hl_parse_count(text, UINT64_MAX, out);
}

static void a_count_is_digits_up_to_a_limit(void **state)
{
    static const struct example to_1000[] = {
        {"0", 0},
        {"1", 1},
        {"007", 7},
        {"1000", 1000},
        {"1001", untouched},
        {"18446744073709551616", untouched},
        {"99999999999999999999999999", untouched},
        {"", untouched},
        {"-1", untouched},
        {"+1", untouched},
        {" 1", untouched},
        {"1 ", untouched},
        {"1k", untouched},
        {"0x10", untouched},
        {"1.0", untouched},
        {"1e2", untouched},
        {"one", untouched},
        {NULL, 0},
    };
    static const struct example to_most[] = {
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", untouched},
        {NULL, 0},
    };
    (void)state;
    check(count_to_1000, to_1000);
    check(count_to_most, to_most);
}

static void bytes_have_units_of_1024(void **state)
{
    static const struct example examples[] = {
        {"0", 0},
        {"1000", 1000},
        {"1B", 1},
        {"1b", 1},
        {"1K", 1024},
        {"1k", 1024},
        {"1KB", 1024},
        {"1KiB", 1024},
        {"1Ki", 1024},
        {"1kib", 1024},
        {"1.5M", 1572864},
        {"2G", UINT64_C(2147483648)},
        {"2T", UINT64_C(2199023255552)},
        {"0.5K", 512},
        {"0.1", 0},
        {"0.5", 1},
        {"1.", 1},
        {"8000000T", UINT64_C(8796093022208000000)},
        {"9000000T", untouched},
        {"99999999999999999999", untouched},
        {"99999999999999999999T", untouched},
        {"100000000000000000000000000000000", untouched},
        {"", untouched},
        {"K", untouched},
        {".5K", untouched},
        {"-1K", untouched},
        {"+1", untouched},
        {" 1", untouched},
        {"1 K", untouched},
        {"1K ", untouched},
        {"1KK", untouched},
        {"1BB", untouched},
        {"1Bi", untouched},
        {"1iB", untouched},
        {"1KBi", untouched},
        {"1P", untouched},
        {"1.5.5", untouched},
        {"1,5", untouched},
        {"0x10", untouched},
        {"1e3", untouched},
        {"inf", untouched},
        {"nan", untouched},
        {NULL, 0},
    };
    (void)state;
    check(hl_parse_bytes, examples);
}

static void a_duration_is_seconds_unless_it_says(void **state)
{
    static const struct example examples[] = {
        {"0", 0},
        {"1", UINT64_C(1000000000)},
        {"1.5", UINT64_C(1500000000)},
        {"1s", UINT64_C(1000000000)},
        {"1S", UINT64_C(1000000000)},
        {"500ms", UINT64_C(500000000)},
        {"0.5ms", UINT64_C(500000)},
        {"20us", UINT64_C(20000)},
        {"20ns", 20},
        {"0.4ns", 0},
        {"3m", UINT64_C(180000000000)},
        {"3min", UINT64_C(180000000000)},
        {"2h", UINT64_C(7200000000000)},
        {"1d", UINT64_C(86400000000000)},
        {"106481d", UINT64_C(9199958400000000000)},
        {"106482d", untouched},
        {"9999999999", untouched},
        {"", untouched},
        {"s", untouched},
        {"-1s", untouched},
        {"1 s", untouched},
        {"1sec", untouched},
        {"1h30m", untouched},
        {"1:30", untouched},
        {"infinity", untouched},
        {NULL, 0},
    };
    (void)state;
    check(hl_parse_duration, examples);
}

static void digits_are_read_up_to_what_follows(void **state)
{
    uint64_t number = 7;
    (void)state;
    const char *text = "18446744073709551615x";
    assert_ptr_equal(hl_parse_digits(text, UINT64_MAX, &number), text + 20);
    assert_true(number == UINT64_MAX);
    assert_null(hl_parse_digits("18446744073709551616", UINT64_MAX, &number));
    text = "255";
    assert_ptr_equal(hl_parse_digits(text, 255, &number), text + 3);
    assert_null(hl_parse_digits("256", 255, &number));
    assert_null(hl_parse_digits("9", 8, &number));
    assert_null(hl_parse_digits("", 255, &number));
    assert_null(hl_parse_digits("+1", 255, &number));
    assert_null(hl_parse_digits(" 1", 255, &number));
    assert_int_equal(number, 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_is_digits_up_to_a_limit),
        cmocka_unit_test(bytes_have_units_of_1024),
        cmocka_unit_test(a_duration_is_seconds_unless_it_says),
        cmocka_unit_test(digits_are_read_up_to_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
