#include "run/run.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"

enum {
    NS_PER_MS = 1000000,
    NS_PER_US = 1000,
    READY_MAX = 64,     /* claims in one go */
    PULLS_A_TURN = 512, /* in search of a host that may start one */
    ENDS_A_TURN = 1024, /* of tasks that need no attempt any more */
};

static const uint64_t flush_every_ns = (uint64_t)HL_FLUSH_MS * NS_PER_MS;

bool hl_run_is_stopping(const struct haul_session *s)
{
    return hl_stop_level(&s->stop) > 0;
}

void hl_run_end(struct haul_session *s, int code)
{
    if (s->error == 0)
        s->error = code;
    haul_session_cancel(s);
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

static void on_uv_due(uv_timer_t *timer)
{
    struct haul_session *s = container_of(timer, struct haul_session, due);
    HL_IN_CALLBACK(s->trace, HL_CB_RETRY);
    uint64_t now = uv_hrtime();
    struct hl_task *task;
    while ((task = hl_delayed_pop(&s->delayed, now)) != NULL)
        hl_run_enqueue(s, task, true);
    hl_run_kick(s);
}

void hl_run_arm(struct haul_session *s)
{
    uint64_t now = uv_hrtime();
    uint64_t due = hl_schedule_next_ns(&s->schedule, now);
    uint64_t probe = hl_outage_next_ns(&s->outage);
    uint64_t delayed = hl_delayed_next_ns(&s->delayed);
    due = due < probe ? due : probe;
    due = due < delayed ? due : delayed;
    if (due == UINT64_MAX || s->closing) {
        uv_timer_stop(&s->due);
        return;
    }
    uint64_t wait = due > now ? (due - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    uv_update_time(s->loop);
    uv_timer_start(&s->due, on_uv_due, wait, 0);
}

void hl_run_take_up(struct haul_session *s, const struct haul_request *request)
{
    struct hl_task *task;
    struct haul_result result;
    uint64_t job = ++s->next_job;
    s->stats.requests++;
    s->alive++;
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
        hl_repeat_later(s, task);
        break;
    case HL_INTAKE_ENDED:
        hl_run_report(s, job, &result);
        break;
    }
}

/* False when there is nothing to take up now. */
static bool pull_one(struct haul_session *s)
{
    struct haul_request request = {0};
    if (s->ended || s->callbacks.pull == NULL || !hl_check_has_room(s))
        return false;
    if (s->pulls == 0) {
        /* More in the next turn: the loop has others to serve. */
        hl_run_kick(s);
        return false;
    }
    s->pulls--;
    enum haul_pull pulled = s->callbacks.pull(s->callbacks.arg, &request);
    if (pulled == HAUL_PULL_END) {
        /* The turn that sees the end may be the one that drains. */
        s->ended = true;
        hl_run_kick(s);
    }
    if (pulled != HAUL_PULL_REQUEST)
        return false;
    hl_run_take_up(s, &request);
    return true;
}

/* What could not be read back from the spill is for the next run, and nothing
 * waits for it in this one. */
static void lose(struct haul_session *s)
{
    int code = s->schedule.error < 0 ? s->schedule.error : s->delayed.error;
    s->alive -= s->schedule.lost + s->delayed.lost;
    s->schedule.lost = s->delayed.lost = 0;
    if (code < 0 && s->error == 0)
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

/* Adds up the time in which slots were free and only the cap on hosts kept
 * tasks waiting, and what of it their answers are the reason for. */
static void note_held(struct haul_session *s, enum hl_schedule_held by)
{
    bool held = by != HL_SCHEDULE_NOT_HELD;
    uint64_t now = held || s->held_since != 0 ? uv_hrtime() : 0;
    uint64_t us = s->held_since != 0 ? (now - s->held_since) / NS_PER_US : 0;
    s->stats.held_by_host_us += us;
    if (s->held_by_answers)
        s->stats.held_by_answers_us += us;
    s->held_since = held ? now : 0;
    s->held_by_answers = by == HL_SCHEDULE_HELD_BY_BUSY;
}

static void note_taken(struct haul_session *s, uint64_t now)
{
    if (s->still_since != 0)
        s->stats.still_us += (now - s->still_since) / NS_PER_US;
    s->still_since = 0;
    s->stats.in_flight++;
    if (s->stats.in_flight > s->stats.most_in_flight)
        s->stats.most_in_flight = s->stats.in_flight;
}

struct hl_job *hl_run_take(struct hl_mode_owner *owner)
{
    struct haul_session *s = container_of(owner, struct haul_session, owner);
    if (hl_run_is_stopping(s))
        return NULL;
    if (s->ready == NULL)
        refill(s);
    struct hl_task *task = s->ready;
    note_held(s, task == NULL ? hl_schedule_held(&s->schedule)
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
    DL_APPEND(s->taken, task);
    task->taken_ns = uv_hrtime();
    note_taken(s, task->taken_ns);
    HL_TRACE(s->trace, HL_EV_IN_FLIGHT, .value = s->stats.in_flight);
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_TAKEN, task->url, .job = task->job.id,
                  .value = s->stats.in_flight);
    return &task->job;
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
    hl_push_leave(s);
    hl_check_send(s);
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

static void on_uv_grace(uv_timer_t *timer)
{
    struct haul_session *s = container_of(timer, struct haul_session, grace);
    HL_IN_CALLBACK(s->trace, HL_CB_GRACE);
    s->mode->cancel(s->mode_state);
}

void hl_run_stop(struct haul_session *s)
{
    unsigned level = hl_stop_level(&s->stop);
    if (level == s->level)
        return;
    HL_TRACE(s->trace, HL_EV_CANCEL, .value = level);
    if (s->level == 0) {
        /* The first look starts the grace time for every thread. */
        hl_stop_now(&s->stop);
        uv_update_time(s->loop);
        uv_timer_start(&s->grace, on_uv_grace, s->options.cancel_grace_ms + 1,
                       0);
        uv_unref((uv_handle_t *)&s->grace);
        s->stats.cancelled = true;
        s->ended = true;
    }
    s->level = level;
    s->mode->cancel(s->mode_state);
    hl_run_kick(s);
}

static void on_uv_kick(uv_idle_t *kick);

void hl_run_kick(struct haul_session *s)
{
    if (!s->closing)
        uv_idle_start(&s->kick, on_uv_kick);
}

/* The list has ended, and nothing is left but lines that repeat others. */
static bool only_repeats_are_left(const struct haul_session *s)
{
    return s->ended && s->repeats.records > 0 && s->alive == s->repeats.records;
}

static void check_outage(struct haul_session *s)
{
    uint64_t most = (uint64_t)s->options.max_outage_s * 1000 * NS_PER_MS;
    if (hl_outage_is_on(&s->outage) &&
        hl_outage_lasted_ns(&s->outage, uv_hrtime()) > most)
        hl_run_end(s, HAUL_EOUTAGE);
}

static void work(struct haul_session *s)
{
    s->pulls = PULLS_A_TURN;
    check_outage(s);
    hl_push_take_up(s);
    bool more = hl_run_fail_given_up(s, ENDS_A_TURN);
    s->mode->pump(s->mode_state);
    hl_check_send(s);
    hl_run_arm(s);
    if (more)
        hl_run_kick(s);
}

static void finish(struct haul_session *s)
{
    if (s->ended && s->alive == 0 && !s->drained) {
        s->drained = true;
        uv_timer_stop(&s->due); /* of a pause that nothing waits for now */
        hl_dns_forget_all(s->dns);
        hl_run_end_journal(s);
        hl_run_flush(s);
        if (s->callbacks.drained != NULL)
            s->callbacks.drained(s, s->callbacks.arg);
    }
    if (s->close_wanted && s->alive == 0 && !s->closing)
        hl_run_close(s);
}

static void on_uv_kick(uv_idle_t *kick)
{
    struct haul_session *s = container_of(kick, struct haul_session, kick);
    HL_IN_CALLBACK(s->trace, HL_CB_KICK);
    uv_idle_stop(kick);
    hl_run_stop(s);
    if (uv_hrtime() - s->last_flush > flush_every_ns)
        hl_run_post(s);
    if (hl_run_is_stopping(s) ? leave_waiting(s) : (work(s), false))
        hl_run_kick(s);
    if (only_repeats_are_left(s) && hl_repeat_pass(s, ENDS_A_TURN))
        hl_run_kick(s);
    hl_run_arm_flush(s);
    finish(s);
}
