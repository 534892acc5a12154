/* The glue between the loops: what is due is done, whatever comes after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/options.h"
#include "transfer/curl_uv.h"
#include "util/container_of.h"

enum { ADDS = 10, URL_SIZE = 64 };

/* One transfer is added a turn, to a server that takes no connection. */
struct bench {
    uv_loop_t loop;
    struct haul_options options;
    struct hl_stop stop;
    struct hl_shared shared;
    struct hl_fd_table sockets;
    struct hl_loop_turn loop_turn;
    struct hl_curl_uv *glue;
    uv_idle_t turn;
    int listener;
    char url[URL_SIZE];
    struct hl_job jobs[ADDS];
    struct hl_xfer *xfers[ADDS];
    unsigned added;
    unsigned opened; /* sockets, when the last was added */
    unsigned done;
};

static int listen_anywhere(char url[URL_SIZE])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (void *)&address, size), 0);
    assert_int_equal(listen(fd, ADDS), 0);
    assert_int_equal(getsockname(fd, (void *)&address, &size), 0);
    snprintf(url, URL_SIZE, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return fd;
}

static void on_done(void *arg, struct hl_xfer *xfer, int curl_code)
{
    struct bench *b = arg;
    hl_xfer_finish(xfer, curl_code);
    b->done++;
}

static unsigned sockets_watched(const struct bench *b)
{
    unsigned count = 0;
    for (size_t fd = 0; fd < b->sockets.size; fd++)
        count += b->sockets.items[fd] != NULL;
    return count;
}

static void on_uv_turn(uv_idle_t *turn)
{
    struct bench *b = container_of(turn, struct bench, turn);
    if (b->added == ADDS) {
        b->opened = sockets_watched(b);
        uv_stop(&b->loop);
        return;
    }
    struct hl_xfer *xfer = b->xfers[b->added];
    assert_int_equal(hl_xfer_start(xfer, &b->jobs[b->added]), 0);
    hl_curl_uv_add(b->glue, xfer);
    b->added++;
    /* As a mode with more to add does it. */
    uv_idle_stop(turn);
    uv_idle_start(turn, on_uv_turn);
}

static void open_bench(struct bench *b)
{
    const struct haul_options given = {.proxy = "", .dir = "/tmp"};
    assert_int_equal(uv_loop_init(&b->loop), 0);
    assert_int_equal(hl_options_resolve(&b->options, &given), 0);
    hl_stop_init(&b->stop, 0);
    b->shared = (struct hl_shared){.options = &b->options,
                                   .token = "01234567",
                                   .stop = &b->stop,
                                   .dir_fd = AT_FDCWD,
                                   .rate_fd = -1,
                                   .lock_fd = -1,
                                   .body_fd = -1};
    b->listener = listen_anywhere(b->url);
    hl_loop_turn_open(&b->loop_turn, &b->loop);
    assert_int_equal(hl_curl_uv_init(&b->glue, &b->loop, NULL, &b->loop_turn,
                                     &b->sockets, ADDS),
                     0);
    hl_curl_uv_on_done(b->glue, on_done, NULL);
    for (unsigned i = 0; i < ADDS; i++) {
        b->jobs[i] = (struct hl_job){
            .id = i + 1, .attempt = 1, .url = b->url, .path = "none"};
        assert_int_equal(hl_xfer_new(&b->xfers[i], &b->shared, i + 1), 0);
        hl_curl_uv_adopt(b->glue, b->xfers[i], b);
    }
    uv_idle_init(&b->loop, &b->turn);
    uv_idle_start(&b->turn, on_uv_turn);
}

static void on_turn_closed(void *arg)
{
    (void)arg;
}

static void close_bench(struct bench *b)
{
    for (unsigned i = 0; i < ADDS; i++)
        hl_curl_uv_abort(b->glue, b->xfers[i]);
    assert_int_equal(b->done, ADDS);
    for (unsigned i = 0; i < ADDS; i++)
        hl_xfer_free(b->xfers[i]);
    hl_curl_uv_close(b->glue, NULL, NULL);
    hl_loop_turn_close(&b->loop_turn, on_turn_closed, NULL);
    uv_close((uv_handle_t *)&b->turn, NULL);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0);
    hl_fd_table_release(&b->sockets);
    hl_options_release(&b->options);
    close(b->listener);
}

/* The timeout of 0 that libcurl asks for at each add is one and the same. */
static void adds_in_each_turn_put_nothing_off(void **state)
{
    struct bench bench = {0};
    (void)state;
    open_bench(&bench);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(bench.added, ADDS);
    /* The last one or two are not due yet. */
    assert_in_range(bench.opened, ADDS - 2, ADDS);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_in_each_turn_put_nothing_off),
    };
    haul_global_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    haul_global_cleanup();
    return failed;
}
