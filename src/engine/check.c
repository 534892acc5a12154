/*
 * Files that should be there, as the journal says that they are done. On a
 * rerun those are all, and looking at a million files takes as long as all
 * else together: the thread pool looks, a batch at a time, while the loop
 * reads on.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/file.h"
#include "engine/run.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"

enum { BATCH = 256, BATCHES_MAX = 8 };

struct check {
    struct hl_task *task;
    uint64_t size; /* that the file should have */
    char *sha256;  /* of the journal; or NULL */
    bool there;
    bool behind_link; /* which is not to be followed */
};

/* Owned by the session while it is gathered, then by the pool, until its
 * after-work callback frees it. */
struct hl_check_batch {
    uv_work_t work;
    struct haul_session *s;
    unsigned count;
    struct check checks[BATCH];
};

/* Any thread. */
static void look(const struct haul_session *s, struct check *check)
{
    uint64_t size;
    char why[HL_MESSAGE_MAX];
    check->there = hl_file_size(s->env.root, check->task->path, &size) &&
                   size == check->size;
    check->behind_link =
        !check->there && hl_file_is_behind_link(s->env.root, check->task->path,
                                                why, sizeof(why));
}

/* It is done, or to be fetched again. */
static void act(struct haul_session *s, struct check *check)
{
    struct hl_task *task = check->task;
    char why[HL_MESSAGE_MAX];
    const struct haul_result done = {
        .outcome = HAUL_OUTCOME_OK,
        .bytes = check->size,
        .sha256 = check->sha256,
    };
    if (check->there) {
        struct haul_result result = done;
        s->stats.already_done++;
        hl_run_report_task(s, task, &result);
    } else if (check->behind_link &&
               hl_file_is_behind_link(s->env.root, task->path, why,
                                      sizeof(why))) {
        hl_run_report_failed(s, task, HAUL_ERR_IO, why);
    } else if (hl_run_is_stopping(s)) {
        hl_run_report_left(s, task);
    } else {
        hl_run_enqueue(s, task, false);
    }
    free(check->sha256);
}

static void on_uv_work(uv_work_t *work)
{
    struct hl_check_batch *batch =
        container_of(work, struct hl_check_batch, work);
    for (unsigned i = 0; i < batch->count; i++)
        look(batch->s, &batch->checks[i]);
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct hl_check_batch *batch =
        container_of(work, struct hl_check_batch, work);
    struct haul_session *s = batch->s;
    HL_IN_CALLBACK(s->trace, HL_CB_CHECK);
    (void)status; /* never cancelled through uv_cancel() */
    s->batches--;
    for (unsigned i = 0; i < batch->count; i++)
        act(s, &batch->checks[i]);
    free(batch);
    hl_run_kick(s);
}

/* The batch that is being gathered; NULL without memory. */
static struct hl_check_batch *batch_of(struct haul_session *s)
{
    struct hl_check_batch *batch = s->batch;
    if (batch != NULL)
        return batch;
    batch = s->batch = malloc(sizeof(*batch));
    if (batch != NULL) {
        batch->s = s;
        batch->count = 0;
    }
    return batch;
}

void hl_check_add(struct haul_session *s, struct hl_task *task,
                  const struct haul_result *expected)
{
    struct hl_check_batch *batch = batch_of(s);
    struct check check = {
        .task = task,
        .size = expected->bytes,
        .sha256 = expected->sha256 != NULL ? strdup(expected->sha256) : NULL,
    };
    if (batch == NULL) {
        look(s, &check);
        act(s, &check);
        return;
    }
    batch->checks[batch->count++] = check;
    if (batch->count == BATCH)
        hl_check_send(s);
}

void hl_check_send(struct haul_session *s)
{
    if (s->batch == NULL)
        return;
    s->batches++;
    uv_queue_work(s->loop, &s->batch->work, on_uv_work, on_uv_after_work);
    s->batch = NULL;
}

bool hl_check_has_room(const struct haul_session *s)
{
    return s->batches < BATCHES_MAX;
}
