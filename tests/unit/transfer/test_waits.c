/* When a wait for a server is long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/waits.h"

static const uint64_t ms = 1000000;
static struct hl_waits waits;

static int forget(void **state)
{
    (void)state;
    waits = (struct hl_waits){.of = {{0}}};
    return 0;
}

static void each_server_has_its_own(void **state)
{
    uint64_t slow = hl_waits_server("10.0.0.1", 80);
    uint64_t fast = hl_waits_server("10.0.0.1", 81);
    (void)state;
    assert_true(hl_waits_long(&waits, slow) == UINT64_MAX);
    hl_waits_note(&waits, slow, true, 3000 * ms);
    hl_waits_note(&waits, fast, true, 1 * ms);
    assert_true(hl_waits_long(&waits, slow) == 12000 * ms);
    assert_true(hl_waits_long(&waits, fast) == 1000 * ms);
}

static void what_new_connections_take_is_usual(void **state)
{
    uint64_t server = hl_waits_server("::1", 443);
    (void)state;
    hl_waits_note(&waits, server, false, 1500 * ms);
    for (int i = 0; i < 100; i++)
        hl_waits_note(&waits, server, true, 1 * ms);
    assert_true(hl_waits_long(&waits, server) == 6000 * ms);
}

static void waits_in_a_crowd_are_not_usual(void **state)
{
    uint64_t server = hl_waits_server("::1", 443);
    (void)state;
    hl_waits_note(&waits, server, false, 10 * ms);
    hl_waits_crowded(&waits, server);
    hl_waits_note(&waits, server, false, 60000 * ms);
    assert_true(hl_waits_long(&waits, server) == 1000 * ms);
}

static void what_was_usual_is_forgotten_in_time(void **state)
{
    uint64_t server = hl_waits_server("::1", 443);
    (void)state;
    hl_waits_note(&waits, server, true, 60000 * ms);
    for (int i = 0; i < 100; i++)
        hl_waits_note(&waits, server, true, 1 * ms);
    assert_true(hl_waits_long(&waits, server) == 1000 * ms);
}

static void check_socket(int family, const char *name)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {.any.sa_family = (sa_family_t)family};
    socklen_t size = family == AF_INET ? sizeof(at.v4) : sizeof(at.v6);
    int server = socket(family, SOCK_STREAM, 0);
    int client = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET)
        at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        at.v6.sin6_addr = in6addr_loopback;
    assert_true(hl_waits_server_of(client) == 0);
    if (bind(server, &at.any, size) == 0) {
        assert_int_equal(listen(server, 1), 0);
        getsockname(server, &at.any, &size);
        assert_int_equal(connect(client, &at.any, size), 0);
        int port = ntohs(family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
        assert_true(hl_waits_server_of(client) == hl_waits_server(name, port));
    }
    close(client);
    close(server);
}

static void a_socket_tells_its_server(void **state)
{
    (void)state;
    assert_true(hl_waits_server_of(-1) == 0);
    check_socket(AF_INET, "127.0.0.1");
    check_socket(AF_INET6, "::1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_server_has_its_own, forget),
        cmocka_unit_test_setup(what_new_connections_take_is_usual, forget),
        cmocka_unit_test_setup(waits_in_a_crowd_are_not_usual, forget),
        cmocka_unit_test_setup(what_was_usual_is_forgotten_in_time, forget),
        cmocka_unit_test(a_socket_tells_its_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
