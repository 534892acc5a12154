#include "cli/usage.h"

#include <sys/resource.h>

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

struct hl_usage hl_usage_read(void)
{
    struct hl_usage sum = {0};
    static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        struct rusage usage;
        if (getrusage(who[i], &usage) < 0)
            continue;
        sum.cpu_seconds +=
            seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
        sum.ctx_switches +=
            (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
    }
    return sum;
}
