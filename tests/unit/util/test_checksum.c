/* Checksums as people write them, and lists of digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util/checksum.h"

#define D8   "01234567"
#define D32  D8 D8 D8 D8
#define D40  D32 D8
#define D64  D32 D32
#define D128 D64 D64

static void every_way_to_write_a_checksum_is_read(void **state)
{
    static const struct {
        const char *text;
        const char *read;
    } cases[] = {
        {"md5=" D32, "md5=" D32},
        {"MD5:" D32, "md5=" D32},
        {"sha1=" D40, "sha1=" D40},
        {"SHA-1:" D40, "sha1=" D40},
        {"Sha256=" D64, "sha256=" D64},
        {"sha-256:" D64, "sha256=" D64},
        {"SHA2-256=" D64, "sha256=" D64},
        {"sha512:" D128, "sha512=" D128},
        {"sha-512=" D128, "sha512=" D128},
        {"md5=ABCDEFabcdef0123456789ABCDEF0123",
         "md5=abcdefabcdef0123456789abcdef0123"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_checksum checksum;
        char text[HL_CHECKSUM_SIZE];
        assert_null(hl_checksum_parse(&checksum, cases[i].text));
        hl_checksum_text(text, &checksum);
        assert_string_equal(text, cases[i].read);
    }
}

static void all_else_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "=",
        ":",
        D64,
        "=" D64,
        "garbage",
        "sha256",
        "sha256=",
        "sha256" D64,
        "sha256 =" D64,
        " sha256=" D64,
        "sha256= " D64,
        "sha256=" D64 " ",
        "sha256=" D64 "\n",
        "sha256==" D64,
        "sha256=:" D64,
        "sha256=" D32,
        "sha256=" D64 "0",
        "sha256=0x" D64,
        "md5=" D64,
        "sha1=" D32,
        "sha512=" D64,
        "sha224=" D32 D8 D8 D8,
        "sha384=" D64 D32,
        "crc32=" D8,
        "sha=" D40,
        "md5="
        "g"
        "1234567" D8 D8 D8,
        "sha-256-=" D64,
        "sha3-256=" D64,
    };
    struct hl_checksum checksum;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("  '%s'\n", cases[i]);
        assert_non_null(hl_checksum_parse(&checksum, cases[i]));
    }
}

static void digests_are_told_apart_by_their_length(void **state)
{
    static const char *const digests = D32 "," D40 "," D128 "," D64;
    (void)state;
    assert_int_equal(hl_digests_compare(digests, D32), HL_DIGESTS_EQUAL);
    assert_int_equal(hl_digests_compare(digests, D40), HL_DIGESTS_EQUAL);
    assert_int_equal(hl_digests_compare(digests, D64), HL_DIGESTS_EQUAL);
    assert_int_equal(hl_digests_compare(digests, D128), HL_DIGESTS_EQUAL);
    assert_int_equal(hl_digests_compare(digests, D32 "ffffffff"),
                     HL_DIGESTS_DIFFER);
    assert_int_equal(hl_digests_compare(D64, D32), HL_DIGESTS_UNKNOWN);
    assert_int_equal(hl_digests_compare(NULL, D64), HL_DIGESTS_UNKNOWN);
    assert_int_equal(hl_digests_compare(D64, NULL), HL_DIGESTS_UNKNOWN);
    assert_int_equal(hl_digests_compare(D64, "0"), HL_DIGESTS_UNKNOWN);
    assert_int_equal(hl_digests_compare("", D64), HL_DIGESTS_UNKNOWN);
}

static void the_sha256_stands_last(void **state)
{
    (void)state;
    assert_string_equal(hl_digests_sha256(D32 "," D64), D64);
    assert_string_equal(hl_digests_sha256(D64), D64);
    assert_null(hl_digests_sha256(D64 "," D32));
    assert_null(hl_digests_sha256(D128));
    assert_null(hl_digests_sha256(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_a_checksum_is_read),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(digests_are_told_apart_by_their_length),
        cmocka_unit_test(the_sha256_stands_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
