/*
 * Looks at the files that the journal has on record. On a rerun these may be a
 * million files, and looking at them takes as long as all else together. So the
 * thread pool looks, a batch at a time, while the loop reads on.
 *
 * Loop thread only.
 */
#ifndef HL_RUN_CHECKS_H
#define HL_RUN_CHECKS_H

#include <stdbool.h>
#include <uv.h>

#include "policy/decide.h"
#include "schedule/task.h"
#include "util/beneath.h"
#include "util/stop.h"
#include "util/xxh3.h"

/* One file, and what was found. */
struct hl_check {
    struct hl_task *task;
    struct hl_known known;       /* its strings are the task's and these two */
    char xxh3[HL_XXH3_HEX_SIZE]; /* on record; "": none is */
    char *digests;               /* on record; or NULL */
    struct hl_look look;         /* HL_FOUND_GONE where nobody has looked, as
                                    the run is stopped */
    bool behind_link;            /* the file lies behind a link that must not be
                                    followed */
};

struct hl_check_batch;

/* Zero but for what is borrowed, nothing is being looked at. */
struct hl_checks {
    uv_loop_t *loop;
    struct hl_beneath *root;
    const struct hl_stop *stop; /* once it is raised, nothing is looked at */
    struct hl_trace *trace;
    /* The file of check->task was looked at. The task is the callee's, check
     * this room's. Called on the loop; from inside hl_checks_add() where there
     * is no memory for a batch. */
    void (*looked)(void *arg, struct hl_check *check);
    void *arg;
    struct hl_check_batch *batch; /* being gathered; or NULL */
    unsigned batches;             /* on the pool */
};

/* Looks whether the file on record of task, which is the checks' until looked()
 * is called, is there and still the one that haul wrote. *known is copied. */
void hl_checks_add(struct hl_checks *checks, struct hl_task *task,
                   const struct hl_known *known);
/* Sends the files that were added to the pool. To be called at the end of each
 * turn, so that no file waits until a batch is full. */
void hl_checks_send(struct hl_checks *checks);
/* May more files be added, or does the pool have enough? */
bool hl_checks_have_room(const struct hl_checks *checks);

#endif
