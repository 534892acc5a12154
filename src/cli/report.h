/* --report: writes one JSON object for each line of the list, then a summary.
 */
#ifndef HL_CLI_REPORT_H
#define HL_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "haul/haul.h"
#include "util/buf.h"

struct hl_loops;

struct hl_report {
    FILE *file; /* NULL: none is wanted */
    struct hl_buf buf;
    struct hl_buf text; /* of a failure */
    bool keep_dirlinks; /* of the run */
    int sys_errno;      /* of the first failed write */
};

/* path may be NULL: there is no report; "-" is standard output. @return 0 or a
 * libuv code. */
int hl_report_open(struct hl_report *report, const char *path);
void hl_report_result(struct hl_report *report,
                      const struct haul_result *result);
/* What the summary has. */
struct hl_report_summary {
    const struct haul_stats *stats;
    const struct hl_loops *loops; /* NULL: not measured */
    double seconds;
    int64_t left; /* < 0: unknown */
};

/* Writes the summary and closes. @return 0 or a code. */
int hl_report_close(struct hl_report *report,
                    const struct hl_report_summary *summary);

#endif
