/*
 * The run: what a session does between its requests and their results.
 *
 * Structure: intake.c makes a request a task with a name; schedule.c says
 * which task may start; a mode takes it as a job; judge.c says what follows
 * from its reply; run.c moves tasks between them; session.c opens and closes
 * it all. Everything is on the loop's thread.
 */
#ifndef HL_ENGINE_RUN_H
#define HL_ENGINE_RUN_H

#include <uv.h>

#include "engine/schedule.h"
#include "engine/task.h"
#include "haul/haul.h"
#include "modes/mode.h"

struct hl_journal;

/* Owned by the embedder, through haul_session_new() and _close(). */
struct haul_session {
    uv_loop_t *loop;
    struct haul_options options; /* own copies, resolved */
    struct haul_callbacks callbacks;
    struct hl_trace *trace;
    struct hl_loop_watch *watch;
    struct hl_stop stop;
    struct hl_env env;
    struct hl_desk desk;
    const struct hl_mode *mode;
    void *mode_state;
    struct hl_journal *journal;
    struct hl_schedule schedule;
    struct hl_task *pushed; /* not looked at yet */
    struct hl_task *ready;  /* claimed, to be handed out at once */
    struct haul_stats stats;
    uint64_t next_job;
    uint64_t random;     /* state of the jitter */
    uint64_t alive;      /* tasks without a result */
    uint64_t held_since; /* ns; 0: max_per_host holds nothing back now */
    uint64_t last_flush; /* ns, of the journal */
    bool ended;          /* no more requests will come */
    bool drained;        /* and callbacks.drained has been called */
    int error;           /* first local failure that ends the run */
    unsigned level;      /* of the stop, as acted upon */
    uv_async_t wake;     /* the stop has risen; unref'd */
    uv_timer_t retry;    /* the first delayed task is due */
    uv_timer_t grace;    /* what is in flight must end */
    uv_timer_t flush;    /* done records, each second; unref'd */
    uv_idle_t kick;      /* pump in the next turn */
    unsigned open_handles;
    bool close_wanted; /* as soon as no task is alive */
    bool closing;      /* handles are on their way out */
    haul_session_fn closed;
};

/* intake.c */

enum hl_intake {
    HL_INTAKE_TASK,  /* it has a name and waits for its turn */
    HL_INTAKE_ENDED, /* it needs no attempt: result holds what it came to */
};

/* Names task and looks it up in the journal. On HL_INTAKE_ENDED *result is
 * filled but for what hl_run_report() adds. */
enum hl_intake hl_intake(struct haul_session *session, struct hl_task *task,
                         struct haul_result *result);
/* Gives task another name, its own being taken. 0 or a code. */
int hl_intake_rename(struct haul_session *session, struct hl_task *task);

/* result.c */

/* The one result that every task ends with; frees the task. */
void hl_run_report(struct haul_session *session, struct hl_task *task,
                   struct haul_result *result);
void hl_run_report_left(struct haul_session *session, struct hl_task *task);
void hl_run_report_no_memory(struct haul_session *session,
                             struct hl_task *task);
/* All that a reply says of a result, but for its outcome. */
void hl_run_fill_result(const struct haul_session *session,
                        const struct hl_task *task,
                        const struct hl_reply *reply, struct haul_result *out);
/* Records and reports what the last attempt came to; frees the task. */
void hl_run_conclude(struct haul_session *session, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome);

/* run.c */

/* A local failure that ends the run: nothing new is started. */
void hl_run_end(struct haul_session *session, int code);

/* The desk's two functions. */
struct hl_job *hl_run_take(struct hl_desk *desk);
void hl_run_finish(struct hl_desk *desk, struct hl_job *job,
                   const struct hl_reply *reply);
/* Makes a task of a request; *request is borrowed. NULL without memory. */
struct hl_task *hl_run_new_task(struct haul_session *session,
                                const struct haul_request *request);
/* Pumps the mode in the next turn of the loop. */
void hl_run_kick(struct haul_session *session);
/* In that turn. */
void hl_run_turn(struct haul_session *session);
/* Acts on the stop's level. */
void hl_run_stop(struct haul_session *session);
/* Moves what is due from the delayed to the queues. */
void hl_run_due(struct haul_session *session);
/* session.c: closes all that stands on the loop; no task may be alive. */
void hl_run_close(struct haul_session *session);
/* Writes the journal; a failure ends the run. */
void hl_run_flush(struct haul_session *session);

#endif
