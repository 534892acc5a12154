/*
 * Looks at the files that the journal has on record. On a rerun these may be a
 * million files, and looking at them takes as long as all else together. So the
 * thread pool looks, a batch at a time, while the loop reads on.
 */
#include <stdlib.h>
#include <string.h>

#include "journal/done.h"
#include "journal/file.h"
#include "run/run.h"
#include "trace/loop_watch.h"
#include "util/checksum.h"
#include "util/container_of.h"
#include "util/part_file.h"
#include "util/xxh3.h"

enum { BATCH = 256, BATCHES_MAX = 8 };

struct check {
    struct hl_task *task;
    struct hl_known known;
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
        .stamp = check->known.stamp,
        .digests = check->digests,
        .xxh3 = check->xxh3[0] != '\0' ? check->xxh3 : NULL,
    };
    if (check->known.unsynced && record.stamp.identity != 0)
        record.stamp.identity = ~record.stamp.identity;
    hl_done_look(s->shared.root, check->task->path, &record, &s->stop,
                 &check->look);
    check->behind_link =
        check->look.done == HL_DONE_GONE &&
        hl_file_is_behind_link(s->shared.root, check->task->path, why,
                               sizeof(why));
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
    if (check->known.state != HL_JOURNAL_DONE && task->part_inode != 0) {
        char token[HL_TOKEN_SIZE];
        hl_task_token(task, token);
        (void)hl_part_file_remove_inode(s->shared.root, task->path, token,
                                        task->part_inode);
    }
}

static void end_done(struct haul_session *s, struct check *check)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_OK,
        .bytes = check->known.stamp.size,
        .sha256 = hl_digests_sha256(check->digests),
    };
    s->stats.already_done++;
    hl_run_report_task(s, check->task, &result);
}

static void skip(struct haul_session *s, struct hl_task *task, const char *why)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_SKIPPED,
        .message = why,
    };
    hl_run_report_task(s, task, &result);
}

/* The file is as haul wrote it. */
static void note_there(struct haul_session *s, struct check *check,
                       bool is_done)
{
    bool is_recorded = check->known.state == HL_JOURNAL_DONE;
    s->stats.rehashed += check->look.hashed;
    if (check->look.done == HL_DONE_MOVED || (is_done && !is_recorded))
        record_again(s, check);
    check->task->job.ours = check->look.stamp;
}

/* Fetches the URL, as decided. A file that is not there as it was is not asked
 * about. */
static void fetch(struct haul_session *s, struct check *check,
                  const struct hl_decision *decision)
{
    struct hl_task *task = check->task;
    task->job.taken = decision->taken;
    task->job.compare = decision->compare;
    if (decision->todo != HL_TODO_ASK) {
        (void)hl_task_set(task, &task->if_etag, NULL);
        (void)hl_task_set(task, &task->if_modified, NULL);
    }
    if (check->look.done == HL_DONE_CHANGED)
        task->job.ours.size = UINT64_MAX;
    hl_run_enqueue(s, task, false);
}

static void enact(struct haul_session *s, struct check *check,
                  const struct hl_decision *decision)
{
    switch (decision->todo) {
    case HL_TODO_DONE:
        end_done(s, check);
        break;
    case HL_TODO_VERIFY:
        hl_adopt(s, check->task);
        break;
    case HL_TODO_SKIP:
        skip(s, check->task, decision->why);
        break;
    default:
        fetch(s, check, decision);
        break;
    }
}

static bool fails_behind_link(struct haul_session *s, struct check *check)
{
    char why[HL_MESSAGE_MAX];
    bool fails = check->behind_link &&
                 hl_file_is_behind_link(s->shared.root, check->task->path, why,
                                        sizeof(why));
    if (fails)
        hl_run_report_failed(s, check->task, HAUL_ERR_IO, why);
    return fails;
}

static void act(struct haul_session *s, struct check *check)
{
    bool there =
        check->look.done == HL_DONE_SAME || check->look.done == HL_DONE_MOVED;
    struct hl_decision decision =
        hl_decide(&check->known, &s->options, &check->look);
    bool is_done = decision.todo == HL_TODO_DONE;
    if (!is_done && hl_run_is_stopping(s)) {
        hl_run_report_left(s, check->task);
    } else if (check->look.error < 0) {
        hl_run_report_code(s, check->task, check->look.error);
    } else if (there) {
        note_there(s, check, is_done);
        enact(s, check, &decision);
    } else if (!fails_behind_link(s, check)) {
        enact(s, check, &decision);
    }
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
                 const struct hl_known *known,
                 const struct hl_journal_file *file)
{
    *check = (struct check){
        .task = task,
        .known = *known,
        .look = {.done = HL_DONE_GONE},
        .digests = file->digests != NULL ? strdup(file->digests) : NULL,
    };
    if (file->xxh3 != NULL && strlen(file->xxh3) < sizeof(check->xxh3))
        memcpy(check->xxh3, file->xxh3, strlen(file->xxh3) + 1);
}

/* Where there is no memory for a batch. */
static void check_here(struct haul_session *s, struct hl_task *task,
                       const struct hl_known *known,
                       const struct hl_journal_file *file)
{
    struct check check;
    fill(&check, task, known, file);
    look(s, &check);
    act(s, &check);
}

void hl_check_add(struct haul_session *s, struct hl_task *task,
                  const struct hl_known *known,
                  const struct hl_journal_file *file)
{
    struct hl_check_batch *batch = batch_of(s);
    if (batch == NULL) {
        check_here(s, task, known, file);
        return;
    }
    fill(&batch->checks[batch->count++], task, known, file);
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
