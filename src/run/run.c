#include "run/run.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "util/container_of.h"

enum {
    NS_PER_MS = 1000000,
    READY_MAX = 64,     /* claims in one go */
    PULLS_A_TURN = 512, /* in search of a host that may start one */
    ENDS_A_TURN = 1024, /* of tasks that need no attempt any more */
};

static const uint64_t flush_every_ns = (uint64_t)HL_FLUSH_MS * NS_PER_MS;

bool hl_run_is_stopping(const struct haul_session *s)
{
    return hl_cancel_is_on(&s->cancel);
}

void hl_run_end(struct haul_session *s, int code)
{
    hl_cancel_fail(&s->cancel, code);
}

static void note_flush(struct haul_session *s, int code)
{
    s->last_flush = uv_hrtime();
    if (code < 0)
        hl_run_end(s, code);
}

void hl_run_flush(struct haul_session *s)
{
    note_flush(s, hl_journal_flush(s->journal));
}

void hl_run_end_journal(struct haul_session *s)
{
    if (!s->has_lost && hl_journal_end(s->journal) < 0)
        hl_run_end(s, UV_ENOMEM);
}

void hl_run_post(struct haul_session *s)
{
    if (hl_mode_traits(s->options.mode)->in_processes ||
        hl_journal_is_behind(s->journal))
        hl_run_flush(s);
    else
        note_flush(s, hl_journal_post(s->journal));
}

int hl_run_settle(void *arg)
{
    const struct haul_session *s = arg;
    return hl_journal_settle(s->journal);
}

void hl_run_enqueue(struct haul_session *s, struct hl_task *task, bool again)
{
    char origin[HL_ORIGIN_SIZE];
    uint64_t now = uv_hrtime();
    task->queued_ns = now;
    int r = hl_host_origin(origin, task->url);
    if (r == 0)
        r = hl_schedule_add(&s->schedule, task, origin, again, now);
    if (r == UV_EINVAL)
        hl_run_report_failed(s, task, HAUL_ERR_NAME, "no http or https URL");
    else if (r < 0)
        hl_run_report_code(s, task, r);
}

void hl_run_arm(struct haul_session *s)
{
    uint64_t due = hl_schedule_next_ns(&s->schedule, uv_hrtime());
    uint64_t probe = hl_outage_next_ns(&s->outage);
    uint64_t delayed = hl_delayed_next_ns(&s->delayed);
    due = due < probe ? due : probe;
    hl_waker_at(&s->waker, due < delayed ? due : delayed);
}

/* Keeps task until all others have ended. */
static void repeat_later(struct haul_session *s, struct hl_task *task)
{
    int r = hl_repeats_add(&s->repeats, task);
    if (r < 0)
        hl_run_report_code(s, task, r);
}

/* Names a request, and lets it wait for its turn or end. */
static void take_up(struct haul_session *s, const struct haul_request *request)
{
    struct hl_task *task;
    struct haul_result result;
    uint64_t job = ++s->next_job;
    s->stats.requests++;
    enum hl_intake intake = hl_intake(s, request, &task, &result);
    switch (intake) {
    case HL_INTAKE_TASK:
        hl_run_enqueue(s, task, false);
        break;
    case HL_INTAKE_ADOPT:
        hl_adopt(s, task);
        break;
    case HL_INTAKE_CHECK:
        break;
    case HL_INTAKE_REPEAT:
        repeat_later(s, task);
        break;
    case HL_INTAKE_ENDED:
        hl_run_report(s, job, &result);
        break;
    }
}

static void take_up_pushed(struct haul_session *s)
{
    struct hl_pushed *pushed;
    while ((pushed = hl_requests_pop(&s->requests)) != NULL) {
        take_up(s, &pushed->request);
        hl_pushed_free(pushed);
    }
}

/* @return false when there is nothing to take up now. */
static bool pull_one(struct haul_session *s)
{
    struct haul_request request;
    if (s->requests.ended || s->requests.pull == NULL ||
        !hl_checks_have_room(&s->checks))
        return false;
    if (s->pulls == 0) {
        /* More in the next turn: the loop has others to serve. */
        hl_waker_soon(&s->waker);
        return false;
    }
    s->pulls--;
    bool pulled = hl_requests_pull(&s->requests, &request);
    /* The turn that sees the end may be the one that drains. */
    if (s->requests.ended)
        hl_waker_soon(&s->waker);
    if (!pulled)
        return false;
    s->alive++;
    take_up(s, &request);
    return true;
}

/* What could not be read back from the spill is for the next run, and nothing
 * waits for it in this one. */
static void lose(struct haul_session *s)
{
    int code = s->schedule.error < 0 ? s->schedule.error : s->delayed.error;
    s->alive -= s->schedule.lost + s->delayed.lost;
    s->schedule.lost = s->delayed.lost = 0;
    if (code < 0 && s->cancel.error == 0)
        hl_run_end(s, code);
}

static struct hl_task *next_task(struct haul_session *s)
{
    for (;;) {
        uint64_t now = uv_hrtime();
        if (!hl_outage_may_start(&s->outage, now))
            return NULL;
        struct hl_task *task = hl_schedule_take(&s->schedule, now);
        if (task != NULL)
            return task;
        hl_outage_probe_ended(&s->outage);
        if (hl_run_is_stopping(s) || hl_outage_is_on(&s->outage) ||
            !hl_schedule_wants(&s->schedule, now) || !pull_one(s))
            return NULL;
    }
}

static unsigned ready_goal(const struct haul_session *s)
{
    unsigned goal = s->options.jobs / 2;
    return goal < 1 ? 1 : goal > READY_MAX ? READY_MAX : goal;
}

/* A name's claim is on record before its job starts; one write serves all
 * that start together. That write also records the beginning of the run, even
 * where all names were claimed by an earlier run: it holds the token by which
 * the temporary files that a kill leaves are found. */
static void refill(struct haul_session *s)
{
    unsigned goal = ready_goal(s);
    for (unsigned i = 0; i < goal; i++) {
        struct hl_task *task = next_task(s);
        if (task == NULL)
            break;
        if (!task->claimed && !task->adopting) {
            struct hl_key key = hl_task_key(task);
            int r = hl_journal_claim(s->journal, &key, task->path);
            if (r < 0)
                hl_run_end(s, r);
            task->claimed = true;
        }
        DL_APPEND(s->ready, task);
    }
    if (s->ready != NULL)
        hl_run_post(s);
    lose(s);
}

void hl_run_unready(struct haul_session *s)
{
    struct hl_task *task;
    while ((task = s->ready) != NULL) {
        DL_DELETE(s->ready, task);
        task->prev = NULL;
        hl_schedule_done(&s->schedule, task, HL_HOST_ANSWER_NONE, uv_hrtime());
        hl_run_enqueue(s, task, true);
    }
}

struct hl_job *hl_run_take(struct hl_mode_owner *owner)
{
    struct haul_session *s = container_of(owner, struct haul_session, owner);
    if (hl_run_is_stopping(s))
        return NULL;
    if (s->ready == NULL)
        refill(s);
    struct hl_task *task = s->ready;
    hl_window_note_held(&s->window, task == NULL
                                        ? hl_schedule_held(&s->schedule)
                                        : HL_SCHEDULE_NOT_HELD);
    if (task == NULL || hl_run_is_stopping(s))
        return NULL;
    DL_DELETE(s->ready, task);
    task->prev = NULL;
    int r = hl_task_ready(task);
    if (r < 0) {
        hl_run_end(s, r);
        DL_PREPEND(s->ready, task);
        return NULL;
    }
    hl_window_add(&s->window, task);
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_TAKEN, task->url, .job = task->job.id,
                  .value = s->window.in_flight);
    return &task->job;
}

static void leave_pushed(struct haul_session *s)
{
    struct hl_pushed *pushed;
    while ((pushed = hl_requests_pop(&s->requests)) != NULL) {
        struct haul_result result = {
            .line = pushed->request.line,
            .id = pushed->request.id,
            .url = pushed->request.url,
            .outcome = HAUL_OUTCOME_LEFT,
            .error = HAUL_ERR_CANCELLED,
            .message = "interrupted",
        };
        s->stats.requests++;
        hl_run_report(s, ++s->next_job, &result);
        hl_pushed_free(pushed);
    }
}

/* Any task that waits. One that cannot be read back is not the last. */
static struct hl_task *pop_waiting(struct haul_session *s)
{
    struct hl_task *task = NULL;
    while (task == NULL && hl_delayed_count(&s->delayed) > 0)
        task = hl_delayed_pop(&s->delayed, UINT64_MAX);
    return task != NULL ? task : hl_schedule_pop_any(&s->schedule);
}

/* Some of what waits is left for the next run. @return false when nothing
 * waits any more. */
static bool leave_waiting(struct haul_session *s)
{
    struct hl_task *task;
    leave_pushed(s);
    hl_checks_send(&s->checks);
    while ((task = s->ready) != NULL) {
        DL_DELETE(s->ready, task);
        hl_schedule_done(&s->schedule, task, HL_HOST_ANSWER_NONE, uv_hrtime());
        hl_run_report_left(s, task);
    }
    unsigned ends = 0;
    while (ends < ENDS_A_TURN && (task = pop_waiting(s)) != NULL) {
        hl_run_report_left(s, task);
        ends++;
    }
    lose(s);
    return ends == ENDS_A_TURN;
}

void hl_run_stop(void *arg)
{
    struct haul_session *s = arg;
    s->stats.cancelled = true;
    s->requests.ended = true;
    s->mode->cancel(s->mode_state);
    hl_waker_soon(&s->waker);
}

/* Ends lines that repeat others, once the list has ended and nothing but such
 * lines is left. @return false when there is no more to do. */
static bool end_repeats(struct haul_session *s)
{
    for (unsigned ends = 0; ends < ENDS_A_TURN; ends++) {
        struct hl_task *task;
        struct haul_result result;
        uint64_t count = hl_repeats_count(&s->repeats);
        if (!s->requests.ended || count == 0 || s->alive != count)
            return false;
        int r = hl_repeats_pop(&s->repeats, &task, &result);
        if (r < 0) {
            s->alive -= count;
            hl_run_end(s, r);
            return false;
        }
        hl_run_report_task(s, task, &result);
    }
    return true;
}

static void check_outage(struct haul_session *s)
{
    uint64_t most = (uint64_t)s->options.max_outage_s * 1000 * NS_PER_MS;
    if (hl_outage_is_on(&s->outage) &&
        hl_outage_lasted_ns(&s->outage, uv_hrtime()) > most)
        hl_run_end(s, HAUL_EOUTAGE);
}

/* Tasks whose wait between two attempts is over. */
static void enqueue_due(struct haul_session *s)
{
    uint64_t now = uv_hrtime();
    struct hl_task *task;
    while ((task = hl_delayed_pop(&s->delayed, now)) != NULL)
        hl_run_enqueue(s, task, true);
}

static void work(struct haul_session *s)
{
    s->pulls = PULLS_A_TURN;
    check_outage(s);
    enqueue_due(s);
    take_up_pushed(s);
    bool more = hl_run_fail_given_up(s, ENDS_A_TURN);
    s->mode->pump(s->mode_state);
    hl_checks_send(&s->checks);
    hl_run_arm(s);
    if (more)
        hl_waker_soon(&s->waker);
}

static void finish(struct haul_session *s)
{
    if (s->requests.ended && s->alive == 0 && !s->drained) {
        s->drained = true;
        hl_waker_at(&s->waker, UINT64_MAX); /* nothing waits for a time */
        hl_dns_forget_all(s->dns);
        hl_run_end_journal(s);
        hl_run_flush(s);
        if (s->callbacks.drained != NULL)
            s->callbacks.drained(s, s->callbacks.arg);
    }
    if (s->close_wanted && s->alive == 0 && !s->closing)
        hl_run_close(s);
}

void hl_run_turn(void *arg)
{
    struct haul_session *s = arg;
    hl_cancel_look(&s->cancel);
    if (uv_hrtime() - s->last_flush > flush_every_ns)
        hl_run_post(s);
    if (hl_run_is_stopping(s) ? leave_waiting(s) : (work(s), false))
        hl_waker_soon(&s->waker);
    if (end_repeats(s))
        hl_waker_soon(&s->waker);
    hl_run_arm_flush(s);
    finish(s);
}
