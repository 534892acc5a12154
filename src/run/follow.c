#include "run/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/judge.h"
#include "policy/redirect.h"
#include "run/adopt.h"
#include "run/conclude.h"
#include "run/waiting.h"
#include "trace/loop_watch.h"
#include "transfer/proxy.h"
#include "util/container_of.h"
#include "util/text.h"
#include "util/time_units.h"
#include "util/url.h"

/* xorshift64: the jitter needs no more. */
static uint64_t next_random(struct hl_run *run)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random;
}

/* Keeps what the next attempt needs to resume the part, if it can be resumed.
 * The part's token and inode are kept in any case: a part that cannot be
 * resumed may still be there, and is removed when a whole body comes. */
static int keep_part(struct hl_task *task, const struct hl_reply *reply)
{
    bool resumable = reply->bytes > 0 &&
                     (reply->etag != NULL || reply->last_modified != NULL);
    task->job.resume_from = resumable ? reply->bytes : 0;
    task->job.resume_total = hl_length_to_record(reply->length);
    task->job.part_url_fingerprint = reply->part_url_fingerprint;
    if (reply->part_token != NULL)
        hl_task_set_part(task, reply->part_token, reply->part_inode);
    int r = hl_task_set(task, &task->etag, resumable ? reply->etag : NULL);
    if (r == 0)
        r = hl_task_set(task, &task->last_modified,
                        resumable ? reply->last_modified : NULL);
    return r;
}

/* Puts the part on record that the next attempt is to resume. */
static int record_part(struct hl_run *run, struct hl_task *task)
{
    const struct hl_job *job = &task->job;
    char token[HL_TOKEN_SIZE];
    const struct hl_part part = {
        .length = hl_length_of_record(job->resume_total),
        .etag = task->etag,
        .last_modified = task->last_modified,
        .token = hl_task_token(task, token),
        .inode = task->part_inode,
        .url_fingerprint = job->part_url_fingerprint,
    };
    return job->resume_from > 0
               ? hl_records_part(&run->records, task, job->resume_from, &part)
               : 0;
}

/* Sends the task back to where its redirects began. At the request's own URL
 * the secrets may be sent again, at a mirror never. */
static int undo_redirects(struct hl_task *task)
{
    if (task->redirected_from == NULL)
        return 0;
    task->at_other_origin = task->attempts.mirror > 0;
    task->in_circle = false;
    (void)hl_task_set(task, &task->cookies, NULL);
    int r = hl_task_set(task, &task->url, task->redirected_from);
    if (r == 0)
        r = hl_task_set(task, &task->redirected_from, NULL);
    return r;
}

static void do_retry(struct hl_run *run, struct hl_task *task,
                     const struct hl_reply *reply, uint64_t wait_ms)
{
    HL_TRACE_TEXT(run->trace, HL_EV_JOB_RETRY, haul_error_word(reply->error),
                  .job = task->job.id, .value = (int64_t)wait_ms,
                  .value2 = task->attempts.made);
    struct haul_retry told = {
        .most = run->options->retry,
        .wait_ms = wait_ms,
        .error = reply->error,
        .message = reply->message,
    };
    hl_results_retry(&run->results, task, &told);
    int r = keep_part(task, reply);
    if (r == 0)
        r = record_part(run, task);
    /* What a redirect has made a GET is not sent again as what it was. */
    if (r == 0 && !task->job.as_get)
        r = undo_redirects(task);
    if (r < 0)
        hl_run_fail_code(run, task, r);
    else
        hl_run_delay(run, task, wait_ms);
}

/* Makes the same attempt again: this one told nothing about the URL. */
static void do_repeat(struct hl_run *run, struct hl_task *task,
                      const struct hl_reply *reply, uint64_t wait_ms)
{
    int r = keep_part(task, reply);
    if (reply->exhausted) {
        hl_window_lower(&run->window, run->schedule.running);
        run->schedule.slots = run->window.slots;
        hl_auto_jobs_lowered(&run->auto_jobs);
    }
    if (r < 0)
        hl_run_fail_code(run, task, r);
    else if (wait_ms > 0)
        hl_run_delay(run, task, wait_ms);
    else
        hl_run_enqueue(run, task, true);
}

/* Sends the task to url. @return 0 or a libuv code. */
static int move_to(struct hl_task *task, const struct hl_url *url)
{
    char to[HL_ORIGIN_SIZE];
    char from[HL_ORIGIN_SIZE];
    int r = hl_url_origin(to, sizeof(to), url);
    if (r == 0)
        r = hl_host_origin(from, task->url);
    task->in_circle |= strcmp(url->text, task->url) == 0 ||
                       (task->redirected_from != NULL &&
                        strcmp(url->text, task->redirected_from) == 0);
    if (r == 0 && task->redirected_from == NULL)
        r = hl_task_set(task, &task->redirected_from, task->url);
    if (r == 0)
        r = hl_task_set(task, &task->url, url->text);
    if (r < 0)
        return r;
    /* Secrets are sent to the first origin only. A task that has left it and is
     * led back does not send them again. */
    task->at_other_origin = task->at_other_origin || strcmp(to, from) != 0;
    return 0;
}

/* @return 0, UV_ENOMEM, or another code with *why a static reason. */
static int follow(struct hl_task *task, const char *location, const char **why)
{
    struct hl_url url;
    int r = hl_url_parse(&url, location, why);
    *why = "redirect to what is no URL";
    if (r < 0)
        return r;
    *why = "redirect to a URL that is too long";
    r = move_to(task, &url);
    hl_url_release(&url);
    return r;
}

static void end_attempt(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply,
                        struct hl_circumstances known);

/* The redirect cannot be followed: this is as if it led nowhere. */
static void refuse(struct hl_run *run, struct hl_task *task,
                   const struct hl_reply *reply, const char *why)
{
    struct hl_reply refused = *reply;
    refused.location = NULL;
    refused.message = why;
    refused.why = HAUL_WHY_REDIRECT_SCHEME;
    end_attempt(run, task, &refused, (struct hl_circumstances){0});
}

static void do_redirect(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply)
{
    const char *why;
    int r = follow(task, reply->location, &why);
    if (r < 0 && r != UV_ENOMEM) {
        refuse(run, task, reply, why);
        return;
    }
    if (r == 0)
        r = hl_task_set(task, &task->cookies, reply->cookies);
    if (r < 0) {
        hl_run_fail_code(run, task, r);
        return;
    }
    HL_TRACE_TEXT(run->trace, HL_EV_JOB_REDIRECT, task->url,
                  .job = task->job.id, .value = task->attempts.redirects,
                  .value2 = reply->http_status);
    hl_run_enqueue(run, task, true);
}

/* A foreign file has taken the name since the task got it: --if-exists decides
 * again. */
static void rename_task(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply)
{
    if (run->options->shared) {
        task->attempts.made++;
        task->job.resume_from = 0;
        hl_adopt(run, task);
        return;
    }
    enum hl_todo todo = hl_adopt_name_taken(run, task).todo;
    if (todo == HL_TODO_SKIP) {
        struct hl_reply skipped = *reply;
        skipped.error = HAUL_OK;
        hl_run_conclude(run, task, &skipped, HAUL_OUTCOME_SKIPPED);
        return;
    }
    task->attempts.made++;
    task->job.resume_from = 0;
    if (todo == HL_TODO_FAILED)
        hl_run_conclude(run, task, reply, HAUL_OUTCOME_FAILED);
    else
        hl_run_enqueue(run, task, true);
}

/* Uses a mirror's URL as it is written, except for its host, which becomes
 * ASCII. A host without an ASCII form is a bad URL. */
static int set_mirror(struct hl_task *task, const char *url)
{
    char *ascii;
    const char *why;
    int r = hl_url_to_ascii(&ascii, url, &why);
    if (r == UV_ENOMEM)
        return r;
    r = hl_task_set(task, &task->url, ascii != NULL ? ascii : url);
    free(ascii);
    return r;
}

/* Copies the task's mirror of this number, from 1. @return false when there is
 * none, or it is too long. */
static bool find_mirror(const struct hl_task *task, uint32_t number,
                        char out[HL_URL_MAX + 1])
{
    const char *at = task->mirrors;
    for (uint32_t i = 1; at != NULL && i < number; i++) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    size_t length = at != NULL ? strcspn(at, "\n") : 0;
    if (length == 0 || length > HL_URL_MAX)
        return false;
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

static void try_mirror(struct hl_run *run, struct hl_task *task,
                       const struct hl_reply *reply)
{
    char url[HL_URL_MAX + 1];
    task->job.resume_from = 0;
    task->at_other_origin = true;
    task->in_circle = false;
    (void)hl_task_set(task, &task->cookies, NULL);
    (void)hl_task_set(task, &task->redirected_from, NULL);
    if (find_mirror(task, task->attempts.mirror, url) &&
        set_mirror(task, url) == 0)
        hl_run_enqueue(run, task, false);
    else
        hl_run_conclude(run, task, reply, HAUL_OUTCOME_FAILED);
}

static void done(struct hl_run *run, struct hl_task *task,
                 const struct hl_reply *reply)
{
    if (task->adopting)
        hl_adopt_by_length(run, task, reply);
    else
        hl_run_conclude(run, task, reply,
                        reply->unchanged ? HAUL_OUTCOME_UNCHANGED
                                         : HAUL_OUTCOME_OK);
}

/* Who did not answer the task's attempt: its host; or its proxy, by the pseudo
 * scheme "proxy". */
static const char *silent_one(char out[HL_ORIGIN_SIZE],
                              const struct hl_run *run,
                              const struct hl_task *task,
                              const struct hl_reply *reply)
{
    struct hl_url url;
    struct hl_proxy proxy;
    const char *why;
    if (reply->error != HAUL_ERR_PROXY ||
        hl_url_parse(&url, task->url, &why) < 0)
        return task->host->origin;
    hl_proxy_find(&proxy, run->options, url.scheme, url.host);
    hl_url_release(&url);
    (void)snprintf(out, HL_ORIGIN_SIZE, "proxy://%s", proxy.place);
    return out;
}

/* origin: who did not answer. True while the network is down. */
static bool note_network(struct hl_run *run, const struct hl_host *host,
                         const char *origin, enum hl_network_sign sign,
                         uint64_t start_ns, uint64_t now)
{
    hl_outage_probe_ended(&run->outage);
    if (sign == HL_NETWORK_WORKS) {
        if (hl_outage_answered(&run->outage, now))
            HL_TRACE(run->trace, HL_EV_OUTAGE, .value = 0);
    } else if (sign == HL_NETWORK_SILENT && host->answered &&
               hl_outage_failed(&run->outage, origin, start_ns, now)) {
        HL_TRACE(run->trace, HL_EV_OUTAGE, .value = 1);
        hl_run_unready(run);
    }
    run->results.counts.offline = hl_outage_is_on(&run->outage);
    return run->results.counts.offline;
}

/* What the attempt took, for the run and for the host. */
static void note_time(struct hl_run *run, const struct hl_task *task,
                      const struct hl_reply *reply)
{
    struct hl_host_figures *figures = &task->host->figures;
    hl_times_add(&run->results.counts.spent, &reply->times);
    hl_times_add(&figures->spent, &reply->times);
    figures->attempts++;
}

static void note_pause(struct hl_run *run, struct hl_task *task,
                       const struct hl_reply *reply, uint64_t ms, uint64_t now)
{
    struct hl_host_figures *figures = &task->host->figures;
    if (reply->http_status == 429 || reply->http_status == 503)
        figures->busy_status = (uint16_t)reply->http_status;
    if (ms == 0)
        return;
    figures->asked_s = reply->retry_after_s;
    HL_TRACE_TEXT(run->trace, HL_EV_HOST_PAUSED, task->host->origin,
                  .value = (int64_t)ms);
    hl_schedule_pause(&run->schedule, task, now + ms * HL_NS_PER_MS, now);
}

static void act(struct hl_run *run, struct hl_task *task,
                const struct hl_reply *reply, const struct hl_judgement *what)
{
    task->attempts = what->attempts;
    switch (what->next) {
    case HL_NEXT_DONE:
        done(run, task, reply);
        break;
    case HL_NEXT_AGAIN:
        if (what->counts)
            do_retry(run, task, reply, what->delay_ms);
        else
            do_repeat(run, task, reply, what->delay_ms);
        break;
    case HL_NEXT_REDIRECT:
        task->job.as_get = what->as_get;
        do_redirect(run, task, reply);
        break;
    case HL_NEXT_OTHER_NAME:
        rename_task(run, task, reply);
        break;
    case HL_NEXT_NO_ADOPTION:
        hl_adopt_refused(run, task);
        break;
    case HL_NEXT_MIRROR:
        try_mirror(run, task, reply);
        break;
    case HL_NEXT_FAILED:
        hl_run_conclude(run, task, reply, HAUL_OUTCOME_FAILED);
        break;
    case HL_NEXT_LEFT:
        hl_run_conclude(run, task, reply, HAUL_OUTCOME_LEFT);
        break;
    }
}

/* What follows from the reply. */
static struct hl_judgement judge(struct hl_run *run, const struct hl_task *task,
                                 const struct hl_reply *reply,
                                 struct hl_circumstances known)
{
    char mirror[HL_URL_MAX + 1];
    known.stopping = hl_cancel_is_on(&run->cancel);
    known.adopting = task->adopting;
    known.sent = task->sent;
    known.as_get = task->job.as_get;
    known.has_mirror = task->mirrors != NULL &&
                       find_mirror(task, task->attempts.mirror + 1, mirror);
    known.url = task->url;
    known.in_circle = task->in_circle;
    known.random = next_random(run);
    return hl_judge(&task->attempts, reply, run->options, &known);
}

/* As act(), where the reply is a redirect that is not followed. */
static void act_on_refused(struct hl_run *run, struct hl_task *task,
                           const struct hl_reply *reply,
                           const struct hl_judgement *what)
{
    char text[HL_MESSAGE_MAX];
    char message[HL_MESSAGE_MAX];
    struct hl_reply refused = *reply;
    const struct hl_redirect redirect = {
        .from = task->url,
        .in_circle = task->in_circle,
        .to = reply->location,
        .followed = task->attempts.redirects,
    };
    hl_redirect_words(text, sizeof(text), what->redirect, &redirect);
    hl_text_printable(message, sizeof(message), text);
    refused.why = what->redirect;
    refused.message = message;
    act(run, task, &refused, what);
}

/* Judges the reply, and does what follows. The caller has filled in what it
 * knows of the host and the network. */
static void end_attempt(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply,
                        struct hl_circumstances known)
{
    const struct hl_judgement what = judge(run, task, reply, known);
    task->job.fresh = what.fresh;
    if (what.redirect != HAUL_WHY_NONE)
        act_on_refused(run, task, reply, &what);
    else
        act(run, task, reply, &what);
}

/* late_us: how long the reply waited for the run. */
static void trace_attempt(const struct hl_run *run, const struct hl_task *task,
                          const struct hl_reply *reply, uint64_t late_us,
                          uint64_t now)
{
    if (!HL_TRACE_WANTS(run->trace, HL_EV_ATTEMPT))
        return;
    struct hl_attempt attempt = {
        .start_ns = reply->start_ns,
        .times = reply->times,
        .ready_first_us = reply->ready_first_us,
        .ready_pool_us = reply->ready_pool_us,
        .ready_last_us = late_us,
        .work_cpu_us = reply->work_cpu_us,
        .file_pool_us = reply->file_pool_us,
        .bytes = reply->received,
        .error = reply->error,
        .reused = reply->reused,
    };
    hl_trace_attempt(run->trace,
                     &(struct hl_event){.t_ns = now,
                                        .job = task->job.id,
                                        .worker = (uint16_t)reply->worker,
                                        .value = task->job.attempt,
                                        .value2 = reply->http_status},
                     &attempt);
}

void hl_run_finish(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply)
{
    struct hl_run *run = container_of(owner, struct hl_run, owner);
    struct hl_task *task = container_of(job, struct hl_task, job);
    uint64_t now = uv_hrtime();
    struct hl_reply whole = *reply;
    uint64_t late_us = hl_run_complete_times(task, &whole, now);
    reply = &whole;
    hl_window_remove(&run->window, task, now);
    run->results.counts.attempts++;
    run->records.is_part_lost = run->records.is_part_lost || reply->lost;
    trace_attempt(run, task, reply, late_us, now);
    char origin[HL_ORIGIN_SIZE];
    const struct hl_host_signs signs = hl_judge_host(reply);
    struct hl_circumstances known = {
        .offline =
            note_network(run, task->host, silent_one(origin, run, task, reply),
                         signs.network, reply->start_ns, now),
    };
    hl_auto_jobs_ended(&run->auto_jobs, reply, signs.answer,
                       task->host->answered && !known.offline);
    note_time(run, task, reply);
    note_pause(run, task, reply, signs.pause_ms, now);
    task->host->http_1 |= reply->http_1;
    task->sent |= reply->sent;
    known.rotated = hl_schedule_done(
        &run->schedule, task,
        known.offline ? HL_HOST_ANSWER_NONE : signs.answer, now);
    if (reply->exhausted)
        hl_window_note_shortage(&run->window, reply->start_ns, now);
    known.alone = hl_window_was_alone(&run->window, reply->start_ns);
    end_attempt(run, task, reply, known);
    hl_wakeup_soon(&run->waker);
}

/* Why no attempt of task was made. */
static void put_unmade(char out[HL_MESSAGE_MAX], const struct hl_task *task,
                       enum haul_error error)
{
    char origin[HL_ORIGIN_SIZE];
    if (hl_host_origin(origin, task->url) < 0) {
        (void)snprintf(out, HL_MESSAGE_MAX, "%s", haul_error_text(error));
        return;
    }
    const char *host = strstr(origin, "://") + strlen("://");
    int length = (int)(strrchr(host, ':') - host);
    switch (error) {
    case HAUL_ERR_NODOMAIN:
        (void)snprintf(out, HL_MESSAGE_MAX, "there is no host %.*s", length,
                       host);
        break;
    case HAUL_ERR_DNS:
        (void)snprintf(out, HL_MESSAGE_MAX,
                       "%.*s cannot be looked up: no DNS server gives an "
                       "answer",
                       length, host);
        break;
    default:
        (void)snprintf(out, HL_MESSAGE_MAX,
                       "%s was given up: it could not be reached", host);
        break;
    }
}

static enum haul_why why_unmade(enum haul_error error)
{
    return error == HAUL_ERR_NODOMAIN ? HAUL_WHY_NO_HOST
           : error == HAUL_ERR_DNS    ? HAUL_WHY_NO_DNS
                                      : HAUL_WHY_NONE;
}

/* The reply of an attempt that could not begin. The part that an earlier
 * attempt left stays. */
static struct hl_reply unmade_reply(struct hl_task *task, enum haul_error error,
                                    const char *message)
{
    struct hl_reply reply = {
        .error = error,
        .why = why_unmade(error),
        .message = message,
        .connect_failed = true,
        .bytes = task->job.resume_from,
        .length = hl_length_of_record(task->job.resume_total),
        .etag = task->etag,
        .last_modified = task->last_modified,
        .part_token = hl_task_token(task, task->token),
        .part_inode = task->part_inode,
        .part_url_fingerprint = task->job.part_url_fingerprint,
        .start_ns = uv_hrtime(),
    };
    (void)hl_run_complete_times(task, &reply, reply.start_ns);
    return reply;
}

void hl_run_looked_up(void *arg, struct hl_host *host,
                      struct hl_addresses *addresses, enum haul_error error)
{
    struct hl_run *run = arg;
    HL_IN_CALLBACK(run->trace, HL_CB_LOOKUP);
    uint64_t now = uv_hrtime();
    HL_TRACE_TEXT(run->trace, HL_EV_LOOKUP, host->origin,
                  .value = addresses != NULL ? addresses->count : 0,
                  .value2 = (int64_t)host->lookup_us);
    const struct hl_circumstances known = {
        .offline =
            error == HAUL_ERR_DNS &&
            note_network(run, host, host->origin, HL_NETWORK_SILENT, now, now),
    };
    struct hl_task *task =
        hl_schedule_looked_up(&run->schedule, host, addresses, error, now);
    if (task != NULL) {
        char text[HL_MESSAGE_MAX];
        put_unmade(text, task, error);
        const struct hl_reply reply = unmade_reply(task, error, text);
        const struct hl_judgement what = judge(run, task, &reply, known);
        act(run, task, &reply, &what);
    }
    hl_wakeup_soon(&run->waker);
}

bool hl_run_end_given_up(struct hl_run *run, unsigned most)
{
    enum haul_error why;
    struct hl_task *task;
    for (; most > 0; most--) {
        task = hl_schedule_pop_failing(&run->schedule, uv_hrtime(), &why);
        if (task == NULL)
            return false;
        char text[HL_MESSAGE_MAX];
        put_unmade(text, task, why);
        const struct hl_reply reply = unmade_reply(task, why, text);
        const struct hl_judgement what = judge(
            run, task, &reply, (struct hl_circumstances){.given_up = true});
        act(run, task, &reply, &what);
    }
    return true;
}

int hl_run_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part)
{
    struct hl_run *run = container_of(owner, struct hl_run, owner);
    struct hl_task *task = container_of(job, struct hl_task, job);
    int r = hl_records_part(&run->records, task, 0, part);
    if (r == 0)
        r = hl_records_before_settle(&run->records);
    hl_task_set_part(task, part->token, part->inode);
    return r;
}
