/*
 * What goes along a URL's redirects, mirrors and retries: secrets stay at the
 * first origin, cookies with those who set them. In each mode. localhost and
 * 127.0.0.1 are two origins, and one server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "contract/fixture.h"

enum { SMALL = 1000, OTHER_SIZE = 10 };

static void file(struct httpd_reply *r)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SMALL);
    httpd_body(r, 0, SMALL);
}

static void moved(struct httpd_reply *r, const struct httpd_request *q,
                  const char *host, const char *path)
{
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: http://%s:%u%s\r\n"
               "Content-Length: 0\r\n\r\n",
               host, q->port, path);
}

static void gone(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
}

static void busy_once(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        httpd_text(r, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    else
        file(r);
}

static void to_copy(struct httpd_reply *r, const struct httpd_request *q)
{
    moved(r, q, "localhost", "/copy");
}

static void to_first(struct httpd_reply *r, const struct httpd_request *q)
{
    moved(r, q, "127.0.0.1", "/copy");
}

static void to_back(struct httpd_reply *r, const struct httpd_request *q)
{
    moved(r, q, "localhost", "/to-first");
}

static void as_long(struct httpd_reply *r, const struct httpd_request *q)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SMALL);
    if (!q->head)
        httpd_body(r, 0, SMALL);
}

static void to_as_long(struct httpd_reply *r, const struct httpd_request *q)
{
    moved(r, q, "localhost", "/as-long");
}

static const struct httpd_route routes[] = {
    {"/gone", gone},
    {"/copy", busy_once},
    {"/to-copy", to_copy},
    {"/to-first", to_first},
    {"/to-back", to_back},
    {"/as-long", as_long},
    {"/to-as-long", to_as_long},
    {NULL, NULL},
};

static int set_up(void **state)
{
    return fixture_set_up(state, routes);
}

static const char *const secret_line[] = {"X-Secret: 1", NULL};

static void fetch_with_secrets(struct fixture *f, const char *path,
                               const char *mirror)
{
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    char other[PATH_SIZE];
    const char *const mirrors[] = {other, NULL};
    options.user = "name:password";
    options.cookie = "a=1";
    options.if_exists = HAUL_IF_EXISTS_ADOPT;
    url_of(f, path, url);
    snprintf(other, sizeof(other), "http://localhost:%u%s",
             httpd_port(f->httpd), mirror != NULL ? mirror : "");
    open_session(f, &options);
    const struct haul_request request = {
        .url = url,
        .line = 1,
        .headers = secret_line,
        .mirrors = mirror != NULL ? mirrors : NULL,
    };
    assert_int_equal(haul_session_push(f->session, &request), 0);
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
}

static void check_secrets(struct fixture *f, const char *path, unsigned nth,
                          bool sent)
{
    struct httpd_request q;
    print_message("  %s, request %u\n", path, nth);
    assert_in_range(nth, 1, httpd_requests(f->httpd, path, NULL));
    httpd_nth(f->httpd, path, nth, &q);
    assert_int_equal(q.authorization, sent);
    assert_int_equal(q.cookie, sent);
    assert_int_equal(q.secret, sent);
}

static void a_mirror_gets_no_secrets_however_often_it_is_asked(void **state)
{
    struct fixture *f = *state;
    fetch_with_secrets(f, "/gone", "/to-copy");
    check_secrets(f, "/gone", 1, true);
    check_secrets(f, "/to-copy", 1, false);
    check_secrets(f, "/copy", 1, false);
    check_secrets(f, "/to-copy", 2, false);
    check_secrets(f, "/copy", 2, false);
}

static void a_mirror_that_leads_back_gets_no_secrets(void **state)
{
    struct fixture *f = *state;
    fetch_with_secrets(f, "/gone", "/to-first");
    for (unsigned nth = 1; nth <= 2; nth++) {
        check_secrets(f, "/to-first", nth, false);
        check_secrets(f, "/copy", nth, false);
    }
}

/* The first URL gets what was meant for it at each attempt, and no other. */
static void a_retry_from_the_first_url_has_the_secrets_there(void **state)
{
    struct fixture *f = *state;
    fetch_with_secrets(f, "/to-copy", NULL);
    for (unsigned nth = 1; nth <= 2; nth++) {
        check_secrets(f, "/to-copy", nth, true);
        check_secrets(f, "/copy", nth, false);
    }
}

static void there_and_back_again_has_no_secrets(void **state)
{
    struct fixture *f = *state;
    fetch_with_secrets(f, "/to-back", NULL);
    for (unsigned nth = 1; nth <= 2; nth++) {
        check_secrets(f, "/to-back", nth, true);
        check_secrets(f, "/to-first", nth, false);
        check_secrets(f, "/copy", nth, false);
    }
}

/* The file that is there is of another length, so a GET follows the HEAD. */
static void a_file_that_is_asked_about_tells_no_secrets(void **state)
{
    struct fixture *f = *state;
    char path[PATH_SIZE];
    path_of(f, "to-as-long", "", path);
    FILE *other = fopen(path, "w");
    assert_non_null(other);
    fprintf(other, "%0*d", OTHER_SIZE, 0);
    assert_int_equal(fclose(other), 0);
    fetch_with_secrets(f, "/to-as-long", NULL);
    check_secrets(f, "/to-as-long", 1, true);
    check_secrets(f, "/as-long", 1, false);
    check_secrets(f, "/as-long", 2, false);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mirror_gets_no_secrets_however_often_it_is_asked),
        TEST(a_mirror_that_leads_back_gets_no_secrets),
        TEST(a_retry_from_the_first_url_has_the_secrets_there),
        TEST(there_and_back_again_has_no_secrets),
        TEST(a_file_that_is_asked_about_tells_no_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
