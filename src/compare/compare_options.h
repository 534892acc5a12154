/* The options of compare. */
#ifndef HL_COMPARE_COMPARE_OPTIONS_H
#define HL_COMPARE_COMPARE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/opt.h"
#include "compare/sweep.h"
#include "origin/origin.h"

#define HL_COMPARE_NO_WORK UINT32_MAX

struct hl_compare_options {
    struct hl_opt_strings inputs;
    uint32_t number;
    const char *modes;
    unsigned wanted; /* bit 1 << mode: modes has it */
    uint32_t threads;
    uint32_t processes;
    uint32_t async;
    uint32_t workers;
    uint32_t runs;
    uint32_t cpu_work_us; /* 0: not asked for; HL_COMPARE_NO_WORK: 0 was */
    const char *html;
    const char *json;
    const char *trace;
    const char *sweep_list;
    struct hl_sweep sweep; /* by sweep_list */
    bool local;
    struct hl_origin_options origin;
};

/* Rows for struct hl_compare_options. */
extern const struct hl_opt hl_compare_rows[];

/* Checks and completes options; rest are the arguments that are no options.
 * @return 0, or 2 or 3 after a line on stderr. */
int hl_compare_options_check(struct hl_compare_options *options,
                             const struct hl_opt_strings *rest);

#endif
