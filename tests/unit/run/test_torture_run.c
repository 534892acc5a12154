/* A whole run without memory: each allocation that haul or libcurl makes on
 * the loop's thread fails in turn. Whatever was taken up has one result, the
 * session closes, and the directory can be used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <unistd.h>

#include "haul/haul.h"
#include "support/httpd.h"
#include "support/torture.h"

enum { REQUESTS = 5 };

static void small(struct httpd_reply *reply,
                  const struct httpd_request *request)
{
    (void)request;
    httpd_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"
                      "ETag: \"one\"\r\nContent-Type: image/png\r\n\r\n");
    httpd_body(reply, 0, 1000);
}

static void redirect(struct httpd_reply *reply,
                     const struct httpd_request *request)
{
    (void)request;
    httpd_text(reply, "HTTP/1.1 302 Found\r\nLocation: /small\r\n"
                      "Content-Length: 0\r\n\r\n");
}

static const struct httpd_route routes[] = {
    {"/small", small},
    {"/other", small},
    {"/redirect", redirect},
    {NULL, NULL},
};

/* One run after another, in the same directory. */
struct runs {
    uv_loop_t loop;
    struct httpd *httpd;
    enum haul_mode_id mode;
    uint32_t loops;
    char dir[64];
    unsigned results[REQUESTS + 1]; /* by line */
    unsigned ok;
};

static void on_result(void *arg, const struct haul_result *result)
{
    struct runs *runs = arg;
    assert_in_range(result->line, 1, REQUESTS);
    runs->results[result->line]++;
    runs->ok += result->outcome == HAUL_OUTCOME_OK;
}

static int push(struct runs *runs, struct haul_session *session, unsigned line)
{
    static const char *const paths[REQUESTS] = {"/small", "/missing",
                                                "/redirect", "/other", NULL};
    char url[128] = "no URL";
    if (paths[line - 1] != NULL)
        snprintf(url, sizeof(url), "http://127.0.0.1:%u%s",
                 httpd_port(runs->httpd), paths[line - 1]);
    const struct haul_request request = {.url = url, .line = line};
    return haul_session_push(session, &request);
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int run(void *arg)
{
    struct runs *runs = arg;
    const struct haul_options options = {
        .mode = runs->mode,
        .loops = runs->loops,
        .dir = runs->dir,
        .jobs = 2,
        .retry = HAUL_NONE,
        .proxy = "",
    };
    const struct haul_callbacks callbacks = {.result = on_result, .arg = runs};
    struct haul_session *session;
    unsigned taken = 0;
    memset(runs->results, 0, sizeof(runs->results));
    runs->ok = 0;
    int r = haul_session_new(&session, &runs->loop, &options, &callbacks);
    if (r == 0) {
        while (r == 0 && taken < REQUESTS) {
            r = push(runs, session, taken + 1);
            taken += r == 0;
        }
        haul_session_end(session);
        uv_run(&runs->loop, UV_RUN_DEFAULT);
        for (unsigned line = 1; line <= REQUESTS; line++)
            assert_int_equal(runs->results[line], line <= taken);
        if (runs->ok < 3 || haul_session_error(session) < 0)
            r = UV_ENOMEM;
        haul_session_close(session, NULL);
    }
    uv_run(&runs->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&runs->loop), 0);
    nftw(runs->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return r;
}

static void torture_mode(enum haul_mode_id mode, uint32_t loops)
{
    struct runs runs = {
        .mode = mode, .loops = loops, .dir = "/tmp/haul-torture-XXXXXX"};
    assert_non_null(mkdtemp(runs.dir));
    assert_int_equal(uv_loop_init(&runs.loop), 0);
    runs.httpd = httpd_start(routes);
    assert_non_null(runs.httpd);
    assert_true(torture(run, &runs) > 50);
    httpd_stop(runs.httpd);
    assert_int_equal(uv_loop_close(&runs.loop), 0);
}

static void a_sequential_run_survives(void **state)
{
    (void)state;
    torture_mode(HAUL_MODE_SEQUENTIAL, 1);
}

static void a_run_over_threads_survives(void **state)
{
    (void)state;
    torture_mode(HAUL_MODE_THREADS, 1);
}

static void a_run_on_the_loop_survives(void **state)
{
    (void)state;
    torture_mode(HAUL_MODE_ASYNC, 0);
}

/* Other loops than the session's are opened on its thread. */
static void a_run_on_two_loops_survives(void **state)
{
    (void)state;
    torture_mode(HAUL_MODE_ASYNC, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequential_run_survives),
        cmocka_unit_test(a_run_over_threads_survives),
        cmocka_unit_test(a_run_on_the_loop_survives),
        cmocka_unit_test(a_run_on_two_loops_survives),
    };
    signal(SIGPIPE, SIG_IGN);
    torture_init();
    haul_global_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    haul_global_cleanup();
    return failed;
}
