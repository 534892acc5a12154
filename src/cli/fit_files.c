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

uint32_t hl_run_jobs(const struct haul_options *run)
{
    return run->jobs > 0 ? run->jobs : haul_mode_default_jobs(run->mode);
}

uint32_t hl_run_loops(const struct haul_options *run)
{
    return run->loops == HAUL_AUTO ? uv_available_parallelism() : run->loops;
}

static struct hl_file_budget budget_of(const struct haul_options *given)
{
    struct haul_options run = *given;
    run.jobs = hl_run_jobs(given);
    run.loops = hl_run_loops(given);
    return hl_mode_files(&run);
}

uint64_t hl_run_files_needed(const struct haul_options *run)
{
    const struct hl_file_budget budget = budget_of(run);
    return hl_file_budget_most(&budget);
}

/* Uses one loop where the limit does not allow each loop a transfer. */
static void fit_loops(struct hl_run_options *options,
                      struct hl_file_budget *budget)
{
    if (budget->loops <= 1 || hl_file_budget_allows_loops(budget))
        return;
    hl_say("--loops %u needs more open files than the limit of %" PRIu64
           ": using one loop",
           budget->loops, budget->limit);
    budget->loops = options->run.loops = 1;
}

static void fit_jobs(struct hl_run_options *options,
                     const struct hl_file_budget *budget)
{
    uint64_t most = hl_file_budget_jobs(budget);
    if (budget->jobs <= most)
        return;
    options->run.jobs = (uint32_t)most;
    options->files_limit = budget->limit;
    hl_say("-j %u needs more open files than the limit of %" PRIu64
           ": using -j %u",
           budget->jobs, budget->limit, options->run.jobs);
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

static void warn_of_few(uint64_t limit)
{
    if (limit < HL_FILES_SAFE)
        hl_say("the limit of %" PRIu64
               " open files is low: with fewer than %d a run may fail",
               limit, HL_FILES_SAFE);
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

/* Does the parent's process leave no file open, which a loop does not know of,
 * and does no file get a directory of its own? */
static bool is_bare(const struct haul_options *run, uint32_t taken)
{
    return taken == 0 &&
           (run->output == NULL || strchr(run->output, '/') == NULL);
}

int hl_run_files_fit(struct hl_run_options *options)
{
    const struct haul_options *run = &options->run;
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint32_t taken = hl_open_files_taken();
    struct hl_file_budget budget = budget_of(run);
    budget.beside = options->files_beside + (run->trace_file != NULL) +
                    (run->limit_rate > 0);
    uint64_t needed = hl_file_budget_least(&budget, is_bare(run, taken));
    if (limit < needed + taken)
        return refuse(limit, needed, taken);
    if (limit == UINT64_MAX)
        return 0;
    budget.limit = limit - taken;
    warn_of_few(budget.limit);
    fit_loops(options, &budget);
    fit_jobs(options, &budget);
    fit_lookups(options, &budget);
    return 0;
}
