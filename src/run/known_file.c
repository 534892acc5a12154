#include "run/known_file.h"

#include <errno.h>

#include "run/adopt.h"
#include "run/conclude.h"
#include "run/waiting.h"
#include "util/checksum.h"
#include "util/file.h"
#include "util/part_file.h"

/* Records the file as done, with the stamp that it has now. Where the URL was
 * not done, a part on record is of no use any more and is removed. */
static void record_again(struct hl_run *run, const struct hl_check *check)
{
    struct hl_task *task = check->task;
    const struct hl_journal_file file = {.stamp = check->look.stamp};
    (void)hl_records_renew(&run->records, task, &file);
    char room[HL_TOKEN_SIZE];
    const char *token = hl_task_token(task, room);
    if (!check->known.is_done && token != NULL)
        (void)hl_part_file_remove_inode(run->resources->shared.root, task->path,
                                        token, task->part_inode);
}

static void end_done(struct hl_run *run, struct hl_check *check)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_OK,
        .bytes = check->known.stamp.size,
        .sha256 = hl_digests_sha256(check->digests),
        .xxh3 = check->xxh3[0] != '\0' ? check->xxh3 : NULL,
    };
    run->results.counts.already_done++;
    hl_results_give_task(&run->results, check->task, &result);
}

static void skip(struct hl_run *run, struct hl_task *task, const char *why)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_SKIPPED,
        .message = why,
    };
    hl_results_give_task(&run->results, task, &result);
}

/* The file is as haul wrote it. */
static void note_there(struct hl_run *run, struct hl_check *check, bool is_done)
{
    bool is_recorded = check->known.is_done;
    run->results.counts.rehashed += check->look.hashed;
    if (check->look.found == HL_FOUND_MOVED || (is_done && !is_recorded))
        record_again(run, check);
    check->task->job.ours = check->look.stamp;
}

/* Fetches the URL. The server is asked whether the file has changed only where
 * the file is as haul wrote it. */
static void fetch(struct hl_run *run, struct hl_check *check,
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
        task->job.ours.size = HL_OURS_NO_FILE;
    hl_run_enqueue(run, task, false);
}

/* Its file is not there any more, and the request is not sent again. The
 * journal still says what the request came to. */
static void fail(struct hl_run *run, struct hl_task *task, const char *why)
{
    struct haul_result result = {
        .outcome = HAUL_OUTCOME_FAILED,
        .error = HAUL_ERR_IO,
        .message = why,
        .remembered = true,
    };
    hl_results_give_task(&run->results, task, &result);
}

static void enact(struct hl_run *run, struct hl_check *check,
                  const struct hl_decision *decision)
{
    switch (decision->todo) {
    case HL_TODO_DONE:
        end_done(run, check);
        break;
    case HL_TODO_VERIFY:
        hl_adopt(run, check->task);
        break;
    case HL_TODO_SKIP:
        skip(run, check->task, decision->why);
        break;
    case HL_TODO_FAILED:
        fail(run, check->task, decision->why);
        break;
    default:
        fetch(run, check, decision);
        break;
    }
}

static bool fails_behind_link(struct hl_run *run, struct hl_check *check)
{
    char why[HL_MESSAGE_MAX];
    bool fails = check->behind_link &&
                 hl_file_is_behind_link(run->resources->shared.root,
                                        check->task->path, why, sizeof(why));
    if (fails)
        hl_run_fail(run, check->task, HAUL_ERR_IO, ELOOP, why);
    return fails;
}

void hl_known_file_looked(void *arg, struct hl_check *check)
{
    struct hl_run *run = arg;
    bool there = check->look.found == HL_FOUND_SAME ||
                 check->look.found == HL_FOUND_MOVED;
    struct hl_decision decision =
        hl_decide(&check->known, run->options, &check->look);
    bool is_done = decision.todo == HL_TODO_DONE;
    if (!is_done && hl_cancel_is_on(&run->cancel)) {
        hl_results_leave_task(&run->results, check->task);
    } else if (check->look.error < 0) {
        hl_run_fail_code(run, check->task, check->look.error);
    } else if (there) {
        note_there(run, check, is_done);
        enact(run, check, &decision);
    } else if (!fails_behind_link(run, check)) {
        enact(run, check, &decision);
    }
    hl_wakeup_soon(&run->waker);
}
