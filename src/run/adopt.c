#include "run/adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/append.h"
#include "journal/find.h"
#include "policy/decide.h"
#include "policy/name.h"
#include "run/conclude.h"
#include "run/waiting.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/digest.h"
#include "util/file.h"

enum { SHARED_DELAY_MS = 1000 };

/* Owned by the pool, until its after-work callback frees it. */
struct adoption {
    uv_work_t work;
    struct hl_run *run;
    struct hl_task *task;
    uint64_t length; /* as the server says; not with a checksum */
    int code;
    struct hl_stamp stamp;
    struct hl_digest_text hashes;
};

static void record(struct hl_run *run, struct hl_task *task,
                   const struct hl_journal_file *file)
{
    if (task->claimed)
        (void)hl_records_renew(&run->records, task, file);
    else if (hl_records_claim(&run->records, task) == 0)
        (void)hl_records_done(&run->records, task, file);
}

static void adopted(struct hl_run *run, struct hl_task *task,
                    struct hl_journal_file *file)
{
    bool is_own = task->claimed && !run->options->shared;
    struct haul_result result = {
        .outcome = is_own ? HAUL_OUTCOME_OK : HAUL_OUTCOME_ADOPTED,
        .bytes = file->stamp.size,
        .sha256 = hl_digests_sha256(file->digests),
        .xxh3 = file->xxh3,
        .attempts = task->attempts.made,
    };
    run->results.counts.already_done += is_own;
    record(run, task, file);
    hl_results_give_task(&run->results, task, &result);
}

/* Names the task NAME-HASH. Only an older copy of this URL's file, or a URL
 * that itself ends in that name, can have taken it. */
static int take_hashed_name(struct hl_run *run, struct hl_task *task)
{
    char name[HL_NAME_SIZE];
    if (strlen(task->path) >= sizeof(name))
        return -EEXIST;
    memcpy(name, task->path, strlen(task->path) + 1);
    int r = hl_name_hashed(name, task->fingerprint);
    if (r == 0)
        r = hl_names_take(hl_journal_names(run->records.journal), name);
    if (r > 0)
        return -EEXIST;
    if (r == 0)
        r = hl_task_set(task, &task->path, name);
    task->renamed = true;
    task->claimed = false;
    return r;
}

/* The file turned out not to be the task's, so it must not be adopted. Where
 * the task was to replace it and has come back, it cannot be replaced. */
struct hl_decision hl_adopt_name_taken(struct hl_run *run, struct hl_task *task)
{
    struct hl_foreign_file foreign = {
        .may_replace = task->job.taken != HL_TAKEN_REPLACE,
        .may_adopt = false,
        .may_rename = !task->renamed,
    };
    struct hl_decision decision = hl_decide_taken(&foreign, run->options);
    if (decision.todo == HL_TODO_RENAME && take_hashed_name(run, task) < 0) {
        foreign.may_rename = false; /* there is no other name */
        decision = hl_decide_taken(&foreign, run->options);
    }
    if (decision.todo == HL_TODO_FETCH)
        task->job.taken = decision.taken;
    return decision;
}

void hl_adopt_refused(struct hl_run *run, struct hl_task *task)
{
    struct hl_decision decision = {.todo = HL_TODO_FETCH};
    task->adopting = false;
    if (task->claimed && hl_sends_once(run->options)) {
        task->sent = true; /* when the file was fetched */
        hl_run_fail(run, task, HAUL_ERR_CHECKSUM, 0,
                    "the file has another checksum; " HL_WHY_SENT_ONCE);
        return;
    }
    if (!task->claimed)
        decision = hl_adopt_name_taken(run, task);
    if (decision.todo == HL_TODO_FAILED)
        hl_run_fail(run, task, HAUL_ERR_IO, 0, decision.why);
    else
        hl_run_enqueue(run, task, false);
}

/* The hashes to make: XXH3 for the record; for a task with a checksum also the
 * digest that is compared with it, and the SHA-256, which goes on record too.
 */
static unsigned hashes_for(const struct hl_task *task)
{
    if (task->checksum == NULL)
        return HL_DIGEST_XXH3;
    return HL_DIGEST_XXH3 | HL_DIGEST_BY(HL_SHA256) |
           hl_digest_set_of(task->checksum);
}

/* Hashes the file. @return 0, or a code; UV_EINVAL: it cannot be the task's. */
static int hash(struct adoption *adoption, int fd)
{
    const struct hl_task *task = adoption->task;
    const struct hl_stop *stop = &adoption->run->cancel.stop;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    adoption->stamp = hl_stamp_of(&st);
    bool fits = task->checksum != NULL || adoption->run->options->shared ||
                adoption->stamp.size == adoption->length;
    if (!S_ISREG(st.st_mode) || !fits)
        return UV_EINVAL;
    return hl_digest_file(fd, hashes_for(task), stop, &adoption->hashes);
}

static void on_uv_work(uv_work_t *work)
{
    struct adoption *adoption = container_of(work, struct adoption, work);
    int fd = hl_file_open(adoption->run->resources->shared.root,
                          adoption->task->path);
    adoption->code = fd < 0 ? fd : hash(adoption, fd);
    if (fd >= 0)
        close(fd);
}

static bool is_the_file(const struct adoption *adoption)
{
    const char *checksum = adoption->task->checksum;
    return adoption->code == 0 &&
           (checksum == NULL ||
            hl_digests_compare(adoption->hashes.digests, checksum) ==
                HL_DIGESTS_EQUAL);
}

/* The file of another session cannot be adopted, and must not be replaced. */
static void refuse_shared(struct hl_run *run, struct hl_task *task, int code)
{
    /* It has gone meanwhile; or it was the temporary file of another URL whose
     * long name begins with the same bytes, and that is still under way. */
    bool again =
        code == UV_ENOENT && task->attempts.made <= run->options->retry;
    if (again)
        hl_run_delay(run, task, SHARED_DELAY_MS);
    else if (code == 0)
        hl_run_fail(run, task, HAUL_ERR_CHECKSUM, 0,
                    "the file that is there has another checksum");
    else
        hl_run_fail_code(run, task, code == UV_EINVAL ? UV_EEXIST : code);
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct adoption *adoption = container_of(work, struct adoption, work);
    struct hl_run *run = adoption->run;
    HL_IN_CALLBACK(run->trace, HL_CB_ADOPT);
    struct hl_task *task = adoption->task;
    struct hl_journal_file file = {
        .digests = adoption->hashes.digests[0] != '\0'
                       ? adoption->hashes.digests
                       : NULL,
        .stamp = adoption->stamp,
        .xxh3 = adoption->hashes.xxh3,
    };
    (void)status; /* never cancelled through uv_cancel() */
    if (is_the_file(adoption))
        adopted(run, task, &file);
    else if (hl_cancel_is_on(&run->cancel))
        hl_results_leave_task(&run->results, task);
    else if (run->options->shared)
        refuse_shared(run, task, adoption->code);
    else
        hl_adopt_refused(run, task);
    free(adoption);
    hl_wakeup_soon(&run->waker);
}

static void read_file(struct hl_run *run, struct hl_task *task, uint64_t length)
{
    struct adoption *adoption = calloc(1, sizeof(*adoption));
    if (adoption == NULL) {
        hl_run_fail_code(run, task, UV_ENOMEM);
        return;
    }
    adoption->run = run;
    adoption->task = task;
    adoption->length = length;
    uv_queue_work(run->owner.loop, &adoption->work, on_uv_work,
                  on_uv_after_work);
}

void hl_adopt(struct hl_run *run, struct hl_task *task)
{
    if (task->checksum != NULL || run->options->shared) {
        read_file(run, task, 0);
        return;
    }
    /* The answer to a HEAD tells nothing about that to another request. */
    if (hl_sends_once(run->options)) {
        hl_adopt_refused(run, task);
        return;
    }
    task->adopting = true;
    hl_run_enqueue(run, task, false);
}

void hl_adopt_by_length(struct hl_run *run, struct hl_task *task,
                        const struct hl_reply *reply)
{
    read_file(run, task, reply->length);
}
