/* Which redirects are followed, and the words for those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/redirect.h"

static void a_list_is_read_as_curl_reads_it(void **state)
{
    static const struct {
        const char *list;
        int set;
    } cases[] = {
        {NULL, 5},           {"", 5},
        {"=http,https", 7},  {"http", 7},
        {"+http", 7},        {"all", 7},
        {"-http", 4},        {"-https", 1},
        {"=https", 4},       {"=http", 3},
        {"-all,https", 4},   {"=HTTP,Https", 7},
        {"-all", 0},         {"=https,", 4},
        {"ftp", -1},         {"=", -1},
        {"http,,https", -1}, {"http https", -1},
        {"httpsx", -1},      {"+=http", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s\n", cases[i].list != NULL ? cases[i].list : "-");
        assert_int_equal(hl_redirect_set(cases[i].list), cases[i].set);
    }
}

struct row {
    const char *from;
    const char *to;
    const char *list;
    uint32_t followed;
    bool in_circle;
    enum haul_why why;
    const char *words;
};

static const struct row rows[] = {
    {"http://h/a", "http://g/b", NULL, 0, false, HAUL_WHY_NONE, NULL},
    {"http://h/a", "https://g/b", NULL, 9, false, HAUL_WHY_NONE, NULL},
    {"https://h/a", "http://g/b", "=http,https", 0, false, HAUL_WHY_NONE, NULL},
    {"https://h/a", "http://g/b?key=secret", NULL, 0, false,
     HAUL_WHY_HTTPS_TO_HTTP, "redirect from https to http, at http://g:80"},
    {"http://h/a", "http://g/b", "-http", 0, false, HAUL_WHY_REDIRECT_REFUSED,
     "redirect to a protocol that is not allowed, at http://g:80"},
    {"http://h/a", "https://g/b", "=http", 0, false, HAUL_WHY_REDIRECT_REFUSED,
     "redirect to a protocol that is not allowed, at https://g:443"},
    {"http://h/a", "ftp://g/b", "all", 0, false, HAUL_WHY_REDIRECT_SCHEME,
     "redirect to ftp:, which is neither http nor https"},
    {"http://h/a", "javascript:alert(1)", NULL, 0, false,
     HAUL_WHY_REDIRECT_SCHEME,
     "redirect to javascript:, which is neither http nor https"},
    {"http://h/a", "nothing", NULL, 0, false, HAUL_WHY_REDIRECT_SCHEME,
     "redirect to what is no URL"},
    {"http://h/a", "http://g/b", NULL, 10, false, HAUL_WHY_REDIRECTS,
     "too many redirects: 10 were followed, the next leads to http://g:80"},
    {"http://h/a", "http://h/a", NULL, 10, true, HAUL_WHY_REDIRECT_CIRCLE,
     "redirects go round in a circle: 10 were followed"},
};

static void each_refusal_has_its_words(void **state)
{
    char words[200];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct haul_options options = {.max_redirs = 10,
                                             .proto_redir = rows[i].list};
        const struct hl_redirect redirect = {.from = rows[i].from,
                                             .in_circle = rows[i].in_circle,
                                             .to = rows[i].to,
                                             .followed = rows[i].followed};
        print_message("%s to %s\n", rows[i].from, rows[i].to);
        assert_int_equal(hl_redirect_objection(&redirect, &options),
                         rows[i].why);
        if (rows[i].words == NULL)
            continue;
        hl_redirect_words(words, sizeof(words), rows[i].why, &redirect);
        assert_string_equal(words, rows[i].words);
    }
}

/* A method and a body stay with scheme, host and port. */
static void a_request_that_goes_along_stays_at_its_origin(void **state)
{
    static const char *const same[] = {"http://h/a", "http://h:80/b",
                                       "http://H/b?c"};
    static const char *const others[] = {"http://g/a", "http://h:81/a",
                                         "https://h/a", "http://h.g/a"};
    const struct haul_options options = {.max_redirs = 10};
    char words[200];
    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        const struct hl_redirect redirect = {
            .from = "http://h/x", .keeps_request = true, .to = same[i]};
        assert_int_equal(hl_redirect_objection(&redirect, &options),
                         HAUL_WHY_NONE);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        const struct hl_redirect redirect = {
            .from = "http://h/x", .keeps_request = true, .to = others[i]};
        assert_int_equal(hl_redirect_objection(&redirect, &options),
                         HAUL_WHY_REDIRECT_BODY);
    }
    const struct hl_redirect redirect = {.to = "http://g/a?key=secret"};
    hl_redirect_words(words, sizeof(words), HAUL_WHY_REDIRECT_BODY, &redirect);
    assert_string_equal(words, "the method and the body would be sent to "
                               "another origin, http://g:80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_as_curl_reads_it),
        cmocka_unit_test(each_refusal_has_its_words),
        cmocka_unit_test(a_request_that_goes_along_stays_at_its_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
