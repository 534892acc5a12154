/* The end of a run: its last lines, and its exit status. */
#ifndef HL_CLI_SUMMARY_H
#define HL_CLI_SUMMARY_H

#include <stdbool.h>

#include "haul/haul.h"

struct hl_summary {
    const struct haul_options *run;
    struct haul_stats stats;
    double seconds;
    bool list_ended; /* every line has been read */
    int error;       /* haul_session_error() */
    int local_error; /* of the list or the report; 0 none */
};

void hl_summary_say(const struct hl_summary *summary);
/* Stopped by a signal, with work left. */
bool hl_summary_interrupted(const struct hl_summary *summary);
int hl_summary_exit_status(const struct hl_summary *summary);

#endif
