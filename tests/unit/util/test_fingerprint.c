/* Fingerprints of strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "util/fingerprint.h"

/* The journals of old runs hold these: they never change. */
static void prints_are_sha256(void **state)
{
    char hex[HL_FINGERPRINT_HEX_SIZE];
    (void)state;
    assert_int_equal(hl_fingerprint_of(""), UINT64_C(0xe3b0c44298fc1c14));
    assert_int_equal(hl_fingerprint_of("abc"), UINT64_C(0xba7816bf8f01cfea));
    hl_fingerprint_hex(hex, hl_fingerprint_of("abc"));
    assert_string_equal(hex, "ba7816bf8f01cfea");
    hl_fingerprint_hex(hex, 0x123);
    assert_string_equal(hex, "0000000000000123");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_are_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
