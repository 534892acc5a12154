/*
 * Looks at the files that the journal has on record. On a rerun these may be a
 * million files, and looking at them takes as long as all else together. So the
 * thread pool looks, a batch at a time, while the loop reads on.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/done.h"
#include "engine/file.h"
#include "engine/run.h"
#include "trace/loop_watch.h"
#include "transfer/part_file.h"
#include "util/checksum.h"
#include "util/container_of.h"
#include "util/xxh3.h"

enum { BATCH = 256, BATCHES_MAX = 8 };

struct check {
    struct hl_task *task;
    enum hl_check_then then;
    bool is_done;  /* the URL is on record as done */
    bool unsynced; /* the machine may have gone down before the bytes were on
                      disk */
    struct hl_stamp stamp;       /* on record */
    char xxh3[HL_XXH3_HEX_SIZE]; /* on record; "": none is */
    char *digests;               /* on record; or NULL */
    struct hl_done_look look;    /* what was found */
    bool behind_link;            /* the file lies behind a link that must not be
                                    followed */
};

/* Owned by the session while it is gathered, then by the pool, until its
 * after-work callback frees it. */
struct hl_check_batch {
    uv_work_t work;
    struct haul_session *s;
    unsigned count;
    struct check checks[BATCH];
};

/* Looks at one file. Any thread. After a power cut the stamp may be right
 * though the bytes never reached the disk: a stamp that cannot match makes
 * hl_done_look() read them. */
static void look(const struct haul_session *s, struct check *check)
{
    char why[HL_MESSAGE_MAX];
    struct hl_journal_file record = {
        .stamp = check->stamp,
        .digests = check->digests,
        .xxh3 = check->xxh3[0] != '\0' ? check->xxh3 : NULL,
    };
    if (check->unsynced && record.stamp.identity != 0)
        record.stamp.identity = ~record.stamp.identity;
    hl_done_look(s->env.root, check->task->path, &record, &s->stop,
                 &check->look);
    check->behind_link = check->look.done == HL_DONE_GONE &&
                         hl_file_is_behind_link(s->env.root, check->task->path,
                                                why, sizeof(why));
}

/* Records the file as done, with the stamp that it has now. Where the URL was
 * not done, a part on record is of no use any more and is removed. */
static void record_again(struct haul_session *s, const struct check *check)
{
    struct hl_task *task = check->task;
    const struct hl_key key = hl_task_key(task);
    struct hl_journal_entry entry;
    int r = hl_journal_find(s->journal, &key, &entry);
    if (r == 0 && entry.has_file) {
        entry.file.stamp = check->look.stamp;
        r = hl_journal_done(s->journal, &key, task->path, &entry.file);
    }
    hl_journal_entry_release(&entry);
    if (r < 0)
        hl_run_end(s, r);
    if (!check->is_done && task->part_inode != 0) {
        char token[HL_TOKEN_SIZE];
        hl_task_token(task, token);
        hl_part_file_remove_inode(s->env.root, task->path, token,
                                  task->part_inode);
    }
}

static void end_done(struct haul_session *s, struct check *check)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_OK,
        .bytes = check->stamp.size,
        .sha256 = hl_digests_sha256(check->digests),
    };
    s->stats.already_done++;
    hl_run_report_task(s, check->task, &result);
}

/* The file is as haul wrote it. */
static void on_there(struct haul_session *s, struct check *check)
{
    bool done = check->then == HL_CHECK_THEN_DONE;
    s->stats.rehashed += check->look.hashed;
    if (check->look.done == HL_DONE_MOVED || (done && !check->is_done))
        record_again(s, check);
    check->task->job.ours = check->look.stamp;
    if (done)
        end_done(s, check);
    else if (check->then == HL_CHECK_THEN_VERIFY)
        hl_adopt(s, check->task);
    else
        hl_run_enqueue(s, check->task, false);
}

static void skip(struct haul_session *s, struct hl_task *task, const char *why)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_SKIPPED,
        .message = why,
    };
    hl_run_report_task(s, task, &result);
}

/* May a power cut have torn the file? Then the change is nobody's work. A torn
 * file is never longer or newer than what haul wrote. */
static bool is_torn(const struct check *check)
{
    const struct hl_stamp *found = &check->look.stamp;
    return check->unsynced && check->stamp.identity != 0 &&
           found->identity != 0 && found->size <= check->stamp.size &&
           found->mtime_ns <= check->stamp.mtime_ns;
}

/* Somebody has changed the file or put another in its place. Or a run replaced
 * it and was killed before it recorded that: then the file that is fetched now
 * has the same bytes. */
static void on_changed(struct haul_session *s, struct check *check)
{
    struct hl_task *task = check->task;
    bool torn = is_torn(check);
    if (torn || s->options.if_exists == HAUL_IF_EXISTS_OVERWRITE)
        task->job.taken = HL_TAKEN_REPLACE;
    task->job.ours.size = UINT64_MAX;
    task->job.compare = true;
    if (!torn && s->options.if_exists == HAUL_IF_EXISTS_SKIP)
        skip(s, task, "it was changed since haul wrote it");
    else
        hl_run_enqueue(s, task, false);
}

/* The file on record is not there as it was: the URL is fetched whole. */
static void forget(struct haul_session *s, struct check *check)
{
    struct hl_task *task = check->task;
    (void)hl_task_set(task, &task->if_etag, NULL);
    (void)hl_task_set(task, &task->if_modified, NULL);
    if (check->look.done == HL_DONE_CHANGED) {
        on_changed(s, check);
        return;
    }
    task->job.taken = HL_TAKEN_GONE;
    hl_run_enqueue(s, task, false);
}

static void act(struct haul_session *s, struct check *check)
{
    bool there =
        check->look.done == HL_DONE_SAME || check->look.done == HL_DONE_MOVED;
    bool done = there && check->then == HL_CHECK_THEN_DONE;
    char why[HL_MESSAGE_MAX];
    if (check->behind_link &&
        hl_file_is_behind_link(s->env.root, check->task->path, why,
                               sizeof(why)))
        hl_run_report_failed(s, check->task, HAUL_ERR_IO, why);
    else if (!done && hl_run_is_stopping(s))
        hl_run_report_left(s, check->task);
    else if (there)
        on_there(s, check);
    else if (s->options.retry_failed && check->is_done)
        skip(s, check->task, "it has not failed");
    else
        forget(s, check);
    free(check->digests);
}

static void on_uv_work(uv_work_t *work)
{
    struct hl_check_batch *batch =
        container_of(work, struct hl_check_batch, work);
    for (unsigned i = 0; i < batch->count && !hl_run_is_stopping(batch->s); i++)
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

/* Until it has been looked at there is no file. */
static void fill(struct check *check, struct hl_task *task,
                 const struct hl_journal_entry *entry, enum hl_check_then then)
{
    const struct hl_journal_file *file = &entry->file;
    *check = (struct check){
        .task = task,
        .then = then,
        .is_done = entry->state == HL_JOURNAL_DONE,
        .look = {.done = HL_DONE_GONE},
        .unsynced = entry->unsynced,
        .stamp = file->stamp,
        .digests = file->digests != NULL ? strdup(file->digests) : NULL,
    };
    if (file->xxh3 != NULL && strlen(file->xxh3) < sizeof(check->xxh3))
        memcpy(check->xxh3, file->xxh3, strlen(file->xxh3) + 1);
}

void hl_check_add(struct haul_session *s, struct hl_task *task,
                  const struct hl_journal_entry *entry, enum hl_check_then then)
{
    struct hl_check_batch *batch = batch_of(s);
    struct check alone;
    struct check *check =
        batch != NULL ? &batch->checks[batch->count++] : &alone;
    fill(check, task, entry, then);
    if (batch == NULL) {
        look(s, check);
        act(s, check);
    } else if (batch->count == BATCH) {
        hl_check_send(s);
    }
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
