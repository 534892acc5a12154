/* The runs that were killed: they have begun, and the journal does not say that
 * they have ended. */
#ifndef HL_JOURNAL_KILLED_RUNS_H
#define HL_JOURNAL_KILLED_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/part_file.h"

struct hl_killed_run {
    char token[HL_TOKEN_SIZE];
};

/* Owned by the journal. All zero: there are none. */
struct hl_killed_runs {
    struct hl_killed_run *runs;
    size_t count;
    size_t room;
    bool removed; /* the temporary files of these runs were removed */
};

/* A run has begun, and counts as killed until its end is found. @return 0 or
 * UV_ENOMEM. */
int hl_killed_runs_add(struct hl_killed_runs *killed, const char *token);
/* The run has ended. */
void hl_killed_runs_remove(struct hl_killed_runs *killed, const char *token);
void hl_killed_runs_release(struct hl_killed_runs *killed);

#endif
