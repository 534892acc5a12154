/*
 * Makes a request a task, with a URL in normal form and a name of its own; or
 * ends it at once, where it cannot be fetched or need not be.
 *
 * Loop thread only. Blocks on the disk: it looks whether a file has the name,
 * whether the name leads through a link, and how long a part is; and for a line
 * that repeats a URL it does what hl_repeats_end() does.
 */
#ifndef HL_RUN_INTAKE_H
#define HL_RUN_INTAKE_H

#include "haul/haul.h"
#include "policy/decide.h"
#include "run/repeats.h"
#include "run/resources.h"
#include "schedule/task.h"

struct hl_intake;

enum hl_intake_next {
    HL_INTAKE_TASK,   /* task has a name and waits for its turn */
    HL_INTAKE_ADOPT,  /* task has a name, and a foreign file has that name */
    HL_INTAKE_CHECK,  /* task has a name, and its file should be there: look at
                         it */
    HL_INTAKE_REPEAT, /* task repeats a URL that has not come to its end */
    HL_INTAKE_ENDED,  /* the request needs no task: result says how it ended */
};

/* What a request has become. */
struct hl_intake_result {
    enum hl_intake_next next;
    struct hl_task *task;         /* the caller's; NULL: it has ended */
    struct haul_result result;    /* of a request that has ended; its
                                     strings are valid until the next
                                     call */
    bool is_there;                /* it has ended: its file is there */
    bool keeps_name;              /* that is on record, where this run would
                                     give it another */
    const struct hl_known *known; /* to HL_INTAKE_CHECK: what the journal knows;
                                     until the next call */
};

/* resources, which are open, journal and repeats are borrowed. @return 0 or
 * UV_ENOMEM. */
int hl_intake_new(struct hl_intake **out, const struct hl_resources *resources,
                  struct hl_journal *journal, struct hl_repeats *repeats);
/* NULL is fine. */
void hl_intake_free(struct hl_intake *intake);
/* number: the request's, from 1 (hl_results_number()). */
void hl_intake_take_in(struct hl_intake *intake,
                       const struct haul_request *request, uint64_t number,
                       struct hl_intake_result *out);

#endif
