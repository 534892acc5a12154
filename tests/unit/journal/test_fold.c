/* Keys of names: what a file system takes for one name has one key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "journal/folding.h"

static struct hl_buf key;

static int release(void **state)
{
    (void)state;
    hl_buf_release(&key);
    return 0;
}

static void check(const char *name, const char *wanted)
{
    print_message("%s\n", name);
    hl_fold(&key, name);
    assert_false(key.failed);
    assert_string_equal(key.data, wanted);
}

static void names_of_one_key(void **state)
{
    (void)state;
    check("", "");
    check("a", "a");
    check("A.TXT", "a.txt");
    check("Dir/File", "dir/file");
    check("/a//B/", "/a//b/");
    /* One character, or a letter and its accent. */
    check("caf\xc3\xa9", "caf\xc3\xa9");
    check("cafe\xcc\x81", "caf\xc3\xa9");
    check("CAFE\xcc\x81", "caf\xc3\xa9");
    check("CAF\xc3\x89", "caf\xc3\xa9");
    /* Compatibility forms, and what is not seen. */
    check("\xe2\x84\xaa", "k");
    check("\xef\xbc\xa1\xef\xbc\xa2", "ab");
    check("stra\xc3\x9f"
          "e",
          "strasse");
    check("\xef\xac\x81", "fi");
    check("a\xc2\xad"
          "b",
          "ab");
    check("a\xe2\x80\x8b"
          "b",
          "ab");
    /* FAT leaves these out. */
    check("a. .", "a");
    check("a./b .", "a/b");
    check("a.b", "a.b");
}

static void a_sign_is_no_separator(void **state)
{
    (void)state;
    check("a\xe2\x84\x80", "aa\\c");
    check("x/\xef\xbc\x8f/y", "x/\\/y");
}

static void what_is_no_utf8_folds_by_bytes(void **state)
{
    (void)state;
    check("CAF\xc9", "caf\xc9");
    check("A\xff/B\xc3\x89", "a\xff/b\xc3\xa9");
    check("A\xed\xa0\x80", "a\xed\xa0\x80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_of_one_key, release),
        cmocka_unit_test_teardown(a_sign_is_no_separator, release),
        cmocka_unit_test_teardown(what_is_no_utf8_folds_by_bytes, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
