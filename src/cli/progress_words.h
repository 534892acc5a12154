/*
 * What is said of a run that is under way, in lines as wide as there is room
 * for. Pure.
 */
#ifndef HL_CLI_PROGRESS_WORDS_H
#define HL_CLI_PROGRESS_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/estimate.h"
#include "util/buf.h"

/* A run at one moment, for people. */
struct hl_progress_state {
    uint64_t done;
    uint64_t total;     /* 0: not known */
    bool estimated;     /* the total is */
    uint64_t shown;     /* the total, rounded, as it was shown before; or 0 */
    uint64_t there;     /* of the done: their files were there already */
    uint64_t failed;    /* of the done */
    const char *causes; /* of these, " (dns 2)"; or "" */
    uint64_t bytes;     /* received */
    uint64_t in_flight;
    uint64_t waiting;
    int lag_ms; /* of the loop; negative: not known */
    struct hl_estimate_view estimate;
    /* A sentence on what is waited for, or NULL: then what is slow. */
    const char *waits;
    const char *slow; /* or NULL */
};

/* An estimated number as it is shown: 197,312 is 200,000; never less than
 * least. shown is what was shown before, or 0: it stays as long as it is not
 * far off, so that the number does not jump to and fro. */
uint64_t hl_rounded_total(uint64_t estimate, uint64_t least, uint64_t shown);
/* How far the run is, and how fast: "1,204 of ~200,000 (0.6 %), 85 files/s,
 * ~39 min left". */
void hl_put_progress(const struct hl_progress_state *state, size_t columns,
                     struct hl_buf *out);
/* What is under way, and what failed. */
void hl_put_activity(const struct hl_progress_state *state, size_t columns,
                     struct hl_buf *out);
/* What is waited for, or slow. */
void hl_put_waiting(const struct hl_progress_state *state, size_t columns,
                    struct hl_buf *out);
/* All of this in one line, however long, for a log. */
void hl_put_progress_line(const struct hl_progress_state *state,
                          struct hl_buf *out);

#endif
