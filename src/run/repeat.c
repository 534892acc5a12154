/*
 * URLs that the list has more than once: fetched once, and linked to each
 * name. Those whose first is still on its way wait in the spill, for a last
 * pass.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/done.h"
#include "journal/file.h"
#include "policy/cause.h"
#include "policy/naming.h"
#include "run/run.h"
#include "util/error.h"

/* Records the file's new stamp: the link has changed its ctime, and the next
 * run would read the file for that. */
static int stamp_anew(const struct haul_session *s, const struct hl_key *key,
                      const struct hl_journal_entry *entry)
{
    struct hl_journal_file file = entry->file;
    struct stat st;
    int r = hl_beneath_stat(s->shared.root, entry->name, &st);
    if (r < 0)
        return r;
    file.stamp = hl_stamp_of(&st);
    return hl_stamp_is_same(&file.stamp, &entry->file.stamp)
               ? 0
               : hl_journal_done(s->journal, key, entry->name, &file);
}

/* Gives the file from another name, or NAME-HASH when a foreign file has it. */
static int link_to(const struct haul_session *s, const char *from,
                   const struct hl_key *key, char name[HL_NAME_SIZE])
{
    struct hl_beneath *root = s->shared.root;
    const char *token = s->shared.token;
    int r = hl_file_link(root, from, name, token);
    if (r != -EEXIST || hl_file_is_same(root, from, name))
        return r == -EEXIST ? 0 : r;
    if (hl_naming_hashed(name, key->fingerprint) < 0)
        return r;
    r = strcmp(from, name) == 0 ? 0 : hl_file_link(root, from, name, token);
    return r == -EEXIST && hl_file_is_same(root, from, name) ? 0 : r;
}

static void end_linked(struct haul_session *s, int r, const char *name,
                       struct haul_result *result)
{
    result->outcome = r == 0 ? HAUL_OUTCOME_OK : HAUL_OUTCOME_FAILED;
    result->error = r == 0 ? HAUL_OK : HAUL_ERR_IO;
    result->message = r == 0 ? NULL : hl_strerror(r);
    result->sys_errno = -r;
    if (r != UV_ELOOP && r != UV_ENOTDIR)
        return;
    hl_beneath_explain(s->shared.root, name, r, s->message, sizeof(s->message));
    result->message = s->message;
}

/* The file may be gone: then its URL is on its way again, or was left; or it
 * was moved away, which --trust-journal says. */
static bool end_done(struct haul_session *s, const struct hl_key *key,
                     const struct hl_journal_entry *entry, bool taken,
                     char name[HL_NAME_SIZE], struct haul_result *result)
{
    bool there = hl_done_is_there(s->shared.root, entry->name, &entry->file);
    result->outcome = HAUL_OUTCOME_SKIPPED;
    result->message = "the list has this URL already";
    result->bytes = entry->file.stamp.size;
    if (!there)
        return s->options.trust_journal;
    if (strcmp(entry->name, name) == 0)
        return true;
    int r = taken ? hl_naming_hashed(name, key->fingerprint) : 0;
    if (r == 0 && strcmp(entry->name, name) == 0)
        return true;
    if (r == 0)
        r = link_to(s, entry->name, key, name);
    if (r == 0)
        r = stamp_anew(s, key, entry);
    end_linked(s, r, name, result);
    return true;
}

static void end_failed(const struct hl_journal_entry *entry,
                       struct haul_result *result)
{
    result->outcome = HAUL_OUTCOME_FAILED;
    result->error = hl_cause_error(entry->error);
    result->http_status = entry->http_status;
    result->message = "as the line that it repeats";
}

bool hl_repeat_end(struct haul_session *s, const struct hl_key *key, bool taken,
                   char name[HL_NAME_SIZE], struct haul_result *result)
{
    struct hl_journal_entry entry;
    if (hl_journal_find(s->journal, key, &entry) < 0)
        return false;
    bool ended = true;
    if (entry.state == HL_JOURNAL_DONE && entry.name != NULL)
        ended = end_done(s, key, &entry, taken, name, result);
    else if (entry.state == HL_JOURNAL_FAILED)
        end_failed(&entry, result);
    else
        ended = false;
    result->dup_of = entry.line;
    hl_journal_entry_release(&entry);
    return ended;
}

void hl_repeat_later(struct haul_session *s, struct hl_task *task)
{
    hl_buf_clear(&s->record);
    hl_task_save(task, &s->record);
    int r = s->record.failed ? UV_ENOMEM
                             : hl_spill_put(s->schedule.spill, &s->repeats,
                                            s->record.data, s->record.used);
    if (r < 0) {
        hl_run_report_code(s, task, r);
        return;
    }
    hl_task_free(task);
}

static struct hl_task *pop(struct haul_session *s)
{
    uint32_t records = s->repeats.records;
    int r = hl_spill_get(s->schedule.spill, &s->repeats, &s->record);
    struct hl_task *task = r == 0 ? hl_task_load(&s->record) : NULL;
    if (task != NULL)
        return task;
    s->alive -= records;
    s->repeats = (struct hl_chain){0};
    hl_run_end(s, r < 0 ? r : UV_ENOMEM);
    return NULL;
}

/* Its first has come to neither end. It was skipped, where that can be; else it
 * is left for the next run. */
static void end_unended(const struct haul_session *s,
                        struct haul_result *result)
{
    const struct haul_options *o = &s->options;
    bool skips = o->retry_failed || o->if_exists == HAUL_IF_EXISTS_SKIP;
    if (skips && !hl_run_is_stopping(s)) {
        result->outcome = HAUL_OUTCOME_SKIPPED;
        result->message = "as the line that it repeats";
        return;
    }
    result->outcome = HAUL_OUTCOME_LEFT;
    result->error = HAUL_ERR_CANCELLED;
    result->message = "interrupted";
}

bool hl_repeat_pass(struct haul_session *s, unsigned most)
{
    for (; most > 0 && s->repeats.records > 0; most--) {
        char name[HL_NAME_SIZE] = "";
        struct haul_result result = {0};
        struct hl_task *task = pop(s);
        if (task == NULL)
            return false;
        struct hl_key key = hl_task_key(task);
        memcpy(name, task->path, strlen(task->path) + 1);
        if (!hl_repeat_end(s, &key, task->renamed, name, &result)) {
            result = (struct haul_result){.dup_of = result.dup_of};
            end_unended(s, &result);
        }
        if (hl_task_set(task, &task->path, name) < 0)
            result.file = NULL;
        hl_run_report_task(s, task, &result);
    }
    return s->repeats.records > 0;
}
