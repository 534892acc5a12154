/* Which addresses are private: each net at both of its ends, and what lies
 * next to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "transfer/address.h"

static bool is_private(const char *text)
{
    struct sockaddr_storage storage = {0};
    if (strchr(text, ':') != NULL) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        memcpy(&storage, &in6, sizeof(in6));
    } else {
        struct sockaddr_in in = {.sin_family = AF_INET};
        assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
        memcpy(&storage, &in, sizeof(in));
    }
    return hl_address_is_private((const struct sockaddr *)&storage);
}

/* The last before, the first and the last of, and the first behind a net;
 * NULL where there is none. */
struct net {
    const char *before;
    const char *first;
    const char *last;
    const char *behind;
};

static const struct net nets4[] = {
    {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"223.255.255.255", "224.0.0.0", "255.255.255.255", NULL},
};

static const struct net nets6[] = {
    {NULL, "::", "::1", NULL},
    {"fbff:ffff::", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "fe00::"},
    {"fe7f::1", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {NULL, "fec0::", "feff:ffff::", NULL},
    {NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {"64:ff9b:0:ffff::", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
     "64:ff9b:2::"},
};

static void check(const struct net *net)
{
    print_message("%s to %s\n", net->first, net->last);
    assert_true(is_private(net->first));
    assert_true(is_private(net->last));
    assert_false(net->before != NULL && is_private(net->before));
    assert_false(net->behind != NULL && is_private(net->behind));
}

static void each_net_has_two_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(nets4) / sizeof(*nets4); i++)
        check(&nets4[i]);
    for (size_t i = 0; i < sizeof(nets6) / sizeof(*nets6); i++)
        check(&nets6[i]);
}

static const char *within(char out[64], const char *format, const char *text4)
{
    unsigned char b[4];
    if (text4 == NULL)
        return NULL;
    assert_int_equal(inet_pton(AF_INET, text4, b), 1);
    const char *at = strchr(format, '*');
    snprintf(out, 64, "%.*s%02x%02x:%02x%02x%s", (int)(at - format), format,
             b[0], b[1], b[2], b[3], at + 1);
    return out;
}

/* An IPv4 address inside an IPv6 one leads where it leads by itself. */
static void a_net_is_found_within_ipv6(void **state)
{
    static const char *const formats[] = {"::ffff:*", "64:ff9b::*",
                                          "2002:*::1"};
    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
        for (size_t i = 0; i < sizeof(nets4) / sizeof(*nets4); i++) {
            char text[4][64];
            check(&(struct net){
                within(text[0], formats[f], nets4[i].before),
                within(text[1], formats[f], nets4[i].first),
                within(text[2], formats[f], nets4[i].last),
                within(text[3], formats[f], nets4[i].behind),
            });
        }
    }
    assert_true(is_private("::127.0.0.1"));
    assert_true(is_private("::10.0.0.1"));
    assert_false(is_private("::8.8.8.8"));
}

static void public_addresses_are_not_refused(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",         "8.8.8.8",         "93.184.216.34",
        "192.0.66.2",      "2606:4700::1111", "2001:4860:4860::8888",
        "2a00:1450::200e", "2003::1",         "64:ff9a::a00:1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
        assert_false(is_private(addresses[i]));
}

static void a_family_that_is_no_ip_is_refused(void **state)
{
    const struct sockaddr_un un = {.sun_family = AF_UNIX};
    (void)state;
    assert_true(hl_address_is_private((const struct sockaddr *)&un));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_net_has_two_ends),
        cmocka_unit_test(a_net_is_found_within_ipv6),
        cmocka_unit_test(public_addresses_are_not_refused),
        cmocka_unit_test(a_family_that_is_no_ip_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
