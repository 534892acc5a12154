/* What a row of compare is measured by. */
#ifndef HL_CLI_MEASURE_H
#define HL_CLI_MEASURE_H

#include <stdint.h>
#include <uv.h>

#include "haul/haul.h"

/* Plain data: a row's process writes it to its parent as it is. */
struct hl_measure {
    uint64_t files;
    uint64_t failed;
    uint64_t errors[HAUL_ERROR_COUNT];
    uint64_t bytes;
    double seconds;
    double cpu_seconds;      /* of all the row's processes */
    uint64_t peak_rss_bytes; /* summed over them */
    uint64_t threads;        /* summed over them */
    uint64_t processes;
    uint64_t ctx_switches;
    double lag_p50_ms;
    double lag_p99_ms;
    double lag_max_ms;
    double waiting_s; /* summed over transfers: for lookup, connection, TLS
                         and the first byte */
    double body_s;    /* receiving */
    double total_s;   /* from a transfer's start to its published file */
};

/* A histogram of µs, log-linear: 32 steps an octave. */
enum { HL_LAG_STEPS = 32, HL_LAG_BUCKETS = 64 * HL_LAG_STEPS };

/* How late a loop is: a timer that should fire each 5 ms. One that fires
 * late counts for each tick that was missed meanwhile, or a single long
 * callback would look like one late tick of many. */
struct hl_lag {
    uv_timer_t timer;
    uint64_t due_ns;
    uint64_t count;
    uint64_t max_us;
    uint32_t buckets[HL_LAG_BUCKETS];
};

void hl_lag_start(struct hl_lag *lag, uv_loop_t *loop);
/* Stops and closes the timer; run the loop once more. */
void hl_lag_stop(struct hl_lag *lag);
void hl_lag_add(struct hl_lag *lag, uint64_t us);
double hl_lag_quantile_ms(const struct hl_lag *lag, double quantile);

/* Memory, threads and processes of this process and its children, now. */
void hl_measure_processes(struct hl_measure *measure);
/* CPU and context switches of this process and the children it has waited
 * for, since the program began. */
void hl_measure_usage(struct hl_measure *measure);

#endif
