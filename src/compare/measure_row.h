/* Runs a row of compare in a process of its own, and measures it there: memory
 * and CPU time are a process's. */
#ifndef HL_COMPARE_MEASURE_ROW_H
#define HL_COMPARE_MEASURE_ROW_H

#include "cli/local_origin.h"
#include "compare/table.h"

/* What a row's process is told, as its arguments. */
struct hl_row_order {
    const char *dir;  /* where its files go */
    const char *list; /* or NULL */
    const struct hl_local *local;
    uint64_t limit;
    const char *trace; /* the file of its timeline; NULL: none */
    bool trace_all;    /* every category, not only what a picture needs */
};

/* Runs a row and waits for it. @return 0, or a libuv code: UV_EOF where its
 * process ended without a result. */
int hl_row_process_run(const struct hl_row *row,
                       const struct hl_row_order *order,
                       struct hl_measure *out);
/* Kills the process of the row that runs, and of each that is started from now
 * on: its files are scratch. For a signal handler. */
void hl_row_process_stop(void);

#endif
