/* What is done once, when the options of a run are known and before it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/run_options.h"
#include "util/open_files.h"
#include "util/private_file.h"

enum {
    POOL_MAX = 1024,  /* libuv's own limit */
    POOL_SPARE = 4,   /* for files, beside the transfers */
    FILES_LEAST = 20, /* of HL_OPEN_FILES_SPARE: all but lookups */
    FILES_A_JOB = 2,  /* a socket and a part */
    /* Async with many transfers does with these beside a connection for each:
     * their bodies wait for parts to be closed. */
    FILES_OF_MANY = 512,
    /* A thread has two of libcurl's own too, and a connection that it keeps. */
    FILES_A_THREAD = 5,
    /* Where there are files enough: connections that a thread keeps beside
     * (transfer/easy.c), and the least that async has (modes/async.c). */
    KEPT_A_THREAD = 4,
    CONNECTIONS_MIN = 64,
    WORKER_TIMEOUT_MIN_MS = 3000, /* as the library has it */
};

static int check_file(const char *option, const char *path)
{
    if (path == NULL)
        return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        hl_error("%s: %s: %s", option, path, haul_strerror(-errno));
        return 3;
    }
    fclose(file);
    return 0;
}

/* Before the run, as it would be in the way of its own messages. */
static int check_trace(const char *path)
{
    int fd = path != NULL ? hl_private_open(path, O_APPEND) : -1;
    if (path != NULL && fd < 0) {
        hl_error("--trace: %s: %s", path, haul_strerror(fd));
        return 3;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static int check_loops(const struct hl_run_options *options)
{
    if (options->run.loops <= 1 || options->run.mode == HAUL_MODE_ASYNC)
        return 0;
    hl_error("--loops %s: goes with -m async alone, %s has one loop",
             options->loops, haul_mode_name(options->run.mode));
    return 2;
}

static int check_worker_timeout(uint32_t ms)
{
    if (ms == 0 || ms >= WORKER_TIMEOUT_MIN_MS)
        return 0;
    hl_error("--worker-timeout: at least %d, so that a worker that waits for a "
             "server can say so",
             WORKER_TIMEOUT_MIN_MS / 1000);
    return 2;
}

static int check(const struct hl_run_options *options)
{
    const struct haul_options *run = &options->run;
    int r = check_loops(options);
    if (r == 0)
        r = check_worker_timeout(run->worker_timeout_ms);
    if (r == 0)
        r = check_file("--cacert", run->cacert);
    if (r == 0)
        r = check_file("--cert", run->cert);
    if (r == 0)
        r = check_file("--key", run->key);
    if (r == 0)
        r = check_trace(run->trace_file);
    return r;
}

static uint32_t jobs_of(const struct haul_options *run)
{
    return run->jobs > 0 ? run->jobs : haul_mode_default_jobs(run->mode);
}

/* The pool reads its size once, at its first use. */
static void size_pool(const struct haul_options *run)
{
    char size[16];
    uint32_t threads = run->mode == HAUL_MODE_THREADS ? jobs_of(run) : 0;
    threads += POOL_SPARE;
    snprintf(size, sizeof(size), "%u",
             threads < POOL_MAX ? threads : (uint32_t)POOL_MAX);
    setenv("UV_THREADPOOL_SIZE", size, 1);
}

static uint32_t files_of_loops(const struct haul_options *run)
{
    uint32_t loops =
        run->loops == HAUL_AUTO ? uv_available_parallelism() : run->loops;
    return loops > 1 ? (uint32_t)HL_OPEN_FILES_A_LOOP * loops : 0;
}

static uint32_t files_a_job(const struct haul_options *run)
{
    return run->mode == HAUL_MODE_THREADS ? (uint32_t)FILES_A_THREAD
                                          : (uint32_t)FILES_A_JOB;
}

static uint32_t connections_kept(const struct haul_options *run)
{
    uint32_t jobs = jobs_of(run);
    if (run->mode == HAUL_MODE_THREADS)
        return (uint32_t)KEPT_A_THREAD * jobs;
    return run->mode == HAUL_MODE_ASYNC && jobs < CONNECTIONS_MIN
               ? CONNECTIONS_MIN - jobs
               : 0;
}

uint32_t hl_run_files_needed(const struct haul_options *run)
{
    return files_a_job(run) * jobs_of(run) + connections_kept(run) +
           (uint32_t)HL_OPEN_FILES_SPARE + files_of_loops(run);
}

/* Beside the transfers: less of a small limit, but what a run cannot do
 * without. */
static uint64_t files_spared(const struct haul_options *run, uint64_t limit)
{
    uint64_t wanted = (uint64_t)HL_OPEN_FILES_SPARE + files_of_loops(run);
    uint64_t least = (uint64_t)FILES_LEAST + files_of_loops(run);
    if (limit / 2 >= wanted)
        return wanted;
    return limit / 2 > least ? limit / 2 : least;
}

static uint64_t jobs_at_most(const struct haul_options *run, uint64_t limit,
                             uint64_t least)
{
    uint64_t more = limit > least ? (limit - least) / files_a_job(run) : 0;
    uint64_t of_many = (uint64_t)FILES_OF_MANY + files_of_loops(run);
    if (run->mode == HAUL_MODE_ASYNC && limit > of_many + more)
        return limit - of_many;
    return 1 + more;
}

/* Raises the limit of open files as far as it goes, and lowers the jobs to
 * what it then allows. */
static void fit_files(struct hl_run_options *options)
{
    struct haul_options *run = &options->run;
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint64_t least = files_spared(run, limit) + files_a_job(run);
    uint64_t most = jobs_at_most(run, limit, least);
    uint32_t jobs = jobs_of(run);
    if (limit < least)
        hl_say("the limit of %" PRIu64 " open files is low: fewer than %" PRIu64
               " may not do",
               limit, least);
    if (jobs <= most)
        return;
    run->jobs = (uint32_t)most;
    options->files_limit = limit;
    hl_say("-j %u needs more open files than the limit of %" PRIu64
           ": using -j %u",
           jobs, limit, run->jobs);
}

int hl_run_options_prepare(struct hl_run_options *options)
{
    static const char *const worker[] = {"/proc/self/exe", "--worker", NULL};
    int r = check(options);
    if (r != 0)
        return r;
    if (options->run.mode == HAUL_MODE_SEQUENTIAL && options->run.jobs > 1) {
        hl_say("-j %u: sequential has one transfer at a time",
               options->run.jobs);
        options->run.jobs = 1;
    }
    if (options->run.mode == HAUL_MODE_THREADS &&
        options->run.jobs > POOL_MAX) {
        hl_say("-j %u: libuv's pool has at most %u threads: using -j %u",
               options->run.jobs, (unsigned)POOL_MAX,
               (unsigned)(POOL_MAX - POOL_SPARE));
        options->run.jobs = POOL_MAX - POOL_SPARE;
    }
    /* For the words under the summary, whether asked for or not. */
    options->run.loop_stats = true;
    options->run.loop_lag |= options->loop_stats;
    options->run.headers = options->headers.items;
    options->run.resolve = options->resolve.items;
    options->run.worker_argv = worker;
    /* Each option was checked when it was set. */
    const char *why = haul_options_objection(&options->run);
    if (why != NULL) {
        hl_error("%s", why);
        return 2;
    }
    fit_files(options);
    size_pool(&options->run);
    return 0;
}
