/* compare --sweep: each mode over numbers of workers. */
#ifndef HL_COMPARE_SWEEP_H
#define HL_COMPARE_SWEEP_H

#include "compare/table.h"

enum { HL_SWEEP_COUNTS = 8 };

/* All zero is no sweep. */
struct hl_sweep {
    uint32_t counts[HL_SWEEP_COUNTS]; /* rising */
    size_t counts_count;
    struct hl_row rows[HAUL_MODE_COUNT * HL_SWEEP_COUNTS];
    size_t rows_count;
};

/* The rows of the comparison before the sweep, and how one more is run. */
struct hl_sweep_source {
    const struct hl_row *rows;
    size_t count;
    int (*run)(void *arg, struct hl_row *row); /* fills row->measure */
    void *arg;
};

/* "1,2,5" into sweep->counts. @return NULL or a static reason. */
const char *hl_sweep_parse(struct hl_sweep *sweep, const char *list);
/* The index of the row with the fewest workers that is as fast as the fastest
 * of one mode's rows; count where all have failures. */
size_t hl_sweep_best(const struct hl_row *rows, size_t count);
/* Runs and prints each mode of source->rows with each number of workers; a
 * row that source has measured already is not run again. @return 0, or the
 * negative return of source->run. */
int hl_sweep_run(struct hl_sweep *sweep, const struct hl_sweep_source *source);

#endif
