/* The trace's buffer and its timeline: what is written, and what when not all
 * can be. That the file is one that Perfetto reads is tested from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/text_output.h"
#include "trace/timeline.h"

static const uint64_t ms = 1000000;

/* The bench of a test: a timeline in a file of its own. */
struct bench {
    char path[64];
    uint16_t worker; /* of attempts; 0: 2 */
    struct hl_trace *trace;
    struct haul_trace_stats stats; /* once it is closed */
    char *text;                    /* of the file, once it is closed */
};

static void open_timeline(struct bench *bench, uint64_t max_bytes, bool block)
{
    struct hl_trace_sink sink;
    const struct hl_timeline_setup setup = {
        .path = bench->path,
        .max_bytes = max_bytes,
        .mode_name = "some mode",
        .workers = {.word = block ? "thread" : "loop",
                    .block = block,
                    .on_loop = !block,
                    .with_arrows = block ? 0 : 3},
        .jobs = 3,
        .mask = HAUL_TRACE_ALL,
    };
    assert_int_equal(hl_trace_timeline_sink(&sink, &setup), 0);
    assert_int_equal(hl_trace_new(&bench->trace, ms, &sink, 1), 0);
}

static const char *close_timeline(struct bench *bench)
{
    hl_trace_close(bench->trace, &bench->stats);
    bench->trace = NULL;
    FILE *file = fopen(bench->path, "re");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    bench->text = calloc(1, (size_t)size + 1);
    assert_non_null(bench->text);
    assert_int_equal(fread(bench->text, 1, (size_t)size, file), size);
    fclose(file);
    return bench->text;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    snprintf(bench->path, sizeof(bench->path), "/tmp/haul-timeline-XXXXXX");
    int fd = mkstemp(bench->path);
    close(fd);
    *state = bench;
    return fd < 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    unlink(bench->path);
    free(bench->text);
    free(bench);
    return 0;
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

static void assert_before(const char *text, const char *a, const char *b)
{
    const char *first = strstr(text, a);
    const char *second = strstr(text, b);
    if (first == NULL || second == NULL || first > second)
        fail_msg("'%s' is not before '%s' in:\n%s", a, b, text);
}

static void queue(struct bench *bench, uint64_t job, uint64_t t_ns,
                  const char *url)
{
    HL_TRACE_TEXT(bench->trace, HL_EV_JOB_QUEUED, url, .t_ns = t_ns, .job = job,
                  .value = (int64_t)job);
}

static void done(struct bench *bench, uint64_t job, uint64_t t_ns)
{
    HL_TRACE_TEXT(bench->trace, HL_EV_JOB_DONE, "ok", .t_ns = t_ns, .job = job,
                  .value = 200, .value2 = 1);
}

static void attempt(struct bench *bench, uint64_t job, uint64_t start_ns,
                    uint64_t end_ns)
{
    const struct hl_attempt a = {
        .start_ns = start_ns,
        .times = {.queued = 1000,
                  .wait = 1500,
                  .body = 500,
                  .ready = 750,
                  .work = 100,
                  .file = 150,
                  .total = 4000},
        .ready_first_us = 500,
        .ready_pool_us = 50,
        .ready_last_us = 100,
        .work_cpu_us = 40,
        .file_pool_us = 30,
    };
    hl_trace_attempt(
        bench->trace,
        &(struct hl_event){.t_ns = end_ns,
                           .job = job,
                           .worker = bench->worker > 0 ? bench->worker : 2,
                           .value = 1,
                           .value2 = 200},
        &a);
}

/* The timeline of one URL that came at once. */
static const char *timeline_of_one(struct bench *bench)
{
    open_timeline(bench, 1 << 20, false);
    queue(bench, 17, 11 * ms, "http://h/a");
    attempt(bench, 17, 12 * ms, 15 * ms);
    done(bench, 17, 16 * ms);
    return close_timeline(bench);
}

static void an_attempt_has_its_phases_in_its_urls_track(void **state)
{
    const char *text = timeline_of_one(*state);
    assert_before(text,
                  "\"ph\":\"b\",\"ts\":10000.000,\"pid\":1,\"tid\":1,"
                  "\"id\":\"0x11\",\"cat\":\"transfer\","
                  "\"name\":\"http://h/a\"",
                  "\"name\":\"attempt 1\"");
    assert_before(text, "\"name\":\"attempt 1\"", "\"name\":\"queued\"");
    assert_before(text, "\"name\":\"queued\"", "\"name\":\"wait\"");
    assert_before(text, "\"name\":\"wait\"", "\"name\":\"ready\"");
    assert_before(text, "\"name\":\"ready\"", "\"name\":\"body\"");
    assert_before(text, "\"name\":\"body\"", "\"name\":\"file\"");
    /* Before the answer, behind its body, in the line of the pool, and at the
     * end. */
    assert_int_equal(count_of(text, "\"name\":\"ready\""), 8);
    assert_int_equal(count_of(text, "\"args\":{\"waits_for\":\"loop\"}"), 2);
    assert_before(text, "\"name\":\"ready\",\"args\":{\"waits_for\":\"pool\"}",
                  "\"name\":\"work\",\"args\":{\"cpu_us\":40}");
    assert_before(text, "\"cpu_us\":40",
                  "\"name\":\"file\",\"args\":{\"waits_for\":\"pool\"}");
    assert_before(text, "\"name\":\"file\",\"args\":{\"waits_for\":\"pool\"}",
                  "\"args\":{\"waits_for\":\"report\"}");
    assert_int_equal(count_of(text, "\"name\":\"file\""), 4);
    assert_non_null(strstr(text, "\"ph\":\"e\",\"ts\":12500.000,\"pid\":1,"
                                 "\"tid\":1,\"id\":\"0x11\","
                                 "\"cat\":\"transfer\",\"name\":\"wait\"}"));
    assert_null(strstr(text, "\"name\":\"dns\""));
    assert_non_null(strstr(text, "\"outcome\":\"ok\",\"status\":200"));
    assert_null(strstr(text, "blocked"));
}

static void an_arrow_leads_from_the_answer_to_the_file(void **state)
{
    const char *text = timeline_of_one(*state);
    assert_before(text, "{\"ph\":\"s\",\"ts\":12500.000,",
                  "{\"ph\":\"t\",\"ts\":13000.000,");
    assert_before(text, "{\"ph\":\"t\",\"ts\":13000.000,",
                  "{\"ph\":\"f\",\"ts\":14000.000,");
    assert_int_equal(count_of(text, "from the answer to the file"), 3);
}

static void a_further_loops_transfer_has_no_arrow(void **state)
{
    struct bench *bench = *state;
    bench->worker = 4;
    assert_int_equal(
        count_of(timeline_of_one(bench), "from the answer to the file"), 0);
}

static void a_transfer_that_blocks_is_seen_on_its_lane(void **state)
{
    struct bench *bench = *state;
    open_timeline(bench, 1 << 20, true);
    queue(bench, 1, 11 * ms, "http://h/a");
    HL_TRACE(bench->trace, HL_EV_WORKER_BUSY, .t_ns = 12 * ms, .job = 1,
             .worker = 2, .value = 3 * (int64_t)ms, .value2 = 2);
    attempt(bench, 1, 12 * ms, 15 * ms);
    const char *text = close_timeline(bench);
    assert_before(text, "\"name\":\"thread 2\"", "\"name\":\"worker busy\"");
    assert_non_null(strstr(text, "\"ts\":11000.000,\"pid\":1,\"tid\":3,"
                                 "\"dur\":1999.998,\"cat\":\"transfer\","
                                 "\"name\":\"waits for the server\","
                                 "\"args\":{\"state\":\"blocked\""));
}

/* Whatever a loop of its own tells, a worker's number in it or none. */
static void a_further_loop_has_a_lane(void **state)
{
    struct bench *bench = *state;
    struct hl_trace *lane;
    open_timeline(bench, 1 << 20, false);
    assert_int_equal(hl_trace_lane(&lane, bench->trace, 2), 0);
    HL_TRACE(lane, HL_EV_CALLBACK, .t_ns = 12 * ms, .value = (int64_t)ms,
             .value2 = HL_CB_SOCKET);
    HL_TRACE(lane, HL_EV_FILE_BATCH, .t_ns = 14 * ms, .worker = 7, .value = 1);
    hl_trace_close(lane, NULL);
    HL_TRACE(bench->trace, HL_EV_FILE_BATCH, .t_ns = 15 * ms, .value = 1);
    const char *text = close_timeline(bench);
    assert_before(text,
                  "\"tid\":3,\"name\":\"thread_name\","
                  "\"args\":{\"name\":\"loop 2\"}",
                  "\"ts\":11000.000,\"pid\":1,\"tid\":3,\"dur\":999.998");
    assert_non_null(strstr(text, "\"ts\":13000.000,\"pid\":1,\"tid\":3,"));
    assert_non_null(strstr(text, "\"ts\":14000.000,\"pid\":1,\"tid\":1,"));
}

static void a_track_that_nobody_closed_is_closed_with_the_file(void **state)
{
    struct bench *bench = *state;
    open_timeline(bench, 1 << 20, false);
    queue(bench, 1, 11 * ms, "http://h/a");
    queue(bench, 2, 12 * ms, "http://h/b");
    done(bench, 2, 13 * ms);
    done(bench, 2, 14 * ms);
    done(bench, 3, 14 * ms);
    const char *text = close_timeline(bench);
    assert_int_equal(count_of(text, "\"ph\":\"b\""), 2);
    assert_int_equal(count_of(text, "\"ph\":\"e\""), 2);
    assert_non_null(strstr(text, "\"cut\":false"));
}

static void texts_are_escaped_and_bad_utf8_is_replaced(void **state)
{
    struct bench *bench = *state;
    open_timeline(bench, 1 << 20, false);
    queue(bench, 1, 11 * ms, "http://h/\"\\\xff\x1b\xc3\xa4");
    const char *text = close_timeline(bench);
    assert_non_null(
        strstr(text, "http://h/\\\"\\\\\xef\xbf\xbd\\u001b\xc3\xa4\""));
}

static void a_full_file_ends_well_and_says_so(void **state)
{
    struct bench *bench = *state;
    const uint64_t limit = 64 * 1024;
    open_timeline(bench, limit, false);
    for (uint64_t job = 1; job <= 5000; job++)
        queue(bench, job, 11 * ms + job, "http://h/a");
    const char *text = close_timeline(bench);
    assert_true(bench->stats.cut);
    assert_int_equal(bench->stats.dropped, 0);
    assert_true(strlen(text) <= limit);
    assert_true(count_of(text, "\"ph\":\"b\"") > 20);
    assert_int_equal(count_of(text, "\"ph\":\"b\""),
                     count_of(text, "\"ph\":\"e\""));
    assert_non_null(strstr(text, "the trace ends here"));
    assert_non_null(strstr(text, "\"cut\":true}}\n"));
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    struct bench *bench = *state;
    unlink(bench->path);
    assert_int_equal(symlink("/dev/full", bench->path), 0);
    open_timeline(bench, 16 << 20, false);
    for (uint64_t job = 1; job <= 5000; job++)
        queue(bench, job, 11 * ms, "http://h/a");
    hl_trace_close(bench->trace, &bench->stats);
    assert_int_equal(bench->stats.error, UV_ENOSPC);
}

static void an_end_that_cannot_be_written_is_an_error(void **state)
{
    struct bench *bench = *state;
    unlink(bench->path);
    assert_int_equal(symlink("/dev/full", bench->path), 0);
    open_timeline(bench, 16 << 20, false);
    hl_trace_close(bench->trace, &bench->stats);
    assert_int_equal(bench->stats.error, UV_ENOSPC);
}

static void a_file_that_cannot_be_made_is_a_code(void **state)
{
    struct hl_trace_sink sink;
    (void)state;
    assert_int_equal(
        hl_trace_timeline_sink(
            &sink, &(struct hl_timeline_setup){.path = "/nowhere/x"}),
        UV_ENOENT);
}

/* A sink that is held up. */
struct slow {
    uv_sem_t go;
    unsigned count;
    uint64_t dropped;
    bool held;
};

static void slow_event(void *state, const struct hl_event *event,
                       uint64_t zero_ns)
{
    struct slow *slow = state;
    (void)event, (void)zero_ns;
    if (slow->held)
        uv_sem_wait(&slow->go);
    slow->held = false;
    slow->count++;
}

static void slow_close(void *state, struct haul_trace_stats *out)
{
    struct slow *slow = state;
    slow->dropped = out->dropped;
}

static void events_that_find_no_room_are_counted_not_waited_for(void **state)
{
    struct slow slow = {.held = true};
    struct hl_trace *trace;
    const struct hl_trace_sink sink = {
        .mask = HAUL_TRACE_TIMER,
        .event = slow_event,
        .close = slow_close,
        .state = &slow,
    };
    (void)state;
    uv_sem_init(&slow.go, 0);
    assert_int_equal(hl_trace_new(&trace, 0, &sink, 1), 0);
    const unsigned many = 400000;
    for (unsigned i = 0; i < many; i++)
        HL_TRACE(trace, HL_EV_TIMER_FIRE, .t_ns = 1);
    uv_sem_post(&slow.go);
    hl_trace_close(trace, NULL);
    assert_true(slow.dropped > 0);
    assert_int_equal(slow.count + slow.dropped, many);
    uv_sem_destroy(&slow.go);
}

static void a_sink_gets_what_it_asked_for_in_order(void **state)
{
    struct slow timers = {.held = false};
    struct slow files = {.held = false};
    struct hl_trace *trace;
    const struct hl_trace_sink sinks[] = {
        {.mask = HAUL_TRACE_TIMER, .event = slow_event, .state = &timers},
        {.mask = HAUL_TRACE_FILE, .event = slow_event, .state = &files},
    };
    (void)state;
    assert_int_equal(hl_trace_new(&trace, 0, sinks, 2), 0);
    HL_TRACE(trace, HL_EV_TIMER_FIRE, .t_ns = 1);
    HL_TRACE(trace, HL_EV_FILE_BATCH, .t_ns = 1);
    HL_TRACE(trace, HL_EV_TIMER_FIRE, .t_ns = 1);
    HL_TRACE(trace, HL_EV_CURL_ADD, .t_ns = 1);
    hl_trace_flush(trace);
    assert_int_equal(timers.count, 2);
    assert_int_equal(files.count, 1);
    hl_trace_close(trace, NULL);
}

static void in_flight(struct bench *bench, uint64_t t_ns, int64_t transfers)
{
    HL_TRACE(bench->trace, HL_EV_IN_FLIGHT, .t_ns = t_ns, .value = transfers);
}

static void a_count_that_does_not_last_is_left_out(void **state)
{
    struct bench *bench = *state;
    open_timeline(bench, 1 << 20, false);
    in_flight(bench, 2 * ms, 1);
    in_flight(bench, 2 * ms + 1000, 2);
    in_flight(bench, 3 * ms, 5);
    in_flight(bench, 3 * ms + 1000, 0);
    const char *text = close_timeline(bench);
    assert_int_equal(count_of(text, "\"name\":\"in flight\""), 2);
    assert_non_null(strstr(text, "\"transfers\":2}"));
    assert_non_null(strstr(text, "\"transfers\":0}"));
}

static void what_phases_and_spans_tell_is_not_told_twice(void **state)
{
    struct bench *bench = *state;
    open_timeline(bench, 1 << 20, false);
    assert_false(HL_TRACE_WANTS(bench->trace, HL_EV_TRANSFER_SENT));
    assert_true(HL_TRACE_WANTS(bench->trace, HL_EV_JOB_RETRY));
    HL_TRACE(bench->trace, HL_EV_CURL_ADD, .t_ns = 2 * ms);
    assert_int_equal(count_of(close_timeline(bench), "curl add"), 0);
}

static void lines_tell_spans_at_their_end(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct hl_trace *trace;
    const struct hl_trace_sink sink =
        hl_trace_text_sink(stream, HAUL_TRACE_ALL);
    (void)state;
    assert_int_equal(hl_trace_new(&trace, ms, &sink, 1), 0);
    HL_TRACE(trace, HL_EV_CALLBACK, .t_ns = 3 * ms,
             .value = 2 * (int64_t)ms + 345678, .value2 = HL_CB_SOCKET);
    HL_TRACE_TEXT(trace, HL_EV_JOB_DONE, "o\x1bk", .t_ns = 8 * ms, .job = 5,
                  .worker = 12, .value = 200, .value2 = 3);
    hl_trace_close(trace, NULL);
    fclose(stream);
    assert_string_equal(
        text, "     4.345 ms  loop  loop     callback socket ready "
              "took=2345us\n"
              "     7.000 ms  w12   schedule #5 done status=200 attempts=3 "
              "o\\x1bk\n");
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_has_its_phases_in_its_urls_track),
        TEST(an_arrow_leads_from_the_answer_to_the_file),
        TEST(a_further_loops_transfer_has_no_arrow),
        TEST(a_transfer_that_blocks_is_seen_on_its_lane),
        TEST(a_further_loop_has_a_lane),
        TEST(a_track_that_nobody_closed_is_closed_with_the_file),
        TEST(texts_are_escaped_and_bad_utf8_is_replaced),
        TEST(a_full_file_ends_well_and_says_so),
        TEST(a_file_that_cannot_be_written_is_an_error),
        TEST(an_end_that_cannot_be_written_is_an_error),
        cmocka_unit_test(a_file_that_cannot_be_made_is_a_code),
        cmocka_unit_test(events_that_find_no_room_are_counted_not_waited_for),
        cmocka_unit_test(a_sink_gets_what_it_asked_for_in_order),
        TEST(a_count_that_does_not_last_is_left_out),
        TEST(what_phases_and_spans_tell_is_not_told_twice),
        cmocka_unit_test(lines_tell_spans_at_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
