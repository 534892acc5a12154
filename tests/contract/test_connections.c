/*
 * Connections that are kept, in each mode: what comes on them unasked is no
 * answer, and one that dies when it is used again costs no attempt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contract/fixture.h"

enum {
    SMALL = 1000,
    UNASKED_OFFSET = 77777,
    UNASKED_MS = 30,
    FILES = 5,
    DEATHS = 14, /* libcurl gives up at every sixth */
    POLL_US = 1000,
    POLLS = 5000,
};

static void file(struct httpd_reply *r, uint64_t offset)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SMALL);
    httpd_body(r, offset, SMALL);
}

static void small(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    file(r, 0);
}

static void two_answers(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    file(r, 0);
    httpd_wait(r, UNASKED_MS);
    file(r, UNASKED_OFFSET);
}

static void one_byte_more(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    file(r, 0);
    httpd_wait(r, UNASKED_MS);
    httpd_body(r, 0, 1);
}

static void no_content_but_some(struct httpd_reply *r,
                                const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
    httpd_wait(r, UNASKED_MS);
    file(r, UNASKED_OFFSET);
}

/* Its first header goes on from none. */
static void folded(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\n folded: x\r\n"
                  "Content-Length: 0\r\n\r\n");
}

/* Closes a connection when it is used for a second time. */
static void dies_when_used_again(struct httpd_reply *r,
                                 const struct httpd_request *q)
{
    if (q->on_connection > 1)
        httpd_close(r);
    else
        file(r, 0);
}

static void resets_when_used_again(struct httpd_reply *r,
                                   const struct httpd_request *q)
{
    if (q->on_connection > 1)
        httpd_reset(r);
    else
        file(r, 0);
}

static void always_dies(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_close(r);
}

static const struct httpd_route routes[] = {
    {"/small", small},
    {"/folded", folded},
    {"/two-answers", two_answers},
    {"/one-byte-more", one_byte_more},
    {"/no-content-but-some", no_content_but_some},
    {"/dies", dies_when_used_again},
    {"/resets", resets_when_used_again},
    {"/always-dies", always_dies},
    {NULL, NULL},
};

static int set_up(void **state)
{
    return fixture_set_up(state, routes);
}

/* One after the other over one connection, as far as that is kept. */
static struct haul_options one_at_a_time(const struct fixture *f)
{
    struct haul_options options = fixture_options(f);
    options.retry = HAUL_NONE;
    options.jobs = options.loops > 0 ? options.loops : 1;
    options.max_per_host = 1;
    options.restart = true;
    return options;
}

static void fetch_next(struct fixture *f, const char *path, unsigned line)
{
    char url[PATH_SIZE];
    char more[PATH_SIZE + 16];
    url_of(f, path, url);
    snprintf(more, sizeof(more), "%s?%u", url, line);
    push(f, more, line);
    while (f->results < line)
        uv_run(&f->loop, UV_RUN_ONCE);
}

/* The server has written so many bytes of bodies, so they are here. */
static void await_sent(struct fixture *f, const char *path, uint64_t bytes)
{
    for (int i = 0; i < POLLS && httpd_sent(f->httpd, path) < bytes; i++)
        usleep(POLL_US);
    assert_int_equal(httpd_sent(f->httpd, path), bytes);
}

static void check_unasked(struct fixture *f, const char *path, uint64_t bytes)
{
    struct haul_options options = one_at_a_time(f);
    print_message("  %s\n", path);
    open_session(f, &options);
    for (unsigned i = 1; i <= FILES; i++) {
        struct httpd_request last;
        fetch_next(f, path, i);
        assert_int_equal(httpd_requests(f->httpd, path, &last), i);
        assert_int_equal(last.on_connection, 1);
        assert_int_equal(f->last.attempts, 1);
        if (f->last.outcome == HAUL_OUTCOME_OK)
            check_file(f, 0, SMALL);
        else
            assert_int_equal(f->last.error, HAUL_ERR_HTTP);
        await_sent(f, path, bytes * i);
    }
    run_to_end(f);
}

static void an_unasked_answer_is_nobodys(void **state)
{
    struct fixture *f = *state;
    check_unasked(f, "/two-answers", 2 * SMALL);
    check_unasked(f, "/one-byte-more", SMALL + 1);
    check_unasked(f, "/no-content-but-some", SMALL);
}

/* So that the looking does not cost the connections that are good. */
static void a_silent_connection_is_used_again(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_at_a_time(f);
    struct httpd_request last;
    open_session(f, &options);
    for (unsigned i = 1; i <= FILES; i++)
        fetch_next(f, "/small", i);
    httpd_requests(f->httpd, "/small", &last);
    assert_int_equal(last.on_connection, FILES);
    run_to_end(f);
}

static void check_deaths(struct fixture *f, const char *path)
{
    struct haul_options options = one_at_a_time(f);
    print_message("  %s\n", path);
    open_session(f, &options);
    for (unsigned i = 1; i <= DEATHS; i++) {
        fetch_next(f, path, i);
        assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
        assert_int_equal(f->last.attempts, 1);
        check_file(f, 0, SMALL);
    }
    run_to_end(f);
    /* Each but the first was asked for twice. */
    assert_int_equal(httpd_requests(f->httpd, path, NULL), 2 * DEATHS - 1);
}

static void a_kept_connection_that_dies_costs_no_attempt(void **state)
{
    check_deaths(*state, "/dies");
    check_deaths(*state, "/resets");
}

static void a_new_connection_that_dies_costs_one(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_at_a_time(f);
    options.retry = 2;
    open_session(f, &options);
    fetch_next(f, "/small", 1);
    fetch_next(f, "/always-dies", 2);
    assert_int_equal(f->last.error, HAUL_ERR_TRUNCATED);
    assert_int_equal(f->last.attempts, 3);
    /* The first was made on the connection that was kept, too. */
    assert_int_equal(httpd_requests(f->httpd, "/always-dies", NULL), 4);
    run_to_end(f);
}

/* libcurl 7.88 adds such a line to the last header of the answer before, which
 * it has freed. */
static void a_header_of_the_answer_before_is_not_added_to(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = one_at_a_time(f);
    options.retry = HAUL_NONE;
    open_session(f, &options);
    fetch_next(f, "/small", 1);
    fetch_next(f, "/folded", 2);
    assert_int_equal(f->last.error, HAUL_ERR_PROTOCOL);
    run_to_end(f);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unasked_answer_is_nobodys),
        TEST(a_silent_connection_is_used_again),
        TEST(a_kept_connection_that_dies_costs_no_attempt),
        TEST(a_new_connection_that_dies_costs_one),
        TEST(a_header_of_the_answer_before_is_not_added_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
