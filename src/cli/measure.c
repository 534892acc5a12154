#include "cli/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void add_process(struct hl_measure *measure, long pid)
{
    char path[64];
    char line[256];
    uint64_t value;
    snprintf(path, sizeof(path), "/proc/%ld/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    measure->processes++;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "VmHWM: %" SCNu64, &value) == 1)
            measure->peak_rss_bytes += value * 1024;
        else if (sscanf(line, "Threads: %" SCNu64, &value) == 1)
            measure->threads += value;
    }
    fclose(file);
}

void hl_measure_processes(struct hl_measure *measure)
{
    char path[64];
    long child;
    long self = getpid();
    add_process(measure, self);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", self);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fscanf(file, "%ld", &child) == 1)
        add_process(measure, child);
    fclose(file);
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

void hl_measure_usage(struct hl_measure *measure)
{
    static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        struct rusage usage;
        if (getrusage(who[i], &usage) < 0)
            continue;
        measure->cpu_seconds +=
            seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
        measure->ctx_switches +=
            (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
    }
}
