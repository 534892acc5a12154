/*
 * The run: what lies between a session's requests and their results.
 *
 * The life of a URL: a request is taken in and becomes a task with a name. The
 * task waits in the queue of its host until the schedule lets it start. Its
 * name goes on record, and the mode takes it as a job. The job comes back with
 * a reply, by which the task starts again later, goes to another URL or name,
 * or ends. Its end goes on record, and the embedder gets the result.
 *
 * Structure, from above to below; a file calls only what stands below it:
 *
 *   debug.c       public calls for debugging: the loops, what is in flight
 *   session.c     opens and closes all, feeds the run; the other public calls
 *   turn.c        one turn: takes requests in, hands tasks to the mode
 *   follow.c      what becomes of a task when its attempt has ended
 *   known_file.c  what becomes of a URL whose file is on record
 *   adopt.c       what becomes of a URL whose name a foreign file has
 *   waiting.c     tasks wait for their host, or for their time
 *   conclude.c    tasks come to their ends
 *
 * Below these are the components. Each has a struct of its own and does not see
 * this one. Those with a star call their owner back:
 *
 *   requests.c           where requests come from (calls the embedder's pull)
 *   intake.c             makes a request a task with a name, or ends it at once
 *   checks.c *           the thread pool looks at files on record
 *   repeats.c            lines that repeat a URL
 *   window.c             the transfers that are under way
 *   auto_jobs.c *        how many they should be, where goodput says so
 *   journal_records.c *  what the journal is told, and when it is written
 *   results.c            what the embedder is told (calls the embedder)
 *   cancel.c *           the end before the time
 *   wakeup.c *           the next turn
 *   resources.c          what all transfers share
 *   options.c            the options with every default filled in
 *   haul.c               public calls without a session; haul_strerror()
 *
 * All of it is on the loop's thread, but for what the pool does in checks.c and
 * adopt.c.
 */
#ifndef HL_RUN_RUN_H
#define HL_RUN_RUN_H

#include "modes/mode.h"
#include "run/auto_jobs.h"
#include "run/cancel.h"
#include "run/checks.h"
#include "run/intake.h"
#include "run/journal_records.h"
#include "run/repeats.h"
#include "run/requests.h"
#include "run/resources.h"
#include "run/results.h"
#include "run/wakeup.h"
#include "run/window.h"
#include "schedule/delayed.h"
#include "schedule/dns_lookups.h"
#include "schedule/outage.h"
#include "schedule/schedule.h"
#include "transfer/cookie_lines.h"

/* Owned by the session, which opens and closes what is in it. */
struct hl_run {
    const struct haul_options *options; /* resolved */
    struct hl_trace *trace;             /* or NULL */
    struct hl_resources *resources;
    struct hl_cookie_lines *cookies; /* of the options; or NULL */
    struct hl_requests requests;
    struct hl_intake *intake;
    struct hl_checks checks;
    struct hl_repeats repeats;
    struct hl_schedule schedule;
    struct hl_delayed delayed; /* tasks between attempts */
    struct hl_outage outage;
    struct hl_lookups *lookups;
    struct hl_task *ready; /* tasks that were taken from the schedule, with
                              their names on record, for the mode to take */
    struct hl_window window;
    struct hl_auto_jobs auto_jobs;
    const struct hl_mode_calls *mode;
    void *mode_state;
    struct hl_mode_owner owner; /* the run, as the mode knows it */
    struct hl_records records;
    struct hl_results results;
    struct hl_cancel cancel;
    struct hl_wakeup waker;
    uint64_t random;             /* state of the jitter */
    void (*turned)(void *owner); /* called at the end of each turn */
    void *arg;
};

#endif
