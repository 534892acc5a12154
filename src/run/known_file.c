/* A URL whose file the journal has on record: what becomes of it once the file
 * was looked at. */
#include "journal/file.h"
#include "run/run.h"
#include "util/checksum.h"
#include "util/part_file.h"

/* Records the file as done, with the stamp that it has now. Where the URL was
 * not done, a part on record is of no use any more and is removed. */
static void record_again(struct haul_session *s, const struct hl_check *check)
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
    if (!check->known.is_done && task->part_inode != 0) {
        char token[HL_TOKEN_SIZE];
        hl_task_token(task, token);
        (void)hl_part_file_remove_inode(s->shared.root, task->path, token,
                                        task->part_inode);
    }
}

static void end_done(struct haul_session *s, struct hl_check *check)
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
static void note_there(struct haul_session *s, struct hl_check *check,
                       bool is_done)
{
    bool is_recorded = check->known.is_done;
    s->stats.rehashed += check->look.hashed;
    if (check->look.found == HL_FOUND_MOVED || (is_done && !is_recorded))
        record_again(s, check);
    check->task->job.ours = check->look.stamp;
}

/* Fetches the URL, as decided. A file that is not there as it was is not asked
 * about. */
static void fetch(struct haul_session *s, struct hl_check *check,
                  const struct hl_decision *decision)
{
    struct hl_task *task = check->task;
    task->job.taken = decision->taken;
    task->job.compare = decision->compare;
    if (decision->todo != HL_TODO_ASK) {
        (void)hl_task_set(task, &task->if_etag, NULL);
        (void)hl_task_set(task, &task->if_modified, NULL);
    }
    if (check->look.found == HL_FOUND_CHANGED)
        task->job.ours.size = UINT64_MAX;
    hl_run_enqueue(s, task, false);
}

static void enact(struct haul_session *s, struct hl_check *check,
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

static bool fails_behind_link(struct haul_session *s, struct hl_check *check)
{
    char why[HL_MESSAGE_MAX];
    bool fails = check->behind_link &&
                 hl_file_is_behind_link(s->shared.root, check->task->path, why,
                                        sizeof(why));
    if (fails)
        hl_run_report_failed(s, check->task, HAUL_ERR_IO, why);
    return fails;
}

void hl_known_file_looked(void *arg, struct hl_check *check)
{
    struct haul_session *s = arg;
    bool there = check->look.found == HL_FOUND_SAME ||
                 check->look.found == HL_FOUND_MOVED;
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
    hl_waker_soon(&s->waker);
}
