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
    double cpu_before_s;     /* of it, before the run began */
    uint64_t peak_rss_bytes; /* summed over them */
    uint64_t threads;        /* summed over them */
    uint64_t fetching;       /* the threads that fetched files at one time */
    uint64_t in_flight;      /* the most transfers at one time */
    uint64_t again;          /* files that needed more than one attempt */
    double still_s;          /* time in which no transfer was in flight */
    uint64_t processes;
    uint64_t ctx_switches;
    double lag_p50_ms;
    double lag_p99_ms;
    double lag_max_ms;
    double waiting_s; /* summed over transfers: for lookup, connection, TLS
                         and the first byte */
    double body_s;    /* receiving */
    double ready_s;   /* there, until the loop came to it */
    double work_s;    /* CPU work on the files */
    double total_s;   /* from a transfer's start to its published file */
    uint32_t run;     /* of several runs of a row, which; the parent's */
};

enum { HL_LABEL_SIZE = 40 };

/* One row: a mode with a number of workers, and the medians of its runs. */
struct hl_row {
    enum haul_mode_id mode;
    uint32_t workers;
    bool on_pool;         /* the work on each file is done on the thread pool */
    uint32_t cpu_work_us; /* CPU time that was spent on each file */
    char label[HL_LABEL_SIZE];
    struct hl_measure measure;
    double shortest_s; /* of its runs */
    double longest_s;
    double speedup; /* over the first row that is sequential, or the first; 0
                       where either of them has failures */
};

/* What rows were run with. */
struct hl_setting {
    const char *list; /* NULL: made URLs */
    uint64_t files;   /* 0: not known yet */
    uint64_t latency_ns;
    uint64_t bandwidth; /* bytes/s of a connection; 0 no limit */
    uint32_t cpu_work_us;
    bool faulty; /* the origin was told to fail some requests */
    unsigned cores;
    uint32_t runs;
};

/* Rows that can be compared with each other: all with one setting. */
struct hl_part {
    const struct hl_row *rows;
    size_t count;
    struct hl_setting setting;
};

/* A row that has not run. */
void hl_row_init(struct hl_row *row, enum haul_mode_id mode, uint32_t workers,
                 bool on_pool);
/* Adds what the rows of a table have in common, as one line. */
void hl_setting_title(struct hl_buf *out, const struct hl_setting *setting);
/* What the columns of a table mean, in two lines. */
extern const char hl_table_legend[];
/* The head of the table, and a line of it, on stdout. */
void hl_row_print_head(void);
void hl_row_print(const struct hl_row *row);
/* A line with the causes of failures. */
void hl_failures_print(const struct hl_measure *measure);
/* Adds an array of rows. */
void hl_rows_json(struct hl_buf *out, const struct hl_row *rows, size_t count);

#endif
