/*
 * haul compare: the same list under each model.
 *
 * Structure: compare.c runs each row in a process of its own, in turn
 * (compare_row.c), and checks what it left (compare_files.c); table.c prints
 * the rows, compare_sweep.c repeats them over numbers of workers, advice.c says
 * in words what they mean, and page.c writes all as a page.
 */
#ifndef HL_COMPARE_COMPARE_H
#define HL_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/measure.h"
#include "haul/haul.h"
#include "util/buf.h"

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

/* What the rows were run with; advice and page tell it. */
struct hl_setting {
    const char *list; /* NULL: made URLs */
    uint64_t files;
    uint64_t latency_ns;
    uint32_t cpu_work_us;
    unsigned cores;
    uint32_t runs;
};

/* A row that has not run. */
void hl_row_init(struct hl_row *row, enum haul_mode_id mode, uint32_t workers,
                 bool on_pool);
void hl_table_head(void);
void hl_table_row(const struct hl_row *row);
/* The advice, paragraphs of lines of at most 79 columns, from what was
 * measured. Pure. */
void hl_advice(struct hl_buf *out, const struct hl_row *rows, size_t count,
               const struct hl_setting *setting);
/* An array of rows. */
void hl_rows_json(struct hl_buf *out, const struct hl_row *rows, size_t count);

/* A hash over the names and bytes of all files in dir. @return 0 or a libuv
 * code. */
int hl_files_hash(const char *dir, uint64_t *out);
/* Removes dir and what haul left in it. */
void hl_files_remove(const char *dir);

#endif
