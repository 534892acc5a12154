/* One option of each kind, for the tests of the option parser. */
#ifndef TESTS_SUPPORT_OPT_ROWS_H
#define TESTS_SUPPORT_OPT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/opt.h"

struct opt_values {
    bool quiet;
    bool verbose;
    const char *dir;
    struct hl_opt_strings headers;
    uint32_t jobs;
    uint32_t retry; /* of which 0 is stored as UINT32_MAX */
    uint64_t size;
    uint32_t limit;
    uint32_t wait_ms;
    uint32_t work_us;
    uint32_t timeout_s;
    uint64_t latency_ns;
    int mode;
    char called[16];
};

/* Tables over values, which is theirs to fill. */
void opt_tables_init(struct hl_opt_table tables[3], struct opt_values *values);

#endif
