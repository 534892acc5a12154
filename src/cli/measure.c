#include "cli/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "util/container_of.h"

enum { TICK_MS = 5, NS_PER_MS = 1000000 };

static unsigned bucket_of(uint64_t us)
{
    unsigned octave = 0;
    while (us >> octave >= 2 * HL_LAG_STEPS)
        octave++;
    uint64_t step = us >> octave;
    return octave * HL_LAG_STEPS + (unsigned)step;
}

static uint64_t value_of(unsigned bucket)
{
    if (bucket < 2 * HL_LAG_STEPS)
        return bucket;
    unsigned octave = bucket / HL_LAG_STEPS - 1;
    return (uint64_t)(bucket - octave * HL_LAG_STEPS) << octave;
}

void hl_lag_add(struct hl_lag *lag, uint64_t us)
{
    lag->buckets[bucket_of(us)]++;
    lag->count++;
    if (us > lag->max_us)
        lag->max_us = us;
}

double hl_lag_quantile_ms(const struct hl_lag *lag, double quantile)
{
    uint64_t rank = (uint64_t)((double)lag->count * quantile);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HL_LAG_BUCKETS; i++) {
        seen += lag->buckets[i];
        if (seen > rank)
            return (double)value_of(i) / 1000;
    }
    return (double)lag->max_us / 1000;
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_lag *lag = container_of(timer, struct hl_lag, timer);
    uint64_t now = uv_hrtime();
    uint64_t late = now > lag->due_ns ? now - lag->due_ns : 0;
    hl_lag_add(lag, late / 1000);
    for (uint64_t missed = (uint64_t)TICK_MS * NS_PER_MS; missed < late;
         missed += (uint64_t)TICK_MS * NS_PER_MS)
        hl_lag_add(lag, (late - missed) / 1000);
    uv_update_time(timer->loop);
    lag->due_ns = uv_hrtime() + (uint64_t)TICK_MS * NS_PER_MS;
    uv_timer_start(timer, on_uv_timer, TICK_MS, 0);
}

void hl_lag_start(struct hl_lag *lag, uv_loop_t *loop)
{
    memset(lag, 0, sizeof(*lag));
    uv_timer_init(loop, &lag->timer);
    uv_update_time(loop);
    lag->due_ns = uv_hrtime() + (uint64_t)TICK_MS * NS_PER_MS;
    uv_timer_start(&lag->timer, on_uv_timer, TICK_MS, 0);
    uv_unref((uv_handle_t *)&lag->timer);
}

void hl_lag_stop(struct hl_lag *lag)
{
    uv_close((uv_handle_t *)&lag->timer, NULL);
}

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
