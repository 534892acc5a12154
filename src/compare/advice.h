/* Which model is best for a list, and why. */
#ifndef HL_COMPARE_ADVICE_H
#define HL_COMPARE_ADVICE_H

#include "compare/table.h"

/* What the rows were run with. */
struct hl_setting {
    const char *list; /* NULL: made URLs */
    uint64_t files;
    uint64_t latency_ns;
    uint32_t cpu_work_us;
    unsigned cores;
    uint32_t runs;
};

/* Adds paragraphs of lines of at most 79 columns. Pure: all comes from what
 * was measured. */
void hl_advice(struct hl_buf *out, const struct hl_row *rows, size_t count,
               const struct hl_setting *setting);

#endif
