#include "run/repeats.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/leftovers.h"
#include "journal/on_disk.h"
#include "policy/cause.h"
#include "policy/name.h"
#include "util/error.h"
#include "util/file.h"
#include "util/stop.h"

/* Records the file's new stamp: the link has changed its ctime, and the next
 * run would read the file for that. */
static int stamp_anew(const struct hl_repeats *repeats,
                      const struct hl_key *key,
                      const struct hl_journal_entry *entry)
{
    struct hl_journal_file file = entry->file;
    struct stat st;
    int r = hl_beneath_stat(repeats->shared->root, entry->name, &st);
    if (r < 0)
        return r;
    file.stamp = hl_stamp_of(&st);
    if (hl_stamp_is_same(&file.stamp, &entry->file.stamp))
        return 0;
    r = hl_journal_done(repeats->journal, key, entry->name, &file);
    if (r < 0)
        repeats->failed(repeats->arg, r);
    return r;
}

/* @return -EEXIST where another file has the name to. */
static int link_once(const struct hl_repeats *repeats, const char *from,
                     const char *to)
{
    struct hl_beneath *root = repeats->shared->root;
    int r =
        hl_file_link(root, from, to, HL_JOURNAL_COPY, repeats->shared->token);
    return r == -EEXIST && hl_file_is_same(root, from, to) ? 0 : r;
}

/* Gives the file from a second name: name, or NAME-HASH where another file has
 * that. is_hashed: name is NAME-HASH already. */
static int link_to(const struct hl_repeats *repeats, const char *from,
                   const struct hl_key *key, bool is_hashed,
                   char name[HL_NAME_SIZE])
{
    int r = link_once(repeats, from, name);
    if (r != -EEXIST || is_hashed || hl_name_hashed(name, key->fingerprint) < 0)
        return r;
    return strcmp(from, name) == 0 ? 0 : link_once(repeats, from, name);
}

static void end_linked(struct hl_repeats *repeats, int r, const char *name,
                       struct haul_result *result)
{
    result->outcome = r == 0 ? HAUL_OUTCOME_OK : HAUL_OUTCOME_FAILED;
    result->error = r == 0 ? HAUL_OK : HAUL_ERR_IO;
    result->message = r == 0 ? NULL : hl_strerror(r);
    result->sys_errno = -r;
    if (r == -EEXIST)
        result->message = "there is a file of this name already";
    if (r != UV_ELOOP && r != UV_ENOTDIR)
        return;
    hl_beneath_explain(repeats->shared->root, name, r, repeats->message,
                       sizeof(repeats->message));
    result->message = repeats->message;
}

/* What is to be done with the line, with a look at the file where one is
 * needed.
 */
static struct hl_decision decide(const struct hl_repeats *repeats,
                                 const struct hl_journal_entry *entry,
                                 bool is_over)
{
    const struct haul_options *o = repeats->shared->options;
    struct hl_known known = hl_on_disk_known(entry, o, NULL);
    struct hl_look look;
    /* The first line's own check reads the bytes, off the loop's thread. */
    known.unsynced = false;
    struct hl_decision decision = hl_decide_repeat(&known, o, NULL, is_over);
    if (decision.todo != HL_TODO_LOOK)
        return decision;
    hl_on_disk_look(repeats->shared->root, &known, NULL, &look);
    return hl_decide_repeat(&known, o, &look, is_over);
}

static void link_line(struct hl_repeats *repeats, const struct hl_key *key,
                      const struct hl_journal_entry *entry, bool taken,
                      char name[HL_NAME_SIZE], struct haul_result *result)
{
    if (strcmp(entry->name, name) == 0)
        return;
    int r = taken ? hl_name_hashed(name, key->fingerprint) : 0;
    if (r == 0 && strcmp(entry->name, name) == 0)
        return;
    if (r == 0)
        r = link_to(repeats, entry->name, key, taken, name);
    if (r == 0)
        r = stamp_anew(repeats, key, entry);
    end_linked(repeats, r, name, result);
}

static void end_failed(const struct hl_journal_entry *entry,
                       struct haul_result *result)
{
    result->outcome = HAUL_OUTCOME_FAILED;
    result->error = hl_cause_error(entry->failure.error);
    result->http_status = entry->failure.http_status;
}

bool hl_repeats_end(struct hl_repeats *repeats, const struct hl_key *key,
                    bool is_over, bool taken, char name[HL_NAME_SIZE],
                    struct haul_result *result)
{
    struct hl_journal_entry entry;
    if (hl_journal_find(repeats->journal, key, &entry) < 0)
        return false;
    const struct hl_decision decision = decide(repeats, &entry, is_over);
    result->dup_of = entry.line;
    result->outcome = HAUL_OUTCOME_SKIPPED;
    result->message = decision.why;
    if (decision.todo == HL_TODO_FAILED)
        end_failed(&entry, result);
    else
        result->bytes = entry.file.stamp.size;
    if (decision.todo == HL_TODO_LINK)
        link_line(repeats, key, &entry, taken, name, result);
    hl_journal_entry_release(&entry);
    return decision.todo != HL_TODO_WAIT;
}

int hl_repeats_add(struct hl_repeats *repeats, struct hl_task *task)
{
    hl_buf_clear(&repeats->record);
    hl_task_save(task, &repeats->record);
    if (repeats->record.failed)
        return UV_ENOMEM;
    int r = hl_spill_put(repeats->spill, &repeats->waiting,
                         repeats->record.data, repeats->record.used);
    if (r == 0)
        hl_task_free(task);
    return r;
}

uint64_t hl_repeats_count(const struct hl_repeats *repeats)
{
    return repeats->waiting.records;
}

/* The line's URL has come to no end. It was skipped, where the options leave
 * URLs out; else it is left for the next run. */
static void end_unended(const struct hl_repeats *repeats,
                        struct haul_result *result)
{
    const struct haul_options *o = repeats->shared->options;
    bool skips = o->retry_failed || o->if_exists == HAUL_IF_EXISTS_SKIP;
    if (skips && hl_stop_level(repeats->shared->stop) == 0) {
        result->outcome = HAUL_OUTCOME_SKIPPED;
        result->message = HL_WHY_AS_REPEATED;
        return;
    }
    hl_result_set_left(result);
}

static void end_line(struct hl_repeats *repeats, struct hl_task *task,
                     struct haul_result *result)
{
    const struct hl_key key = {.url = task->key,
                               .fingerprint = task->fingerprint};
    char name[HL_NAME_SIZE] = "";
    memcpy(name, task->path, strlen(task->path) + 1);
    *result = (struct haul_result){0};
    if (!hl_repeats_end(repeats, &key, true, task->renamed, name, result)) {
        *result = (struct haul_result){.dup_of = result->dup_of};
        end_unended(repeats, result);
    }
    (void)hl_task_set(task, &task->path, name);
}

int hl_repeats_pop(struct hl_repeats *repeats, struct hl_task **task,
                   struct haul_result *result)
{
    int r = hl_spill_get(repeats->spill, &repeats->waiting, &repeats->record);
    *task = r == 0 ? hl_task_load(&repeats->record) : NULL;
    if (*task == NULL) {
        repeats->waiting = (struct hl_chain){0};
        return r < 0 ? r : UV_ENOMEM;
    }
    end_line(repeats, *task, result);
    return 0;
}

void hl_repeats_release(struct hl_repeats *repeats)
{
    hl_buf_release(&repeats->record);
}
