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

/* Lets nobody through without the cookie that it gives. */
static void gate(struct httpd_reply *r, const struct httpd_request *q)
{
    if (strstr(q->cookies, "seen=1") != NULL)
        file(r);
    else
        httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /gate\r\n"
                      "Set-Cookie: seen=1\r\nContent-Length: 0\r\n\r\n");
}

static void busy_gate(struct httpd_reply *r, const struct httpd_request *q)
{
    if (strstr(q->cookies, "seen=1") == NULL)
        httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /busy-gate\r\n"
                      "Set-Cookie: seen=1\r\nContent-Length: 0\r\n\r\n");
    else if (q->nth == 2)
        httpd_text(r, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    else
        file(r);
}

/* Sets all kinds, and leads to another host, from which it goes back. */
static void cookies(struct httpd_reply *r, const struct httpd_request *q)
{
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: http://localhost:%u/away\r\n"
               "Set-Cookie: mine=1; HttpOnly\r\n"
               "Set-Cookie: deep=1; Path=/deep\r\n"
               "Set-Cookie: gone=1; Max-Age=0\r\n"
               "Set-Cookie: strange=1; Domain=localhost\r\n"
               "Content-Length: 0\r\n\r\n",
               q->port);
}

static void away(struct httpd_reply *r, const struct httpd_request *q)
{
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/home\r\n"
               "Set-Cookie: theirs=1\r\nContent-Length: 0\r\n\r\n",
               q->port);
}

static void home(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    file(r);
}

/* libcurl takes 50 of an answer, and then none for a while. */
static void crowded_gate(struct httpd_reply *r, const struct httpd_request *q)
{
    static const char names[] =
        "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    if (strstr(q->cookies, "h=1") != NULL) {
        file(r);
        return;
    }
    httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /crowded-gate\r\n"
                  "Content-Length: 0\r\n");
    for (const char *name = names; *name != '\0'; name++)
        httpd_text(r, "Set-Cookie: %c=1\r\n", *name);
    httpd_text(r, "\r\n");
}

/* More than may be gathered. */
static void many_cookies(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /home\r\n"
                  "Content-Length: 0\r\n");
    for (int i = 0; i < 40; i++)
        httpd_text(r, "Set-Cookie: c%d=%01000d\r\n", i, i);
    httpd_text(r, "\r\n");
}

static void set_and_lose(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /gone\r\n"
                  "Set-Cookie: seen=1\r\nContent-Length: 0\r\n\r\n");
}

static void refused(struct httpd_reply *r, const char *location)
{
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: %s\r\n"
               "Content-Length: 0\r\n\r\n",
               location);
}

static void to_other_scheme(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    (void)q;
    refused(r, "ftp://127.0.0.1/file");
}

/* libcurl lets this one pass. */
static void to_bad_host(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    refused(r, "http://\xc3\x28/file");
}

static void in_a_circle(struct httpd_reply *r, const struct httpd_request *q)
{
    moved(r, q, "127.0.0.1", "/in-a-circle");
}

static const struct httpd_route routes[] = {
    {"/gate", gate},
    {"/busy-gate", busy_gate},
    {"/cookies", cookies},
    {"/away", away},
    {"/home", home},
    {"/many-cookies", many_cookies},
    {"/crowded-gate", crowded_gate},
    {"/set-and-lose", set_and_lose},
    {"/gone", gone},
    {"/copy", busy_once},
    {"/to-copy", to_copy},
    {"/to-first", to_first},
    {"/to-back", to_back},
    {"/as-long", as_long},
    {"/to-as-long", to_as_long},
    {"/to-other-scheme", to_other_scheme},
    {"/to-bad-host", to_bad_host},
    {"/in-a-circle", in_a_circle},
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

static void check_cookies(struct fixture *f, const char *path, unsigned nth,
                          const char *sent)
{
    struct httpd_request q;
    print_message("  %s, request %u\n", path, nth);
    assert_in_range(nth, 1, httpd_requests(f->httpd, path, NULL));
    httpd_nth(f->httpd, path, nth, &q);
    assert_string_equal(q.cookies, sent);
}

static void a_chain_keeps_its_cookies_and_forgets_them(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char base[PATH_SIZE];
    char url[PATH_SIZE + 16];
    options.jobs = options.loops > 0 ? options.loops : 1;
    url_of(f, "/gate", base);
    open_session(f, &options);
    for (unsigned i = 1; i <= 2; i++) {
        snprintf(url, sizeof(url), "%s?%u", base, i);
        push(f, url, i);
        while (f->results < i)
            uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
        assert_int_equal(f->last.attempts, 1);
        check_cookies(f, "/gate", 2 * i - 1, "");
        check_cookies(f, "/gate", 2 * i, "seen=1");
    }
    run_to_end(f);
    assert_int_equal(httpd_requests(f->httpd, "/gate", NULL), 4);
}

static void a_crowd_of_cookies_hides_none(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    fetch(f, &options, "/crowded-gate");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_int_equal(f->last.attempts, 1);
}

static void a_retry_begins_without_cookies(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    fetch(f, &options, "/busy-gate");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_cookies(f, "/busy-gate", 1, "");
    check_cookies(f, "/busy-gate", 2, "seen=1");
    check_cookies(f, "/busy-gate", 3, "");
    check_cookies(f, "/busy-gate", 4, "seen=1");
}

static void cookies_stay_with_those_who_set_them(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    fetch(f, &options, "/cookies");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_cookies(f, "/cookies", 1, "");
    check_cookies(f, "/away", 1, "");
    check_cookies(f, "/home", 1, "mine=1");
}

static void given_cookies_go_with_those_that_are_set(void **state)
{
    struct fixture *f = *state;
    fetch_with_secrets(f, "/gate", NULL);
    check_cookies(f, "/gate", 1, "a=1");
    check_cookies(f, "/gate", 2, "seen=1; a=1");
}

static void a_mirror_begins_without_cookies(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    char other[PATH_SIZE];
    const char *const mirrors[] = {other, NULL};
    url_of(f, "/set-and-lose", url);
    url_of(f, "/home", other);
    open_session(f, &options);
    const struct haul_request request = {
        .url = url, .line = 1, .mirrors = mirrors};
    assert_int_equal(haul_session_push(f->session, &request), 0);
    run_to_end(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_cookies(f, "/gone", 1, "seen=1");
    check_cookies(f, "/home", 1, "");
}

static void cookies_without_end_do_no_harm(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    fetch(f, &options, "/many-cookies");
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    check_file(f, 0, SMALL);
}

static void a_redirect_that_is_refused_goes_to_the_mirror(void **state)
{
    static const char *const paths[] = {"/to-other-scheme", "/in-a-circle",
                                        "/to-bad-host"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        print_message("  %s\n", paths[i]);
        httpd_forget(f->httpd);
        fetch_with_secrets(f, paths[i], "/home");
        assert_int_equal(f->last.attempts, 2);
        check_secrets(f, "/home", 1, false);
    }
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
        TEST(a_chain_keeps_its_cookies_and_forgets_them),
        TEST(a_crowd_of_cookies_hides_none),
        TEST(a_retry_begins_without_cookies),
        TEST(cookies_stay_with_those_who_set_them),
        TEST(given_cookies_go_with_those_that_are_set),
        TEST(a_mirror_begins_without_cookies),
        TEST(cookies_without_end_do_no_harm),
        TEST(a_redirect_that_is_refused_goes_to_the_mirror),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
