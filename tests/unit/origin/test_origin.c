/* The embedded origin over real sockets: what it serves, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "origin/body.h"
#include "support/fetch.h"

static void content_follows_from_path_and_query(void **state)
{
    struct hl_origin *origins[2] = {
        start(&(struct hl_origin_options){0}),
        start(&(struct hl_origin_options){.seed = 7}),
    };
    struct answer *one = answer_new();
    struct answer *other = answer_new();
    (void)state;
    get(origins[0], one, "/bytes/5000?a", "");
    get(origins[1], other, "/bytes/5000?a", "");
    assert_int_equal(one->status, 200);
    assert_int_equal(one->body_size, 5000);
    assert_memory_equal(one->body, other->body, 5000);
    get(origins[0], other, "/bytes/5000?b", "");
    assert_memory_not_equal(one->body, other->body, 5000);
    get(origins[0], one, "/60x40/a/001", "");
    get(origins[0], other, "/60x40/a/002", "");
    assert_header(one, "Content-Type", "image/png");
    assert_memory_equal(one->body, "\x89PNG", 4);
    assert_true(one->body_size != other->body_size ||
                memcmp(one->body, other->body, one->body_size) != 0);
    free(one);
    free(other);
    hl_origin_stop(origins[0]);
    hl_origin_stop(origins[1]);
}

static void ranges_are_cut_from_the_whole(void **state)
{
    static const struct {
        const char *range;
        int status;
        size_t first;
        size_t size;
    } cases[] = {
        {"bytes=0-", 206, 0, 1000},       {"bytes=0-0", 206, 0, 1},
        {"bytes=1-8", 206, 1, 8},         {"bytes=3-3", 206, 3, 1},
        {"bytes=997-", 206, 997, 3},      {"bytes=999-999", 206, 999, 1},
        {"bytes=990-5000", 206, 990, 10}, {"bytes=-1", 206, 999, 1},
        {"bytes=-1000", 206, 0, 1000},    {"bytes=-5000", 206, 0, 1000},
        {"bytes=1000-", 416, 0, 0},       {"bytes=5000-6000", 416, 0, 0},
        {"bytes=-0", 416, 0, 0},          {"items=0-1", 200, 0, 1000},
        {"bytes=0-1,5-6", 200, 0, 1000},  {"bytes=a-b", 200, 0, 1000},
        {"bytes", 200, 0, 1000},
    };
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct answer *whole = answer_new();
    struct answer *part = answer_new();
    (void)state;
    get(origin, whole, "/bytes/1000", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[128];
        print_message("%s\n", cases[i].range);
        snprintf(text, sizeof(text), "Range: %s\r\n", cases[i].range);
        get(origin, part, "/bytes/1000", text);
        assert_int_equal(part->status, cases[i].status);
        assert_int_equal(part->body_size, cases[i].size);
        assert_memory_equal(part->body, whole->body + cases[i].first,
                            cases[i].size);
        text[0] = '\0';
        if (cases[i].status == 206)
            snprintf(text, sizeof(text), "bytes %zu-%zu/1000", cases[i].first,
                     cases[i].first + cases[i].size - 1);
        else if (cases[i].status == 416)
            snprintf(text, sizeof(text), "bytes */1000");
        assert_header(part, "Content-Range", text);
    }
    get(origin, part, "/bytes/0", "Range: bytes=0-\r\n");
    assert_int_equal(part->status, 416);
    get(origin, part, "/bytes/0", "");
    assert_int_equal(part->status, 200);
    assert_header(part, "Content-Length", "0");
    free(whole);
    free(part);
    hl_origin_stop(origin);
}

static void if_range_guards_a_range(void **state)
{
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct answer *answer = answer_new();
    char etag[128];
    char date[128];
    char text[512];
    (void)state;
    get(origin, answer, "/bytes/100", "");
    header(answer, "ETag", etag);
    header(answer, "Last-Modified", date);
    assert_true(etag[0] == '"');
    assert_true(date[0] != '\0');
    const struct {
        const char *validator;
        int status;
    } cases[] = {{etag, 206},
                 {date, 206},
                 {"\"other\"", 200},
                 {"W/\"x\"", 200},
                 {"Thu, 01 Jan 1970 00:00:00 GMT", 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        snprintf(text, sizeof(text), "Range: bytes=10-\r\nIf-Range: %s\r\n",
                 cases[i].validator);
        get(origin, answer, "/bytes/100", text);
        assert_int_equal(answer->status, cases[i].status);
        assert_int_equal(answer->body_size, cases[i].status == 206 ? 90 : 100);
        assert_header(answer, "ETag", etag);
    }
    snprintf(text, sizeof(text), "If-None-Match: %s\r\n", etag);
    get(origin, answer, "/bytes/100", text);
    assert_int_equal(answer->status, 304);
    assert_int_equal(answer->body_size, 0);
    snprintf(text, sizeof(text), "If-Modified-Since: %s\r\n", date);
    get(origin, answer, "/bytes/100", text);
    assert_int_equal(answer->status, 304);
    get(origin, answer, "/bytes/100", "If-None-Match: \"other\"\r\n");
    assert_int_equal(answer->status, 200);
    free(answer);
    hl_origin_stop(origin);
}

static void head_is_get_without_its_body(void **state)
{
    static const char *const paths[] = {"/bytes/12345", "/30x20/x",
                                        "/nothing/here"};
    static const char *const names[] = {"Content-Length", "Content-Type",
                                        "ETag", "Last-Modified",
                                        "Accept-Ranges"};
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct answer *whole = answer_new();
    struct answer *head = answer_new();
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        get(origin, whole, paths[i], "");
        fetch(origin, head, "HEAD", paths[i], "");
        assert_int_equal(head->status, whole->status);
        assert_int_equal(head->body_size, 0);
        for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
            char value[128];
            assert_header(head, names[n], header(whole, names[n], value));
        }
    }
    fetch(origin, head, "POST", "/bytes/1", "Content-Length: 0\r\n");
    assert_int_equal(head->status, 405);
    free(whole);
    free(head);
    hl_origin_stop(origin);
}

/* Two requests at a time, of which the second is one too many. */
static void requests_above_a_number_are_refused(void **state)
{
    struct hl_origin *origin = start(
        &(struct hl_origin_options){.latency_ns = 200000000, .busy_above = 1});
    struct answer *first = answer_new();
    struct answer *second = answer_new();
    char retry_after[128];
    (void)state;
    int fd = dial(origin);
    ask(fd, "GET", "/bytes/10", "Connection: close\r\n");
    uv_sleep(50);
    get(origin, second, "/bytes/10", "");
    read_all(fd, first);
    split(first);
    close(fd);
    assert_int_equal(first->status, 200);
    assert_int_equal(second->status, 503);
    assert_string_equal(header(second, "Retry-After", retry_after), "");
    get(origin, second, "/bytes/10", "");
    assert_int_equal(second->status, 200);
    free(first);
    free(second);
    hl_origin_stop(origin);
}

static void bodies_share_a_total_bandwidth(void **state)
{
    struct hl_origin *origin =
        start(&(struct hl_origin_options){.total_bandwidth = 500000});
    struct answer *answer = answer_new();
    uint64_t begun = uv_hrtime();
    int fds[2] = {dial(origin), dial(origin)};
    (void)state;
    for (int i = 0; i < 2; i++)
        ask(fds[i], "GET", "/bytes/100000", "Connection: close\r\n");
    for (int i = 0; i < 2; i++) {
        read_all(fds[i], answer);
        split(answer);
        close(fds[i]);
        assert_int_equal(answer->body_size, 100000);
    }
    /* 200 kB at 500 kB/s, less the last block, which ends without a wait. */
    assert_true(uv_hrtime() - begun >= 350000000);
    free(answer);
    hl_origin_stop(origin);
}

static void a_connection_is_kept(void **state)
{
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct answer *answer = answer_new();
    (void)state;
    int fd = dial(origin);
    ask(fd, "GET", "/bytes/10", "");
    ask(fd, "HEAD", "/bytes/10", "");
    ask(fd, "GET", "/bytes/11", "Connection: close\r\n");
    read_all(fd, answer);
    close(fd);
    assert_int_equal(answer->status, 200);
    size_t answers = 1;
    for (size_t i = 0; i + 9 < answer->body_size; i++)
        answers += memcmp(answer->body + i, "HTTP/1.1 ", 9) == 0;
    assert_int_equal(answers, 3);
    free(answer);
    hl_origin_stop(origin);
}

static void files_lie_below_the_root(void **state)
{
    static const char *const outside[] = {
        "/../secret", "/sub/../../secret", "//etc/passwd", "/link", "/",
        "/sub",       "/missing",          "/a.txt/x",
    };
    char root[] = "/tmp/haul-origin-XXXXXX";
    char path[128];
    struct answer *answer = answer_new();
    (void)state;
    assert_non_null(mkdtemp(root));
    int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    assert_int_equal(mkdirat(dir, "sub", 0755), 0);
    assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
    int fd = openat(dir, "a.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_int_equal(write(fd, "hello", 5), 5);
    close(fd);
    struct hl_origin *origin = start(&(struct hl_origin_options){.root = root});
    get(origin, answer, "/a.txt?query", "");
    assert_int_equal(answer->status, 200);
    assert_int_equal(answer->body_size, 5);
    assert_memory_equal(answer->body, "hello", 5);
    get(origin, answer, "/a.txt", "Range: bytes=1-3\r\n");
    assert_int_equal(answer->status, 206);
    assert_memory_equal(answer->body, "ell", 3);
    for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
        get(origin, answer, outside[i], "");
        print_message("%s: %d\n", outside[i], answer->status);
        assert_true(answer->status == 404 || answer->status == 403);
    }
    hl_origin_stop(origin);
    unlinkat(dir, "a.txt", 0);
    unlinkat(dir, "link", 0);
    unlinkat(dir, "sub", AT_REMOVEDIR);
    close(dir);
    snprintf(path, sizeof(path), "%s", root);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(
        hl_origin_start(&origin, &(struct hl_origin_options){.root = root}),
        UV_ENOENT);
    free(answer);
}

static void an_origin_that_cannot_listen_says_so(void **state)
{
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct hl_origin *second;
    (void)state;
    assert_int_equal(hl_origin_start(&second,
                                     &(struct hl_origin_options){
                                         .port = hl_origin_port(origin)}),
                     UV_EADDRINUSE);
    assert_null(second);
    assert_int_equal(
        hl_origin_start(&second,
                        &(struct hl_origin_options){.bind = "no address"}),
        UV_EINVAL);
    hl_origin_stop(origin);
    hl_origin_stop(NULL);
}

static void fault_words_are_known(void **state)
{
    (void)state;
    assert_int_equal(hl_fault_by_word("503"), HL_FAULT_503);
    assert_int_equal(hl_fault_by_word("slow"), HL_FAULT_SLOW);
    assert_int_equal(hl_fault_by_word("SLOW"), -1);
    assert_int_equal(hl_fault_by_word(""), -1);
}

static void bytes_do_not_depend_on_how_they_are_read(void **state)
{
    struct hl_body body;
    unsigned char whole[200];
    unsigned char piece[200];
    (void)state;
    assert_int_equal(hl_body_open(&body, "/bytes/200", -1), 0);
    assert_int_equal(hl_body_read(&body, 0, whole, 200), 200);
    for (size_t from = 0; from < 200; from++)
        for (size_t size = 1; from + size <= 200; size += 7) {
            assert_int_equal(hl_body_read(&body, from, piece, size), size);
            assert_memory_equal(piece, whole + from, size);
        }
    hl_body_close(&body);
    assert_int_equal(hl_body_open(&body, "/bytes/99999999999999999999", -1),
                     UV_ENOENT);
    assert_int_equal(hl_body_open(&body, "/bytes/-1", -1), UV_ENOENT);
    assert_int_equal(hl_body_open(&body, "/bytes/1x", -1), UV_ENOENT);
    assert_int_equal(hl_body_open(&body, "/0x10", -1), UV_ENOENT);
    assert_int_equal(hl_body_open(&body, "/4097x1", -1), UV_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_follows_from_path_and_query),
        cmocka_unit_test(ranges_are_cut_from_the_whole),
        cmocka_unit_test(if_range_guards_a_range),
        cmocka_unit_test(head_is_get_without_its_body),
        cmocka_unit_test(requests_above_a_number_are_refused),
        cmocka_unit_test(bodies_share_a_total_bandwidth),
        cmocka_unit_test(a_connection_is_kept),
        cmocka_unit_test(files_lie_below_the_root),
        cmocka_unit_test(an_origin_that_cannot_listen_says_so),
        cmocka_unit_test(fault_words_are_known),
        cmocka_unit_test(bytes_do_not_depend_on_how_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
