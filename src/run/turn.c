#include "run/turn.h"

#include <utlist.h>

#include "run/adopt.h"
#include "run/conclude.h"
#include "run/follow.h"
#include "run/waiting.h"
#include "util/container_of.h"
#include "util/time_units.h"

enum {
    READY_MAX = 64,     /* tasks whose names go on record in one go */
    PULLS_A_TURN = 512, /* requests that a turn pulls at most; pushed ones are
                           all taken in */
    ENDS_A_TURN = 1024, /* tasks that end in a turn without an attempt */
};

/* The task waits until all others have ended. */
static void repeat_later(struct hl_run *run, struct hl_task *task)
{
    int r = hl_repeats_add(&run->repeats, task);
    if (r < 0)
        hl_run_fail_code(run, task, r);
}

static void end_request(struct hl_run *run, uint64_t number,
                        const struct hl_intake_result *intake)
{
    run->results.counts.already_done += intake->is_there;
    hl_results_give(&run->results, number, &intake->result);
}

/* Names a request, and lets it wait for its turn or end. */
static void take_up(struct hl_run *run, const struct haul_request *request)
{
    struct hl_intake_result intake;
    uint64_t number = hl_results_number(&run->results);
    hl_intake_take_in(run->intake, request, number, &intake);
    run->results.counts.kept_names += intake.keeps_name;
    switch (intake.next) {
    case HL_INTAKE_TASK:
        hl_run_enqueue(run, intake.task, false);
        break;
    case HL_INTAKE_ADOPT:
        hl_adopt(run, intake.task);
        break;
    case HL_INTAKE_CHECK:
        hl_checks_add(&run->checks, intake.task, intake.known);
        break;
    case HL_INTAKE_REPEAT:
        repeat_later(run, intake.task);
        break;
    case HL_INTAKE_ENDED:
        end_request(run, number, &intake);
        break;
    }
}

static void take_up_pushed(struct hl_run *run)
{
    struct hl_pushed *pushed;
    while ((pushed = hl_requests_pop(&run->requests)) != NULL) {
        take_up(run, &pushed->request);
        hl_pushed_free(pushed);
    }
}

/* @return false when there is nothing to take up now. */
static bool pull_one(struct hl_run *run)
{
    struct haul_request request;
    if (run->requests.ended || run->requests.pull == NULL ||
        !hl_checks_have_room(&run->checks))
        return false;
    if (run->requests.pulls == 0) {
        /* The rest is read in the next turn, so that the loop's other callbacks
         * are not kept waiting. */
        hl_wakeup_soon(&run->waker);
        return false;
    }
    run->requests.pulls--;
    bool pulled = hl_requests_pull(&run->requests, &request);
    /* Another turn must see that the list has ended. */
    if (run->requests.ended)
        hl_wakeup_soon(&run->waker);
    if (!pulled)
        return false;
    run->results.alive++;
    take_up(run, &request);
    return true;
}

/* Tasks that cannot be read back from the spill are left to the next run. This
 * run must not wait for them. They get no result: their lines and URLs are in
 * what cannot be read. */
static void lose(struct hl_run *run)
{
    int code =
        run->schedule.error < 0 ? run->schedule.error : run->delayed.error;
    run->results.alive -= run->schedule.lost + run->delayed.lost;
    run->schedule.lost = run->delayed.lost = 0;
    if (code < 0)
        hl_cancel_fail(&run->cancel, code);
}

static struct hl_task *next_task(struct hl_run *run)
{
    for (;;) {
        uint64_t now = uv_hrtime();
        if (!hl_outage_try_start(&run->outage, now))
            return NULL;
        struct hl_task *task = hl_schedule_take(&run->schedule, now);
        if (task != NULL)
            return task;
        hl_outage_probe_ended(&run->outage);
        if (hl_cancel_is_on(&run->cancel) || hl_outage_is_on(&run->outage) ||
            !hl_schedule_wants(&run->schedule, now) || !pull_one(run))
            return NULL;
    }
}

static unsigned ready_goal(const struct hl_run *run)
{
    unsigned goal = run->window.slots / 2;
    /* After a kill a request that is sent once counts as sent if it has a
     * claim.
     */
    if (hl_sends_once(run->options))
        return 1;
    return goal < 1 ? 1 : goal > READY_MAX ? READY_MAX : goal;
}

/* A task's name is on record before its job starts. One write serves all tasks
 * that start together. It also records the beginning of the run, even where all
 * names are on record from an earlier run: the token of the run is in it, by
 * which the next run finds the temporary files that a kill leaves. A name that
 * cannot be put on record ends the run, and its job does not start. */
static void refill(struct hl_run *run)
{
    unsigned goal = ready_goal(run);
    for (unsigned i = 0; i < goal; i++) {
        struct hl_task *task = next_task(run);
        if (task == NULL)
            break;
        if (!task->adopting)
            (void)hl_records_claim(&run->records, task);
        DL_APPEND(run->ready, task);
    }
    if (run->ready != NULL)
        hl_records_before_jobs(&run->records);
    lose(run);
}

/* The task came from the schedule and cannot become a job. */
static void fail_unstarted(struct hl_run *run, struct hl_task *task, int code)
{
    hl_outage_probe_ended(&run->outage);
    hl_schedule_done(&run->schedule, task, HL_HOST_ANSWER_NONE, uv_hrtime());
    hl_run_fail_code(run, task, code);
    hl_wakeup_soon(&run->waker);
}

/* Would more slots help, when no task was found for a free one? All are taken,
 * or those that are free are kept for hosts that have answered. */
static bool lacks_slots(const struct hl_run *run)
{
    const struct hl_schedule *s = &run->schedule;
    bool is_kept =
        s->next_start_ns <= uv_hrtime() && hl_hosts_may_start(&s->hosts);
    return !hl_outage_is_on(&run->outage) &&
           (s->running >= s->slots || is_kept);
}

/* A slot is free, and this task takes it; NULL: none does. */
static void note_held(struct hl_run *run, const struct hl_task *task)
{
    struct hl_holds *holds = &run->schedule.hosts.holds;
    enum haul_held why = HAUL_HELD_NOT;
    bool is_idle = run->auto_jobs.is_on && task == NULL && !lacks_slots(run);
    hl_auto_jobs_idle(&run->auto_jobs, is_idle);
    if (task != NULL && holds->why == HAUL_HELD_NOT)
        return;
    uint64_t now = uv_hrtime();
    if (task == NULL && hl_outage_is_on(&run->outage))
        why = HAUL_HELD_BY_OUTAGE;
    else if (task == NULL)
        why = hl_schedule_held(&run->schedule, !run->requests.ended,
                               hl_delayed_count(&run->delayed) > 0, now);
    hl_holds_note(holds, why, now);
}

/* @return 0 or UV_ENOMEM. */
static int give_cookies(const struct hl_run *run, struct hl_task *task)
{
    struct hl_buf lines = {0};
    if (run->cookies == NULL)
        return 0;
    hl_cookie_lines_of(run->cookies, task->host->origin, &lines);
    int r = lines.failed ? UV_ENOMEM : 0;
    if (r < 0)
        hl_buf_release(&lines);
    hl_task_set_own_cookies(task, lines.data);
    return r;
}

struct hl_job *hl_run_take(struct hl_mode_owner *owner)
{
    struct hl_run *run = container_of(owner, struct hl_run, owner);
    if (hl_cancel_is_on(&run->cancel))
        return NULL;
    if (run->ready == NULL)
        refill(run);
    struct hl_task *task = run->ready;
    note_held(run, task);
    if (task == NULL || hl_cancel_is_on(&run->cancel))
        return NULL;
    DL_DELETE(run->ready, task);
    task->prev = NULL;
    int r = hl_task_ready(task);
    if (r == 0)
        r = give_cookies(run, task);
    if (r < 0) {
        fail_unstarted(run, task, r);
        return NULL;
    }
    hl_window_add(&run->window, task);
    HL_TRACE_TEXT(run->trace, HL_EV_JOB_TAKEN, task->url, .job = task->job.id,
                  .value = run->window.in_flight);
    return &task->job;
}

static void leave_pushed(struct hl_run *run)
{
    struct hl_pushed *pushed;
    while ((pushed = hl_requests_pop(&run->requests)) != NULL) {
        hl_results_leave_request(&run->results, &pushed->request);
        hl_pushed_free(pushed);
    }
}

/* Leaves some of the tasks that wait to the next run. @return false when no
 * task waits any more. */
static bool leave_waiting(struct hl_run *run)
{
    struct hl_task *task;
    leave_pushed(run);
    hl_checks_send(&run->checks);
    while ((task = run->ready) != NULL) {
        DL_DELETE(run->ready, task);
        hl_schedule_done(&run->schedule, task, HL_HOST_ANSWER_NONE,
                         uv_hrtime());
        hl_run_leave(run, task);
    }
    unsigned ends = 0;
    while (ends < ENDS_A_TURN && (task = hl_run_pop_waiting(run)) != NULL) {
        hl_run_leave(run, task);
        ends++;
    }
    lose(run);
    return ends == ENDS_A_TURN;
}

void hl_run_stop(void *arg)
{
    struct hl_run *run = arg;
    run->results.counts.cancelled = true;
    run->requests.ended = true;
    hl_holds_note(&run->schedule.hosts.holds, HAUL_HELD_NOT, uv_hrtime());
    run->mode->cancel(run->mode_state);
    hl_wakeup_soon(&run->waker);
}

/* Ends lines that repeat others, once the list has ended and nothing but such
 * lines is left. @return false when there is no more to do. */
static bool end_repeats(struct hl_run *run)
{
    for (unsigned ends = 0; ends < ENDS_A_TURN; ends++) {
        struct hl_task *task;
        struct haul_result result;
        uint64_t count = hl_repeats_count(&run->repeats);
        if (!run->requests.ended || count == 0 || run->results.alive != count)
            return false;
        int r = hl_repeats_pop(&run->repeats, &task, &result);
        if (r < 0) {
            run->results.alive -= count; /* as in lose() */
            hl_cancel_fail(&run->cancel, r);
            return false;
        }
        hl_results_give_task(&run->results, task, &result);
    }
    return true;
}

static void check_outage(struct hl_run *run)
{
    uint64_t most = (uint64_t)run->options->max_outage_s * HL_NS_PER_S;
    if (hl_outage_is_on(&run->outage) &&
        hl_outage_lasted_ns(&run->outage, uv_hrtime()) > most)
        hl_cancel_fail(&run->cancel, HAUL_EOUTAGE);
}

static void work(struct hl_run *run)
{
    run->requests.pulls = PULLS_A_TURN;
    check_outage(run);
    hl_run_enqueue_due(run);
    take_up_pushed(run);
    bool more = hl_run_end_given_up(run, ENDS_A_TURN);
    run->mode->pump(run->mode_state);
    hl_checks_send(&run->checks);
    hl_run_arm(run);
    if (more)
        hl_wakeup_soon(&run->waker);
}

void hl_run_turn(void *arg)
{
    struct hl_run *run = arg;
    bool more = false;
    hl_cancel_look(&run->cancel);
    if (hl_cancel_is_on(&run->cancel))
        more = leave_waiting(run);
    else
        work(run);
    if (end_repeats(run) || more)
        hl_wakeup_soon(&run->waker);
    hl_records_keep_up(&run->records);
    run->turned(run->arg);
}
