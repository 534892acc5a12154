#include "cli/shares.h"

#include "cli/run_defaults.h"

enum { THOUSAND = 1000 };

/* For so many thousandths of a transfer's time its host must rest, so that
 * tasks which do so make most transfers at a time on average. */
static uint32_t rest_of(uint32_t most, uint32_t tasks)
{
    uint64_t period = (UINT64_C(1) * THOUSAND * tasks + most - 1) / most;
    return (uint32_t)(period - THOUSAND);
}

static bool divide_host_limits(struct haul_options *run, uint32_t tasks)
{
    uint32_t most = hl_run_per_host(run);
    run->host_start_interval_ns *= tasks;
    if (most == HAUL_NONE)
        return false;
    run->max_per_host = most >= tasks ? most / tasks : 1;
    run->host_rest = most >= tasks ? 0 : rest_of(most, tasks);
    return run->host_rest > 0;
}

bool hl_shares_apply(struct haul_options *run, uint32_t tasks,
                     bool has_hosts_alone)
{
    run->start_interval_ns *= tasks;
    if (run->limit_rate > 0)
        run->limit_rate = run->limit_rate > tasks ? run->limit_rate / tasks : 1;
    return !has_hosts_alone && divide_host_limits(run, tasks);
}
