/* Sockets that are opened and closed by others: which of them stay watched
 * between two transfers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/socket_watch.h"

struct bench {
    uv_loop_t loop;
    struct hl_fd_table sockets;
    struct hl_socket_watcher watcher;
    uv_idle_t idle; /* a parked watch keeps no loop */
};

static void on_ready(struct hl_socket_watcher *watcher, int fd, int status,
                     int events)
{
    (void)watcher, (void)fd, (void)status, (void)events;
    fail();
}

static void on_uv_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_closed(struct hl_socket_watcher *watcher)
{
    (void)watcher;
}

static void open_bench(struct bench *bench)
{
    *bench = (struct bench){0};
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    assert_int_equal(uv_idle_init(&bench->loop, &bench->idle), 0);
    assert_int_equal(uv_idle_start(&bench->idle, on_uv_idle), 0);
    bench->watcher = (struct hl_socket_watcher){.loop = &bench->loop,
                                                .sockets = &bench->sockets,
                                                .ready = on_ready,
                                                .closed = on_closed};
}

static void close_bench(struct bench *bench)
{
    hl_socket_watch_drop_all(&bench->watcher);
    uv_close((uv_handle_t *)&bench->idle, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(bench->watcher.open, 0);
    hl_fd_table_release(&bench->sockets);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static struct hl_socket_watch *parked_watch(struct bench *bench, int fd)
{
    struct hl_socket_watch *watch = hl_socket_watch_get(&bench->watcher, fd);
    assert_non_null(watch);
    hl_socket_watch_want(watch, UV_READABLE);
    hl_socket_watch_park(watch);
    return watch;
}

/* As libcurl does with those that end a lookup. */
static void a_pair_may_be_closed_without_a_word(void **state)
{
    struct bench bench;
    int pair[2];
    (void)state;
    open_bench(&bench);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair),
                     0);
    parked_watch(&bench, pair[0]);
    assert_int_equal(close(pair[0]), 0);
    assert_int_equal(close(pair[1]), 0);
    /* libuv aborts at a number that is watched, and not open. */
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    close_bench(&bench);
}

static void a_connection_stays_watched(void **state)
{
    struct bench bench;
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(here);
    (void)state;
    open_bench(&bench);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&here, size), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&here, &size), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&here, size), 0);
    const struct hl_socket_watch *watch = parked_watch(&bench, fd);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
    assert_ptr_equal(hl_socket_watch_get(&bench.watcher, fd), watch);
    hl_socket_watch_park(hl_fd_table_get(&bench.sockets, fd));
    hl_socket_watch_closing(&bench.sockets, fd);
    assert_null(hl_fd_table_get(&bench.sockets, fd));
    assert_int_equal(close(fd), 0);
    assert_int_equal(close(server), 0);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_may_be_closed_without_a_word),
        cmocka_unit_test(a_connection_stays_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
