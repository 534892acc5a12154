/* What codes of errors are called. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <uv.h>

#include "util/error.h"

static void each_code_has_words_that_need_no_memory(void **state)
{
    (void)state;
    assert_string_equal(hl_strerror(UV_ENOENT), "no such file or directory");
    assert_string_equal(hl_strerror(UV_EOF), "end of file");
    /* These libuv does not know. */
    assert_string_equal(hl_strerror(-ENOLCK), "No locks available");
    assert_string_equal(hl_strerror(-EDQUOT), "Disk quota exceeded");
    assert_string_equal(hl_strerror(-100000), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_words_that_need_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
