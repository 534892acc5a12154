/* Failures, as the user is told of them: the first 20 are named, then all are
 * counted by cause. */
#ifndef HL_CLI_FAILURES_H
#define HL_CLI_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/source.h"
#include "haul/haul.h"
#include "util/buf.h"

enum { HL_STATUS_MAX = 1000, HL_CAUSES_SIZE = 512 };

/* All zero but for what the caller sets first. */
struct hl_failures {
    const char *list; /* what was last read from; NULL: the arguments */
    uint64_t line;    /* of it, where the record begins */
    uint64_t record;  /* of it, which is the request's number */
    bool all;         /* name every one */
    bool silent;      /* only count */
    uint64_t named;
    uint64_t http[HL_STATUS_MAX]; /* by status */
};

/* Why result failed, in words that name options: the library's message names
 * none. out is what the text is made in, where it is not the message itself.
 * @return the text, or NULL where nothing is wrong; out has failed for want of
 * memory. */
const char *hl_failure_text(struct hl_buf *out,
                            const struct haul_result *result);
/* What is read now. */
void hl_failures_at(struct hl_failures *failures,
                    const struct hl_source_row *row);
/* Takes note of a result, and names it when it is a failure. */
void hl_failures_note(struct hl_failures *failures,
                      const struct haul_result *result);
/* " (dns 101,200, http 404 60,112, …)", the most frequent first; or "". */
void hl_failures_causes(const struct hl_failures *failures,
                        const struct haul_stats *stats,
                        char out[HL_CAUSES_SIZE]);

/* Adds "errors":{"dns":2,…}, the causes that there were. */
void hl_failures_json(struct hl_buf *out, const struct haul_stats *stats);

#endif
