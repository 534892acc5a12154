/*
 * How many files a run has open, and what it does where the limit of open files
 * is low: fewer transfers at a time, one loop, fewer lookups. Where even that
 * is too much the run is refused: running out of files half way helps nobody.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/run_options.h"
#include "modes/traits.h"
#include "util/open_files.h"

enum {
    /* The part of HL_OPEN_FILES_SPARE that every run needs: the standard three,
     * six of the loop, the directory, two locks and the journal, two of
     * libcurl, a file's directory and that one's parent, three of a lookup. */
    FILES_LEAST = 20,
    FILES_A_LOOKUP = 3,
    FILES_A_JOB = 2, /* a socket and a part */
};

uint32_t hl_run_jobs(const struct haul_options *run)
{
    return run->jobs > 0 ? run->jobs : haul_mode_default_jobs(run->mode);
}

static uint32_t loops_of(const struct haul_options *run)
{
    return run->loops == HAUL_AUTO ? uv_available_parallelism() : run->loops;
}

static uint32_t files_of_loops(const struct haul_options *run)
{
    uint32_t loops = loops_of(run);
    return loops > 1 ? (uint32_t)HL_OPEN_FILES_A_LOOP * loops : 0;
}

static const struct hl_mode_files *files_of(const struct haul_options *run)
{
    return &hl_mode_traits(run->mode)->files;
}

static uint32_t connections_kept(const struct haul_options *run)
{
    const struct hl_mode_files *files = files_of(run);
    uint32_t jobs = hl_run_jobs(run);
    uint32_t more = jobs < files->kept_least ? files->kept_least - jobs : 0;
    return files->kept_a_job * jobs + more;
}

uint32_t hl_run_files_needed(const struct haul_options *run)
{
    return files_of(run)->a_job * hl_run_jobs(run) + connections_kept(run) +
           (uint32_t)HL_OPEN_FILES_SPARE + files_of_loops(run);
}

static uint32_t files_beside(const struct hl_run_options *options)
{
    return options->files_beside + (options->run.trace_file != NULL) +
           (options->run.limit_rate > 0);
}

/* Files that this run has open whatever it transfers. */
static uint32_t files_least(const struct hl_run_options *options)
{
    return (uint32_t)FILES_LEAST + files_beside(options);
}

/* The least limit that this run may have. Async needs two files fewer, but only
 * where the parent left no files open, which the loop does not know of, and
 * where no file has a directory of its own. */
static uint32_t files_floor(const struct hl_run_options *options,
                            uint32_t taken)
{
    const struct haul_options *run = &options->run;
    bool has_dirs = run->output != NULL && strchr(run->output, '/') != NULL;
    const struct hl_mode_files *files = files_of(run);
    return files_beside(options) +
           (taken == 0 && !has_dirs ? files->floor_bare : files->floor);
}

/* Files kept for all but the transfers: half of a small limit, but never less
 * than every run needs. */
static uint64_t files_spared(const struct hl_run_options *options,
                             uint64_t limit)
{
    uint32_t loops = files_of_loops(&options->run);
    uint64_t wanted = (uint64_t)HL_OPEN_FILES_SPARE + loops;
    uint64_t least = (uint64_t)files_least(options) + loops;
    if (limit / 2 >= wanted)
        return wanted;
    return limit / 2 > least ? limit / 2 : least;
}

static uint64_t jobs_at_most(const struct hl_run_options *options,
                             uint64_t limit)
{
    const struct haul_options *run = &options->run;
    uint64_t least = files_spared(options, limit) + FILES_A_JOB;
    uint64_t more = limit > least ? (limit - least) / files_of(run)->a_job : 0;
    uint64_t of_many = (uint64_t)files_of(run)->of_many + files_of_loops(run);
    if (files_of(run)->of_many > 0 && limit > of_many + more)
        return limit - of_many;
    return 1 + more;
}

/* Uses one loop where the limit does not allow each loop a transfer. */
static void fit_loops(struct hl_run_options *options, uint64_t limit)
{
    struct haul_options *run = &options->run;
    uint32_t loops = loops_of(run);
    uint64_t needed = (uint64_t)files_least(options) + files_of_loops(run) +
                      (uint64_t)FILES_A_JOB * loops;
    if (loops <= 1 || limit >= needed)
        return;
    hl_say("--loops %u needs more open files than the limit of %" PRIu64
           ": using one loop",
           loops, limit);
    run->loops = 1;
}

static void fit_jobs(struct hl_run_options *options, uint64_t limit)
{
    struct haul_options *run = &options->run;
    uint64_t most = jobs_at_most(options, limit);
    uint32_t jobs = hl_run_jobs(run);
    if (jobs <= most)
        return;
    run->jobs = (uint32_t)most;
    options->files_limit = limit;
    hl_say("-j %u needs more open files than the limit of %" PRIu64
           ": using -j %u",
           jobs, limit, run->jobs);
}

/* Makes fewer lookups at a time. A lookup that cannot open /etc/hosts for want
 * of files would say that there is no such host. */
static void fit_lookups(struct hl_run_options *options, uint64_t limit)
{
    uint64_t spared = files_spared(options, limit);
    uint64_t more =
        spared - files_least(options) - files_of_loops(&options->run);
    uint64_t most = 1 + more / FILES_A_LOOKUP;
    bool is_small = limit / 2 < HL_OPEN_FILES_SPARE;
    if (is_small &&
        (options->run.dns_jobs == 0 || options->run.dns_jobs > most))
        options->run.dns_jobs = (uint32_t)most;
}

static void warn_of_few(uint64_t limit)
{
    uint64_t wanted = FILES_LEAST + FILES_A_JOB;
    if (limit < wanted)
        hl_say("the limit of %" PRIu64
               " open files is low: with fewer than %" PRIu64 " a run may fail",
               limit, wanted);
}

static int refuse(uint64_t limit, uint64_t needed, uint32_t taken)
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

int hl_run_files_fit(struct hl_run_options *options)
{
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint32_t taken = hl_open_files_taken();
    uint64_t needed = files_floor(options, taken);
    if (limit < needed + taken)
        return refuse(limit, needed, taken);
    if (limit == UINT64_MAX)
        return 0;
    warn_of_few(limit - taken);
    fit_loops(options, limit - taken);
    fit_jobs(options, limit - taken);
    fit_lookups(options, limit - taken);
    return 0;
}
