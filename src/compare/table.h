/* The rows of compare: what was measured, as a table and as JSON. */
#ifndef HL_COMPARE_TABLE_H
#define HL_COMPARE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haul/haul.h"
#include "util/buf.h"

/* What a row was measured by. Plain data: a row's process writes it to its
 * parent as it is. */
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

enum { HL_LABEL_SIZE = 40 };

/* One row: a model with a number of workers, and the medians of its runs. */
struct hl_row {
    enum haul_mode_id mode;
    uint32_t workers;
    bool on_pool; /* the work on each file is done on the thread pool */
    char label[HL_LABEL_SIZE];
    struct hl_measure measure;
    double speedup; /* over the first row that is sequential, or the first */
};

/* A row that has not run. */
void hl_row_init(struct hl_row *row, enum haul_mode_id mode, uint32_t workers,
                 bool on_pool);
/* The head of the table, and a line of it, on stdout. */
void hl_row_print_head(void);
void hl_row_print(const struct hl_row *row);
/* Adds an array of rows. */
void hl_rows_json(struct hl_buf *out, const struct hl_row *rows, size_t count);

#endif
