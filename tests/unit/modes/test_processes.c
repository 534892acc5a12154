/* The processes mode: jobs, options and descriptors cross, workers die. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "test_processes_bench.h"

static void each_job_is_finished_once(void **state)
{
    struct bench *bench = *state;
    bench->options.jobs = 4;
    for (int i = 0; i < 50; i++)
        add(bench, "ok", "f");
    run(bench);
    assert_int_equal(bench->finished, 50);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(bench->outcomes[i].reply.error, HAUL_OK);
        assert_in_range(bench->outcomes[i].reply.worker, 1, 4);
    }
}

static void a_worker_knows_the_options(void **state)
{
    struct bench *bench = *state;
    add(bench, "user", "f");
    run(bench);
    assert_string_equal(bench->outcomes[0].message, "name:password");
}

static void a_worker_has_its_own_descriptors_alone(void **state)
{
    struct bench *bench = *state;
    bench->options.jobs = 3;
    bench->shared.lock_fd = bench->shared.dir_fd;
    for (int i = 0; i < 3; i++)
        add(bench, "descriptors", "f");
    run(bench);
    for (int i = 0; i < 3; i++)
        assert_string_equal(bench->outcomes[i].message, "0 1 2 3 4 6");
}

static void workers_pay_into_one_rate(void **state)
{
    struct bench *bench = *state;
    int fd = memfd_create("rate", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, sizeof(struct hl_bucket)), 0);
    struct hl_bucket *rate =
        mmap(NULL, sizeof(*rate), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(rate != MAP_FAILED);
    bench->options.jobs = 2;
    bench->shared.rate = rate;
    bench->shared.rate_fd = fd;
    for (int i = 0; i < 10; i++)
        add(bench, "pay", "f");
    run(bench);
    assert_int_equal(atomic_load(&rate->paid_until_ns), 10);
    munmap(rate, sizeof(*rate));
    close(fd);
}

static void the_job_of_a_dead_worker_is_done_by_another(void **state)
{
    struct bench *bench = *state;
    bench->options.jobs = 2;
    for (int i = 0; i < 10; i++)
        add(bench, "ok", "f");
    add(bench, "crash once", "a");
    add(bench, "exit once", "b");
    for (int i = 0; i < 10; i++)
        add(bench, "ok", "f");
    run(bench);
    for (unsigned i = 0; i < bench->count; i++)
        assert_int_equal(bench->outcomes[i].reply.error, HAUL_OK);
}

static void what_a_dead_worker_left_is_not_resumed(void **state)
{
    struct bench *bench = *state;
    add(bench, "resume", "a");
    add(bench, "crash once", "b");
    for (int i = 0; i < 2; i++) {
        bench->jobs[i].resume_from = 1000;
        bench->jobs[i].etag = "\"e\"";
    }
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.resumed_from, 1000);
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_OK);
    assert_int_equal(bench->outcomes[1].reply.resumed_from, 0);
}

static void a_worker_waits_until_its_part_is_on_record(void **state)
{
    struct bench *bench = *state;
    bench->part_code = UV_ENOSPC;
    add(bench, "record", "a");
    add(bench, "ok", "f");
    run(bench);
    assert_int_equal(bench->parts, 1);
    assert_string_equal(bench->part_etag, "\"of the part\"");
    assert_int_equal(bench->outcomes[0].reply.sys_errno, ENOSPC);
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_OK);
}

static void the_next_worker_knows_of_a_dead_ones_record(void **state)
{
    struct bench *bench = *state;
    add(bench, "record and crash once", "a");
    run(bench);
    assert_int_equal(bench->parts, 1);
    assert_string_equal(bench->outcomes[0].message, "recorded");
}

static void a_file_that_a_dead_worker_published_is_the_file(void **state)
{
    struct bench *bench = *state;
    add(bench, "publish and crash once", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_file_from_before_the_job_is_not_replaced(void **state)
{
    struct bench *bench = *state;
    int fd = openat(bench->shared.dir_fd, "a", O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    add(bench, "crash once", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_IO);
    assert_true(bench->outcomes[0].reply.exists);
}

static void a_job_that_kills_three_workers_is_given_up(void **state)
{
    struct bench *bench = *state;
    add(bench, "ok", "f");
    add(bench, "crash", "f");
    add(bench, "ok", "f");
    run(bench);
    const struct outcome *poison = &bench->outcomes[1];
    assert_int_equal(poison->reply.error, HAUL_ERR_WORKER);
    assert_non_null(strstr(poison->message, "SIGKILL"));
    assert_int_equal(bench->outcomes[2].reply.error, HAUL_OK);
}

static void a_worker_that_babbles_is_killed(void **state)
{
    struct bench *bench = *state;
    static const char *const words[] = {"babble", "answer another job",
                                        "answer twice", "claim to be lost"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        add(bench, words[i], "f");
        add(bench, "ok", "f");
    }
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_WORKER);
    assert_non_null(strstr(bench->outcomes[0].message, "protocol"));
    assert_int_equal(bench->outcomes[2].reply.error, HAUL_ERR_WORKER);
    /* It had answered once: its own job is done, and the next one's. */
    assert_int_equal(bench->outcomes[4].reply.error, HAUL_OK);
    assert_int_equal(bench->outcomes[6].reply.error, HAUL_ERR_WORKER);
    assert_false(bench->outcomes[6].reply.lost);
    for (size_t i = 1; i < bench->count; i += 2)
        assert_int_equal(bench->outcomes[i].reply.error, HAUL_OK);
}

static void
the_job_of_a_worker_that_stands_still_is_done_by_another(void **state)
{
    struct bench *bench = *state;
    bench->options.worker_timeout_ms = 600;
    add(bench, "hang once", "a");
    add(bench, "ok", "b");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_OK);
}

static void half_an_answer_is_no_sign_of_life(void **state)
{
    struct bench *bench = *state;
    bench->options.worker_timeout_ms = 600;
    add(bench, "answer half once", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_worker_that_goes_on_is_waited_for(void **state)
{
    struct bench *bench = *state;
    bench->options.worker_timeout_ms = 1500;
    add(bench, "plod", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_job_that_three_workers_stand_still_on_is_given_up(void **state)
{
    struct bench *bench = *state;
    bench->options.worker_timeout_ms = 300;
    add(bench, "hang", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_WORKER);
    assert_non_null(strstr(bench->outcomes[0].message, "standing still"));
}

static void a_command_that_is_no_worker_fails_each_job(void **state)
{
    static const char *const no_worker[] = {"/bin/false", NULL};
    struct bench *bench = *state;
    bench->options.worker_argv = no_worker;
    for (int i = 0; i < 5; i++)
        add(bench, "ok", "f");
    run(bench);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(bench->outcomes[i].reply.error, HAUL_ERR_WORKER);
        assert_string_equal(bench->outcomes[i].message,
                            "no worker can be started: exit status 1");
    }
}

static void a_command_not_in_the_path_fails_each_job(void **state)
{
    static const char *const nowhere[] = {"no-such-command-of-haul", NULL};
    struct bench *bench = *state;
    bench->options.worker_argv = nowhere;
    add(bench, "ok", "f");
    add(bench, "ok", "f");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_WORKER);
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_ERR_WORKER);
}

static void a_command_that_is_not_there_is_refused_at_once(void **state)
{
    static const char *const nowhere[] = {"/no/such/file", NULL};
    static const char *const nothing[] = {NULL};
    struct bench *bench = *state;
    bench->options.worker_argv = nowhere;
    assert_int_equal(
        hl_mode_processes.calls->open(&bench->state, &bench->owner), UV_ENOENT);
    bench->options.worker_argv = nothing;
    assert_int_equal(
        hl_mode_processes.calls->open(&bench->state, &bench->owner),
        HAUL_EINVAL);
    bench->options.worker_argv = NULL;
    assert_int_equal(
        hl_mode_processes.calls->open(&bench->state, &bench->owner),
        HAUL_EINVAL);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static void a_url_beyond_a_frame_fails_alone(void **state)
{
    struct bench *bench = *state;
    enum { SIZE = 2 << 20 };
    char *url = malloc(SIZE);
    assert_non_null(url);
    memset(url, 'u', SIZE - 1);
    url[SIZE - 1] = '\0';
    add(bench, url, "f");
    add(bench, "ok", "f");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_NAME);
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_OK);
    free(url);
}

static void a_reply_beyond_a_frame_is_a_reply_all_the_same(void **state)
{
    struct bench *bench = *state;
    add(bench, "long answer", "f");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_PROTOCOL);
}

/* What was traced, in order of arrival. */
struct record {
    struct hl_event events[64];
    char strings[64][32];
    unsigned count;
};

static void on_event(void *state, const struct hl_event *event,
                     uint64_t zero_ns)
{
    struct record *record = state;
    (void)zero_ns;
    assert_true(record->count < 64);
    record->events[record->count] = *event;
    record->events[record->count].text = record->strings[record->count];
    snprintf(record->strings[record->count++], sizeof(record->strings[0]), "%s",
             event->text);
}

static void on_trace_close(void *state, struct haul_trace_stats *out)
{
    (void)state;
    assert_int_equal(out->dropped, 0);
}

/* The n-th event of the kind, or NULL. */
static const struct hl_event *nth(const struct record *record, int kind,
                                  unsigned n)
{
    for (unsigned i = 0; i < record->count; i++) {
        if (record->events[i].kind == kind && n-- == 0)
            return &record->events[i];
    }
    return NULL;
}

static void a_workers_life_is_traced(void **state)
{
    struct bench *bench = *state;
    struct record record = {.count = 0};
    struct hl_trace *trace = NULL;
    uint64_t begin = uv_hrtime();
    bench->options.trace = HAUL_TRACE_WORKER | HAUL_TRACE_TRANSFER;
    const struct hl_trace_sink sink = {
        .name = "record",
        .mask = bench->options.trace,
        .event = on_event,
        .close = on_trace_close,
        .state = &record,
    };
    assert_int_equal(hl_trace_new(&trace, begin, &sink, 1), 0);
    bench->shared.trace = trace;
    add(bench, "ok", "f");
    add(bench, "crash", "f");
    run(bench);
    hl_trace_close(trace, NULL);
    assert_non_null(nth(&record, HL_EV_WORKER_START, 2));
    assert_null(nth(&record, HL_EV_WORKER_START, 3));
    assert_non_null(nth(&record, HL_EV_WORKER_EXIT, 2));
    assert_int_equal(nth(&record, HL_EV_WORKER_EXIT, 0)->value2, SIGKILL);
    assert_int_equal(nth(&record, HL_EV_WORKER_JOB, 0)->job, 1);
    const struct hl_event *busy = nth(&record, HL_EV_WORKER_BUSY, 0);
    assert_int_equal(busy->job, 1);
    /* The worker's own, on the one clock. */
    const struct hl_event *sent = nth(&record, HL_EV_TRANSFER_BEGIN, 0);
    assert_non_null(sent);
    assert_int_equal(sent->worker, 1);
    assert_int_equal(sent->job, 1);
    assert_string_equal(sent->text, "ok");
    assert_true(sent < busy);
    assert_in_range(sent->t_ns, nth(&record, HL_EV_WORKER_JOB, 0)->t_ns,
                    busy->t_ns + (uint64_t)busy->value);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_job_is_finished_once),
        TEST(a_worker_knows_the_options),
        TEST(a_worker_has_its_own_descriptors_alone),
        TEST(workers_pay_into_one_rate),
        TEST(the_job_of_a_dead_worker_is_done_by_another),
        TEST(what_a_dead_worker_left_is_not_resumed),
        TEST(a_worker_waits_until_its_part_is_on_record),
        TEST(the_next_worker_knows_of_a_dead_ones_record),
        TEST(a_file_that_a_dead_worker_published_is_the_file),
        TEST(a_file_from_before_the_job_is_not_replaced),
        TEST(a_job_that_kills_three_workers_is_given_up),
        TEST(a_worker_that_babbles_is_killed),
        TEST(the_job_of_a_worker_that_stands_still_is_done_by_another),
        TEST(half_an_answer_is_no_sign_of_life),
        TEST(a_worker_that_goes_on_is_waited_for),
        TEST(a_job_that_three_workers_stand_still_on_is_given_up),
        TEST(a_command_that_is_no_worker_fails_each_job),
        TEST(a_command_not_in_the_path_fails_each_job),
        TEST(a_command_that_is_not_there_is_refused_at_once),
        TEST(a_workers_life_is_traced),
        TEST(a_url_beyond_a_frame_fails_alone),
        TEST(a_reply_beyond_a_frame_is_a_reply_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return bench_main(argc, argv, run_all);
}
