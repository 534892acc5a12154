/* What a request gives beside its URL: it is understood, or the request fails
 * before anybody is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/fixture.h"
#include "util/digest.h"

enum { SMALL = 1000 };

#define ZEROS64 \
    "0000000000000000000000000000000000000000000000000000000000000000"

static void small(struct httpd_reply *reply,
                  const struct httpd_request *request)
{
    (void)request;
    httpd_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SMALL);
    httpd_body(reply, 0, SMALL);
}

static const struct httpd_route routes[] = {
    {"/small", small},
    {0},
};

static int set_up(void **state)
{
    return fixture_set_up(state, routes);
}

/* Fetches /small; request has all but its URL. */
static void run(struct fixture *f, struct haul_request request)
{
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    options.restart = true;
    options.retry = HAUL_NONE;
    url_of(f, "/small", url);
    request.url = url;
    request.line = 1;
    httpd_forget(f->httpd);
    open_session(f, &options);
    assert_int_equal(haul_session_push(f->session, &request), 0);
    run_to_end(f);
}

static void checksum_of_small(enum hl_algorithm algorithm, char separator,
                              char out[HL_CHECKSUM_SIZE])
{
    struct hl_digest_text text;
    struct hl_digest *digest;
    assert_int_equal(hl_digest_new(&digest), 0);
    assert_int_equal(hl_digest_begin(digest, HL_DIGEST_BY(algorithm)), 0);
    for (size_t i = 0; i < SMALL; i++) {
        unsigned char byte = httpd_byte(i);
        hl_digest_add(digest, HL_DIGEST_BY(algorithm), &byte, 1);
    }
    hl_digest_end(digest, HL_DIGEST_BY(algorithm), &text);
    hl_digest_free(digest);
    snprintf(out, HL_CHECKSUM_SIZE, "%s%c%.*s", hl_algorithm_word(algorithm),
             separator, HL_DIGEST_SIZE - 1, text.digests);
}

static void a_checksum_by_any_algorithm_is_compared(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        char checksum[HL_CHECKSUM_SIZE];
        checksum_of_small((enum hl_algorithm)i, i % 2 ? ':' : '=', checksum);
        run(f, (struct haul_request){.checksum = checksum});
        assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
        char *last = checksum + strlen(checksum) - 1;
        *last = *last == '0' ? '1' : '0';
        run(f, (struct haul_request){.checksum = checksum});
        assert_int_equal(f->last.error, HAUL_ERR_CHECKSUM);
    }
}

static void a_checksum_that_is_none_fails_its_request(void **state)
{
    static const char *const checksums[] = {
        "",          ZEROS64,   "garbage",      "sha256:" ZEROS64 "0",
        "=" ZEROS64, "sha256=", "md5=" ZEROS64, "crc32=00000000",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(checksums) / sizeof(*checksums); i++) {
        run(f, (struct haul_request){.checksum = checksums[i]});
        assert_int_equal(f->last.outcome, HAUL_OUTCOME_FAILED);
        assert_int_equal(f->last.error, HAUL_ERR_NAME);
        assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 0);
    }
}

static void a_header_that_is_none_fails_its_request(void **state)
{
    static const char *const headers[] = {
        "A: b\r\nX-More: 1", "A: b\nX-More: 1", "no colon",
        "Range: bytes=0-1",  "connection;",     ": b",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        const char *const lines[] = {"X-Good: 1", headers[i], NULL};
        run(f, (struct haul_request){.headers = lines});
        assert_int_equal(f->last.error, HAUL_ERR_NAME);
        assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 0);
    }
}

/* To a descriptor goes the first request's body, and no file is made. */
static void a_descriptor_takes_one_body(void **state)
{
    struct fixture *f = *state;
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    unsigned char body[SMALL + 1];
    options.output_fd = memfd_create("body", MFD_CLOEXEC);
    assert_true(options.output_fd > 0);
    options.dir = "/nowhere";
    if (options.mode == HAUL_MODE_PROCESSES) {
        assert_non_null(haul_options_objection(&options));
        close(options.output_fd);
        return;
    }
    url_of(f, "/small", url);
    open_session(f, &options);
    push(f, url, 1);
    push(f, url, 2);
    run_to_end(f);
    assert_int_equal(f->results, 2);
    assert_int_equal(httpd_requests(f->httpd, "/small", NULL), 1);
    assert_int_equal(pread(options.output_fd, body, sizeof(body), 0), SMALL);
    for (size_t i = 0; i < SMALL; i++)
        assert_int_equal(body[i], httpd_byte(i));
    assert_int_equal(access("/nowhere", F_OK), -1);
    close(options.output_fd);
}

/* A line that repeats the first, with the name of the second. */
static void run_repeat(struct fixture *f)
{
    struct haul_options options = fixture_options(f);
    char url[PATH_SIZE];
    char other[PATH_SIZE];
    const struct haul_request lines[] = {
        {.url = url, .output = "a", .line = 1},
        {.url = other, .output = "b", .line = 2},
        {.url = url, .output = "b", .line = 3},
    };
    url_of(f, "/small", url);
    url_of(f, "/small?other", other);
    open_session(f, &options);
    for (unsigned i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        assert_int_equal(haul_session_push(f->session, &lines[i]), 0);
        while (f->results <= i)
            uv_run(&f->loop, UV_RUN_ONCE);
    }
    run_to_end(f);
}

static void a_repeat_gets_one_hash_or_fails(void **state)
{
    struct fixture *f = *state;
    char path[PATH_SIZE];
    char name[PATH_SIZE];
    run_repeat(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_OK);
    assert_int_equal(strlen(f->file), strlen("b-0123456789abcdef"));
    snprintf(name, sizeof(name), "%s", f->file);
    path_of(f, f->file, "", path);
    assert_int_equal(unlink(path), 0);
    FILE *foreign = fopen(path, "w");
    assert_non_null(foreign);
    assert_int_equal(fclose(foreign), 0);
    run_repeat(f);
    assert_int_equal(f->last.outcome, HAUL_OUTCOME_FAILED);
    assert_int_equal(f->last.error, HAUL_ERR_IO);
    assert_string_equal(f->last.message,
                        "there is a file of this name already");
    assert_string_equal(f->file, name);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_checksum_by_any_algorithm_is_compared,
                                        set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(
            a_checksum_that_is_none_fails_its_request, set_up,
            fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_descriptor_takes_one_body, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_repeat_gets_one_hash_or_fails, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_header_that_is_none_fails_its_request,
                                        set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return fixture_main(argc, argv, run_all);
}
