/* Which proxy libcurl takes for a URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/proxy.h"

static void clear(void)
{
    static const char *const names[] = {
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
        "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unsetenv(names[i]);
}

static void a_list_skips_hosts_as_libcurls_does(void **state)
{
    static const struct {
        const char *list;
        const char *host;
        bool skipped;
    } cases[] = {
        {NULL, "h", false},
        {"", "h", false},
        {"*", "h", true},
        {"h", "h", true},
        {"h", "H.", true},
        {"h", "g.h", true},
        {".h", "h", true},
        {".h.", "g.h", true},
        {"h", "gh", false},
        {"g.h", "h", false},
        {"a, h", "h", true},
        {"a h", "h", true},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.0/8", "127.3.4.5", true},
        {"127.0.0.0/8", "128.3.4.5", false},
        {"10.32.0.0/11", "10.63.1.1", true},
        {"10.32.0.0/11", "10.64.1.1", false},
        {"::1", "[::1]", true},
        {"fe80::/10", "[febf::1]", true},
        {"fe80::/10", "[fec0::1]", false},
        {"127.0.0.0/33", "127.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s: %s\n", cases[i].list, cases[i].host);
        assert_int_equal(hl_proxy_is_skipped(cases[i].list, cases[i].host),
                         cases[i].skipped);
    }
}

static void check(const struct haul_options *o, const char *scheme,
                  enum hl_proxy_kind kind, const char *place)
{
    struct hl_proxy proxy;
    hl_proxy_find(&proxy, o, scheme, "h");
    assert_int_equal(proxy.kind, kind);
    assert_string_equal(proxy.place, place);
}

static void the_url_of_a_proxy_is_read(void **state)
{
    static const struct {
        const char *url;
        enum hl_proxy_kind kind;
        const char *place;
    } cases[] = {
        {"http://p:3128", HL_PROXY_HTTP, "p:3128"},
        {"p:3128", HL_PROXY_HTTP, "p:3128"},
        {"p", HL_PROXY_HTTP, "p:1080"},
        {"http://me:secret@p:3128/", HL_PROXY_HTTP, "p:3128"},
        {"https://p", HL_PROXY_HTTPS, "p:443"},
        {"socks5h://p:9050", HL_PROXY_SOCKS, "p:9050"},
        {"SOCKS4://p", HL_PROXY_SOCKS, "p:1080"},
        {"http://[::1]:3128", HL_PROXY_HTTP, "[::1]:3128"},
        {"", HL_PROXY_NONE, ""},
    };
    (void)state;
    clear();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct haul_options o = {.proxy = cases[i].url};
        print_message("%s\n", cases[i].url);
        check(&o, "http", cases[i].kind, cases[i].place);
        check(&o, "https", cases[i].kind, cases[i].place);
    }
    const struct haul_options skipped = {.proxy = "p:1", .noproxy = "g,h"};
    check(&skipped, "http", HL_PROXY_NONE, "");
}

static void some_urls_are_no_proxys(void **state)
{
    static const char *const unsound[] = {
        "ftp://p:21", "http://[bad", "http://p:99999", "foo bar", "http://",
        "://p",       "p:x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(unsound) / sizeof(*unsound); i++) {
        print_message("%s\n", unsound[i]);
        assert_false(hl_proxy_is_sound(unsound[i]));
    }
    assert_true(hl_proxy_is_sound("p"));
}

static void the_environment_names_proxies(void **state)
{
    static const struct haul_options none = {0};
    static const struct haul_options off = {.noproxy = "*"};
    static const struct haul_options direct = {.proxy = ""};
    (void)state;
    clear();
    assert_false(hl_proxy_is_possible(&none));
    setenv("HTTP_PROXY", "p:1", 1);
    setenv("https_proxy", "", 1);
    assert_false(hl_proxy_is_possible(&none));
    setenv("HTTPS_PROXY", "p:2", 1);
    assert_true(hl_proxy_is_possible(&none));
    check(&none, "http", HL_PROXY_NONE, "");
    check(&none, "https", HL_PROXY_HTTP, "p:2");
    setenv("ALL_PROXY", "socks5://p:3", 1);
    check(&none, "http", HL_PROXY_SOCKS, "p:3");
    setenv("http_proxy", "p:4", 1);
    check(&none, "http", HL_PROXY_HTTP, "p:4");
    check(&direct, "http", HL_PROXY_NONE, "");
    check(&(struct haul_options){.proxy = "p:5"}, "http", HL_PROXY_HTTP, "p:5");
    setenv("NO_PROXY", "h", 1);
    check(&none, "http", HL_PROXY_NONE, "");
    assert_null(hl_proxy_bad_variable(&none));
    setenv("HTTPS_PROXY", "ftp://p", 1);
    assert_string_equal(hl_proxy_bad_variable(&none), "HTTPS_PROXY");
    assert_null(hl_proxy_bad_variable(&off));
    assert_null(hl_proxy_bad_variable(&direct));
    setenv("http_proxy", "a b", 1);
    assert_string_equal(hl_proxy_bad_variable(&none), "http_proxy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_skips_hosts_as_libcurls_does),
        cmocka_unit_test(the_url_of_a_proxy_is_read),
        cmocka_unit_test(some_urls_are_no_proxys),
        cmocka_unit_test(the_environment_names_proxies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
