/* How tasks end: their records in the journal and their results. */
#include "engine/journal.h"
#include "engine/run.h"

enum { NS_PER_US = 1000 };

/* The result that every task ends with; frees the task. */
void hl_run_report(struct haul_session *s, struct hl_task *task,
                   struct haul_result *result)
{
    result->line = task->line;
    result->id = task->id;
    result->url = task->asked;
    result->file = task->path;
    s->stats.outcomes[result->outcome]++;
    s->stats.errors[result->error]++;
    s->alive--;
    HL_TRACE_TEXT(s->trace, HL_EV_JOB_DONE, haul_outcome_word(result->outcome),
                  .job = task->job.id, .value = result->http_status,
                  .value2 = result->attempts);
    s->callbacks.result(s->callbacks.arg, result);
    hl_task_free(task);
}

void hl_run_report_left(struct haul_session *s, struct hl_task *task)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_LEFT,
        .error = HAUL_ERR_CANCELLED,
        .message = "interrupted",
        .attempts = task->tries,
    };
    hl_run_report(s, task, &result);
}

void hl_run_report_no_memory(struct haul_session *s, struct hl_task *task)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = HAUL_ERR_IO,
        .sys_errno = -UV_ENOMEM,
        .message = "out of memory",
        .attempts = task->tries,
    };
    hl_run_report(s, task, &result);
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

void hl_run_fill_result(const struct haul_session *s,
                        const struct hl_task *task,
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
        .attempts = task->tries,
        .worker = reply->worker,
        .http = http_word(reply->http_version),
        .reused = reply->reused,
        .start_us = start > began ? (start - began) / NS_PER_US : 0,
        .times = reply->times,
    };
    out->times.queued =
        start > task->queued_ns ? (start - task->queued_ns) / NS_PER_US : 0;
    out->times.total += out->times.queued;
}

static void record(struct haul_session *s, const struct hl_task *task,
                   const struct hl_reply *reply, enum haul_outcome outcome)
{
    int r = 0;
    if (outcome == HAUL_OUTCOME_OK)
        r = hl_journal_done(s->journal, &task->key, task->path,
                            &(struct hl_journal_part){
                                .size = reply->bytes,
                                .etag = reply->etag,
                                .last_modified = reply->last_modified,
                            });
    else if (reply->bytes > 0 && reply->error != HAUL_OK)
        r = hl_journal_part(s->journal, &task->key, task->path,
                            &(struct hl_journal_part){
                                .size = reply->bytes,
                                .etag = reply->etag,
                                .last_modified = reply->last_modified,
                            });
    if (r == 0 && outcome == HAUL_OUTCOME_FAILED)
        r = hl_journal_failed(s->journal, &task->key, task->path,
                              &(struct hl_journal_failure){
                                  .error = haul_error_word(reply->error),
                                  .http_status = reply->http_status,
                                  .attempts = task->tries,
                              });
    if (r < 0)
        hl_run_end(s, r);
}

void hl_run_conclude(struct haul_session *s, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome)
{
    struct haul_result result;
    record(s, task, reply, outcome);
    hl_run_fill_result(s, task, reply, &result);
    result.outcome = outcome;
    if (reply->error == HAUL_ERR_DISK_FULL)
        hl_run_end(s, UV_ENOSPC);
    hl_run_report(s, task, &result);
}
