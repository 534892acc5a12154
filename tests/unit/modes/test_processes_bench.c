#include "test_processes_bench.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test_processes_fake.h"

enum { WATCH_MS = 5 };

static void pump(struct bench *bench)
{
    bench->in_call = true;
    hl_mode_processes.calls->pump(bench->state);
    bench->in_call = false;
}

static struct hl_job *take(struct hl_mode_owner *owner)
{
    struct bench *bench = (struct bench *)(void *)owner;
    if (bench->taken == bench->count || hl_stop_level(&bench->stop) > 0)
        return NULL;
    return &bench->jobs[bench->taken++];
}

static void on_closed(void *arg)
{
    struct bench *bench = arg;
    bench->closed = true;
}

static void finish(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply)
{
    struct bench *bench = (struct bench *)(void *)owner;
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
        hl_mode_processes.calls->close(bench->state, on_closed, bench);
    }
}

static int part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part)
{
    struct bench *bench = (struct bench *)(void *)owner;
    bench->parts++;
    job->recorded = true;
    assert_int_equal(part->length, 7);
    snprintf(bench->part_etag, sizeof(bench->part_etag), "%s", part->etag);
    return bench->part_code;
}

static bool has_file(const struct bench *bench, const char *name)
{
    return faccessat(bench->shared.dir_fd, name, F_OK, 0) == 0;
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
        hl_mode_processes.calls->cancel(bench->state);
    }
}

static const char *const worker_argv[] = {"/proc/self/exe", "--worker", NULL};

int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    strcpy(bench->dir, "/tmp/test_processes.XXXXXX");
    assert_non_null(mkdtemp(bench->dir));
    bench->options.jobs = 1;
    bench->options.worker_argv = worker_argv;
    bench->options.worker_timeout_ms = 30000;
    bench->options.user = "name:password";
    hl_stop_init(&bench->stop, UINT64_C(3600) * 1000000000);
    bench->shared =
        (struct hl_shared){.options = &bench->options,
                           .token = "01234567",
                           .stop = &bench->stop,
                           .dir_fd = open(bench->dir, O_RDONLY | O_CLOEXEC),
                           .rate_fd = -1,
                           .lock_fd = -1,
                           .body_fd = -1};
    assert_true(bench->shared.dir_fd >= 0);
    assert_int_equal(hl_beneath_new(&bench->shared.root, bench->shared.dir_fd,
                                    &(struct hl_beneath_options){0}),
                     0);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    bench->owner = (struct hl_mode_owner){.loop = &bench->loop,
                                          .shared = &bench->shared,
                                          .take = take,
                                          .finish = finish,
                                          .part_begun = part_begun};
    *state = bench;
    return 0;
}

int tear_down(void **state)
{
    struct bench *bench = *state;
    char command[128];
    hl_beneath_free(bench->shared.root);
    close(bench->shared.dir_fd);
    snprintf(command, sizeof(command), "rm -rf '%s'", bench->dir);
    int r = system(command);
    free(bench);
    return r;
}

void add(struct bench *bench, const char *url, const char *path)
{
    unsigned n = bench->count++;
    bench->jobs[n] =
        (struct hl_job){.id = n + 1, .attempt = 1, .url = url, .path = path};
}

void run(struct bench *bench)
{
    assert_int_equal(
        hl_mode_processes.calls->open(&bench->state, &bench->owner), 0);
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

int bench_main(int argc, char **argv, int (*run_all)(void))
{
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return haul_worker_run(FAKE_WIRE_FD) == 0 ? 0 : 1;
    signal(SIGPIPE, SIG_IGN);
    /* What a careless caller left open is not the mode's leak. */
    for (int fd = FAKE_WIRE_FD; fd < 256; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return run_all();
}
