#include "run/conclude.h"

#include "journal/journal_entry.h"
#include "util/checksum.h"
#include "util/time_units.h"

void hl_run_fail(struct hl_run *run, struct hl_task *task,
                 enum haul_error error, int sys_errno, const char *message)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = error,
        .sys_errno = sys_errno,
        .message = message,
        .attempts = task->attempts.made,
    };
    (void)hl_records_failed(&run->records, task, error, 0);
    hl_results_give_task(&run->results, task, &result);
}

void hl_run_fail_code(struct hl_run *run, struct hl_task *task, int code)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = code == UV_ENOSPC ? HAUL_ERR_DISK_FULL : HAUL_ERR_IO,
        .sys_errno = -code,
        .message = haul_strerror(code),
        .attempts = task->attempts.made,
    };
    if (code == UV_ENOSPC || code == UV_EIO)
        hl_cancel_fail(&run->cancel, code);
    hl_results_give_task(&run->results, task, &result);
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

/* When the attempt began to wait for its turn, in µs of uv_hrtime(). */
static uint64_t begin_us(const struct hl_task *task,
                         const struct hl_reply *reply)
{
    uint64_t begin =
        task->queued_ns < reply->start_ns ? task->queued_ns : reply->start_ns;
    return begin / HL_NS_PER_US;
}

uint64_t hl_run_complete_times(const struct hl_task *task,
                               struct hl_reply *reply, uint64_t now_ns)
{
    struct haul_times *times = &reply->times;
    uint64_t begin = begin_us(task, reply);
    uint64_t waited = reply->start_ns / HL_NS_PER_US - begin;
    uint64_t lookup = task->looked_up_us < waited ? task->looked_up_us : waited;
    /* Part of the time in the queue was the lookup of the host. */
    times->queued = waited - lookup;
    times->dns += lookup;
    uint64_t known = hl_times_sum(times);
    uint64_t total = now_ns / HL_NS_PER_US - begin;
    uint64_t late = total > known ? total - known : 0;
    times->ready += late;
    times->total = known + late;
    return late;
}

/* Fills in a result from the reply, except for its outcome. */
static void fill(const struct hl_run *run, const struct hl_task *task,
                 const struct hl_reply *reply, struct haul_result *out)
{
    uint64_t begin = begin_us(task, reply);
    uint64_t began = run->results.counts.started_us;
    *out = (struct haul_result){
        .error = reply->error,
        .why = reply->why,
        .message = reply->message,
        .curl_code = reply->curl_code,
        .sys_errno = reply->sys_errno,
        .http_status = reply->http_status,
        .bytes = reply->bytes,
        .resumed_from = reply->resumed_from,
        .sha256 = hl_digests_sha256(reply->digests),
        .xxh3 = reply->xxh3,
        .aside = reply->aside,
        .had_file = task->job.taken == HL_TAKEN_OURS &&
                    task->job.ours.size != HL_OURS_NO_FILE,
        .attempts = task->attempts.made,
        .worker = reply->worker,
        .http = http_word(reply->http_version),
        .reused = reply->reused,
        .start_us = begin > began ? begin - began : 0,
        .times = reply->times,
    };
}

/* Of a request that is sent once, the next run must know whether it was sent: a
 * claim alone says that it may have been. */
static void record_left(struct hl_run *run, struct hl_task *task)
{
    if (task->claimed && hl_sends_once(run->options))
        (void)hl_records_failed(&run->records, task, HAUL_ERR_CANCELLED, 0);
}

static void record(struct hl_run *run, struct hl_task *task,
                   const struct hl_reply *reply, enum haul_outcome outcome)
{
    /* Weak validators are enough to ask whether the file has changed. */
    const struct hl_journal_file file = {
        .etag = reply->etag_any,
        .last_modified = reply->last_modified_any,
        .digests = reply->digests,
        .stamp = reply->stamp,
        .xxh3 = reply->xxh3,
    };
    const struct hl_part part = {
        .length = reply->length,
        .etag = reply->etag,
        .last_modified = reply->last_modified,
        .token = reply->part_token,
        .inode = reply->part_inode,
        .url_fingerprint = reply->part_url_fingerprint,
    };
    if (outcome == HAUL_OUTCOME_OK)
        (void)hl_records_done(&run->records, task, &file);
    else if (reply->bytes > 0 && reply->error != HAUL_OK)
        (void)hl_records_part(&run->records, task, reply->bytes, &part);
    if (outcome == HAUL_OUTCOME_FAILED)
        (void)hl_records_failed(&run->records, task, reply->error,
                                reply->http_status);
    else if (outcome == HAUL_OUTCOME_LEFT)
        record_left(run, task);
}

void hl_run_conclude(struct hl_run *run, struct hl_task *task,
                     const struct hl_reply *reply, enum haul_outcome outcome)
{
    struct haul_result result;
    record(run, task, reply, outcome);
    fill(run, task, reply, &result);
    result.outcome = outcome;
    if (reply->error == HAUL_ERR_DISK_FULL)
        hl_cancel_fail(&run->cancel, UV_ENOSPC);
    hl_results_give_task(&run->results, task, &result);
}

void hl_run_leave(struct hl_run *run, struct hl_task *task)
{
    record_left(run, task);
    hl_results_leave_task(&run->results, task);
}
