/* HTTP's dates against the C library's calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "util/date.h"

static void every_day_of_three_centuries_is_read_and_written(void **state)
{
    char text[40];
    char written[HL_DATE_SIZE];
    (void)state;
    for (int64_t t = 0; t < (int64_t)300 * 366 * 86400; t += 86400 + 3671) {
        time_t at = (time_t)t;
        struct tm tm;
        gmtime_r(&at, &tm);
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_int_equal(hl_date_parse(text), t);
        hl_date_format(written, at);
        assert_string_equal(written, text);
    }
}

static void other_forms_are_left_to_others(void **state)
{
    static const char *const strings[] = {
        "",
        "0",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 06 Nop 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun; 06 Nov 1994 08:49:37 GMT",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        assert_int_equal(hl_date_parse(strings[i]), -1);
}

static void a_date_for_programs_has_microseconds(void **state)
{
    char text[HL_DATE_ISO_SIZE];
    (void)state;
    hl_date_iso(text, 784111777000123);
    assert_string_equal(text, "1994-11-06T08:49:37.000123Z");
    hl_date_iso(text, 0);
    assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_three_centuries_is_read_and_written),
        cmocka_unit_test(other_forms_are_left_to_others),
        cmocka_unit_test(a_date_for_programs_has_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
