/* What the journal and the user are told: of parts, of ends, of results. */
#include <string.h>

#include "policy/cause.h"
#include "run/run.h"
#include "util/checksum.h"
#include "util/container_of.h"

enum { NS_PER_US = 1000 };

void hl_run_report(struct haul_session *s, uint64_t job,
                   struct haul_result *result)
{
    s->stats.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        s->stats.errors[result->error]++;
    s->alive--;
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_DONE, haul_outcome_word(result->outcome),
                  .job = job, .value = result->http_status,
                  .value2 = result->attempts);
    s->callbacks.result(s->callbacks.arg, result);
}

void hl_run_report_task(struct haul_session *s, struct hl_task *task,
                        struct haul_result *result)
{
    result->line = task->line;
    result->id = task->id;
    result->url = task->asked;
    result->file = s->options.output_fd > 0 ? NULL : task->path;
    hl_run_report(s, task->job.id, result);
    hl_task_free(task);
}

void hl_run_report_left(struct haul_session *s, struct hl_task *task)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_LEFT,
        .error = HAUL_ERR_CANCELLED,
        .message = "interrupted",
        .attempts = task->attempts.made,
    };
    hl_run_report_task(s, task, &result);
}

enum { OWN_SIZE = 4 };

/* What a request needs beside its URL and the run's options. */
static void put_own(const struct haul_session *s, const struct hl_task *task,
                    char out[OWN_SIZE])
{
    const char *common = s->options.user;
    bool user = task->user != NULL &&
                (common == NULL || strcmp(task->user, common) != 0);
    char *to = out;
    if (task->headers != NULL)
        *to++ = HL_OWN_HEADERS;
    if (user)
        *to++ = HL_OWN_USER;
    if (task->checksum != NULL)
        *to++ = HL_OWN_CHECKSUM;
    if (to == out)
        *to++ = HL_OWN_NOTHING;
    *to = '\0';
}

/* One that failed before its first attempt has no claim yet. */
static void record_failure(struct haul_session *s, struct hl_task *task,
                           enum haul_error error, long http_status)
{
    const struct hl_key key = hl_task_key(task);
    char options_hash[HL_OPTIONS_HASH_SIZE];
    char own[OWN_SIZE];
    hl_cause_options_hash(options_hash, &s->options, error, task->checksum);
    put_own(s, task, own);
    const struct hl_journal_failure failure = {
        .error = haul_error_word(error),
        .http_status = http_status,
        .attempts = task->attempts.made,
        .options_hash = options_hash[0] != '\0' ? options_hash : NULL,
        .own = own,
    };
    int r = 0;
    if (!task->claimed)
        r = hl_journal_claim(s->journal, &key, task->path);
    if (r == 0)
        r = hl_journal_failed(s->journal, &key, task->path, &failure);
    task->claimed = true;
    if (r < 0)
        hl_run_end(s, r);
}

void hl_run_report_failed(struct haul_session *s, struct hl_task *task,
                          enum haul_error error, const char *message)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = error,
        .message = message,
        .attempts = task->attempts.made,
    };
    record_failure(s, task, error, 0);
    hl_run_report_task(s, task, &result);
}

void hl_run_report_code(struct haul_session *s, struct hl_task *task, int code)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = code == UV_ENOSPC ? HAUL_ERR_DISK_FULL : HAUL_ERR_IO,
        .sys_errno = -code,
        .message = haul_strerror(code),
        .attempts = task->attempts.made,
    };
    if (code == UV_ENOSPC || code == UV_EIO)
        hl_run_end(s, code);
    hl_run_report_task(s, task, &result);
}

static const char *http_word(uint32_t version)
{
    switch (version) {
    case 10:
        return "1.0";
    case 11:
        return "1.1";
    case 20:
        return "2";
    default:
        return NULL;
    }
}

/* All that a reply says of a result, but for its outcome. */
static void fill(const struct haul_session *s, const struct hl_task *task,
                 const struct hl_reply *reply, struct haul_result *out)
{
    uint64_t start = reply->start_ns;
    uint64_t began = s->stats.started_us * NS_PER_US;
    *out = (struct haul_result){
        .error = reply->error,
        .message = reply->message,
        .curl_code = reply->curl_code,
        .sys_errno = reply->sys_errno,
        .http_status = reply->http_status,
        .bytes = reply->bytes,
        .resumed_from = reply->resumed_from,
        .sha256 = hl_digests_sha256(reply->digests),
        .aside = reply->aside,
        .attempts = task->attempts.made,
        .worker = reply->worker,
        .http = http_word(reply->http_version),
        .reused = reply->reused,
        .start_us = start > began ? (start - began) / NS_PER_US : 0,
        .times = reply->times,
    };
    struct haul_times *times = &out->times;
    times->queued =
        start > task->queued_ns ? (start - task->queued_ns) / NS_PER_US : 0;
    /* Of the wait in the queue, what its host's lookup took. */
    uint64_t lookup =
        task->looked_up_us < times->queued ? task->looked_up_us : times->queued;
    times->total += times->queued;
    times->queued -= lookup;
    times->dns += lookup;
}

static uint64_t known_length(uint64_t length)
{
    return length < UINT64_MAX ? length : 0;
}

static void record(struct haul_session *s, const struct hl_task *task,
                   const struct hl_reply *reply, enum haul_outcome outcome)
{
    const struct hl_key key = hl_task_key(task);
    /* Weak validators are enough to ask whether the file has changed. */
    const struct hl_journal_file file = {
        .etag = reply->etag_any,
        .last_modified = reply->last_modified_any,
        .digests = reply->digests,
        .stamp = reply->stamp,
        .xxh3 = reply->xxh3,
    };
    const struct hl_journal_part part = {
        .size = reply->bytes,
        .etag = reply->etag,
        .last_modified = reply->last_modified,
        .token = reply->part_token,
        .inode = reply->part_inode,
        .url_fingerprint = reply->part_url_fingerprint,
        .total = known_length(reply->length),
    };
    int r = 0;
    if (outcome == HAUL_OUTCOME_OK)
        r = hl_journal_done(s->journal, &key, task->path, &file);
    else if (reply->bytes > 0 && reply->error != HAUL_OK)
        r = hl_journal_part(s->journal, &key, task->path, &part);
    if (r < 0)
        hl_run_end(s, r);
}

void hl_run_conclude(struct haul_session *s, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome)
{
    struct haul_result result;
    record(s, task, reply, outcome);
    if (outcome == HAUL_OUTCOME_FAILED)
        record_failure(s, task, reply->error, reply->http_status);
    fill(s, task, reply, &result);
    result.outcome = outcome;
    if (reply->error == HAUL_ERR_DISK_FULL)
        hl_run_end(s, UV_ENOSPC);
    hl_run_report_task(s, task, &result);
}

/* Without a size: how much of it reaches the disk is for its file to say. */
int hl_run_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_part *part)
{
    struct haul_session *s = container_of(owner, struct haul_session, owner);
    struct hl_task *task = container_of(job, struct hl_task, job);
    const struct hl_key key = hl_task_key(task);
    int r = hl_journal_part(s->journal, &key, task->path,
                            &(struct hl_journal_part){
                                .etag = part->etag,
                                .last_modified = part->last_modified,
                                .token = part->token,
                                .inode = part->inode,
                                .url_fingerprint = part->url_fingerprint,
                                .total = known_length(part->length),
                            });
    if (r == 0)
        r = hl_journal_post(s->journal);
    if (r < 0)
        hl_run_end(s, r);
    hl_task_set_part(task, part->token, part->inode);
    job->recorded = part->etag != NULL || part->last_modified != NULL;
    return r;
}
