#include "run/checks.h"

#include <stdlib.h>
#include <string.h>

#include "journal/on_disk.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/file.h"

enum { BATCH = 256, BATCHES_MAX = 8 };

/* Owned by the checks while it is gathered, then by the pool, until its
 * after-work callback frees it. */
struct hl_check_batch {
    uv_work_t work;
    struct hl_checks *owner;
    unsigned count;
    struct hl_check checks[BATCH];
};

/* Any thread. */
static void look(const struct hl_checks *checks, struct hl_check *check)
{
    hl_on_disk_look(checks->root, &check->known, checks->stop, &check->look);
    check->behind_link =
        check->look.found == HL_FOUND_GONE &&
        hl_file_is_behind_link(checks->root, check->task->path, NULL, 0);
}

static void on_uv_work(uv_work_t *work)
{
    struct hl_check_batch *batch =
        container_of(work, struct hl_check_batch, work);
    const struct hl_checks *checks = batch->owner;
    for (unsigned i = 0; i < batch->count && hl_stop_level(checks->stop) == 0;
         i++)
        look(checks, &batch->checks[i]);
}

static void tell(struct hl_checks *checks, struct hl_check *check)
{
    checks->looked(checks->arg, check);
    free(check->digests);
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct hl_check_batch *batch =
        container_of(work, struct hl_check_batch, work);
    struct hl_checks *checks = batch->owner;
    HL_IN_CALLBACK(checks->trace, HL_CB_CHECK);
    (void)status; /* never cancelled through uv_cancel() */
    checks->batches--;
    for (unsigned i = 0; i < batch->count; i++)
        tell(checks, &batch->checks[i]);
    free(batch);
}

/* The batch that is being gathered; NULL without memory. */
static struct hl_check_batch *batch_of(struct hl_checks *checks)
{
    struct hl_check_batch *batch = checks->batch;
    if (batch != NULL)
        return batch;
    batch = checks->batch = malloc(sizeof(*batch));
    if (batch != NULL) {
        batch->owner = checks;
        batch->count = 0;
    }
    return batch;
}

static void fill(struct hl_check *check, struct hl_task *task,
                 const struct hl_known *known)
{
    *check = (struct hl_check){
        .task = task,
        .known = *known,
        .look = {.found = HL_FOUND_GONE},
        .digests = known->digests != NULL ? strdup(known->digests) : NULL,
    };
    check->known.name = task->path;
    check->known.digests = check->digests;
    check->known.xxh3 = NULL;
    if (known->xxh3 == NULL || strlen(known->xxh3) >= sizeof(check->xxh3))
        return;
    memcpy(check->xxh3, known->xxh3, strlen(known->xxh3) + 1);
    check->known.xxh3 = check->xxh3;
}

/* Where there is no memory for a batch. */
static void look_here(struct hl_checks *checks, struct hl_task *task,
                      const struct hl_known *known)
{
    struct hl_check check;
    fill(&check, task, known);
    look(checks, &check);
    tell(checks, &check);
}

void hl_checks_add(struct hl_checks *checks, struct hl_task *task,
                   const struct hl_known *known)
{
    struct hl_check_batch *batch = batch_of(checks);
    if (batch == NULL) {
        look_here(checks, task, known);
        return;
    }
    fill(&batch->checks[batch->count++], task, known);
    if (batch->count == BATCH)
        hl_checks_send(checks);
}

void hl_checks_send(struct hl_checks *checks)
{
    if (checks->batch == NULL)
        return;
    checks->batches++;
    uv_queue_work(checks->loop, &checks->batch->work, on_uv_work,
                  on_uv_after_work);
    checks->batch = NULL;
}

bool hl_checks_have_room(const struct hl_checks *checks)
{
    return checks->batches < BATCHES_MAX;
}
