/* File names: safe whatever a URL or a list says, and with room for every
 * suffix. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <uv.h>

#include "policy/name.h"

/* name with "-HASH". */
static int hash_name(char out[HL_NAME_SIZE], const char *name)
{
    memcpy(out, name, strlen(name) + 1);
    return hl_name_hashed(out, UINT64_C(0x0123456789abcdef));
}

/* The name that a template makes of a URL. */
static void make(char out[HL_NAME_SIZE], const char *template, const char *text)
{
    struct hl_url url;
    const char *why;
    assert_int_equal(hl_url_parse(&url, text, &why), 0);
    const struct hl_name_source source = {
        .url = &url, .id = "an id", .line = 42};
    assert_int_equal(hl_name_make(out, template, &source), 0);
    hl_url_release(&url);
}

struct example {
    const char *template;
    const char *url;
    const char *name;
};

static void check(const struct example *examples)
{
    for (; examples->template != NULL; examples++) {
        char name[HL_NAME_SIZE];
        const char *why;
        print_message("%s of %s\n", examples->template, examples->url);
        assert_int_equal(hl_name_check_template(examples->template, &why), 0);
        make(name, examples->template, examples->url);
        assert_string_equal(name, examples->name);
    }
}

static void a_field_is_filled_from_the_url(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/a/b.tar.gz?q=1", "b.tar.gz"},
        {"{name}", "http://h/a/", "index"},
        {"{name}", "http://h", "index"},
        {"{name}", "http://h/caf%C3%A9.txt", "caf\xc3\xa9.txt"},
        {"{stem}", "http://h/a/b.tar.gz", "b.tar"},
        {"{ext}", "http://h/a/b.tar.gz", ".gz"},
        {"x{ext}", "http://h/noext", "x"},
        {"x{ext}", "http://h/.hidden", "x"},
        {"{stem}", "http://h/.hidden", ".hidden"},
        {"{stem}|{ext}", "http://h/ends.", "ends.|"},
        {"{stem}|{ext}", "http://h/a.fifteen-letters", "a|.fifteen-letters"},
        {"{stem}|{ext}", "http://h/a.sixteen-letters-", "a.sixteen-letters-|"},
        {"{host}", "http://EXAMPLE.com:81/x", "example.com"},
        {"{host}", "http://[::1]/x", "[::1]"},
        {"{path}/{name}", "http://h/a//b/c", "a/b/c"},
        {"{path}/{name}", "http://h/c", "c"},
        {"{path}", "http://h/a/b/", "a/b"},
        {"{name}?{query}", "http://h/a?b=c", "a?b=c"},
        {"{name}{query}", "http://h/a", "a"},
        {"{query}", "http://h/a?b=c/d", "b=c_d"},
        {"{id}", "http://h/a", "an id"},
        {"{n}", "http://h/a", "42"},
        {"{n:07}{ext}", "http://h/a.png", "0000042.png"},
        {"{n:1}", "http://h/a", "42"},
        {"{n:20}", "http://h/a", "00000000000000000042"},
        {"{hash}", "http://h/a", "c43fa283946b8145"},
        {"{hash:3}/{hash:16}", "http://h/a", "c43/c43fa283946b8145"},
        {"a}b", "http://h/a", "a}b"},
        {"out/{name}", "http://h/a", "out/a"},
        {NULL, NULL, NULL},
    };
    (void)state;
    check(examples);
}

static void a_name_stays_below_its_directory(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/%2e%2e%2fetc%2fpasswd", ".._etc_passwd"},
        {"{name}", "http://h/a/%2E%2E", "index"},
        {"{name}", "http://h/..%2f..%2fx", ".._.._x"},
        {"{path}/{name}", "http://h/%2e%2e/%2e/x", "x"},
        {"{path}/{name}", "http://h/a/..%5c..%5c/x", "a/.._.._/x"},
        {"{query}", "http://h/a?../../etc/passwd", ".._.._etc_passwd"},
        {"../{name}", "http://h/a", "a"},
        {"/etc/{name}", "http://h/a", "etc/a"},
        {"./{name}/", "http://h/a", "a"},
        {"a/./../b//{name}", "http://h/c", "a/b/c"},
        {".{name}", "http://h/", ".index"},
        {"{query}{query}", "http://h/a?.", "index"}, /* ".." */
        {NULL, NULL, NULL},
    };
    (void)state;
    check(examples);
}

static void a_name_is_decoded_once(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/%252e%252e%252fx", "%2e%2e%2fx"},
        {"{name}", "http://h/a%2520b", "a%20b"},
        {"{name}", "http://h/100%", "100%"},
        {"{name}", "http://h/100%2", "100%2"},
        {"{name}", "http://h/%zz%4", "%zz%4"},
        {"{name}", "http://h/%41%6a", "Aj"},
        {NULL, NULL, NULL},
    };
    (void)state;
    check(examples);
}

static void bytes_that_mislead_are_replaced(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/a%00b", "a_b"},
        {"{name}", "http://h/a%0Ab%1B%5Bm%7F", "a_b_[m_"},
        {"{name}", "http://h/a%5Cb", "a_b"},
        {"{name}", "http://h/-rf", "_rf"},
        {"{name}", "http://h/~root", "_root"},
        {"{path}/{name}", "http://h/-a/~b/c-d", "_a/_b/c-d"},
        {NULL, NULL, NULL},
    };
    (void)state;
    check(examples);
}

static void what_must_not_be_shown_stays_encoded(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/caf%E9.txt", "caf%E9.txt"},
        {"{name}", "http://h/caf%e9.txt", "caf%e9.txt"},
        {"{stem}|{ext}", "http://h/caf%E9.t%ff", "caf%E9|.t%ff"},
        {"{name}", "http://h/%C2%9B31m", "%C2%9B31m"},
        {"{name}", "http://h/a%E2%80%AEgnp.exe", "a%E2%80%AEgnp.exe"},
        {"{name}", "http://h/%E2%81%A6x%E2%81%A9", "%E2%81%A6x%E2%81%A9"},
        {"{name}", "http://h/%E2%80%A8", "%E2%80%A8"},
        {"{name}", "http://h/%E2%82%AC%E2%82", "\xe2\x82\xac%E2%82"},
        {"{name}", "http://h/%C3%C3%A9", "%C3\xc3\xa9"},
        {"{name}", "http://h/%C0%AF%ED%A0%80", "%C0%AF%ED%A0%80"},
        {"{name}", "http://h/%F0%9F%98%80%F0%9F%98",
         "\xf0\x9f\x98\x80%F0%9F%98"},
        {"{path}/{name}", "http://h/%FF/a?%FE", "%FF/a"},
        {"{query}", "http://h/?%FE=%C3%A9", "%FE=\xc3\xa9"},
        {"\xff{name}\xc2\x9b", "http://h/a", "%FFa%C2%9B"},
        {NULL, NULL, NULL},
    };
    static const struct {
        const char *given;
        const char *name;
    } given[] = {
        {"caf\xe9.txt", "caf%E9.txt"},
        {"caf\xc3\xa9.txt", "caf\xc3\xa9.txt"},
        {"a\xc2\x9b/\xe2\x80\xae"
         "b",
         "a%C2%9B/%E2%80%AEb"},
        {"caf%E9", "caf%E9"},
        {"a\x1b", "a_"},
    };
    (void)state;
    check(examples);
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        char name[HL_NAME_SIZE];
        assert_int_equal(hl_name_given(name, given[i].given), 0);
        assert_string_equal(name, given[i].name);
    }
}

static void names_that_haul_uses_itself_are_not_taken(void **state)
{
    static const struct example examples[] = {
        {"{name}", "http://h/a.part", "a.part_"},
        {"{name}", "http://h/a.PaRt", "a.PaRt_"},
        {"{name}", "http://h/.part", ".part_"},
        {"{name}", "http://h/part", "part"},
        {"{path}/{name}", "http://h/.haul/journal", "_haul/journal"},
        {"{path}/{name}", "http://h/a/.HAUL/b", "a/_HAUL/b"},
        {"{name}", "http://h/.haul", "_haul"},
        {"{path}/{name}", "http://h/.HAUL.%20./journal", "_HAUL. ./journal"},
        {"{name}", "http://h/.hauler", ".hauler"},
        {"{name}", "http://h/.haul.d", ".haul.d"},
        {NULL, NULL, NULL},
    };
    (void)state;
    check(examples);
}

/* The longest component of a name. */
static size_t longest(const char *name)
{
    size_t most = 0;
    for (const char *p = name; *p != '\0';) {
        size_t length = strcspn(p, "/");
        assert_true(length > 0);
        most = length > most ? length : most;
        p += length + (p[length] == '/');
    }
    return most;
}

/* A name of count pieces between front and back, as a list gives it. */
static void given(char out[HL_NAME_SIZE], const char *front, const char *piece,
                  size_t count, const char *back)
{
    char *text =
        calloc(1, strlen(front) + count * strlen(piece) + strlen(back) + 1);
    assert_non_null(text);
    strcat(text, front);
    for (size_t i = 0; i < count; i++)
        strcat(text, piece);
    strcat(text, back);
    assert_int_equal(hl_name_given(out, text), 0);
    free(text);
}

static void every_suffix_fits_behind_a_long_name(void **state)
{
    static const struct {
        const char *piece;
        const char *back;
    } forms[] = {
        {"a", ""},
        {"a", ".jpeg"},
        {"a", ".part"},
        {"a", ".PART"},
        {"a", "."},
        {"a", ".fifteen-letters"},
        {"\xc3\xa9", ""},
        {"\xc3\xa9", ".png"},
        {"\xe2\x82\xac", ".part"},
        {"\xf0\x9f\x98\x80", ".x"},
        {"\x80", ""},
        {"\x80", ".part"},
        {"\xff", ".gz"},
        {".part", ""},
        {".", "x"},
        {"a", ".partzzzzzzzzzzzzzzzz"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        for (size_t count = 200; count <= 260; count++) {
            char name[HL_NAME_SIZE];
            char hashed[HL_NAME_SIZE];
            given(name, "dir/", forms[i].piece, count, forms[i].back);
            assert_int_equal(hash_name(hashed, name), 0);
            assert_true(longest(hashed) + strlen(".part") <= 255);
            assert_true(longest(name) >= 200);
            assert_memory_equal(hashed, "dir/", 4);
        }
    }
}

/* Any length, so that the cut falls on each byte of a character. */
static void a_name_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 300; count++) {
        for (int shift = 0; shift < 4; shift++) {
            char name[HL_NAME_SIZE];
            given(name, &"xxxx"[shift], "\xf0\x9f\x98\x80", count, ".png");
            size_t length = strlen(name);
            assert_true(length <= HL_NAME_COMPONENT_MAX);
            assert_string_equal(name + length - 4, ".png");
            assert_int_equal((length - 4 - (4 - (size_t)shift)) % 4, 0);
        }
    }
}

static void a_long_name_keeps_its_extension(void **state)
{
    char name[HL_NAME_SIZE];
    (void)state;
    given(name, "", "a", 300, ".jpeg");
    assert_int_equal(strlen(name), HL_NAME_COMPONENT_MAX);
    assert_string_equal(name + strlen(name) - 5, ".jpeg");
    given(name, "", "a", HL_NAME_COMPONENT_MAX, "");
    assert_int_equal(strlen(name), HL_NAME_COMPONENT_MAX);
}

/* A file system that leaves out dots at the end would take what is left of the
 * name for .haul. */
static void a_name_that_is_cut_is_not_hauls_directory(void **state)
{
    char dots[HL_NAME_COMPONENT_MAX + 64];
    char name[HL_NAME_SIZE];
    (void)state;
    memset(dots, '.', sizeof(dots) - 1);
    dots[sizeof(dots) - 1] = '\0';
    given(name, ".haul", dots, 1, "x........................");
    assert_string_equal(name + strspn(name + 5, ".") + 5, "");
    assert_memory_equal(name, "_haul", 5);
}

/* What is too long for a component is cut, however long the URL is. */
static void the_longest_url_has_a_name(void **state)
{
    static const char *const templates[] = {
        "{name}",        "{stem}{ext}",   "{query}{ext}",
        "{path}/{name}", "{name}{query}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++) {
        char text[HL_URL_MAX + 1];
        char name[HL_NAME_SIZE];
        memset(text, 'a', HL_URL_MAX);
        text[HL_URL_MAX] = '\0';
        memcpy(text, "http://h/b/", 11);
        memcpy(text + HL_URL_MAX - 4, ".png", 4);
        text[HL_URL_MAX / 2] = i == 2 ? '?' : 'a';
        make(name, templates[i], text);
        assert_int_equal(longest(name), HL_NAME_COMPONENT_MAX);
    }
}

static void a_path_too_long_for_the_system_is_refused(void **state)
{
    char name[HL_NAME_SIZE];
    char text[8000];
    (void)state;
    unsigned refused = 0;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 2 == 0 ? 'a' : '/';
    for (size_t length = HL_NAME_SIZE - 50; length < sizeof(text); length++) {
        char hashed[HL_NAME_SIZE];
        char after = text[length];
        text[length] = '\0';
        int r = hl_name_given(name, text);
        text[length] = after;
        refused += r == UV_ENAMETOOLONG;
        if (r == UV_ENAMETOOLONG)
            continue;
        assert_int_equal(r, 0);
        assert_int_equal(hash_name(hashed, name), 0);
        assert_true(strlen(hashed) + strlen(".part") < HL_NAME_SIZE);
    }
    assert_in_range(refused, sizeof(text) - HL_NAME_SIZE,
                    sizeof(text) - HL_NAME_SIZE + 49);
}

static void a_name_from_a_list_obeys_the_same_rules(void **state)
{
    static const struct {
        const char *given;
        const char *name;
    } cases[] = {
        {"a.png", "a.png"},
        {"dir/a.png", "dir/a.png"},
        {"/abs//./a", "abs/a"},
        {"../../a", "a"},
        {"a/..", "a"},
        {"-x/~y", "_x/_y"},
        {"a\tb", "a_b"},
        {"%2e%2e", "%2e%2e"}, /* it is a name, and no URL */
        {"{name}", "{name}"},
        {".haul/journal", "_haul/journal"},
        {"x.part", "x.part_"},
    };
    static const char *const bad[] = {"", "/", ".", "..", "../..", "//./"};
    char name[HL_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(hl_name_given(name, cases[i].given), 0);
        assert_string_equal(name, cases[i].name);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(hl_name_given(name, bad[i]), UV_EINVAL);
}

static void a_hash_goes_before_the_extension(void **state)
{
    static const struct {
        const char *name;
        const char *hashed;
    } cases[] = {
        {"a.png", "a-0123456789abcdef.png"},
        {"a", "a-0123456789abcdef"},
        {".hidden", ".hidden-0123456789abcdef"},
        {"dir.d/a", "dir.d/a-0123456789abcdef"},
        {"dir.d/a.b.c", "dir.d/a.b-0123456789abcdef.c"},
        {"a.part_", "a-0123456789abcdef.part_"},
    };
    char name[HL_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(hash_name(name, cases[i].name), 0);
        assert_string_equal(name, cases[i].hashed);
    }
}

static void a_name_with_hashes_is_for_what_was_wanted(void **state)
{
    static const struct {
        const char *name;
        const char *wanted;
        bool is_for;
    } cases[] = {
        {"a/b.png", "a/b.png", true},
        {"a/b-0123456789abcdef.png", "a/b.png", true},
        {"a-0123456789abcdef/b.png", "a/b.png", true},
        {"a-0123456789abcdef/b-fedcba9876543210", "a/b", true},
        {"b-0123456789abcdef", "b-0123456789abcdef", true},
        {"a/b-0123456789abcde.png", "a/b.png", false},
        {"a/b.png", "a/c.png", false},
        {"a/b", "a/b.png", false},
        {"a/b.png", "b.png", false},
        {"", "a", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(hl_name_is_for(cases[i].name, cases[i].wanted),
                         cases[i].is_for);
}

static void a_wrong_template_is_told_apart(void **state)
{
    static const struct {
        const char *template;
        const char *why;
    } cases[] = {
        {"", "empty"},
        {"{", "{ without"},
        {"a{name", "{ without"},
        {"{}", "unknown field"},
        {"{nam}", "unknown field"},
        {"{names}", "unknown field"},
        {"{NAME}", "unknown field"},
        {"{name:3}", "unknown field"},
        {"{n:}", "unknown field"},
        {"{n:0}", "unknown field"},
        {"{n:21}", "unknown field"},
        {"{n:+7}", "unknown field"},
        {"{n: 7}", "unknown field"},
        {"{n:7x}", "unknown field"},
        {"{n:4294967303}", "unknown field"},
        {"{n:18446744073709551623}", "unknown field"},
        {"{hash:0}", "unknown field"},
        {"{hash:17}", "unknown field"},
        {"{hash:x}", "unknown field"},
        {"{:7}", "unknown field"},
    };
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s\n", cases[i].template);
        assert_int_equal(hl_name_check_template(cases[i].template, &why),
                         UV_EINVAL);
        assert_non_null(strstr(why, cases[i].why));
    }
    char text[5000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(hl_name_check_template(text, &why), UV_EINVAL);
    assert_non_null(strstr(why, "long"));
}

static void a_template_with_an_id_needs_one(void **state)
{
    static const char *const none[] = {NULL, "", " ", "\t\r\n "};
    struct hl_url url;
    const char *why;
    char name[HL_NAME_SIZE];
    (void)state;
    assert_int_equal(hl_url_parse(&url, "http://h/a.png", &why), 0);
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        const struct hl_name_source source = {.url = &url, .id = none[i]};
        assert_int_equal(hl_name_make(name, "{id}{ext}", &source), -ENODATA);
        assert_int_equal(hl_name_make(name, "{name}", &source), 0);
    }
    hl_url_release(&url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_filled_from_the_url),
        cmocka_unit_test(a_name_stays_below_its_directory),
        cmocka_unit_test(a_name_is_decoded_once),
        cmocka_unit_test(bytes_that_mislead_are_replaced),
        cmocka_unit_test(what_must_not_be_shown_stays_encoded),
        cmocka_unit_test(names_that_haul_uses_itself_are_not_taken),
        cmocka_unit_test(every_suffix_fits_behind_a_long_name),
        cmocka_unit_test(a_name_is_cut_between_characters),
        cmocka_unit_test(a_long_name_keeps_its_extension),
        cmocka_unit_test(a_name_that_is_cut_is_not_hauls_directory),
        cmocka_unit_test(the_longest_url_has_a_name),
        cmocka_unit_test(a_path_too_long_for_the_system_is_refused),
        cmocka_unit_test(a_name_from_a_list_obeys_the_same_rules),
        cmocka_unit_test(a_hash_goes_before_the_extension),
        cmocka_unit_test(a_name_with_hashes_is_for_what_was_wanted),
        cmocka_unit_test(a_wrong_template_is_told_apart),
        cmocka_unit_test(a_template_with_an_id_needs_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
