/*
 * --report: writes a row for each line of the list, as JSON objects and then a
 * summary, or as CSV (RFC 4180) with a header. Both have the same columns.
 */
#ifndef HL_CLI_REPORT_H
#define HL_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/report_output.h"
#include "haul/haul.h"
#include "util/buf.h"

struct hl_kept_columns;
struct hl_loops;
struct hl_report_hosts;

/* What the values of a row are written as. */
enum hl_report_form { HL_REPORT_JSON, HL_REPORT_CSV, HL_REPORT_CSV_HEADER };

struct hl_report {
    struct hl_report_output output; /* not open: no report is wanted */
    enum hl_report_form form;
    bool has_begun; /* the header is written, where there is one */
    const struct hl_kept_columns *kept; /* or NULL */
    bool from_journal;  /* of status: what the journal does not keep is null */
    bool keep_dirlinks; /* of the run */
    struct hl_buf buf;
    struct hl_buf text; /* of a failure */
};

/* Is that the name of a member of rows? */
bool hl_report_has(const char *name);
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
    int64_t left;                        /* < 0: unknown */
    const struct hl_report_hosts *hosts; /* NULL: not known, nor the next two */
    const char *mode;
    const char *held_back; /* what did, in a sentence; "": nothing is known */
};

/* Writes the summary, which CSV has none of, and closes. @return 0 or a code.
 */
int hl_report_close(struct hl_report *report,
                    const struct hl_report_summary *summary);
/* Closes a report that will not be whole: it gets no summary, and a table not
 * its name. Does nothing where the report is closed. */
void hl_report_abandon(struct hl_report *report);

#endif
