#include "worker/slot.h"

#include <stdio.h>
#include <string.h>

#include "util/container_of.h"
#include "util/error.h"
#include "util/part_file.h"
#include "util/time_units.h"

enum {
    DEATHS_MAX = 3,
    BACKOFF_MS = 100, /* doubled with each child that does not finish a job */
    BACKOFF_MAX_MS = 3000,
    BACKOFF_STEPS = 6
};

static uint16_t number(const struct hl_slot *slot)
{
    return (uint16_t)slot->number;
}

static const struct hl_shared *shared_of(const struct hl_slot *slot)
{
    return slot->group->shared;
}

/* Nobody knows whether a child that died has sent the request. */
static bool is_sent_once(const struct hl_slot *slot)
{
    return hl_sends_once(shared_of(slot)->options) && !slot->job->as_get;
}

static void give_back(struct hl_slot *slot, const struct hl_reply *reply)
{
    struct hl_job *job = slot->job;
    const struct hl_incoming_file end = {.received = reply->received};
    hl_incoming_note(shared_of(slot)->incoming, &slot->file, &end);
    slot->job = NULL;
    slot->group->finish(slot->group, job, reply);
}

/* Finishes the job without a reply of a worker. Nobody knows what the part
 * holds, so the reply says nothing of it. */
static void finish_by(struct hl_slot *slot, struct hl_reply reply)
{
    uint64_t now = uv_hrtime();
    reply.length = UINT64_MAX;
    reply.worker = number(slot);
    reply.sent = slot->begun_ns != 0 && is_sent_once(slot);
    reply.start_ns = slot->begun_ns ? slot->begun_ns : now;
    reply.times.wait = (now - reply.start_ns) / HL_NS_PER_US;
    give_back(slot, &reply);
}

static void finish_failed(struct hl_slot *slot, enum haul_error error,
                          const char *message)
{
    finish_by(slot, (struct hl_reply){.error = error, .message = message});
}

/* No other child may have the job, as this one may still write its files. */
static void finish_lost(struct hl_slot *slot)
{
    slot->lost = true;
    finish_by(slot, (struct hl_reply){
                        .error = HAUL_ERR_WORKER,
                        .message = "its worker stands still and cannot be "
                                   "killed, as with a disk that is gone",
                        .lost = true,
                    });
}

static void on_uv_timer(uv_timer_t *timer);

/* Finishes the job from the loop, because pump must not. */
static void finish_later(struct hl_slot *slot, enum haul_error error,
                         const char *message)
{
    slot->verdict = error;
    (void)snprintf(slot->message, sizeof(slot->message), "%s", message);
    uv_timer_start(&slot->timer, on_uv_timer, 0, 0);
}

/* The job as the next child gets it. After a child's death it begins from
 * nothing, as the part cannot be trusted. The dead child may have published the
 * file just before: compare finds that out. */
static struct hl_job job_to_send(const struct hl_slot *slot)
{
    struct hl_job job = *slot->job;
    if (slot->deaths > 0) {
        job.recorded =
            job.recorded || job.etag != NULL || job.last_modified != NULL;
        job.resume_from = 0;
        job.etag = NULL;
        job.last_modified = NULL;
        job.compare = true;
    }
    return job;
}

static void send_job(struct hl_slot *slot)
{
    struct hl_job job = job_to_send(slot);
    hl_incoming_end(shared_of(slot)->incoming, &slot->file);
    slot->begun_ns = uv_hrtime();
    int r = hl_child_send_job(slot->child, &job);
    if (r == UV_E2BIG) {
        finish_later(slot, HAUL_ERR_NAME, "the URL is too long for a worker");
        return;
    }
    if (r < 0) {
        finish_later(slot, HAUL_ERR_IO, hl_strerror(r));
        return;
    }
    HL_TRACE_TEXT(shared_of(slot)->trace, HL_EV_WORKER_JOB, slot->job->url,
                  .t_ns = slot->begun_ns, .job = slot->job->id,
                  .worker = number(slot), .value = number(slot));
}

static bool on_child_reply(void *arg, uint64_t job, struct hl_reply *reply);
static bool on_child_part(void *arg, uint64_t job, const struct hl_part *part,
                          int *code);
static void on_child_beat(void *arg, const struct hl_incoming_file *file);
static void on_child_gone(void *arg, const struct hl_child_end *end);

static int spawn(struct hl_slot *slot)
{
    struct hl_slot_group *group = slot->group;
    struct hl_child_hooks hooks = {.reply = on_child_reply,
                                   .part = on_child_part,
                                   .beat = on_child_beat,
                                   .gone = on_child_gone,
                                   .arg = slot};
    int r = hl_child_spawn(&slot->child, group->loop, group->shared,
                           number(slot), &hooks);
    if (r < 0)
        return r;
    group->children++;
    slot->served = 0;
    HL_TRACE(shared_of(slot)->trace, HL_EV_WORKER_START, .worker = number(slot),
             .value = number(slot), .value2 = hl_child_pid(slot->child));
    return 0;
}

static void begin(struct hl_slot *slot)
{
    int r = slot->child == NULL ? spawn(slot) : 0;
    if (r < 0)
        finish_later(slot, HAUL_ERR_IO, hl_strerror(r));
    else
        send_job(slot);
}

static uint64_t backoff_ms(const struct hl_slot *slot)
{
    unsigned steps =
        slot->barren < BACKOFF_STEPS ? slot->barren : BACKOFF_STEPS;
    uint64_t ms = steps > 0 ? (uint64_t)BACKOFF_MS << (steps - 1) : 0;
    return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

/* Begins the job, at once or when a child may be spawned again. */
static void begin_in_time(struct hl_slot *slot)
{
    uint64_t ms = slot->child == NULL ? backoff_ms(slot) : 0;
    slot->verdict = HAUL_OK;
    if (slot->group->broken[0] != '\0')
        finish_later(slot, HAUL_ERR_WORKER, slot->group->broken);
    else if (ms > 0)
        uv_timer_start(&slot->timer, on_uv_timer, ms, 0);
    else
        begin(slot);
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_slot *slot = container_of(timer, struct hl_slot, timer);
    if (slot->verdict != HAUL_OK)
        finish_failed(slot, slot->verdict, slot->message);
    else
        begin(slot);
}

/* Traces how long the worker was busy, now that the job is over. */
static void trace_busy(const struct hl_slot *slot, uint64_t end_ns)
{
    if (slot->begun_ns != 0)
        HL_TRACE(shared_of(slot)->trace, HL_EV_WORKER_BUSY,
                 .t_ns = slot->begun_ns, .job = slot->job->id,
                 .worker = number(slot),
                 .value = (int64_t)(end_ns - slot->begun_ns),
                 .value2 = number(slot));
}

/* A reply whose times do not fit into the time that its worker had gets other
 * ones. */
static void set_sound_times(const struct hl_slot *slot, struct hl_reply *reply,
                            uint64_t now)
{
    uint64_t begun = slot->begun_ns;
    if (reply->start_ns >= begun && reply->start_ns <= now &&
        hl_times_sum(&reply->times) <= (now - reply->start_ns) / HL_NS_PER_US &&
        reply->ready_first_us <= reply->times.ready &&
        reply->ready_pool_us <= reply->times.ready - reply->ready_first_us &&
        reply->file_pool_us <= reply->times.file &&
        reply->work_cpu_us <= reply->times.work)
        return;
    reply->start_ns = begun;
    reply->times = (struct haul_times){.wait = (now - begun) / HL_NS_PER_US};
    reply->ready_first_us = 0;
    reply->ready_pool_us = reply->file_pool_us = reply->work_cpu_us = 0;
}

static bool on_child_reply(void *arg, uint64_t job, struct hl_reply *reply)
{
    struct hl_slot *slot = arg;
    uint64_t now = uv_hrtime();
    if (slot->job == NULL || slot->job->id != job)
        return false;
    set_sound_times(slot, reply, now);
    slot->barren = 0;
    slot->served++;
    slot->group->ever_ready = true;
    trace_busy(slot, now);
    give_back(slot, reply);
    return true;
}

static bool on_child_part(void *arg, uint64_t job, const struct hl_part *part,
                          int *code)
{
    struct hl_slot *slot = arg;
    const struct hl_shared *shared = shared_of(slot);
    if (slot->job == NULL || slot->job->id != job)
        return false;
    *code = slot->group->part_begun(slot->group, slot->job, part);
    if (*code == 0 && shared->settle != NULL)
        *code = shared->settle(shared->settle_arg);
    return true;
}

/* A worker without a job may say what it likes. */
static void on_child_beat(void *arg, const struct hl_incoming_file *file)
{
    struct hl_slot *slot = arg;
    if (slot->job != NULL)
        hl_incoming_note(shared_of(slot)->incoming, &slot->file, file);
}

static void describe_end(const struct hl_child_end *end, unsigned timeout_s,
                         char *text, size_t size)
{
    const char *name = sigabbrev_np(end->signal);
    if (end->spawn_error < 0)
        (void)snprintf(text, size, "%s", hl_strerror(end->spawn_error));
    else if (end->broke)
        (void)snprintf(text, size, "a breach of the protocol");
    else if (end->silent)
        (void)snprintf(text, size, "standing still for %u s", timeout_s);
    else if (end->signal != 0)
        (void)snprintf(text, size, "signal %d (SIG%s)", end->signal,
                       name != NULL ? name : "?");
    else
        (void)snprintf(text, size, "exit status %d", (int)end->status);
}

static void give_up(struct hl_slot *slot, const struct hl_child_end *end)
{
    char cause[HL_SLOT_MESSAGE_MAX / 2];
    char message[HL_SLOT_MESSAGE_MAX];
    struct hl_slot_group *group = slot->group;
    describe_end(end, shared_of(slot)->options->worker_timeout_ms / 1000, cause,
                 sizeof(cause));
    if (!group->ever_ready) {
        (void)snprintf(group->broken, sizeof(group->broken),
                       "no worker can be started: %s", cause);
        finish_failed(slot, HAUL_ERR_WORKER, group->broken);
        return;
    }
    if (is_sent_once(slot))
        (void)snprintf(message, sizeof(message), "its worker died by %s",
                       cause);
    else
        (void)snprintf(message, sizeof(message),
                       "%d workers in a row died of it, the last by %s",
                       DEATHS_MAX, cause);
    finish_failed(slot, HAUL_ERR_WORKER, message);
}

/* Removes the temporary file that the child has made, if any. When the run is
 * stopping, a file on record is kept for the next run. */
static void remove_part(const struct hl_slot *slot, bool stopping)
{
    const struct hl_shared *shared = shared_of(slot);
    if (!stopping || !slot->job->recorded)
        (void)hl_part_file_remove(shared->root, slot->job->path, shared->token);
}

/* The child died and its job is still here. Where the timer is set already, it
 * will finish or begin the job. */
static void on_death(struct hl_slot *slot, const struct hl_child_end *end)
{
    bool stopping = hl_stop_level(shared_of(slot)->stop) > 0;
    remove_part(slot, stopping);
    if (uv_is_active((uv_handle_t *)&slot->timer))
        return;
    slot->deaths++;
    trace_busy(slot, uv_hrtime());
    if (end->lost)
        finish_lost(slot);
    else if (stopping)
        finish_failed(slot, HAUL_ERR_CANCELLED,
                      haul_error_text(HAUL_ERR_CANCELLED));
    else if (slot->deaths >= DEATHS_MAX || is_sent_once(slot))
        give_up(slot, end);
    else
        begin_in_time(slot);
}

static void on_child_gone(void *arg, const struct hl_child_end *end)
{
    struct hl_slot *slot = arg;
    struct hl_slot_group *group = slot->group;
    if (!end->lost)
        HL_TRACE(shared_of(slot)->trace, HL_EV_WORKER_EXIT,
                 .worker = number(slot), .value = number(slot),
                 .value2 = end->signal);
    slot->child = NULL;
    slot->barren = slot->served > 0 ? 0 : slot->barren + 1;
    group->children--;
    group->ever_ready = group->ever_ready || end->was_ready;
    if (slot->job != NULL)
        on_death(slot, end);
    group->child_gone(group);
}

void hl_slot_init(struct hl_slot *slot, struct hl_slot_group *group,
                  uint32_t number)
{
    *slot = (struct hl_slot){.group = group, .number = number};
    uv_timer_init(group->loop, &slot->timer);
}

void hl_slot_begin(struct hl_slot *slot, struct hl_job *job)
{
    slot->job = job;
    slot->deaths = 0;
    slot->begun_ns = 0;
    begin_in_time(slot);
}

void hl_slot_cancel(struct hl_slot *slot)
{
    if (slot->child != NULL)
        hl_child_cancel(slot->child);
    if (slot->job != NULL && uv_is_active((uv_handle_t *)&slot->timer)) {
        uv_timer_stop(&slot->timer);
        finish_failed(slot, HAUL_ERR_CANCELLED,
                      haul_error_text(HAUL_ERR_CANCELLED));
    }
}
