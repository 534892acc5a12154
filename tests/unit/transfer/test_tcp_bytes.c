/* What the kernel tells of a connection, which proves what libcurl has read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/tcp_bytes.h"

enum { SENT = 3000, TAKEN = 1000 };

struct ends {
    int near;
    int far;
};

static struct ends connect_ends(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct ends ends = {.near = socket(AF_INET, SOCK_STREAM, 0)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (void *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (void *)&address, &size), 0);
    assert_int_equal(connect(ends.near, (void *)&address, size), 0);
    ends.far = accept(listener, NULL, NULL);
    assert_true(ends.far >= 0);
    close(listener);
    return ends;
}

static void send_some(const struct ends *ends)
{
    char bytes[SENT] = {0};
    assert_int_equal(send(ends->far, bytes, SENT, 0), SENT);
    while (hl_tcp_bytes_waiting(ends->near) < SENT)
        ;
}

static void take_some(const struct ends *ends)
{
    char bytes[TAKEN];
    assert_int_equal(recv(ends->near, bytes, TAKEN, MSG_WAITALL), TAKEN);
}

static void what_was_read_is_counted(void **state)
{
    struct ends ends = connect_ends();
    (void)state;
    assert_int_equal(hl_tcp_bytes_read(ends.near), 0);
    send_some(&ends);
    assert_int_equal(hl_tcp_bytes_read(ends.near), 0);
    take_some(&ends);
    assert_int_equal(hl_tcp_bytes_read(ends.near), TAKEN);
    assert_int_equal(hl_tcp_bytes_waiting(ends.near), SENT - TAKEN);
    close(ends.near);
    close(ends.far);
}

/* Never fewer than were read. */
static void an_end_counts_as_a_byte(void **state)
{
    struct ends ends = connect_ends();
    (void)state;
    send_some(&ends);
    take_some(&ends);
    close(ends.far);
    struct pollfd p = {.fd = ends.near, .events = POLLRDHUP};
    assert_int_equal(poll(&p, 1, -1), 1);
    assert_int_equal(hl_tcp_bytes_waiting(ends.near), SENT - TAKEN);
    assert_int_equal(hl_tcp_bytes_read(ends.near), TAKEN + 1);
    close(ends.near);
}

static void of_other_sockets_nothing_is_known(void **state)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    (void)state;
    assert_int_equal(hl_tcp_bytes_waiting(-1), 0);
    assert_true(hl_tcp_bytes_read(-1) == UINT64_MAX);
    assert_true(hl_tcp_bytes_read(fd) == UINT64_MAX);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_counted),
        cmocka_unit_test(an_end_counts_as_a_byte),
        cmocka_unit_test(of_other_sockets_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
