/*
 * How many threads and how much memory a run takes, and what it does where the
 * limits of these are low: fewer transfers at a time, one loop, fewer lookups,
 * fewer threads for files. Where even that is too much the run is refused:
 * libuv ends a program that cannot start a thread of its pool.
 */
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/message.h"
#include "cli/run_options.h"
#include "cli/uv_start.h"
#include "modes/traits.h"
#include "util/threads.h"

enum {
    LOOKUPS = 16, /* --dns-jobs, where it is not given */
    /* What is granted first, where not all can be had. */
    JOBS_FIRST = 16,
    LOOKUPS_FIRST = 4,
};

/* Bytes, beside the stacks of threads. */
static const uint64_t memory_beside = 1 << 20;
static const uint64_t memory_of_trace = 9 << 20;

/* What a run takes its threads for. */
struct demand {
    uint32_t jobs;
    uint32_t loops;
    uint32_t files;
    uint32_t lookups;
};

/* What can be had: tasks are threads of any process of the user. */
struct grant {
    uint64_t tasks;
    uint64_t memory;
};

static struct demand wanted(const struct haul_options *run)
{
    return (struct demand){
        .jobs = hl_run_jobs(run),
        .loops = hl_run_loops(run),
        .files = HL_POOL_FILES,
        .lookups = run->dns_jobs > 0 ? run->dns_jobs : (uint32_t)LOOKUPS,
    };
}

/* Threads of libuv's pool. */
static uint32_t pool_of(const struct haul_options *run, const struct demand *d)
{
    return d->files + hl_mode_traits(run->mode)->pool_threads_a_job * d->jobs;
}

static bool traces(const struct haul_options *run)
{
    return run->trace_file != NULL || run->trace != 0;
}

static uint64_t threads_of(const struct haul_options *run,
                           const struct demand *d)
{
    return (uint64_t)pool_of(run, d) + d->lookups +
           (d->loops > 1 ? d->loops : 0) + traces(run);
}

static uint64_t tasks_of(const struct hl_run_options *options,
                         const struct demand *d)
{
    uint64_t a_job = hl_mode_traits(options->run.mode)->tasks_a_job;
    return threads_of(&options->run, d) + options->tasks_beside +
           a_job * d->jobs;
}

static uint64_t memory_of(const struct haul_options *run,
                          const struct demand *d)
{
    return memory_beside + (traces(run) ? memory_of_trace : 0) +
           threads_of(run, d) * hl_threads_stack() +
           d->jobs * hl_mode_traits(run->mode)->memory_a_job;
}

static bool fits(const struct hl_run_options *options, const struct demand *d,
                 const struct grant *grant)
{
    return tasks_of(options, d) <= grant->tasks &&
           memory_of(&options->run, d) <= grant->memory;
}

/* Memory without a limit is not measured: it is the system's to give. */
static struct grant ask_for(const struct hl_run_options *options,
                            const struct demand *d)
{
    uint64_t memory = memory_of(&options->run, d);
    return (struct grant){
        .tasks = hl_threads_left((uint32_t)tasks_of(options, d)),
        .memory = hl_memory_is_limited() ? hl_memory_left(memory) : UINT64_MAX,
    };
}

/* Raises *count, which is one of d's, as far as all fits, and at most to most.
 */
static void grow(const struct hl_run_options *options, struct demand *d,
                 uint32_t *count, uint32_t most, const struct grant *grant)
{
    while (*count < most) {
        ++*count;
        if (fits(options, d, grant))
            continue;
        --*count;
        return;
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Puts the most of what is wanted that fits into *out: some transfers first,
 * then the threads that serve them, then more transfers. @return false where
 * not even the least fits, which *out then has. */
static bool choose(const struct hl_run_options *options,
                   const struct demand *all, const struct grant *grant,
                   struct demand *out)
{
    *out = (struct demand){.jobs = 1, .loops = 1, .files = 1, .lookups = 1};
    if (!fits(options, out, grant))
        return false;
    struct demand loops = *out;
    loops.loops = loops.jobs = all->loops;
    if (all->jobs >= all->loops && fits(options, &loops, grant))
        *out = loops;
    grow(options, out, &out->jobs, least(all->jobs, JOBS_FIRST), grant);
    grow(options, out, &out->files, all->files, grant);
    grow(options, out, &out->lookups, least(all->lookups, LOOKUPS_FIRST),
         grant);
    grow(options, out, &out->jobs, all->jobs, grant);
    grow(options, out, &out->lookups, all->lookups, grant);
    return true;
}

static bool lacks_memory(const struct hl_run_options *options,
                         const struct demand *d, const struct grant *grant)
{
    return memory_of(&options->run, d) > grant->memory;
}

static int refuse(const struct hl_run_options *options, const struct demand *d,
                  const struct grant *grant)
{
    char limit[HL_LIMIT_SIZE];
    if (lacks_memory(options, d, grant))
        hl_error("%s is too low: this run needs %" PRIu64 " kB more",
                 hl_limit_of_memory(limit),
                 ((memory_of(&options->run, d) - grant->memory) >> 10) + 1);
    else
        hl_error("%s is too low: this run needs %" PRIu64
                 " threads, and can start %" PRIu64,
                 hl_limit_of_threads(limit), tasks_of(options, d),
                 grant->tasks);
    return HL_EXIT_OTHER;
}

static void tell(const struct hl_run_options *options, const struct demand *all,
                 const struct demand *d, const struct grant *grant)
{
    char limit[HL_LIMIT_SIZE];
    hl_say("%s is low: using -j %u%s, --dns-jobs %u and %u thread%s for files",
           lacks_memory(options, all, grant) ? hl_limit_of_memory(limit)
                                             : hl_limit_of_threads(limit),
           d->jobs, all->loops > d->loops ? ", one loop" : "", d->lookups,
           d->files, d->files == 1 ? "" : "s");
}

static int use(struct hl_run_options *options, const struct demand *d)
{
    struct haul_options *run = &options->run;
    run->jobs = d->jobs;
    run->loops = d->loops;
    run->dns_jobs = d->lookups;
    hl_pool_size(pool_of(run, d));
    int r = hl_pool_start();
    if (r == 0)
        return 0;
    hl_error("%s", haul_strerror(r));
    return HL_EXIT_OTHER;
}

int hl_run_threads_fit(struct hl_run_options *options)
{
    struct demand all = wanted(&options->run);
    struct demand fitting;
    struct grant grant = ask_for(options, &all);
    if (fits(options, &all, &grant)) {
        hl_pool_size(pool_of(&options->run, &all));
        return 0;
    }
    if (!choose(options, &all, &grant, &fitting))
        return refuse(options, &fitting, &grant);
    tell(options, &all, &fitting, &grant);
    return use(options, &fitting);
}
