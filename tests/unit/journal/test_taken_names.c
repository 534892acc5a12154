/* The set of names: files, and directories that cannot be files too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "journal/taken_names.h"

enum { NONE = -1 }; /* no directory to look at */

static struct hl_names names;

static int tear_down(void **state)
{
    (void)state;
    hl_names_release(&names);
    names = (struct hl_names){0};
    return 0;
}

static int take(const char *name)
{
    return hl_names_take(&names, name);
}

static const char *place(const char *name)
{
    static char placed[HL_NAME_SIZE];
    strcpy(placed, name);
    int r = hl_names_place(&names, placed, NONE);
    assert_int_equal(r, strcmp(placed, name) != 0);
    return placed;
}

static void a_file_and_a_directory_cannot_share_a_name(void **state)
{
    (void)state;
    assert_int_equal(take("a"), 0);
    assert_int_equal(take("b/c/d"), 0);
    assert_int_equal(take("b"), 1);
    assert_int_equal(take("b/c"), 1);
    assert_int_equal(take("b/c/d"), 1);
    assert_int_equal(take("c"), 0);
    assert_int_equal(take("d"), 0);
    assert_true(hl_names_meet(&names, "b", NONE));
    assert_true(hl_names_meet(&names, "a/x", NONE));
    assert_false(hl_names_meet(&names, "a", NONE));
    assert_false(hl_names_meet(&names, "b/x", NONE));
}

static void a_directory_that_is_a_file_gets_the_hash_of_its_path(void **state)
{
    (void)state;
    assert_int_equal(take("a"), 0);
    assert_int_equal(take("d/a.b"), 0);
    assert_string_equal(place("a"), "a");
    assert_string_equal(place("b/a"), "b/a");
    assert_string_equal(place("a/b"), "a-ca978112ca1bbdca/b");
    assert_string_equal(place("a/b/c"), "a-ca978112ca1bbdca/b/c");
    assert_string_equal(place("d/a.b/c"), "d/a-1e2a6dd56cb8b462.b/c");
    assert_string_equal(place("d/a.c/c"), "d/a.c/c");
}

static void a_directory_of_files_stays_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(take("a/b"), 0);
    assert_int_equal(take("a"), 1);
    assert_string_equal(place("a/c"), "a/c");
    assert_string_equal(place("a/c/d"), "a/c/d");
}

static void a_hashed_directory_that_is_a_file_too_is_refused(void **state)
{
    char name[HL_NAME_SIZE] = "a/b";
    (void)state;
    assert_int_equal(take("a"), 0);
    assert_int_equal(take("a-ca978112ca1bbdca"), 0);
    assert_int_equal(hl_names_place(&names, name, NONE), UV_EEXIST);
}

static void a_note_is_no_name(void **state)
{
    (void)state;
    assert_int_equal(hl_names_note(&names, "a//http://h/a"), 0);
    assert_int_equal(hl_names_note(&names, "a//http://h/a"), 1);
    assert_true(hl_names_has(&names, "a//http://h/a"));
    assert_int_equal(take("a"), 0);
}

static void spellings_of_one_name_meet_where_they_fold(void **state)
{
    (void)state;
    assert_int_equal(take("A"), 0);
    assert_int_equal(take("a"), 0);
    names.folds = true;
    assert_int_equal(hl_names_take_folded(&names, "Old"), 0);
    assert_int_equal(take("old"), 1);
    assert_int_equal(take("Readme.TXT"), 0);
    assert_int_equal(take("README.txt"), 1);
    assert_int_equal(take("readme.txt"), 1);
    assert_true(hl_names_has(&names, "rEADME.txt"));
    assert_int_equal(take("caf\xc3\xa9"), 0);
    assert_int_equal(take("cafe\xcc\x81"), 1);
    assert_int_equal(take("B\xff"), 0);
    assert_int_equal(take("b\xff"), 1);
    assert_int_equal(take("b\xfe"), 0);
}

static void directories_fold_too(void **state)
{
    (void)state;
    names.folds = true;
    assert_int_equal(take("Dir/one"), 0);
    assert_int_equal(take("dir/two"), 0);
    assert_int_equal(take("DIR/ONE"), 1);
    assert_int_equal(take("DIR"), 1);
    assert_true(hl_names_meet(&names, "dIR", NONE));
    assert_string_equal(place("dIR/three"), "dIR/three");
    assert_int_equal(take("x/File"), 0);
    assert_true(hl_names_meet(&names, "X/FILE/y", NONE));
    /* sha256("X/FILE") */
    assert_string_equal(place("X/FILE/y"), "X/FILE-439d88cc2ca7a212/y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_and_a_directory_cannot_share_a_name,
                                  tear_down),
        cmocka_unit_test_teardown(
            a_directory_that_is_a_file_gets_the_hash_of_its_path, tear_down),
        cmocka_unit_test_teardown(a_directory_of_files_stays_what_it_is,
                                  tear_down),
        cmocka_unit_test_teardown(
            a_hashed_directory_that_is_a_file_too_is_refused, tear_down),
        cmocka_unit_test_teardown(a_note_is_no_name, tear_down),
        cmocka_unit_test_teardown(spellings_of_one_name_meet_where_they_fold,
                                  tear_down),
        cmocka_unit_test_teardown(directories_fold_too, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
