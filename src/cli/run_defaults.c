#include "cli/run_defaults.h"

uint32_t hl_run_jobs(const struct haul_options *run)
{
    if (run->jobs > 0)
        return run->jobs;
    return run->auto_jobs ? HAUL_AUTO_JOBS_MOST
                          : haul_mode_default_jobs(run->mode);
}

uint32_t hl_run_loops(const struct haul_options *run)
{
    return run->loops > 0 ? run->loops : 1;
}

/* The defaults are those of haul.h. */
uint32_t hl_run_per_host(const struct haul_options *run)
{
    return run->max_per_host > 0 ? run->max_per_host : 6;
}

uint32_t hl_run_lookups(const struct haul_options *run)
{
    return run->dns_jobs > 0 ? run->dns_jobs : 16;
}
