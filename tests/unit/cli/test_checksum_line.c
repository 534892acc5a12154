/* The lines of checksum files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/checksum_line.h"

#define D32  "0123456789abcdef0123456789abcdef"
#define D40  D32 "01234567"
#define D64  D32 D32
#define D128 D64 D64

static const char *split(char line[512], const char *text,
                         struct hl_checksum_line *out)
{
    snprintf(line, 512, "%s", text);
    return hl_checksum_line_split(out, line);
}

static void gnu_and_bsd_lines_are_read(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        enum hl_algorithm algorithm;
    } cases[] = {
        {D32 "  a", "a", HL_MD5},
        {D40 " *a b", "a b", HL_SHA1},
        {D64 "   a", " a", HL_SHA256},
        {D64 " a", "a", HL_SHA256},
        {D64 "\ta", "a", HL_SHA256},
        {"\xef\xbb\xbf" D64 "  a", "a", HL_SHA256},
        {D128 "  a", "a", HL_SHA512},
        {"\\" D64 "  a\\\\b\\n", "a\\b\n", HL_SHA256},
        {"MD5 (a) = " D32, "a", HL_MD5},
        {"SHA1 (a) = " D40, "a", HL_SHA1},
        {"SHA256 (a (1).iso) = " D64, "a (1).iso", HL_SHA256},
        {"SHA512 (a = b) = " D128, "a = b", HL_SHA512},
        {"\\SHA256 (a\\\\b) = " D64, "a\\b", HL_SHA256},
        {"SHA256(a)= " D64, "a", HL_SHA256},
        {"SHA2-256(a)= " D64, "a", HL_SHA256},
        {"SHA2-512(a)= " D128, "a", HL_SHA512},
    };
    char line[512];
    struct hl_checksum_line out;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("  %s\n", cases[i].text);
        assert_null(split(line, cases[i].text, &out));
        assert_string_equal(out.name, cases[i].name);
        assert_int_equal(out.checksum.algorithm, cases[i].algorithm);
    }
}

/* name NULL: the line names no file. */
static void all_else_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"nonsense", NULL},
        {D64, NULL},
        {D64 " ", NULL},
        {D64 "  ", NULL},
        {D64 "\t", NULL},
        {"\\" D64 "  \\x", NULL},
        {"SHA256 () = " D64, NULL},
        {"SHA256 (a = " D64, NULL},
        {"-----BEGIN PGP SIGNED MESSAGE-----", NULL},
        {D32 "0  a", "a"},
        {"SHA224 (a) = " D40, "a"},
        {"SHA256 (a) = " D32, "a"},
        {"MD5 (a) = " D64, "a"},
        {"MD5 (a) = ", "a"},
        {"SHA256 (a) = g" D64, "a"},
    };
    char line[512];
    struct hl_checksum_line out;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("  %s\n", cases[i].text);
        assert_non_null(split(line, cases[i].text, &out));
        if (cases[i].name == NULL)
            assert_null(out.name);
        else
            assert_string_equal(out.name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gnu_and_bsd_lines_are_read),
        cmocka_unit_test(all_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
