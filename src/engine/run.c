#include "engine/run.h"

#include <string.h>
#include <utlist.h>

#include "engine/journal.h"
#include "engine/judge.h"
#include "util/container_of.h"
#include "util/url.h"

enum {
    NS_PER_MS = 1000000,
    NS_PER_US = 1000,
    READY_MAX = 64,     /* claims in one write */
    WAITING_MAX = 8192, /* tasks taken up ahead, whatever their hosts */
};

static const uint64_t flush_every_ns = 1000ull * NS_PER_MS;

static bool is_stopping(const struct haul_session *s)
{
    return hl_stop_level(&s->stop) > 0;
}

/* xorshift64: the jitter needs no more. */
static uint64_t next_random(struct haul_session *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

void hl_run_end(struct haul_session *s, int code)
{
    if (s->error == 0)
        s->error = code;
    haul_session_cancel(s);
}

void hl_run_flush(struct haul_session *s)
{
    int r = hl_journal_flush(s->journal);
    s->last_flush = uv_hrtime();
    if (r < 0)
        hl_run_end(s, r);
}

/* Puts a task in the queue of the host that its URL now has. */
static void enqueue(struct haul_session *s, struct hl_task *task)
{
    struct hl_url url;
    const char *why;
    char origin[512];
    task->queued_ns = uv_hrtime();
    int r = hl_url_parse(&url, task->url, &why);
    if (r == 0) {
        r = hl_url_origin(origin, sizeof(origin), &url);
        hl_url_release(&url);
    }
    if (r == 0)
        r = hl_schedule_add(&s->schedule, task, origin);
    if (r < 0)
        hl_run_report_no_memory(s, task);
}

static void arm_retry(struct haul_session *s);

static void on_uv_retry(uv_timer_t *timer)
{
    struct haul_session *s = container_of(timer, struct haul_session, retry);
    hl_run_due(s);
    hl_run_kick(s);
}

static void arm_retry(struct haul_session *s)
{
    uint64_t due = hl_schedule_next_due(&s->schedule);
    uint64_t now = uv_hrtime();
    if (due == UINT64_MAX) {
        uv_timer_stop(&s->retry);
        return;
    }
    uint64_t wait = due > now ? (due - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    uv_update_time(s->loop);
    uv_timer_start(&s->retry, on_uv_retry, wait, 0);
}

void hl_run_due(struct haul_session *s)
{
    uint64_t now = uv_hrtime();
    struct hl_task *task;
    while ((task = hl_schedule_pop_due(&s->schedule, now)) != NULL)
        enqueue(s, task);
    arm_retry(s);
}

/* What an attempt left to go on from, or nothing. */
static int keep_validators(struct hl_task *task, const struct hl_reply *reply)
{
    bool resumable = reply->bytes > 0 &&
                     (reply->etag != NULL || reply->last_modified != NULL);
    task->job.resume_from = resumable ? reply->bytes : 0;
    int r = hl_task_set(&task->etag, resumable ? reply->etag : NULL);
    if (r == 0)
        r = hl_task_set(&task->last_modified,
                        resumable ? reply->last_modified : NULL);
    return r;
}

static void retry(struct haul_session *s, struct hl_task *task,
                  const struct hl_reply *reply)
{
    uint64_t wait = hl_judge_delay_ms(task, reply, &s->options, next_random(s));
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_RETRY, haul_error_word(reply->error),
                  .job = task->job.id, .value = (int64_t)wait,
                  .value2 = task->tries);
    int r = keep_validators(task, reply);
    if (r == 0 && task->job.resume_from > 0)
        r = hl_journal_part(s->journal, &task->key, task->path,
                            &(struct hl_journal_part){
                                .size = task->job.resume_from,
                                .etag = task->etag,
                                .last_modified = task->last_modified,
                            });
    task->due_ns = uv_hrtime() + wait * NS_PER_MS;
    if (r == 0)
        r = hl_schedule_delay(&s->schedule, task);
    if (r < 0)
        hl_run_report_no_memory(s, task);
    else
        arm_retry(s);
}

/* A static reason why this hop is not taken, or NULL. Otherwise task->url is
 * the new one. */
static const char *follow(struct haul_session *s, struct hl_task *task,
                          const char *location)
{
    struct hl_url url;
    const char *why;
    char origin[512];
    if (task->redirects >= s->options.max_redirs)
        return "too many redirects";
    if (hl_url_parse(&url, location, &why) < 0)
        return "redirect to a URL that is not http or https";
    const char *objection = NULL;
    if (strncmp(task->url, "https:", 6) == 0 && strcmp(url.scheme, "http") == 0)
        objection = "redirect from https to http";
    else if (hl_url_origin(origin, sizeof(origin), &url) < 0 ||
             hl_task_set(&task->url, url.text) < 0)
        objection = "redirect to a URL that is too long";
    hl_url_release(&url);
    if (objection != NULL)
        return objection;
    task->redirects++;
    task->job.secrets = strcmp(origin, task->origin) == 0;
    return NULL;
}

static void redirect(struct haul_session *s, struct hl_task *task,
                     const struct hl_reply *reply)
{
    const char *why = follow(s, task, reply->location);
    if (why != NULL) {
        struct haul_result result;
        task->tries++;
        hl_run_fill_result(s, task, reply, &result);
        result.outcome = HAUL_OUTCOME_FAILED;
        result.error = HAUL_ERR_REDIRECT;
        result.message = why;
        hl_journal_failed(s->journal, &task->key, task->path,
                          &(struct hl_journal_failure){
                              .error = "redirect",
                              .http_status = reply->http_status,
                              .attempts = task->tries,
                          });
        hl_run_report(s, task, &result);
        return;
    }
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_REDIRECT, task->url, .job = task->job.id,
                  .value = task->redirects, .value2 = reply->http_status);
    enqueue(s, task);
}

/* The name was taken between intake and publishing: --if-exists again. */
static void rename_task(struct haul_session *s, struct hl_task *task,
                        const struct hl_reply *reply)
{
    if (s->options.if_exists == HAUL_IF_EXISTS_SKIP) {
        struct hl_reply skipped = *reply;
        skipped.error = HAUL_OK;
        hl_run_conclude(s, task, &skipped, HAUL_OUTCOME_SKIPPED);
        return;
    }
    task->tries++;
    task->job.resume_from = 0;
    if (hl_intake_rename(s, task) < 0)
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_FAILED);
    else
        enqueue(s, task);
}

void hl_run_finish(struct hl_desk *desk, struct hl_job *job,
                   const struct hl_reply *reply)
{
    struct haul_session *s = container_of(desk, struct haul_session, desk);
    struct hl_task *task = container_of(job, struct hl_task, job);
    s->stats.in_flight--;
    s->stats.attempts++;
    s->stats.bytes += reply->received;
    hl_schedule_done(&s->schedule, task);
    switch (hl_judge(task, reply, &s->options, is_stopping(s))) {
    case HL_NEXT_DONE:
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_OK);
        break;
    case HL_NEXT_RETRY:
        retry(s, task, reply);
        break;
    case HL_NEXT_REDIRECT:
        if (is_stopping(s))
            hl_run_conclude(s, task, reply, HAUL_OUTCOME_LEFT);
        else
            redirect(s, task, reply);
        break;
    case HL_NEXT_RENAME:
        rename_task(s, task, reply);
        break;
    case HL_NEXT_FAILED:
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_FAILED);
        break;
    case HL_NEXT_LEFT:
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_LEFT);
        break;
    }
    hl_run_kick(s);
}

struct hl_task *hl_run_new_task(struct haul_session *s,
                                const struct haul_request *request)
{
    struct hl_task *task = hl_task_new(request);
    if (task == NULL)
        return NULL;
    task->job.id = ++s->next_job;
    task->job.secrets = true;
    s->stats.requests++;
    s->alive++;
    return task;
}

static void take_up(struct haul_session *s, struct hl_task *task)
{
    struct haul_result result = {0};
    if (hl_intake(s, task, &result) == HL_INTAKE_TASK)
        enqueue(s, task);
    else
        hl_run_report(s, task, &result);
}

/* False when there is nothing to take up now. */
static bool pull_one(struct haul_session *s)
{
    struct haul_request request = {0};
    if (s->ended || s->callbacks.pull == NULL ||
        s->schedule.queued + s->schedule.later_count >= WAITING_MAX)
        return false;
    enum haul_pull pulled = s->callbacks.pull(s->callbacks.arg, &request);
    if (pulled == HAUL_PULL_END) {
        /* The turn that sees the end may be the one that drains. */
        s->ended = true;
        hl_run_kick(s);
    }
    if (pulled != HAUL_PULL_REQUEST)
        return false;
    struct hl_task *task = hl_run_new_task(s, &request);
    if (task == NULL)
        hl_run_end(s, UV_ENOMEM);
    else
        take_up(s, task);
    return true;
}

static void take_up_pushed(struct haul_session *s)
{
    struct hl_task *task;
    while ((task = s->pushed) != NULL) {
        DL_DELETE(s->pushed, task);
        task->prev = NULL;
        take_up(s, task);
    }
}

static struct hl_task *next_task(struct haul_session *s)
{
    for (;;) {
        struct hl_task *task = hl_schedule_take(&s->schedule);
        if (task != NULL || is_stopping(s) || !pull_one(s))
            return task;
    }
}

static unsigned ready_goal(const struct haul_session *s)
{
    unsigned goal = s->options.jobs / 2;
    return goal < 1 ? 1 : goal > READY_MAX ? READY_MAX : goal;
}

/* A name's claim is on record before its job starts; one write serves all
 * that start together. */
static void refill(struct haul_session *s)
{
    unsigned goal = ready_goal(s);
    bool claimed = false;
    for (unsigned i = 0; i < goal; i++) {
        struct hl_task *task = next_task(s);
        if (task == NULL)
            break;
        if (!task->claimed) {
            int r = hl_journal_claim(s->journal, &task->key, task->path);
            if (r < 0)
                hl_run_end(s, r);
            task->claimed = claimed = true;
        }
        DL_APPEND(s->ready, task);
    }
    if (claimed)
        hl_run_flush(s);
}

/* Adds up the time in which slots were free and only the cap on hosts kept
 * tasks waiting. */
static void note_held(struct haul_session *s, bool held)
{
    uint64_t now = held || s->held_since != 0 ? uv_hrtime() : 0;
    if (s->held_since != 0)
        s->stats.held_by_host_us += (now - s->held_since) / NS_PER_US;
    s->held_since = held ? now : 0;
}

struct hl_job *hl_run_take(struct hl_desk *desk)
{
    struct haul_session *s = container_of(desk, struct haul_session, desk);
    if (is_stopping(s))
        return NULL;
    if (s->ready == NULL)
        refill(s);
    struct hl_task *task = s->ready;
    note_held(s, task == NULL && s->schedule.queued > 0);
    if (task == NULL || is_stopping(s))
        return NULL;
    DL_DELETE(s->ready, task);
    task->prev = NULL;
    hl_task_ready(task);
    s->stats.in_flight++;
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_TAKEN, task->url, .job = task->job.id,
                  .value = s->stats.in_flight);
    return &task->job;
}

static void leave_waiting(struct haul_session *s)
{
    struct hl_task *task;
    while ((task = s->pushed) != NULL) {
        DL_DELETE(s->pushed, task);
        hl_run_report_left(s, task);
    }
    while ((task = s->ready) != NULL) {
        DL_DELETE(s->ready, task);
        hl_schedule_done(&s->schedule, task);
        hl_run_report_left(s, task);
    }
    while ((task = hl_schedule_pop_any(&s->schedule)) != NULL)
        hl_run_report_left(s, task);
    arm_retry(s);
}

static void on_uv_grace(uv_timer_t *timer)
{
    struct haul_session *s = container_of(timer, struct haul_session, grace);
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
        leave_waiting(s);
    }
    s->level = level;
    s->mode->cancel(s->mode_state);
    hl_run_kick(s);
}

static void on_uv_kick(uv_idle_t *kick)
{
    struct haul_session *s = container_of(kick, struct haul_session, kick);
    uv_idle_stop(kick);
    hl_run_turn(s);
}

void hl_run_kick(struct haul_session *s)
{
    if (!s->closing)
        uv_idle_start(&s->kick, on_uv_kick);
}

void hl_run_turn(struct haul_session *s)
{
    hl_run_stop(s);
    if (uv_hrtime() - s->last_flush > flush_every_ns)
        hl_run_flush(s);
    if (!is_stopping(s)) {
        take_up_pushed(s);
        s->mode->pump(s->mode_state);
    }
    if (s->ended && s->alive == 0 && !s->drained) {
        s->drained = true;
        hl_run_flush(s);
        if (s->callbacks.drained != NULL)
            s->callbacks.drained(s, s->callbacks.arg);
    }
    if (s->close_wanted && s->alive == 0 && !s->closing)
        hl_run_close(s);
}
