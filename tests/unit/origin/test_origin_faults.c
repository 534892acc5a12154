/* The embedded origin's faults: each shows as itself, and a seed repeats
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "support/fetch.h"

enum { PATHS = 200 };

/* The statuses of many paths, asked for once more than before. */
static void statuses(const struct hl_origin *origin, int out[PATHS])
{
    struct answer *answer = answer_new();
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
    struct answer *answer = answer_new();
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

static void assert_says(const char *path, const char *expected)
{
    char text[256];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

/* What is there already stays. */
static void the_log_has_each_request_and_its_fault(void **state)
{
    char path[] = "/tmp/haul-origin-XXXXXX";
    int fd = mkstemp(path);
    struct answer *answer = answer_new();
    (void)state;
    assert_true(fd >= 0 && write(fd, "before\n", 7) == 7);
    struct hl_origin *origin = start(&(struct hl_origin_options){
        .log = path, .fault_percent = {[HL_FAULT_500] = 100}});
    get(origin, answer, "/bytes/10?a=1", "");
    get(origin, answer, "/bytes/10?a=1", "Range: bytes=5-\r\n");
    hl_origin_stop(origin);
    assert_says(path, "before\n/bytes/10?a=1\t-\t500\n"
                      "/bytes/10?a=1\tbytes=5-\t-\n");
    free(answer);
    close(fd);
    unlink(path);
    assert_int_equal(
        hl_origin_start(&origin,
                        &(struct hl_origin_options){.log = "/no/such/log"}),
        UV_ENOENT);
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
    struct answer *answer = answer_new();
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
    struct answer *answer = answer_new();
    (void)state;
    int fd = dial(origin);
    ask(fd, "GET", "/bytes/1000", "");
    do {
        assert_true(read_some(fd, answer) > 0);
        split(answer);
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
    struct hl_origin *origin =
        start(&(struct hl_origin_options){.bandwidth = RATE});
    struct answer *answer = answer_new();
    (void)state;
    int fd = dial(origin);
    uint64_t begin = uv_hrtime();
    ask(fd, "GET", "/bytes/40000", "Connection: close\r\n");
    while (read_some(fd, answer) > 0) {
        double passed = (double)(uv_hrtime() - begin) / 1e9;
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
    struct answer *answer = answer_new();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_chooses_who_is_struck),
        cmocka_unit_test(a_fault_strikes_as_often_as_asked),
        cmocka_unit_test(the_log_has_each_request_and_its_fault),
        cmocka_unit_test(each_fault_shows_as_itself),
        cmocka_unit_test(a_stall_goes_on_until_the_end),
        cmocka_unit_test(a_body_keeps_to_its_bandwidth),
        cmocka_unit_test(latency_comes_before_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
