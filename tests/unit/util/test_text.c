/* Text from outside, what is a character and what may be shown; and numbers. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util/text.h"

static void a_character_has_its_length(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"a", 1},
        {"\x7f", 1},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xe0\xa0\x80", 3},
        {"\xed\x9f\xbf", 3},
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},

        {"\x80", 0}, /* a continuation alone */
        {"\xbf", 0},
        {"\xc2", 0}, /* cut short */
        {"\xe2\x82", 0},
        {"\xf0\x9f\x98", 0},
        {"\xc2"
         "a",
         0},
        {"\xe2\x82"
         "a",
         0},
        {"\xc2\xc2", 0},
        {"\xc0\x80", 0}, /* overlong */
        {"\xc1\xbf", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xed\xa0\x80", 0}, /* surrogates */
        {"\xed\xbf\xbf", 0},
        {"\xf4\x90\x80\x80", 0}, /* past U+10FFFF */
        {"\xf7\xbf\xbf\xbf", 0},
        {"\xf8\x88\x80\x80\x80", 0},
        {"\xfe", 0},
        {"\xff", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(hl_text_utf8_length(cases[i].text), cases[i].length);
}

static void what_could_steer_a_terminal_is_escaped(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"a\\x", "a\\x"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\r\nb\tc\bd", "a\\x0d\\x0ab\\x09c\\x08d"},
        {"a\x7f"
         "b",
         "a\\x7fb"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"}, /* CSI as one character */
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
        {"a\x9b"
         "b",
         "a\\x9bb"},
        {"\xff\xfe", "\\xff\\xfe"},
        /* Right to left from here. */
        {"a\xe2\x80\xaegnp.exe", "a\\u202egnp.exe"},
        {"\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c",
         "\\u2066x\\u2069\\u200f\\u061c"},
        /* A line's end; a space. */
        {"a\xe2\x80\xa8"
         "b\xe2\x80\xaf",
         "a\\u2028b\xe2\x80\xaf"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\x80", "\\xc0\\x80"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xc3(", "\\xc3("},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char out[64];
        hl_text_printable(out, sizeof(out), cases[i].text);
        assert_string_equal(out, cases[i].shown);
    }
}

static void a_text_is_cut_between_characters(void **state)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    static const size_t shown[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    char out[16];
    (void)state;
    for (size_t size = 1; size < sizeof(shown) / sizeof(*shown); size++) {
        memset(out, '#', sizeof(out));
        hl_text_printable(out, size, text);
        assert_int_equal(strlen(out), shown[size]);
        assert_memory_equal(out, text, shown[size]);
        for (size_t i = size; i < sizeof(out); i++)
            assert_int_equal(out[i], '#');
    }
    hl_text_printable(out, 0, text);
    hl_text_printable(out, 9, "\x01\x02\x03");
    assert_string_equal(out, "\\x01\\x02");
    hl_text_printable(out, 8, "\x01\x02\x03");
    assert_string_equal(out, "\\x01");
}

static void plain_bytes_end_before_the_eight_with_another(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        for (size_t place = 0; place < 16; place++) {
            char text[20];
            memset(text, c % 2 == 0 ? '~' : ' ', sizeof(text));
            text[place] = (char)c;
            assert_int_equal(hl_text_plain_bytes(text, sizeof(text)),
                             plain ? 16 : place / 8 * 8);
        }
    }
    assert_int_equal(hl_text_plain_bytes("seven 7", 7), 0);
}

static void check_number(const char *at, const char *end, const char *text)
{
    assert_int_equal(end - at, strlen(text));
    assert_memory_equal(at, text, strlen(text));
}

static void numbers_are_as_printf_has_them(void **state)
{
    static const uint64_t numbers[] = {
        0, 9, 10, 99, 100, 101, 999, 1000, 1001, 12345, 1000000, UINT64_MAX,
    };
    char room[HL_TEXT_NUMBER_MAX];
    char *end = room + sizeof(room);
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        uint64_t n = numbers[i];
        char text[32];
        snprintf(text, sizeof(text), "%" PRIu64, n);
        check_number(hl_text_digits(end, n), end, text);
        snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, n / 1000,
                 n % 1000);
        check_number(hl_text_thousandths(end, n), end, text);
    }
    check_number(hl_text_int(end, 0), end, "0");
    check_number(hl_text_int(end, -1), end, "-1");
    check_number(hl_text_int(end, INT64_MAX), end, "9223372036854775807");
    check_number(hl_text_int(end, INT64_MIN), end, "-9223372036854775808");
}

static void counts_have_a_comma_at_each_thousand(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {4812330, "4,812,330"},
        {100000, "100,000"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    char text[HL_TEXT_COUNT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hl_text_count(text, cases[i].count);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_has_its_length),
        cmocka_unit_test(what_could_steer_a_terminal_is_escaped),
        cmocka_unit_test(a_text_is_cut_between_characters),
        cmocka_unit_test(plain_bytes_end_before_the_eight_with_another),
        cmocka_unit_test(numbers_are_as_printf_has_them),
        cmocka_unit_test(counts_have_a_comma_at_each_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
