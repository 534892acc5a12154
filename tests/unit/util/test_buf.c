/* A text that grows, and JSON strings in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool out_of_memory;

void *__wrap_realloc(void *old, size_t size)
{
    return out_of_memory ? NULL : __real_realloc(old, size);
}

static void pieces_follow_each_other(void **state)
{
    struct hl_buf buf = {0};
    char expected[5 * 1000 + 1] = "";
    (void)state;
    hl_buf_text(&buf, "");
    assert_string_equal(buf.data, "");
    for (int i = 0; i < 1000; i++) {
        hl_buf_text(&buf, "ab");
        hl_buf_add(&buf, "c\0d", 1);
        hl_buf_printf(&buf, "%c%s", 'd', "e");
        strcat(expected, "abcde");
    }
    assert_string_equal(buf.data, expected);
    assert_int_equal(buf.used, 5000);
    assert_true(buf.size > buf.used);
    assert_false(buf.failed);
    hl_buf_release(&buf);
    assert_null(buf.data);
}

static void a_format_may_be_long(void **state)
{
    struct hl_buf buf = {0};
    (void)state;
    for (int width = 250; width < 260; width++) {
        hl_buf_clear(&buf);
        hl_buf_printf(&buf, "%*d", width, 7);
        assert_int_equal(buf.used, width);
        assert_int_equal(strlen(buf.data), width);
    }
    hl_buf_release(&buf);
}

static void a_cleared_text_is_empty(void **state)
{
    struct hl_buf buf = {0};
    (void)state;
    hl_buf_clear(&buf);
    hl_buf_text(&buf, "old");
    hl_buf_clear(&buf);
    assert_int_equal(buf.used, 0);
    assert_string_equal(buf.data, "");
    hl_buf_text(&buf, "new");
    assert_string_equal(buf.data, "new");
    hl_buf_release(&buf);
}

static void a_json_string_escapes_what_it_must(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"say \"hi\" \\ /", "\"say \\\"hi\\\" \\\\ /\""},
        {"a\nb\rc\td", "\"a\\nb\\rc\\td\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
        {"\b\f\x1b", "\"\\u0008\\u000c\\u001b\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"\xc2\x9b"
         "31m",
         "\"\\u009b31m\""},
        {"a\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8", "\"a\\u202e\\u2066\\u2028\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},
        {"\xc3\"", "\"\xef\xbf\xbd\\\"\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_buf buf = {0};
        hl_buf_json(&buf, cases[i].text);
        assert_string_equal(buf.data, cases[i].json);
        hl_buf_release(&buf);
    }
}

static void a_cell_is_quoted_where_it_must_be(void **state)
{
    static const char *const cells[][2] = {
        {"plain text", "plain text"},
        {"", ""},
        {" a b ", " a b "},
        {"=1+1", "=1+1"},
        {"-x+@", "-x+@"},
        {"a,b", "\"a,b\""},
        {"\"", "\"\"\"\""},
        {"say \"a\", twice", "\"say \"\"a\"\", twice\""},
        {"a\nb", "\"a\nb\""},
        {"a\r", "\"a\r\""},
        {"\xff\tb", "\xff\tb"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        struct hl_buf buf = {0};
        hl_buf_text(&buf, ",");
        hl_buf_csv(&buf, cells[i][0]);
        assert_string_equal(buf.data + 1, cells[i][1]);
        hl_buf_csv(&buf, NULL);
        assert_string_equal(buf.data + 1, cells[i][1]);
        hl_buf_release(&buf);
    }
}

static void without_memory_it_fails_and_stays_so(void **state)
{
    struct hl_buf buf = {0};
    (void)state;
    out_of_memory = true;
    hl_buf_text(&buf, "a");
    out_of_memory = false;
    assert_true(buf.failed);
    assert_null(buf.data);
    hl_buf_text(&buf, "b");
    hl_buf_printf(&buf, "%d", 1);
    hl_buf_json(&buf, "c");
    assert_true(buf.failed);
    assert_int_equal(buf.used, 0);
    hl_buf_clear(&buf);
    hl_buf_text(&buf, "d");
    assert_false(buf.failed);
    assert_string_equal(buf.data, "d");
    hl_buf_release(&buf);
}

static void what_was_there_survives_a_failure(void **state)
{
    struct hl_buf buf = {0};
    (void)state;
    hl_buf_text(&buf, "there");
    out_of_memory = true;
    hl_buf_printf(&buf, "%1000d", 1);
    out_of_memory = false;
    assert_true(buf.failed);
    assert_string_equal(buf.data, "there");
    hl_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(a_format_may_be_long),
        cmocka_unit_test(a_cleared_text_is_empty),
        cmocka_unit_test(a_json_string_escapes_what_it_must),
        cmocka_unit_test(a_cell_is_quoted_where_it_must_be),
        cmocka_unit_test(without_memory_it_fails_and_stays_so),
        cmocka_unit_test(what_was_there_survives_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
