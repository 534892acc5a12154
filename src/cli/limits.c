#include "cli/limits.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/run_defaults.h"
#include "cli/uv_start.h"
#include "modes/traits.h"
#include "util/open_files.h"
#include "util/threads.h"

enum {
    LIMIT_SIZE = 96, /* of a limit in words */
    /* What is granted first, where not all can be had. */
    JOBS_FIRST = 16,
    LOOKUPS_FIRST = 4,
};

static uint64_t soft(const struct rlimit *limit)
{
    return limit->rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit->rlim_cur;
}

/* "the limit of 6 processes and threads (ulimit -u)". For root there is no such
 * limit, but that of a container or of the system. */
static const char *name_of_tasks(char out[LIMIT_SIZE])
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    getrlimit(RLIMIT_NPROC, &limit);
    if (soft(&limit) == UINT64_MAX || geteuid() == 0)
        return "the limit of threads of the system or the container";
    snprintf(out, LIMIT_SIZE,
             "the limit of %" PRIu64 " processes and threads (ulimit -u)",
             soft(&limit));
    return out;
}

/* "the limit of 100 MB of memory (ulimit -v)", where memory is limited. */
static const char *name_of_memory(char out[LIMIT_SIZE])
{
    struct rlimit all = {.rlim_cur = RLIM_INFINITY};
    struct rlimit data = {.rlim_cur = RLIM_INFINITY};
    getrlimit(RLIMIT_AS, &all);
    getrlimit(RLIMIT_DATA, &data);
    bool is_all = soft(&all) <= soft(&data);
    snprintf(out, LIMIT_SIZE,
             "the limit of %" PRIu64 " MB of memory (ulimit -%c)",
             soft(is_all ? &all : &data) >> 20, is_all ? 'v' : 'd');
    return out;
}

static int check_files(uint32_t needed)
{
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint64_t wanted = (uint64_t)needed + hl_open_files_taken();
    if (limit >= wanted)
        return 0;
    hl_error("the limit of %" PRIu64
             " open files is too low: haul needs %" PRIu64
             " (ulimit -n %" PRIu64 ")",
             limit, wanted, wanted);
    return HL_EXIT_IO;
}

static int check_threads(uint32_t needed)
{
    char limit[LIMIT_SIZE];
    uint64_t memory = needed * hl_threads_stack();
    uint32_t left = hl_threads_left(needed);
    if (hl_memory_is_limited() && hl_memory_left(memory) < memory)
        hl_error("%s is too low", name_of_memory(limit));
    else if (left < needed)
        hl_error("%s is too low: haul needs %u threads, but can start only %u",
                 name_of_tasks(limit), needed, left);
    else
        return 0;
    return HL_EXIT_OTHER;
}

int hl_limits_check(const struct hl_needs *needs)
{
    int status = check_files(needs->files);
    return status == 0 && needs->threads > 0 ? check_threads(needs->threads)
                                             : status;
}

static struct hl_file_budget budget_of(const struct haul_options *given)
{
    struct haul_options run = *given;
    run.jobs = hl_run_jobs(given);
    run.loops = hl_run_loops(given);
    return hl_mode_files(&run);
}

uint64_t hl_limits_files_of(const struct haul_options *run)
{
    const struct hl_file_budget budget = budget_of(run);
    return hl_file_budget_most(&budget);
}

/* "the limit of 100 open files (3 are open already)": one number in all
 * messages, that of ulimit. */
static const char *name_of_files(char out[LIMIT_SIZE], uint64_t limit,
                                 uint32_t taken)
{
    int n =
        snprintf(out, LIMIT_SIZE, "the limit of %" PRIu64 " open files", limit);
    if (taken > 0)
        snprintf(out + n, LIMIT_SIZE - (size_t)n, " (%u %s open already)",
                 taken, taken == 1 ? "is" : "are");
    return out;
}

/* Uses one loop where the limit does not allow each loop a transfer. */
static void fit_loops(struct hl_run_options *options,
                      struct hl_file_budget *budget, const char *limit)
{
    if (budget->loops <= 1 || hl_file_budget_allows_loops(budget))
        return;
    hl_say("--loops %u needs more than %s: using one loop", budget->loops,
           limit);
    budget->loops = options->run.loops = 1;
}

static void fit_jobs(struct hl_run_options *options,
                     const struct hl_file_budget *budget, const char *limit)
{
    uint64_t most = hl_file_budget_jobs(budget);
    if (budget->jobs <= most)
        return;
    options->run.jobs = (uint32_t)most;
    options->files_limit = hl_open_files_most();
    if (!options->run.auto_jobs)
        hl_say("-j %u needs more than %s: using -j %u", budget->jobs, limit,
               options->run.jobs);
}

/* Makes fewer lookups at a time. A lookup that cannot open /etc/hosts for want
 * of files would say that there is no such host. */
static void fit_lookups(struct hl_run_options *options,
                        const struct hl_file_budget *budget)
{
    uint32_t most = hl_file_budget_lookups(budget);
    uint32_t *jobs = &options->run.dns_jobs;
    if (most < UINT32_MAX && (*jobs == 0 || *jobs > most))
        *jobs = most;
}

static void warn_of_few(const struct hl_file_budget *budget, const char *limit)
{
    if (budget->limit < HL_FILES_SAFE)
        hl_say("%s is low: with fewer than %d a run may fail", limit,
               HL_FILES_SAFE);
}

static int refuse_files(uint64_t limit, uint64_t needed, uint32_t taken)
{
    char beside[64] = "";
    if (taken > 0)
        snprintf(beside, sizeof(beside), " beside the %u that are open already",
                 taken);
    hl_error("the limit of %" PRIu64 " open files is too low: this run needs "
             "%" PRIu64 "%s (ulimit -n %" PRIu64 ")",
             limit, needed, beside, needed + taken);
    return HL_EXIT_IO;
}

/* Has the process inherited no open files, and does no file of the run get a
 * directory of its own? */
static bool is_bare(const struct haul_options *run, uint32_t taken)
{
    return taken == 0 &&
           (run->output == NULL || strchr(run->output, '/') == NULL);
}

static int fit_files(struct hl_run_options *options)
{
    const struct haul_options *run = &options->run;
    char name[LIMIT_SIZE];
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint32_t taken = hl_open_files_taken();
    struct hl_file_budget budget = budget_of(run);
    budget.beside = options->files_beside + (run->trace_file != NULL) +
                    (run->limit_rate > 0);
    uint64_t needed = hl_file_budget_least(&budget, is_bare(run, taken));
    if (limit < needed + taken)
        return refuse_files(limit, needed, taken);
    if (limit == UINT64_MAX)
        return 0;
    budget.limit = limit - taken;
    name_of_files(name, limit, taken);
    warn_of_few(&budget, name);
    fit_loops(options, &budget, name);
    fit_jobs(options, &budget, name);
    fit_lookups(options, &budget);
    return 0;
}

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

/* What can be had. A task is a thread of any process of the user. */
struct grant {
    uint64_t tasks;
    uint64_t memory;
};

/* One thread for each file is enough. */
static struct demand wanted(const struct hl_run_options *options)
{
    const struct haul_options *run = &options->run;
    uint32_t most = options->requests_most;
    return (struct demand){
        .jobs = hl_run_jobs(run),
        .loops = hl_run_loops(run),
        .files = most > 0 && most < HL_POOL_FILES ? most : HL_POOL_FILES,
        .lookups = hl_run_lookups(run),
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

/* Asks the system what can be had. Memory is asked for only where it is
 * limited. */
static struct grant ask_for(const struct hl_run_options *options,
                            const struct demand *d)
{
    uint64_t memory = memory_of(&options->run, d);
    return (struct grant){
        .tasks = hl_threads_left((uint32_t)tasks_of(options, d)),
        .memory = hl_memory_is_limited() ? hl_memory_left(memory) : UINT64_MAX,
    };
}

/* Raises *count, a member of *d, up to most, as long as all of *d fits. */
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

/* Puts as much of *all as fits into *out: some transfers first, then the
 * threads that serve them, then more transfers. @return false where not even
 * the least fits; *out then has the least. */
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

static int refuse_tasks(const struct hl_run_options *options,
                        const struct demand *d, const struct grant *grant)
{
    char limit[LIMIT_SIZE];
    if (lacks_memory(options, d, grant))
        hl_error("%s is too low: this run needs %" PRIu64 " kB more",
                 name_of_memory(limit),
                 ((memory_of(&options->run, d) - grant->memory) >> 10) + 1);
    else
        hl_error("%s is too low: this run needs %" PRIu64
                 " threads, and can start %" PRIu64,
                 name_of_tasks(limit), tasks_of(options, d), grant->tasks);
    return HL_EXIT_OTHER;
}

static void tell(const struct hl_run_options *options, const struct demand *all,
                 const struct demand *d, const struct grant *grant)
{
    char limit[LIMIT_SIZE];
    hl_say(
        "%s is low: using %s-j %u%s, --dns-jobs %u and %u thread%s for files",
        lacks_memory(options, all, grant) ? name_of_memory(limit)
                                          : name_of_tasks(limit),
        options->run.auto_jobs ? "at most " : "", d->jobs,
        all->loops > d->loops ? ", one loop" : "", d->lookups, d->files,
        d->files == 1 ? "" : "s");
}

static void use(struct hl_run_options *options, const struct demand *d)
{
    struct haul_options *run = &options->run;
    run->jobs = d->jobs;
    run->loops = d->loops;
    run->dns_jobs = d->lookups;
    hl_pool_size(pool_of(run, d));
}

/* What the run must have, of all that it wants. More lookups start a thread
 * when they need one, and make do without it. To try whether all of those can
 * be started would take most of the time of a run with one file. */
static struct demand needed_of(const struct hl_run_options *options,
                               const struct demand *all)
{
    struct demand needed = *all;
    if (hl_mode_traits(options->run.mode)->tasks_a_job == 0 &&
        !hl_memory_is_limited())
        needed.lookups = 1;
    return needed;
}

static int fit_tasks(struct hl_run_options *options)
{
    struct demand all = wanted(options);
    struct demand needed = needed_of(options, &all);
    struct demand fitting;
    struct grant grant = ask_for(options, &needed);
    if (fits(options, &needed, &grant)) {
        hl_pool_size(pool_of(&options->run, &all));
        return 0;
    }
    if (!choose(options, &all, &grant, &fitting))
        return refuse_tasks(options, &fitting, &grant);
    tell(options, &all, &fitting, &grant);
    use(options, &fitting);
    return 0;
}

int hl_limits_fit(struct hl_run_options *options)
{
    int status = fit_files(options);
    return status == HL_EXIT_OK ? fit_tasks(options) : status;
}
