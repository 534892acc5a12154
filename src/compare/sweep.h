/* compare --sweep: each model over numbers of workers. */
#ifndef HL_COMPARE_SWEEP_H
#define HL_COMPARE_SWEEP_H

#include "compare/compare.h"

enum { HL_SWEEP_COUNTS = 8 };

/* All zero is none. */
struct hl_sweep {
    uint32_t counts[HL_SWEEP_COUNTS]; /* rising */
    size_t counts_count;
    struct hl_row rows[HAUL_MODE_COUNT * HL_SWEEP_COUNTS];
    size_t rows_count;
};

/* "1,2,5" into counts. @return NULL or a static reason. */
const char *hl_sweep_parse(struct hl_sweep *sweep, const char *list);
/*
 * Runs and prints what is wanted of it: the models of rows. What rows have
 * measured is not run again. run(arg, row) fills row->measure. @return 0, or
 * what run returned.
 */
int hl_sweep_run(struct hl_sweep *sweep, const struct hl_row *rows,
                 size_t count, int (*run)(void *arg, struct hl_row *row),
                 void *arg);

#endif
