/* What follows from a reply, done. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "policy/judge.h"
#include "run/options.h"
#include "run/run.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/url.h"

enum { NS_PER_MS = 1000000 };

/* xorshift64: the jitter needs no more. */
static uint64_t next_random(struct haul_session *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

/* Keeps what the next attempt needs to resume the part, if it can be resumed.
 * The part's token and inode are kept in any case: a part that cannot be
 * resumed may still be there, and is removed when a whole body comes. */
static int keep_validators(struct hl_task *task, const struct hl_reply *reply)
{
    bool resumable = reply->bytes > 0 &&
                     (reply->etag != NULL || reply->last_modified != NULL);
    task->job.resume_from = resumable ? reply->bytes : 0;
    task->job.resume_total = reply->length < UINT64_MAX ? reply->length : 0;
    task->job.part_url_fingerprint = reply->part_url_fingerprint;
    if (reply->part_token != NULL)
        hl_task_set_part(task, reply->part_token, reply->part_inode);
    int r = hl_task_set(task, &task->etag, resumable ? reply->etag : NULL);
    if (r == 0)
        r = hl_task_set(task, &task->last_modified,
                        resumable ? reply->last_modified : NULL);
    return r;
}

static int record_part(struct haul_session *s, struct hl_task *task)
{
    struct hl_key key = hl_task_key(task);
    char token[HL_TOKEN_SIZE];
    hl_task_token(task, token);
    const struct hl_journal_part part = {
        .size = task->job.resume_from,
        .etag = task->etag,
        .last_modified = task->last_modified,
        .token = task->part_inode != 0 ? token : NULL,
        .inode = task->part_inode,
        .url_fingerprint = task->job.part_url_fingerprint,
        .total = task->job.resume_total,
    };
    if (part.size == 0)
        return 0;
    task->job.recorded = true;
    return hl_journal_part(s->journal, &key, task->path, &part);
}

static void delay(struct haul_session *s, struct hl_task *task,
                  uint64_t wait_ms)
{
    task->due.at = uv_hrtime() + wait_ms * NS_PER_MS;
    int r = hl_delayed_add(&s->delayed, task);
    if (r < 0)
        hl_run_report_code(s, task, r);
    hl_run_arm(s);
}

/* Sends the task back to where its redirects began. At the request's own URL
 * the secrets may be sent again, at a mirror never. */
static int go_home(struct hl_task *task)
{
    if (task->home == NULL)
        return 0;
    task->away = task->attempts.mirror > 0;
    (void)hl_task_set(task, &task->cookies, NULL);
    int r = hl_task_set(task, &task->url, task->home);
    if (r == 0)
        r = hl_task_set(task, &task->home, NULL);
    return r;
}

static void retry(struct haul_session *s, struct hl_task *task,
                  const struct hl_reply *reply, uint64_t wait_ms)
{
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_RETRY, haul_error_word(reply->error),
                  .job = task->job.id, .value = (int64_t)wait_ms,
                  .value2 = task->attempts.made);
    int r = keep_validators(task, reply);
    if (r == 0)
        r = record_part(s, task);
    if (r == 0)
        r = go_home(task);
    if (r < 0)
        hl_run_report_code(s, task, r);
    else
        delay(s, task, wait_ms);
}

/* The same attempt: this one told nothing about the URL. */
static void repeat(struct haul_session *s, struct hl_task *task,
                   const struct hl_reply *reply, uint64_t wait_ms)
{
    int r = keep_validators(task, reply);
    if (reply->exhausted) {
        hl_window_lower(&s->window, s->schedule.running);
        s->schedule.slots = s->window.slots;
    }
    if (r < 0)
        hl_run_report_code(s, task, r);
    else if (wait_ms > 0)
        delay(s, task, wait_ms);
    else
        hl_run_enqueue(s, task, true);
}

/* Sends the task to url. @return 0 or a libuv code. */
static int move_to(struct hl_task *task, const struct hl_url *url)
{
    char to[HL_ORIGIN_SIZE];
    char from[HL_ORIGIN_SIZE];
    int r = hl_url_origin(to, sizeof(to), url);
    if (r == 0)
        r = hl_host_origin(from, task->url);
    if (r == 0 && task->home == NULL)
        r = hl_task_set(task, &task->home, task->url);
    if (r == 0)
        r = hl_task_set(task, &task->url, url->text);
    if (r < 0)
        return r;
    /* Secrets stay at the first origin; whoever has left it does not get them
     * back by leading there again. */
    task->away = task->away || strcmp(to, from) != 0;
    return 0;
}

/* Fails with a reason that takes the place of the reply's message. */
static void fail(struct haul_session *s, struct hl_task *task,
                 const struct hl_reply *reply, const char *why)
{
    struct hl_reply failed = *reply;
    if (why != NULL)
        failed.message = why;
    hl_run_conclude(s, task, &failed, HAUL_OUTCOME_FAILED);
}

/* @return 0, UV_ENOMEM, or another code with *why a static reason. */
static int follow(struct hl_task *task, const char *location, const char **why)
{
    struct hl_url url;
    int r = hl_url_parse(&url, location, why);
    if (r < 0) {
        *why = "redirect to a URL that is not http or https";
        return r;
    }
    *why = "redirect to a URL that is too long";
    r = move_to(task, &url);
    hl_url_release(&url);
    return r;
}

static void redirect(struct haul_session *s, struct hl_task *task,
                     const struct hl_reply *reply)
{
    const char *why;
    int r = follow(task, reply->location, &why);
    if (r < 0 && r != UV_ENOMEM) {
        task->attempts.made++;
        fail(s, task, reply, why);
        return;
    }
    if (r == 0)
        r = hl_task_set(task, &task->cookies, reply->cookies);
    if (r < 0) {
        hl_run_report_code(s, task, r);
        return;
    }
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_REDIRECT, task->url, .job = task->job.id,
                  .value = task->attempts.redirects,
                  .value2 = reply->http_status);
    hl_run_enqueue(s, task, true);
}

/* The name was taken between intake and publishing: --if-exists again. */
static void rename_task(struct haul_session *s, struct hl_task *task,
                        const struct hl_reply *reply)
{
    enum hl_todo todo = hl_adopt_rename(s, task).todo;
    if (todo == HL_TODO_SKIP) {
        struct hl_reply skipped = *reply;
        skipped.error = HAUL_OK;
        hl_run_conclude(s, task, &skipped, HAUL_OUTCOME_SKIPPED);
        return;
    }
    task->attempts.made++;
    task->job.resume_from = 0;
    if (todo == HL_TODO_FAILED)
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_FAILED);
    else
        hl_run_enqueue(s, task, true);
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

static void try_mirror(struct haul_session *s, struct hl_task *task,
                       const struct hl_reply *reply)
{
    char url[HL_URL_MAX + 1];
    task->job.resume_from = 0;
    task->away = true;
    (void)hl_task_set(task, &task->cookies, NULL);
    (void)hl_task_set(task, &task->home, NULL);
    if (find_mirror(task, task->attempts.mirror, url) &&
        set_mirror(task, url) == 0)
        hl_run_enqueue(s, task, false);
    else
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_FAILED);
}

static void done(struct haul_session *s, struct hl_task *task,
                 const struct hl_reply *reply)
{
    if (task->adopting)
        hl_adopt_by_length(s, task, reply);
    else
        hl_run_conclude(s, task, reply,
                        reply->unchanged ? HAUL_OUTCOME_UNCHANGED
                                         : HAUL_OUTCOME_OK);
}

/* True while the network is down. */
static bool note_network(struct haul_session *s, const struct hl_host *host,
                         enum hl_network_sign sign, uint64_t start_ns,
                         uint64_t now)
{
    hl_outage_probe_ended(&s->outage);
    if (sign == HL_NETWORK_WORKS) {
        if (hl_outage_answered(&s->outage, now))
            HL_TRACE(s->trace, HL_EV_OUTAGE, .value = 0);
    } else if (sign == HL_NETWORK_SILENT && host->answered &&
               hl_outage_failed(&s->outage, start_ns, now)) {
        HL_TRACE(s->trace, HL_EV_OUTAGE, .value = 1);
        hl_run_unready(s);
    }
    s->stats.offline = hl_outage_is_on(&s->outage);
    return s->stats.offline;
}

static void note_pause(struct haul_session *s, struct hl_task *task,
                       uint64_t ms, uint64_t now)
{
    if (ms == 0)
        return;
    HL_TRACE_TEXT(s->trace, HL_EV_HOST_PAUSED, task->host->origin,
                  .value = (int64_t)ms);
    hl_schedule_pause(&s->schedule, task, now + ms * NS_PER_MS, now);
}

static void act(struct haul_session *s, struct hl_task *task,
                const struct hl_reply *reply, const struct hl_judgement *what)
{
    task->attempts = what->attempts;
    switch (what->next) {
    case HL_NEXT_DONE:
        done(s, task, reply);
        break;
    case HL_NEXT_AGAIN:
        if (what->counts)
            retry(s, task, reply, what->delay_ms);
        else
            repeat(s, task, reply, what->delay_ms);
        break;
    case HL_NEXT_REDIRECT:
        redirect(s, task, reply);
        break;
    case HL_NEXT_OTHER_NAME:
        rename_task(s, task, reply);
        break;
    case HL_NEXT_NO_ADOPTION:
        hl_adopt_refused(s, task);
        break;
    case HL_NEXT_MIRROR:
        try_mirror(s, task, reply);
        break;
    case HL_NEXT_FAILED:
        fail(s, task, reply, what->why);
        break;
    case HL_NEXT_LEFT:
        hl_run_conclude(s, task, reply, HAUL_OUTCOME_LEFT);
        break;
    }
}

/* What follows from the reply. The caller has filled in what it knows of the
 * host and the network. */
static struct hl_judgement judge(struct haul_session *s,
                                 const struct hl_task *task,
                                 const struct hl_reply *reply,
                                 struct hl_circumstances now)
{
    char mirror[HL_URL_MAX + 1];
    now.stopping = hl_run_is_stopping(s);
    now.adopting = task->adopting;
    now.has_mirror = task->mirrors != NULL &&
                     find_mirror(task, task->attempts.mirror + 1, mirror);
    now.url = task->url;
    now.random = next_random(s);
    return hl_judge(&task->attempts, reply, &s->options, &now);
}

void hl_run_finish(struct hl_mode_owner *owner, struct hl_job *job,
                   const struct hl_reply *reply)
{
    struct haul_session *s = container_of(owner, struct haul_session, owner);
    struct hl_task *task = container_of(job, struct hl_task, job);
    uint64_t now = uv_hrtime();
    hl_window_remove(&s->window, task, now);
    s->stats.attempts++;
    if (hl_mode_traits(s->options.mode)->in_processes)
        atomic_fetch_add(&s->received, reply->received);
    s->has_lost = s->has_lost || reply->lost;
    hl_run_trace_attempt(s, task, reply);
    const struct hl_host_signs signs = hl_judge_host(reply);
    struct hl_circumstances known = {
        .offline =
            note_network(s, task->host, signs.network, reply->start_ns, now),
    };
    note_pause(s, task, signs.pause_ms, now);
    task->host->http_1 |= reply->http_1;
    known.rotated = hl_schedule_done(
        &s->schedule, task, known.offline ? HL_HOST_ANSWER_NONE : signs.answer,
        now);
    if (reply->exhausted)
        hl_window_note_shortage(&s->window, reply->start_ns, now);
    known.alone = hl_window_was_alone(&s->window, reply->start_ns);
    const struct hl_judgement what = judge(s, task, reply, known);
    task->job.fresh = what.fresh;
    act(s, task, reply, &what);
    hl_waker_soon(&s->waker);
}

/* An attempt that ended before it began: what an earlier one left stands. */
static struct hl_reply unmade_reply(struct hl_task *task, enum haul_error error,
                                    const char *message)
{
    hl_task_token(task, task->token);
    return (struct hl_reply){
        .error = error,
        .message = message,
        .connect_failed = true,
        .bytes = task->job.resume_from,
        .length =
            task->job.resume_total > 0 ? task->job.resume_total : UINT64_MAX,
        .etag = task->etag,
        .last_modified = task->last_modified,
        .part_token = task->part_inode != 0 ? task->token : NULL,
        .part_inode = task->part_inode,
        .part_url_fingerprint = task->job.part_url_fingerprint,
        .start_ns = uv_hrtime(),
    };
}

void hl_run_looked_up(void *arg, struct hl_host *host,
                      struct hl_addresses *addresses, enum haul_error error)
{
    struct haul_session *s = arg;
    HL_IN_CALLBACK(s->trace, HL_CB_LOOKUP);
    uint64_t now = uv_hrtime();
    HL_TRACE_TEXT(s->trace, HL_EV_LOOKUP, host->origin,
                  .value = addresses != NULL ? addresses->count : 0,
                  .value2 = (int64_t)host->lookup_us);
    const struct hl_circumstances known = {
        .offline = error == HAUL_ERR_DNS &&
                   note_network(s, host, HL_NETWORK_SILENT, now, now),
    };
    struct hl_task *task =
        hl_schedule_looked_up(&s->schedule, host, addresses, error, now);
    if (task != NULL) {
        const struct hl_reply reply =
            unmade_reply(task, error, "the host name could not be looked up");
        const struct hl_judgement what = judge(s, task, &reply, known);
        act(s, task, &reply, &what);
    }
    hl_waker_soon(&s->waker);
}

bool hl_run_fail_given_up(struct haul_session *s, unsigned most)
{
    enum haul_error why;
    struct hl_task *task;
    for (; most > 0; most--) {
        task = hl_schedule_pop_failing(&s->schedule, uv_hrtime(), &why);
        if (task == NULL)
            return false;
        const struct hl_reply reply = unmade_reply(
            task, why,
            why == HAUL_ERR_NODOMAIN
                ? haul_error_text(why)
                : "the host was given up: it could not be reached");
        const struct hl_judgement what =
            judge(s, task, &reply, (struct hl_circumstances){.given_up = true});
        act(s, task, &reply, &what);
    }
    return true;
}
