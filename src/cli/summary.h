/* Prints the last lines of a run, and finds its exit status. */
#ifndef HL_CLI_SUMMARY_H
#define HL_CLI_SUMMARY_H

#include <stdbool.h>

#include "cli/changes.h"
#include "cli/diagnosis.h"
#include "cli/failures.h"
#include "cli/loop_figures.h"
#include "cli/run_options.h"
#include "haul/debug.h"

/* How many may fail in a run that is still a good one: --allow-failed. */
struct hl_allowance {
    const char *text; /* as it was given; NULL: none */
    uint64_t count;
    double percent; /* of the lines read; 0: count is meant */
};

/* "20", "0.5%". @return NULL or why it is refused. */
const char *hl_allowance_parse(struct hl_allowance *out, const char *text);

/* May so many lines have failed in a run of so many lines? */
bool hl_allowance_holds(const struct hl_allowance *allowed, uint64_t failed,
                        uint64_t lines);

/* What a run came to. The command fills it, first with its options. */
struct hl_summary {
    const struct hl_run_options *options;
    const struct hl_allowance *allowed;
    const struct hl_source_options *list; /* or NULL */
    bool quiet;
    struct hl_changes changes;
    struct hl_failures failures;
    struct hl_diagnosis diagnosis;
    struct hl_loops loops; /* owned */
    struct haul_stats stats;
    double seconds;
    uint64_t refused; /* URLs that failed before, and were not asked for */
    bool list_ended;  /* every line has been read */
    bool signalled;   /* a signal has stopped the run */
    uint64_t unread;  /* lines that were not, as far as anybody can say; or 0 */
    bool unread_is_estimated;
    char
        held_back[HL_DIAGNOSIS_SIZE]; /* what did, in a sentence; "": unknown */
    int error;                        /* haul_session_error() */
    int local_error;                  /* of the list or the report; 0 none */
};

/* Prints how the run went; for a quiet run only where it is not a good one. */
void hl_summary_say(const struct hl_summary *summary);
/* Finds out what held the run back: once the run has ended, before the next. */
void hl_summary_find_bottleneck(struct hl_summary *summary);
/* Prints what held the run back, unless it is a quiet one: the last line. */
void hl_summary_say_bottleneck(const struct hl_summary *summary);
int hl_summary_exit_status(const struct hl_summary *summary);

#endif
