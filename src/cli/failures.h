/* Prints failures: the first 20 by their URLs, and at the end how many there
 * were of each cause. */
#ifndef HL_CLI_FAILURES_H
#define HL_CLI_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/request_source.h"
#include "haul/haul.h"
#include "util/buf.h"

enum { HL_STATUS_MAX = 1000, HL_FAILURES_NAMED = 20 };

/* How often failures had something particular in common. */
struct hl_failures_why {
    uint64_t count;
    enum haul_error error;
    long status; /* of HAUL_ERR_HTTP; 0 */
};

/* All zero is none. The caller may set all, silent and keep_dirlinks before. */
struct hl_failures {
    const char *list;   /* that was last read from; NULL: the arguments */
    uint64_t line;      /* of the list, where the last record begins */
    uint64_t record;    /* the number of that record, and of its request */
    bool all;           /* name every one */
    bool silent;        /* only count */
    bool keep_dirlinks; /* of the run */
    uint64_t named;
    uint64_t http[HL_STATUS_MAX]; /* by status */
    struct hl_failures_why whys[HAUL_WHY_COUNT];
};

/* Why result failed, in words that name options: the library's message names
 * none. out is what the text is made in, where it is not the message itself.
 * @return the text, or NULL where nothing is wrong; out has failed for want of
 * memory. */
const char *hl_failure_text(struct hl_buf *out,
                            const struct haul_result *result,
                            bool keep_dirlinks);
/* Prints why a line of a list has no URL that can be fetched. */
void hl_failures_bad_line(const char *list, uint64_t line, uint64_t record,
                          const char *url, const char *why);
/* The row that was last read from a list. */
void hl_failures_at(struct hl_failures *failures,
                    const struct hl_source_row *row);
/* Counts a result, and prints it where it is a failure. */
void hl_failures_note(struct hl_failures *failures,
                      const struct haul_result *result);
/* Prints that an attempt has failed and another will follow. */
void hl_failures_retry(const struct haul_retry *retry);
/* Adds " (dns 101,200, http 404 60,112, …)", the most frequent first, with what
 * would help against some; or nothing. */
void hl_failures_causes(struct hl_buf *out, const struct hl_failures *failures,
                        const struct haul_stats *stats);

/* The same without what would help. */
void hl_failures_counts(struct hl_buf *out, const struct hl_failures *failures,
                        const struct haul_stats *stats);

/* Adds "errors":{"dns":2,…}, the causes that there were. */
void hl_failures_json(struct hl_buf *out, const struct haul_stats *stats);

#endif
