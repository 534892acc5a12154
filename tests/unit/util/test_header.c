/* Which request headers may be sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util/header.h"

static void a_line_with_a_name_is_sent(void **state)
{
    static const char *const lines[] = {
        "A: b",  "A:b",         "A:",
        "A: ",   "Accept: */*", "X-Name_1.~: \xc3\xa9 \t: ;",
        "TE: x", "Host: other", "Range-Unit: x",
        NULL,
    };
    (void)state;
    for (size_t i = 0; lines[i] != NULL; i++)
        assert_null(hl_header_line_objection(lines[i]));
    assert_null(hl_headers_objection(lines));
    assert_null(hl_headers_objection(NULL));
}

static void what_is_no_line_is_refused(void **state)
{
    static const char *const lines[] = {
        "",           "A",           "A;",        ": b",
        " A: b",      "A : b",       "A b: c",    "A: b\r\nC: d",
        "A: b\nC: d", "A: b\r",      "A\r\nB: c", "A: \x01",
        "A: \x7f",    "\xc3\xa9: b", "A;B: c",    "@file",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        const char *const one[] = {"A: b", lines[i], NULL};
        assert_string_equal(hl_header_line_objection(lines[i]),
                            "a header that is not 'Name: value'");
        assert_non_null(hl_headers_objection(one));
    }
}

static void what_haul_sets_itself_is_refused(void **state)
{
    static const char *const lines[] = {
        "Range: bytes=0-1",
        "range:",
        "RANGE;",
        "If-Range: x",
        "if-match: *",
        "If-None-Match: *",
        "If-Modified-Since: x",
        "If-Unmodified-Since: x",
        "Content-Length: 3",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "conNection;",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        assert_string_equal(hl_header_line_objection(lines[i]),
                            "a header that haul sets itself");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_with_a_name_is_sent),
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(what_haul_sets_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
