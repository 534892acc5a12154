/*
 * The run: what a session does between its requests and their results.
 *
 * Structure: intake.c makes a request a task with a name, or ends it at once;
 * schedule.c says which task may start; a mode takes it as a job; judge.c says
 * what follows from its reply, and follow.c does it; result.c records and
 * reports how it ended. Beside that way stand check.c, for files of earlier
 * runs, adopt.c, for files that were there before haul, repeat.c, for URLs that
 * the list has twice, and shortage.c, for a machine that has no more files or
 * ports. run.c turns the wheel; session.c opens and closes it all. Everything
 * is on the loop's thread.
 */
#ifndef HL_RUN_RUN_H
#define HL_RUN_RUN_H

#include <uv.h>

#include "haul/haul.h"
#include "journal/journal.h"
#include "modes/mode.h"
#include "policy/decide.h"
#include "policy/name.h"
#include "run/cancel.h"
#include "run/checks.h"
#include "run/message.h"
#include "run/repeats.h"
#include "run/requests.h"
#include "run/waker.h"
#include "run/window.h"
#include "schedule/delayed.h"
#include "schedule/lookups.h"
#include "schedule/outage.h"
#include "schedule/schedule.h"
#include "schedule/task.h"

struct hl_arrival;

/* Owned by the embedder, through haul_session_new() and _close(). */
struct haul_session {
    uv_loop_t *loop;
    struct haul_options options; /* own copies, resolved */
    struct haul_callbacks callbacks;
    struct hl_trace *trace;
    struct hl_loop_watch *watch;
    struct hl_cancel cancel;
    struct hl_waker waker; /* calls hl_run_turn() */
    struct hl_requests requests;
    struct hl_window window;
    struct hl_checks checks;
    struct hl_repeats repeats;
    struct hl_shared shared;
    struct hl_mode_owner owner;
    const struct hl_mode_calls *mode;
    void *mode_state;
    struct hl_journal *journal;
    struct hl_dns *dns; /* NULL: libcurl looks up, or the proxy */
    struct hl_schedule schedule;
    struct hl_delayed delayed; /* tasks between attempts */
    struct hl_outage outage;
    struct hl_arrival *arrival; /* the request that is taken in */
    struct hl_task *ready;      /* claimed, to be handed out at once */
    struct haul_stats stats;
    atomic_uint_least64_t received; /* body bytes, by this process */
    atomic_uint_least64_t short_ns; /* shared's */
    uint64_t next_job;
    uint64_t random;     /* state of the jitter */
    uint64_t alive;      /* requests without a result */
    uint64_t last_flush; /* ns, of the journal */
    uint64_t last_sync;  /* ns: when files were last brought on disk */
    unsigned pulls;      /* requests that this turn may still take up */
    bool dir_is_new;     /* there was nothing in it when the run began */
    bool has_lost;       /* a worker that may still write a temporary file */
    bool drained;        /* and callbacks.drained has been called */
    uv_timer_t flush;    /* records are to be written; unref'd */
    unsigned open_handles;
    bool close_wanted; /* as soon as no request is alive */
    bool closing;      /* handles are on their way out */
    haul_session_fn closed;
};

/* intake.c */

enum hl_intake {
    HL_INTAKE_TASK,   /* *task has a name and waits for its turn */
    HL_INTAKE_ADOPT,  /* *task has a name, and a file of that name is there */
    HL_INTAKE_CHECK,  /* *task has a name, and its own file should be there: the
                         pool looks at it, and the task goes on from there */
    HL_INTAKE_REPEAT, /* *task repeats a URL that has not come to its end */
    HL_INTAKE_ENDED,  /* the request needs no attempt: *result says how it
                         ended */
};

/* Names a request and looks it up in the journal. *request is borrowed;
 * strings in *result are valid until the next call. */
enum hl_intake hl_intake(struct haul_session *session,
                         const struct haul_request *request,
                         struct hl_task **task, struct haul_result *result);
/* NULL is fine. */
void hl_intake_free(struct hl_arrival *arrival);
struct hl_key hl_task_key(const struct hl_task *task);

/* adopt.c */

/* Looks whether the file that is there is what task would fetch; the task
 * goes on from there. */
void hl_adopt(struct haul_session *session, struct hl_task *task);
/* The server has told how long it is. */
void hl_adopt_by_length(struct haul_session *session, struct hl_task *task,
                        const struct hl_reply *reply);
/* The file that is there is another: task's gets another name. */
void hl_adopt_refused(struct haul_session *session, struct hl_task *task);
/* What becomes of task, whose name a stranger's file has. HL_TODO_RENAME: it
 * has another name now; HL_TODO_FETCH: it may replace the file. */
struct hl_decision hl_adopt_rename(struct haul_session *session,
                                   struct hl_task *task);

/* known_file.c */

/* For hl_checks: the task goes on, or ends, by what was found. */
void hl_known_file_looked(void *arg, struct hl_check *check);

/* result.c */

/* The one result of a request that needs no task, or has none any more. */
void hl_run_report(struct haul_session *session, uint64_t job,
                   struct haul_result *result);
/* The same for a task, which is freed. Fills in who it is. */
void hl_run_report_task(struct haul_session *session, struct hl_task *task,
                        struct haul_result *result);
void hl_run_report_left(struct haul_session *session, struct hl_task *task);
void hl_run_report_failed(struct haul_session *session, struct hl_task *task,
                          enum haul_error error, const char *message);
void hl_run_report_code(struct haul_session *session, struct hl_task *task,
                        int code);
/* The owner's third function. */
int hl_run_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part);
/* Records and reports what the last attempt came to; frees the task. */
void hl_run_conclude(struct haul_session *session, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome);

/* follow.c */

/* The owner's second function, and what it does for one reply. */
void hl_run_finish(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply);
/* A lookup has ended. */
void hl_run_looked_up(void *arg, struct hl_host *host,
                      struct hl_addresses *addresses, enum haul_error error);
/* Fails, bounded, what waits at hosts that were given up. @return false when
 * nothing does. */
bool hl_run_fail_given_up(struct haul_session *session, unsigned most);

/* run.c */

/* A local failure that ends the run: nothing new is started. */
void hl_run_end(struct haul_session *session, int code);
/* The owner's first function. */
struct hl_job *hl_run_take(struct hl_mode_owner *owner);
/* Puts a task in the queue of the host that its URL now has; again: at its
 * front. */
void hl_run_enqueue(struct haul_session *session, struct hl_task *task,
                    bool again);
/* Gives back to the schedule what was to start at once. */
void hl_run_unready(struct haul_session *session);
/* Sets the timer to when something may start. */
void hl_run_arm(struct haul_session *session);
/* For hl_waker: one turn of the run. */
void hl_run_turn(void *arg);
/* For hl_cancel: the stop has risen. */
void hl_run_stop(void *arg);
/* Writes the journal; a failure ends the run. */
void hl_run_flush(struct haul_session *session);
/* Says in the journal that no temporary file is left, unless one may be. */
void hl_run_end_journal(struct haul_session *session);
/* Has it written by who needs that, or writes it where that is another process
 * or too much has gathered; an earlier failure ends the run. */
void hl_run_post(struct haul_session *session);
/* For hl_shared. */
int hl_run_settle(void *arg);
bool hl_run_is_stopping(const struct haul_session *session);

/* watch.c: begins to watch the loop, when the options ask for it. */
void hl_run_watch(struct haul_session *session);
/* Tells the trace of an attempt that is over. */
void hl_run_trace_attempt(struct haul_session *session,
                          const struct hl_task *task,
                          const struct hl_reply *reply);

/* session.c */

/* What is on record is in the file after so many ms at the latest. */
enum { HL_FLUSH_MS = 100 };

/* Sets the timer that writes the journal, when there is something to write. */
void hl_run_arm_flush(struct haul_session *session);
/* Closes all that stands on the loop; nothing may be alive. */
void hl_run_close(struct haul_session *session);

#endif
