/* URLs: what is taken and refused, the normal form, and that the short way
 * and CURLU agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <uv.h>

#include "util/url.h"

struct good {
    const char *text;
    bool is_plain; /* the short way takes it */
    uint16_t port;
    const char *normal;
    const char *host;
    const char *path;
    const char *query;
    const char *user;
};

/* clang-format off */
static const struct good good_urls[] = {
    {"https://example.com/a/b.png", true, 443,
     "https://example.com/a/b.png", "example.com", "/a/b.png", NULL, NULL},
    {"http://h:80/", true, 80, "http://h/", "h", "/", NULL, NULL},
    {"https://h:443/x", true, 443, "https://h/x", "h", "/x", NULL, NULL},
    {"https://h:80/x", true, 80, "https://h:80/x", "h", "/x", NULL, NULL},
    {"http://h:443/x", true, 443, "http://h:443/x", "h", "/x", NULL, NULL},
    {"http://h:65535/", true, 65535, "http://h:65535/", "h", "/", NULL, NULL},
    {"http://h:0080/x", false, 80, "http://h/x", "h", "/x", NULL, NULL},
    {"http://h:/x", false, 80, "http://h/x", "h", "/x", NULL, NULL},
    {"https://dummyimage.com/600x400/000/fff&text=001", true, 443,
     "https://dummyimage.com/600x400/000/fff&text=001", "dummyimage.com",
     "/600x400/000/fff&text=001", NULL, NULL},
    {"http://h/a?b=c&d#frag", true, 80, "http://h/a?b=c&d", "h", "/a",
     "b=c&d", NULL},
    {"http://h/a?b?c=/../d", true, 80, "http://h/a?b?c=/../d", "h", "/a",
     "b?c=/../d", NULL},
    {"http://h/a#b?c", true, 80, "http://h/a", "h", "/a", NULL, NULL},
    {"http://h/a#", true, 80, "http://h/a", "h", "/a", NULL, NULL},
    {"http://h/a%2Fb%C3%A9", true, 80, "http://h/a%2Fb%C3%A9", "h",
     "/a%2Fb%C3%A9", NULL, NULL},
    {"http://h//a//b/", true, 80, "http://h//a//b/", "h", "//a//b/", NULL,
     NULL},
    {"http://h/a.b..c/d.", true, 80, "http://h/a.b..c/d.", "h",
     "/a.b..c/d.", NULL, NULL},
    {"http://h/a:b@c/;x=1,2", true, 80, "http://h/a:b@c/;x=1,2", "h",
     "/a:b@c/;x=1,2", NULL, NULL},
    {"http://127.0.0.1:8080/x", true, 8080, "http://127.0.0.1:8080/x",
     "127.0.0.1", "/x", NULL, NULL},
    {"http://255.255.255.255/x", true, 80, "http://255.255.255.255/x",
     "255.255.255.255", "/x", NULL, NULL},
    {"http://x--y.a-b.museum/", true, 80, "http://x--y.a-b.museum/",
     "x--y.a-b.museum", "/", NULL, NULL},
    {"http://4.example/", true, 80, "http://4.example/", "4.example", "/",
     NULL, NULL},

    {"http://127.1/x", false, 80, "http://127.0.0.1/x", "127.0.0.1", "/x",
     NULL, NULL},
    {"http://0x7f.1/x", false, 80, "http://127.0.0.1/x", "127.0.0.1", "/x",
     NULL, NULL},
    {"http://017700000001/x", false, 80, "http://127.0.0.1/x", "127.0.0.1",
     "/x", NULL, NULL},
    {"http://127.0.0.01/x", false, 80, "http://127.0.0.1/x", "127.0.0.1",
     "/x", NULL, NULL},
    {"http://2130706433/", false, 80, "http://127.0.0.1/", "127.0.0.1", "/",
     NULL, NULL},
    {"HTTP://EXAMPLE.com/A", false, 80, "http://example.com/A",
     "example.com", "/A", NULL, NULL},
    {"http://example.com", false, 80, "http://example.com/", "example.com",
     "/", NULL, NULL},
    {"http://example.com?q", false, 80, "http://example.com/?q",
     "example.com", "/", "q", NULL},
    {"http://example.com#f", false, 80, "http://example.com/", "example.com",
     "/", NULL, NULL},
    {"http://h/a/../b", false, 80, "http://h/b", "h", "/b", NULL, NULL},
    {"http://h/../../b/.", false, 80, "http://h/b/", "h", "/b/", NULL, NULL},
    {"http://h/.well-known/x", false, 80, "http://h/.well-known/x", "h",
     "/.well-known/x", NULL, NULL},
    {"https://me:p%40ss:w@h/x", false, 443, "https://h/x", "h", "/x", NULL,
     "me:p@ss:w"},
    {"https://me@h/x", false, 443, "https://h/x", "h", "/x", NULL, "me:"},
    {"http://[2001:DB8::1]:81/x", false, 81, "http://[2001:db8::1]:81/x",
     "[2001:db8::1]", "/x", NULL, NULL},
    {"http://[::1]/", false, 80, "http://[::1]/", "[::1]", "/", NULL, NULL},

    /* An empty query is not a missing one. */
    {"http://h/p?", true, 80, "http://h/p?", "h", "/p", "", NULL},
    {"http://h/p?#f", true, 80, "http://h/p?", "h", "/p", "", NULL},
    {"http://h/?", true, 80, "http://h/?", "h", "/", "", NULL},
    {"http://h/p??", true, 80, "http://h/p??", "h", "/p", "?", NULL},
    {"http://h/p?&", true, 80, "http://h/p?&", "h", "/p", "&", NULL},
    {"http://h/p;?", true, 80, "http://h/p;?", "h", "/p;", "", NULL},
    {"http://h?", false, 80, "http://h/?", "h", "/", "", NULL},
    {"http://h?#f?", false, 80, "http://h/?", "h", "/", "", NULL},
    {"http://h/p#?", true, 80, "http://h/p", "h", "/p", NULL, NULL},
    {"http://H/a/../p?", false, 80, "http://h/p?", "h", "/p", "", NULL},
    {"http://me@h:/p?", false, 80, "http://h/p?", "h", "/p", "", "me:"},
    {"http://@h/p", false, 80, "http://h/p", "h", "/p", NULL, ":"},
    {"http://h/%7e%C3%a9", false, 80, "http://h/%7e%C3%a9", "h",
     "/%7e%C3%a9", NULL, NULL},

    /* Hosts as people write them. */
    {"http://b\xc3\xbc" "cher.test/", false, 80, "http://xn--bcher-kva.test/",
     "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://B\xc3\x9c" "CHER.test", false, 80, "http://xn--bcher-kva.test/",
     "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://bu\xcc\x88" "cher.test/", false, 80, "http://xn--bcher-kva.test/",
     "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://XN--bcher-KVA.test/", false, 80, "http://xn--bcher-kva.test/",
     "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://b%C3%BCcher.test/", false, 80, "http://xn--bcher-kva.test/",
     "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://b%c3%bccher.test/%c3%bc?#x", false, 80,
     "http://xn--bcher-kva.test/%c3%bc?", "xn--bcher-kva.test", "/%c3%bc", "",
     NULL},
    {"https://me:pw@b\xc3\xbc" "cher.test:8443/x", false, 8443,
     "https://xn--bcher-kva.test:8443/x", "xn--bcher-kva.test", "/x", NULL,
     "me:pw"},
    {"http://b\xc3\xbc" "cher\xe3\x80\x82test/", false, 80,
     "http://xn--bcher-kva.test/", "xn--bcher-kva.test", "/", NULL, NULL},
    {"http://a\xef\xbc\x8e" "test/", false, 80, "http://a.test/", "a.test",
     "/", NULL, NULL},
    {"http://a\xef\xbd\xa1" "test/", false, 80, "http://a.test/", "a.test",
     "/", NULL, NULL},
    {"http://\xef\xbc\xa8\xef\xbc\xb4.test/", false, 80, "http://ht.test/",
     "ht.test", "/", NULL, NULL},
    {"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1/", false, 80,
     "http://127.0.0.1/", "127.0.0.1", "/", NULL, NULL},
    {"http://fa\xc3\x9f.test/", false, 80, "http://xn--fa-hia.test/",
     "xn--fa-hia.test", "/", NULL, NULL},
    {"http://\xe2\x98\x83.test/", false, 80, "http://xn--n3h.test/",
     "xn--n3h.test", "/", NULL, NULL},
    {"http://a_b.\xc3\xbc.test./", false, 80, "http://a_b.xn--tda.test./",
     "a_b.xn--tda.test.", "/", NULL, NULL},

    /* The zone says on which link an address is. */
    {"http://[fe80::1%25eth0]/", false, 80, "http://[fe80::1%25eth0]/",
     "[fe80::1%25eth0]", "/", NULL, NULL},
    {"http://[FE80::A%25Eth0]:81/x", false, 81,
     "http://[fe80::a%25Eth0]:81/x", "[fe80::a%25Eth0]", "/x", NULL, NULL},
    {"http://[fe80::1%eth0]/", false, 80, "http://[fe80::1%25eth0]/",
     "[fe80::1%25eth0]", "/", NULL, NULL},
    {"http://[fe80::1%252]/?", false, 80, "http://[fe80::1%252]/?",
     "[fe80::1%252]", "/", "", NULL},
};
/* clang-format on */

static void same(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        assert_ptr_equal(one, other);
    else
        assert_string_equal(one, other);
}

static void check_parts(const struct hl_url *url, const struct good *good)
{
    same(url->text, good->normal);
    same(url->host, good->host);
    same(url->path, good->path);
    same(url->query, good->query);
    same(url->user, good->user);
    assert_int_equal(url->port, good->port);
    same(url->scheme, strncmp(good->normal, "https:", 6) ? "http" : "https");
}

static void a_url_has_one_normal_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_urls) / sizeof(*good_urls); i++) {
        const struct good *good = &good_urls[i];
        struct hl_url url;
        const char *why;
        print_message("%s\n", good->text);
        assert_int_equal(hl_url_parse(&url, good->text, &why), 0);
        check_parts(&url, good);
        hl_url_release(&url);
        assert_null(url.text);
    }
}

static void both_ways_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_urls) / sizeof(*good_urls); i++) {
        const struct good *good = &good_urls[i];
        struct hl_url url = {0};
        const char *why;
        print_message("%s\n", good->text);
        assert_int_equal(hl_url_parse_plain(&url, good->text), good->is_plain);
        if (good->is_plain)
            check_parts(&url, good);
        hl_url_release(&url);
        assert_int_equal(hl_url_parse_any(&url, good->text, &why), 0);
        check_parts(&url, good);
        hl_url_release(&url);
    }
}

static void what_cannot_be_fetched_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text;
        const char *why; /* a word of it */
    } bad[] = {
        {"", "empty"},
        {"example.com/x", "not a URL"},
        {"mailto:x@y", "not a URL"},
        {"ftp://h/x", "only http"},
        {"file:///etc/passwd", "only http"},
        {"httpx://h/", "only http"},
        {"http://h/a b", "space"},
        {" http://h/", "space"},
        {"http://h/a\tb", "control"},
        {"http://h/\r\nHost: x", "control"},
        {"http://h/\x7f", "control"},
        {"http://", "host"},
        {"http:///", "host"},
        {"http://?q", "host"},
        {"http://:80/", "host"},
        {"http://h%41/", "percent"},
        {"http://me%00:pw@h/", "malformed"},
        {"http://me:p%0Aw@h/", "malformed"},
        {"http://me:pw%40@h%00/", "percent"},
        {"http:///%31", "percent"},
        {"http://h:65536/", "port"},
        {"http://h:99999999999/", "port"},
        {"http://h:8o/", "port"},
        {"http://h:-1/", "port"},
        {"http://[::1/", "IPv6"},
        {"http://[1::g]/", "IPv6"},
        {"http://a\\b/", "host"},
        {"http://a^b/", "host"},
        {"http://\xff.test/", "UTF-8"},
        {"http://a\xc3/", "UTF-8"},
        {"http://%ff.test/", "UTF-8"},
        {"http://%C3%BC%2e/", "percent"},
        {"http://%C3%BC%/", "percent"},
        {"http://%C3%BC%zz/", "percent"},
        {"http://\xc3\xbc..test/", "host"},
        {"http://\xc2\xad/", "ASCII form"},
        {"http://-\xc3\xbc.test/", "ASCII form"},
        {"http://xn--\xc3\xbc.test/", "ASCII form"},
        /* Characters that become several, of which one ends a host. */
        {"http://a\xe2\x84\x80.evil.test/", "ASCII form"},
        {"http://a\xef\xbc\x8f"
         "b.test/",
         "ASCII form"},
        {"http://a\xef\xbc\xa0"
         "b.test/",
         "ASCII form"},
        {"http://a\xef\xbc\x9a"
         "80/",
         "ASCII form"},
        {"http://a\xef\xbc\x85"
         "41.test/",
         "ASCII form"},
        {"http://[fe80::1%]/", "IPv6"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct hl_url url;
        const char *why = NULL;
        print_message("%s\n", bad[i].text);
        assert_int_equal(hl_url_parse(&url, bad[i].text, &why), UV_EINVAL);
        assert_non_null(why);
        print_message("    %s\n", why);
        assert_non_null(strstr(why, bad[i].why));
        assert_null(url.block);
    }
}

/* A URL of so many bytes, with such bytes at its end. */
static char *long_url(size_t length, const char *end)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'a', length);
    memcpy(text, "http://h/", 9);
    memcpy(text + length - strlen(end), end, strlen(end) + 1);
    return text;
}

static void length_is_bounded(void **state)
{
    static const struct {
        size_t length;
        const char *end;
        int result;
    } cases[] = {
        {HL_URL_MAX, "", 0},
        {HL_URL_MAX, "#f", 0},
        {HL_URL_MAX, "/..", 0},
        {HL_URL_MAX + 1, "", UV_EINVAL},
        {HL_URL_MAX + 1, "#f", UV_EINVAL},
        /* Too long once it is encoded: it could not be read back. */
        {HL_URL_MAX, "\xc3\xa9", UV_EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_url url;
        const char *why;
        char *text = long_url(cases[i].length, cases[i].end);
        assert_int_equal(hl_url_parse(&url, text, &why), cases[i].result);
        if (cases[i].result == 0)
            hl_url_release(&url);
        else
            assert_non_null(strstr(why, "8192"));
        free(text);
    }
}

static void what_libcurls_may_read_differently_is_left_to_them(void **state)
{
    static const char *const strings[] = {
        "http://1.2.3.256/", "http://1.2.3/",    "http://1.2.3.4.5/",
        "http://a.1/",       "http://a-/",       "http://a-.b/",
        "http://-a/",        "http://a.-b/",     "http://a..b/",
        "http://.a/",        "http://a./",       "http://a_b/",
        "http://h/%2e%2e/x", "http://h/%2E./x",  "http://h/.%2E/x",
        "http://h/a%2fb",    "http://h/100%",    "http://h/%zz",
        "http://h:080/",     "http://h/a|b",     "http://h/\"a\"",
        "http://h/{a}",      "http://h/a?b=[0]", "http://h/a\\..\\b",
        "http://h\\x/",      "http://me@h/x",    "http:/h/x",
        "http:h/x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        struct hl_url url;
        print_message("%s\n", strings[i]);
        assert_int_equal(hl_url_parse_plain(&url, strings[i]), 0);
    }
}

/* Whether in upper or lower case is libcurl's choice. */
static void what_is_not_ascii_is_encoded(void **state)
{
    struct hl_url url;
    const char *why;
    (void)state;
    assert_int_equal(hl_url_parse(&url, "http://h/caf\xc3\xa9", &why), 0);
    assert_int_equal(strcasecmp(url.text, "http://h/caf%c3%a9"), 0);
    hl_url_release(&url);
}

static void compare_ways(const char *text)
{
    struct hl_url plain;
    struct hl_url any;
    const char *why;
    if (hl_url_parse_plain(&plain, text) != 1)
        return;
    print_message("%s\n", text);
    assert_int_equal(hl_url_parse_any(&any, text, &why), 0);
    check_parts(&plain, &(struct good){
                            .port = any.port,
                            .normal = any.text,
                            .host = any.host,
                            .path = any.path,
                            .query = any.query,
                            .user = any.user,
                        });
    hl_url_release(&plain);
    hl_url_release(&any);
}

/* Each byte, at each place of a URL: taken by the short way, it is what CURLU
 * makes of it. */
static void no_byte_is_read_in_two_ways(void **state)
{
    static const char *const forms[] = {
        "http://a*b/",   "http://*a.de/x",  "http://a.*b/x",
        "http://a*/x",   "http://a:8*/x",   "http://a:*8/x",
        "http://a/*",    "http://a/b*/.x",  "http://a/*./y",
        "http://a/x?*",  "http://a/x?y*#z", "http://a/x#*",
        "http*//a/x",    "http://a/%*1",    "http://a/%2*x",
        "http://1.2.3*", "http://1.2.3.*",  "http://1.2.3.*/x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        char text[64];
        char *at = text + strcspn(forms[i], "*");
        snprintf(text, sizeof(text), "%s", forms[i]);
        for (int c = 1; c < 256; c++) {
            *at = (char)c;
            compare_ways(text);
        }
    }
}

static void origin_names_the_port(void **state)
{
    static const struct {
        const char *url;
        const char *origin;
    } cases[] = {
        {"http://h/x", "http://h:80"},
        {"https://h/x?y", "https://h:443"},
        {"http://h:1/x", "http://h:1"},
        {"http://me:pw@H:65535/", "http://h:65535"},
        {"http://[::1]/", "http://[::1]:80"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_url url;
        const char *why;
        char origin[64];
        size_t exact = strlen(cases[i].origin) + 1;
        assert_int_equal(hl_url_parse(&url, cases[i].url, &why), 0);
        assert_int_equal(hl_url_origin(origin, sizeof(origin), &url), 0);
        assert_string_equal(origin, cases[i].origin);
        assert_int_equal(hl_url_origin(origin, exact, &url), 0);
        assert_string_equal(origin, cases[i].origin);
        for (size_t size = 0; size < exact; size++)
            assert_int_equal(hl_url_origin(origin, size, &url), UV_ENOBUFS);
        hl_url_release(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_has_one_normal_form),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(what_cannot_be_fetched_is_refused_with_a_reason),
        cmocka_unit_test(length_is_bounded),
        cmocka_unit_test(what_libcurls_may_read_differently_is_left_to_them),
        cmocka_unit_test(what_is_not_ascii_is_encoded),
        cmocka_unit_test(no_byte_is_read_in_two_ways),
        cmocka_unit_test(origin_names_the_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
