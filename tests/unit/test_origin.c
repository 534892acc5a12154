/* The embedded origin over real sockets: what it serves, to the byte, and
 * faults that a seed repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "origin/body.h"
#include "origin/origin.h"

enum { ANSWER_MAX = 256 * 1024 };

/* One answer, read to the connection's end. */
struct answer {
    char data[ANSWER_MAX + 1];
    size_t size;
    int status;
    const char *body; /* into data */
    size_t body_size;
    int error; /* errno of the last read; 0: the server closed in order */
};

static struct hl_origin *start(const struct hl_origin_options *options)
{
    struct hl_origin *origin;
    assert_int_equal(hl_origin_start(&origin, options), 0);
    assert_true(hl_origin_port(origin) != 0);
    return origin;
}

static int dial(const struct hl_origin *origin)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(hl_origin_port(origin))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void ask(int fd, const char *method, const char *path,
                const char *headers)
{
    char text[2048];
    int n = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n",
                     method, path, headers);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void split(struct answer *answer)
{
    answer->data[answer->size] = '\0';
    answer->status = 0;
    answer->body = "";
    answer->body_size = 0;
    if (strncmp(answer->data, "HTTP/1.1 ", 9) == 0)
        answer->status = atoi(answer->data + 9);
    char *end = strstr(answer->data, "\r\n\r\n");
    if (end == NULL)
        return;
    end[2] = '\0'; /* headers are searched up to here */
    answer->body = end + 4;
    answer->body_size = answer->size - (size_t)(end + 4 - answer->data);
}

static void read_all(int fd, struct answer *answer)
{
    ssize_t n = 0;
    answer->size = 0;
    while (answer->size < ANSWER_MAX &&
           (n = recv(fd, answer->data + answer->size, ANSWER_MAX - answer->size,
                     0)) > 0)
        answer->size += (size_t)n;
    answer->error = n < 0 ? errno : 0;
    split(answer);
}

static void fetch(const struct hl_origin *origin, struct answer *answer,
                  const char *method, const char *path, const char *headers)
{
    char more[1024];
    int fd = dial(origin);
    snprintf(more, sizeof(more), "Connection: close\r\n%s", headers);
    ask(fd, method, path, more);
    read_all(fd, answer);
    close(fd);
}

static void get(const struct hl_origin *origin, struct answer *answer,
                const char *path, const char *headers)
{
    fetch(origin, answer, "GET", path, headers);
}

/* The value of a header, or "". */
static const char *header(const struct answer *answer, const char *name,
                          char out[128])
{
    size_t length = strlen(name);
    const char *p = strstr(answer->data, "\r\n");
    out[0] = '\0';
    for (; p != NULL; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, length) == 0 &&
            strncmp(p + 2 + length, ": ", 2) == 0) {
            p += 4 + length;
            snprintf(out, 128, "%.*s", (int)strcspn(p, "\r"), p);
            break;
        }
    return out;
}

static void assert_header(const struct answer *answer, const char *name,
                          const char *value)
{
    char text[128];
    assert_string_equal(header(answer, name, text), value);
}

static void content_follows_from_path_and_query(void **state)
{
    struct hl_origin *origins[2] = {
        start(&(struct hl_origin_options){0}),
        start(&(struct hl_origin_options){.seed = 7}),
    };
    struct answer *one = calloc(1, sizeof(*one));
    struct answer *other = calloc(1, sizeof(*other));
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
    struct answer *whole = calloc(1, sizeof(*whole));
    struct answer *part = calloc(1, sizeof(*part));
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
    struct answer *answer = calloc(1, sizeof(*answer));
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
    struct answer *whole = calloc(1, sizeof(*whole));
    struct answer *head = calloc(1, sizeof(*head));
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

static void a_connection_is_kept(void **state)
{
    struct hl_origin *origin = start(&(struct hl_origin_options){0});
    struct answer *answer = calloc(1, sizeof(*answer));
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
    struct answer *answer = calloc(1, sizeof(*answer));
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

enum { PATHS = 200 };

/* The statuses of many paths, asked for once more than before. */
static void statuses(const struct hl_origin *origin, int out[PATHS])
{
    struct answer *answer = calloc(1, sizeof(*answer));
    for (int i = 0; i < PATHS; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/bytes/10?%d", i);
        get(origin, answer, path, "");
        out[i] = answer->status;
    }
    free(answer);
}

static int count(const int values[PATHS], int status)
{
    int n = 0;
    for (int i = 0; i < PATHS; i++)
        n += values[i] == status;
    return n;
}

static void the_seed_chooses_who_is_struck(void **state)
{
    struct hl_origin_options options = {
        .seed = 11,
        .fault_percent = {[HL_FAULT_503] = 20, [HL_FAULT_404] = 10}};
    int first[PATHS];
    int again[PATHS];
    int other[PATHS];
    (void)state;
    struct hl_origin *origin = start(&options);
    statuses(origin, first);
    statuses(origin, again);
    hl_origin_stop(origin);
    assert_in_range(count(first, 503), PATHS * 10 / 100, PATHS * 30 / 100);
    assert_in_range(count(first, 404), PATHS * 3 / 100, PATHS * 18 / 100);
    /* A fault strikes once; what is not there never is. */
    assert_int_equal(count(again, 503), 0);
    for (int i = 0; i < PATHS; i++)
        assert_true(first[i] != 404 || again[i] == 404);
    origin = start(&options);
    statuses(origin, other);
    hl_origin_stop(origin);
    assert_memory_equal(first, other, sizeof(first));
    options.seed = 12;
    origin = start(&options);
    statuses(origin, other);
    hl_origin_stop(origin);
    assert_memory_not_equal(first, other, sizeof(first));
}

static void a_fault_strikes_as_often_as_asked(void **state)
{
    static const uint32_t times[] = {0, 1, 3, UINT32_MAX};
    struct answer *answer = calloc(1, sizeof(*answer));
    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct hl_origin *origin = start(&(struct hl_origin_options){
            .fault_times = times[i], .fault_percent = {[HL_FAULT_500] = 100}});
        uint32_t struck = 0;
        for (int n = 0; n < 8; n++) {
            get(origin, answer, "/bytes/1", "");
            struck += answer->status == 500;
        }
        uint32_t due = times[i] > 8 ? 8 : times[i] > 0 ? times[i] : 1;
        assert_int_equal(struck, due);
        hl_origin_stop(origin);
    }
    free(answer);
}

static void each_fault_shows_as_itself(void **state)
{
    static const struct {
        enum hl_fault fault;
        int status;
        size_t body_size;
        int error;
    } cases[] = {
        {HL_FAULT_503, 503, 4, 0},
        {HL_FAULT_429, 429, 4, 0},
        {HL_FAULT_500, 500, 4, 0},
        {HL_FAULT_404, 404, 4, 0},
        {HL_FAULT_TRUNCATE, 200, 500, 0},
        {HL_FAULT_RESET, 200, 500, ECONNRESET},
    };
    struct answer *answer = calloc(1, sizeof(*answer));
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_origin_options options = {0};
        options.fault_percent[cases[i].fault] = 100;
        struct hl_origin *origin = start(&options);
        get(origin, answer, "/bytes/1000", "");
        print_message("fault %d: %d, %zu bytes, %s\n", (int)cases[i].fault,
                      answer->status, answer->body_size,
                      strerror(answer->error));
        assert_int_equal(answer->error, cases[i].error);
        /* A reset may overtake what was sent before it. */
        if (answer->error == 0) {
            assert_int_equal(answer->status, cases[i].status);
            assert_int_equal(answer->body_size, cases[i].body_size);
        }
        assert_header(answer, "Retry-After",
                      cases[i].status == 503 || cases[i].status == 429 ? "1"
                                                                       : "");
        hl_origin_stop(origin);
    }
    free(answer);
}

/* It stands still in the middle of the body, and ends with the origin. */
static void a_stall_goes_on_until_the_end(void **state)
{
    struct hl_origin *origin = start(
        &(struct hl_origin_options){.fault_percent = {[HL_FAULT_STALL] = 100}});
    struct answer *answer = calloc(1, sizeof(*answer));
    (void)state;
    int fd = dial(origin);
    ask(fd, "GET", "/bytes/1000", "");
    do {
        ssize_t n =
            recv(fd, answer->data + answer->size, ANSWER_MAX - answer->size, 0);
        assert_true(n > 0);
        answer->size += (size_t)n;
        answer->data[answer->size] = '\0';
        const char *end = strstr(answer->data, "\r\n\r\n");
        answer->body_size =
            end != NULL ? answer->size - (size_t)(end + 4 - answer->data) : 0;
    } while (answer->body_size < 500);
    assert_int_equal(answer->body_size, 500);
    assert_int_equal(recv(fd, answer->data, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    hl_origin_stop(origin);
    read_all(fd, answer);
    assert_int_equal(answer->size, 0);
    close(fd);
    free(answer);
}

/* No more than the rate allows, at each moment that one looks. */
static void a_body_keeps_to_its_bandwidth(void **state)
{
    enum { RATE = 200000, SIZE = 40000 };
    static const double tick_s = 0.02;
    struct hl_origin *origin =
        start(&(struct hl_origin_options){.bandwidth = RATE});
    struct answer *answer = calloc(1, sizeof(*answer));
    (void)state;
    int fd = dial(origin);
    uint64_t begin = uv_hrtime();
    ask(fd, "GET", "/bytes/40000", "Connection: close\r\n");
    for (;;) {
        ssize_t n =
            recv(fd, answer->data + answer->size, ANSWER_MAX - answer->size, 0);
        assert_true(n >= 0);
        if (n == 0)
            break;
        answer->size += (size_t)n;
        double passed = (double)(uv_hrtime() - begin) / 1e9 + tick_s;
        /* And the head, of less than a kB. */
        assert_true((double)answer->size <= passed * RATE + 1000);
    }
    split(answer);
    assert_int_equal(answer->body_size, SIZE);
    close(fd);
    free(answer);
    hl_origin_stop(origin);
}

static void latency_comes_before_the_answer(void **state)
{
    enum { LATENCY_MS = 30, JITTER_MS = 20 };
    struct hl_origin *origin = start(&(struct hl_origin_options){
        .latency_ns = LATENCY_MS * 1000000, .jitter_ns = JITTER_MS * 1000000});
    struct answer *answer = calloc(1, sizeof(*answer));
    (void)state;
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/bytes/1?%d", i);
        uint64_t begin = uv_hrtime();
        get(origin, answer, path, "");
        assert_true(uv_hrtime() - begin >= LATENCY_MS * 1000000);
        assert_int_equal(answer->status, 200);
    }
    free(answer);
    hl_origin_stop(origin);
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
        cmocka_unit_test(a_connection_is_kept),
        cmocka_unit_test(files_lie_below_the_root),
        cmocka_unit_test(the_seed_chooses_who_is_struck),
        cmocka_unit_test(a_fault_strikes_as_often_as_asked),
        cmocka_unit_test(each_fault_shows_as_itself),
        cmocka_unit_test(a_stall_goes_on_until_the_end),
        cmocka_unit_test(a_body_keeps_to_its_bandwidth),
        cmocka_unit_test(latency_comes_before_the_answer),
        cmocka_unit_test(an_origin_that_cannot_listen_says_so),
        cmocka_unit_test(fault_words_are_known),
        cmocka_unit_test(bytes_do_not_depend_on_how_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
