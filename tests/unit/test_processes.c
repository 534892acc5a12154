/*
 * The processes mode and its workers, over a transfer that does what the URL
 * says: crash, hang, babble. The test's own binary is the worker.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "modes/mode.h"
#include "test_processes_fake.h"

enum { JOBS_MAX = 64, WATCH_MS = 5 };

/* What the engine saw of one job. */
struct outcome {
    unsigned finished;
    struct hl_reply reply;
    char message[256];
};

/* Stands for the engine. */
struct bench {
    struct hl_desk desk;
    struct hl_env env;
    struct haul_options options;
    struct hl_stop stop;
    uv_loop_t loop;
    uv_timer_t watch;
    void *state;
    char dir[64];
    struct hl_job jobs[JOBS_MAX];
    struct outcome outcomes[JOBS_MAX];
    unsigned count;
    unsigned taken;
    unsigned finished;
    unsigned stops; /* levels to rise to once all taken jobs have begun */
    bool in_call;   /* of the mode: nothing may be finished */
    bool closed;
};

static void pump(struct bench *bench)
{
    bench->in_call = true;
    hl_mode_processes.pump(bench->state);
    bench->in_call = false;
}

static struct hl_job *take(struct hl_desk *desk)
{
    struct bench *bench = (struct bench *)(void *)desk;
    if (bench->taken == bench->count || hl_stop_level(&bench->stop) > 0)
        return NULL;
    return &bench->jobs[bench->taken++];
}

static void on_closed(void *arg)
{
    struct bench *bench = arg;
    bench->closed = true;
}

static void finish(struct hl_desk *desk, struct hl_job *job,
                   const struct hl_reply *reply)
{
    struct bench *bench = (struct bench *)(void *)desk;
    struct outcome *outcome = &bench->outcomes[job - bench->jobs];
    assert_false(bench->in_call);
    assert_int_equal(outcome->finished++, 0);
    outcome->reply = *reply;
    snprintf(outcome->message, sizeof(outcome->message), "%s",
             reply->message != NULL ? reply->message : "");
    bench->finished++;
    if (bench->finished < bench->taken || bench->taken < bench->count)
        pump(bench);
    if (bench->finished == bench->taken) {
        uv_close((uv_handle_t *)&bench->watch, NULL);
        hl_mode_processes.close(bench->state, on_closed, bench);
    }
}

static bool has_file(const struct bench *bench, const char *name)
{
    return faccessat(bench->env.dir_fd, name, F_OK, 0) == 0;
}

/* Raises the stop once the first job is seen to be under way. */
static void on_uv_watch(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    if (!has_file(bench, "begun"))
        return;
    uv_timer_stop(timer);
    for (unsigned i = 0; i < bench->stops; i++) {
        hl_stop_raise(&bench->stop);
        hl_mode_processes.cancel(bench->state);
    }
}

static const char *const worker_argv[] = {"/proc/self/exe", "--worker", NULL};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    strcpy(bench->dir, "/tmp/test_processes.XXXXXX");
    assert_non_null(mkdtemp(bench->dir));
    bench->options.jobs = 1;
    bench->options.worker_argv = worker_argv;
    bench->options.user = "name:password";
    hl_stop_init(&bench->stop, UINT64_C(3600) * 1000000000);
    bench->env =
        (struct hl_env){.options = &bench->options,
                        .stop = &bench->stop,
                        .dir_fd = open(bench->dir, O_RDONLY | O_CLOEXEC),
                        .rate_fd = -1,
                        .lock_fd = -1};
    assert_true(bench->env.dir_fd >= 0);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    bench->desk = (struct hl_desk){.loop = &bench->loop,
                                   .env = &bench->env,
                                   .take = take,
                                   .finish = finish};
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    char command[128];
    close(bench->env.dir_fd);
    snprintf(command, sizeof(command), "rm -rf '%s'", bench->dir);
    int r = system(command);
    free(bench);
    return r;
}

static void add(struct bench *bench, const char *url, const char *path)
{
    unsigned n = bench->count++;
    bench->jobs[n] =
        (struct hl_job){.id = n + 1, .attempt = 1, .url = url, .path = path};
}

static void run(struct bench *bench)
{
    assert_int_equal(hl_mode_processes.open(&bench->state, &bench->desk), 0);
    uv_timer_init(&bench->loop, &bench->watch);
    bench->watch.data = bench;
    if (bench->stops > 0)
        uv_timer_start(&bench->watch, on_uv_watch, 0, WATCH_MS);
    pump(bench);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_true(bench->closed);
    assert_int_equal(bench->finished, bench->taken);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
}

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
    bench->env.lock_fd = bench->env.dir_fd;
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
    bench->env.rate = rate;
    bench->env.rate_fd = fd;
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
    assert_int_equal(bench->outcomes[1].reply.resumed_from, 0);
}

static void a_file_that_a_dead_worker_published_is_replaced(void **state)
{
    struct bench *bench = *state;
    add(bench, "publish and crash once", "a");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_file_from_before_the_job_is_not_replaced(void **state)
{
    struct bench *bench = *state;
    struct timespec tick = {.tv_nsec = 20 * 1000 * 1000};
    int fd = openat(bench->env.dir_fd, "a", O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    /* The clock of files must have moved on. */
    nanosleep(&tick, NULL);
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
                                        "answer twice"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        add(bench, words[i], "f");
    add(bench, "ok", "f");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_WORKER);
    assert_non_null(strstr(bench->outcomes[0].message, "protocol"));
    assert_int_equal(bench->outcomes[1].reply.error, HAUL_ERR_WORKER);
    assert_int_equal(bench->outcomes[2].reply.error, HAUL_OK);
    assert_int_equal(bench->outcomes[3].reply.error, HAUL_OK);
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
    assert_int_equal(hl_mode_processes.open(&bench->state, &bench->desk),
                     UV_ENOENT);
    bench->options.worker_argv = nothing;
    assert_int_equal(hl_mode_processes.open(&bench->state, &bench->desk),
                     HAUL_EINVAL);
    bench->options.worker_argv = NULL;
    assert_int_equal(hl_mode_processes.open(&bench->state, &bench->desk),
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

static void a_stop_now_ends_a_stalled_transfer(void **state)
{
    struct bench *bench = *state;
    bench->stops = 2;
    add(bench, "stall", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    /* By its own will: the worker kept what it had. */
    assert_int_equal(bench->outcomes[0].reply.bytes, 7);
}

static void a_worker_that_does_not_stop_is_killed(void **state)
{
    struct bench *bench = *state;
    bench->stops = 2;
    bench->options.jobs = 2;
    add(bench, "hang", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    assert_int_equal(bench->outcomes[0].reply.bytes, 0);
}

static void a_first_stop_lets_transfers_finish(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    add(bench, "begin and wait for the stop", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_OK);
}

static void a_first_stop_ends_transfers_after_the_grace_time(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    bench->stop.grace_ns = 1;
    add(bench, "stall", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
    assert_int_equal(bench->outcomes[0].reply.bytes, 7);
}

static void a_job_that_waits_for_a_worker_is_cancelled(void **state)
{
    struct bench *bench = *state;
    bench->stops = 1;
    add(bench, "begin and crash", "begun");
    run(bench);
    assert_int_equal(bench->outcomes[0].reply.error, HAUL_ERR_CANCELLED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_job_is_finished_once),
        TEST(a_worker_knows_the_options),
        TEST(a_worker_has_its_own_descriptors_alone),
        TEST(workers_pay_into_one_rate),
        TEST(the_job_of_a_dead_worker_is_done_by_another),
        TEST(what_a_dead_worker_left_is_not_resumed),
        TEST(a_file_that_a_dead_worker_published_is_replaced),
        TEST(a_file_from_before_the_job_is_not_replaced),
        TEST(a_job_that_kills_three_workers_is_given_up),
        TEST(a_worker_that_babbles_is_killed),
        TEST(a_command_that_is_no_worker_fails_each_job),
        TEST(a_command_not_in_the_path_fails_each_job),
        TEST(a_command_that_is_not_there_is_refused_at_once),
        TEST(a_url_beyond_a_frame_fails_alone),
        TEST(a_reply_beyond_a_frame_is_a_reply_all_the_same),
        TEST(a_stop_now_ends_a_stalled_transfer),
        TEST(a_worker_that_does_not_stop_is_killed),
        TEST(a_first_stop_lets_transfers_finish),
        TEST(a_first_stop_ends_transfers_after_the_grace_time),
        TEST(a_job_that_waits_for_a_worker_is_cancelled),
    };
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return haul_worker_run(FAKE_WIRE_FD) == 0 ? 0 : 1;
    signal(SIGPIPE, SIG_IGN);
    /* What a careless caller left open is not the mode's leak. */
    for (int fd = FAKE_WIRE_FD; fd < 256; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
