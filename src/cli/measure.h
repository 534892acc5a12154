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

/* Memory, threads and processes of this process and its children, now. */
void hl_measure_processes(struct hl_measure *measure);
/* CPU and context switches of this process and the children it has waited
 * for, since the program began. */
void hl_measure_usage(struct hl_measure *measure);

#endif
