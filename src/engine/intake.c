/*
 * Intake: a request becomes a task with a URL in normal form and a name of
 * its own, or ends at once, when it cannot be fetched or need not be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/journal.h"
#include "engine/run.h"
#include "transfer/name.h"
#include "util/hasher.h"
#include "util/url.h"

static enum hl_intake ended(struct haul_result *result,
                            enum haul_outcome outcome, enum haul_error error,
                            const char *message)
{
    result->outcome = outcome;
    result->error = error;
    result->message = message;
    return HL_INTAKE_ENDED;
}

static enum hl_intake failed(struct haul_result *result, enum haul_error error,
                             const char *message)
{
    return ended(result, HAUL_OUTCOME_FAILED, error, message);
}

/* The URL's parts that the task keeps. */
static int set_url(struct haul_session *s, struct hl_task *task,
                   const struct hl_url *url)
{
    char origin[512];
    int r = hl_url_origin(origin, sizeof(origin), url);
    if (r == 0)
        r = hl_task_set(&task->key_url, url->text);
    if (r == 0)
        task->key = hl_journal_key(s->journal, task->key_url);
    if (r == 0)
        r = hl_task_set(&task->url, url->text);
    if (r == 0)
        r = hl_task_set(&task->origin, origin);
    if (r == 0)
        r = hl_task_set(&task->user,
                        url->user != NULL ? url->user : s->options.user);
    return r;
}

static int wanted_name(struct haul_session *s, char name[HL_NAME_SIZE],
                       const struct hl_task *task, const struct hl_url *url)
{
    const struct hl_name_source source = {
        .url = url,
        .id = task->id,
        .line = task->line,
    };
    if (task->output != NULL)
        return hl_name_given(name, task->output);
    return hl_name_make(name, s->options.output, &source);
}

/* Is there a file of this name, and how long is it? */
static bool file_size(const struct haul_session *s, const char *name,
                      uint64_t *size)
{
    struct stat st;
    if (fstatat(s->env.dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    *size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
    return true;
}

static int take_name(struct haul_session *s, struct hl_task *task,
                     const char *name)
{
    int r = hl_task_set(&task->path, name);
    return r == 0 ? hl_journal_take_name(s->journal, name) : r;
}

/* NAME-HASH is this URL's alone: its hash tells it from all others. */
static int take_hashed_name(struct haul_session *s, struct hl_task *task,
                            const char *name)
{
    char hash[HL_HASH16_SIZE];
    char hashed[HL_NAME_SIZE];
    hl_print_hex(hash, task->key.print);
    int r = hl_name_with_hash(hashed, name, hash);
    return r == 0 ? take_name(s, task, hashed) : r;
}

int hl_intake_rename(struct haul_session *s, struct hl_task *task)
{
    char name[HL_NAME_SIZE];
    if (s->options.if_exists == HAUL_IF_EXISTS_OVERWRITE) {
        task->job.replace = true;
        return 0;
    }
    /* The hashed name being taken too, only an older copy of this very URL
     * can be in the way. */
    if (strlen(task->path) >= sizeof(name) || task->renamed)
        return -EEXIST;
    memcpy(name, task->path, strlen(task->path) + 1);
    task->renamed = true;
    task->claimed = false;
    return take_hashed_name(s, task, name);
}

/* A first name: another URL's is never taken, and a file that haul did not
 * write is dealt with as --if-exists says. */
static enum hl_intake name_anew(struct haul_session *s, struct hl_task *task,
                                const char *name, struct haul_result *result)
{
    uint64_t size;
    int r = 0;
    if (hl_journal_name_is_taken(s->journal, name)) {
        task->renamed = true;
        r = take_hashed_name(s, task, name);
    } else {
        r = take_name(s, task, name);
    }
    if (r == 0 && file_size(s, task->path, &size)) {
        if (s->options.if_exists == HAUL_IF_EXISTS_SKIP)
            return ended(result, HAUL_OUTCOME_SKIPPED, HAUL_OK,
                         "there is a file of this name already");
        r = hl_intake_rename(s, task);
    }
    if (r == -EEXIST)
        return failed(result, HAUL_ERR_IO,
                      "there is a file of this name already");
    return r == 0 ? HL_INTAKE_TASK
                  : failed(result, HAUL_ERR_IO, "out of memory");
}

/* A file under its final name is complete, so one with a claim is done even
 * where a crash kept the record of that from the journal. */
static bool is_done(struct haul_session *s,
                    const struct hl_journal_entry *entry, uint64_t *size)
{
    bool there = file_size(s, entry->name, size);
    if (entry->state == HL_JOURNAL_DONE)
        return there && *size == entry->size;
    return there && *size != UINT64_MAX;
}

static enum hl_intake already_done(struct haul_session *s, struct hl_task *task,
                                   const struct hl_journal_entry *entry,
                                   uint64_t size, struct haul_result *result)
{
    int r = 0;
    if (entry->state != HL_JOURNAL_DONE)
        r = hl_journal_done(s->journal, &task->key, task->path,
                            &(struct hl_journal_part){.size = size});
    result->bytes = size;
    s->stats.already_done++;
    if (r < 0)
        return failed(result, HAUL_ERR_IO, "out of memory");
    return ended(result, HAUL_OUTCOME_OK, HAUL_OK, NULL);
}

static int resume(struct hl_task *task, const struct hl_journal_entry *entry)
{
    if (entry->state != HL_JOURNAL_PART || entry->size == 0 ||
        (entry->etag == NULL && entry->last_modified == NULL))
        return 0;
    task->job.resume_from = entry->size;
    task->best_part = entry->size;
    int r = hl_task_set(&task->etag, entry->etag);
    return r == 0 ? hl_task_set(&task->last_modified, entry->last_modified) : r;
}

/* A URL that the journal knows keeps its name. */
static enum hl_intake go_on(struct haul_session *s, struct hl_task *task,
                            const struct hl_journal_entry *entry,
                            struct haul_result *result)
{
    uint64_t size = 0;
    int r = hl_task_set(&task->path, entry->name);
    if (r == 0 && !s->options.restart && is_done(s, entry, &size))
        return already_done(s, task, entry, size, result);
    if (r == 0 && !s->options.restart)
        r = resume(task, entry);
    task->claimed = true;
    /* What is there under our own name is a file that was cut or changed. */
    task->job.replace = s->options.restart || entry->state == HL_JOURNAL_DONE;
    return r == 0 ? HL_INTAKE_TASK
                  : failed(result, HAUL_ERR_IO, "out of memory");
}

static enum hl_intake look_up(struct haul_session *s, struct hl_task *task,
                              const char *name, struct haul_result *result)
{
    struct hl_journal_entry entry;
    if (hl_journal_find(s->journal, &task->key, &entry) < 0)
        return failed(result, HAUL_ERR_IO, "the journal cannot be read");
    if (entry.state == HL_JOURNAL_NONE)
        return name_anew(s, task, name, result);
    enum hl_intake intake = go_on(s, task, &entry, result);
    hl_journal_entry_release(&entry);
    return intake;
}

enum hl_intake hl_intake(struct haul_session *s, struct hl_task *task,
                         struct haul_result *result)
{
    struct hl_url url;
    const char *why;
    char name[HL_NAME_SIZE];
    if (task->bad != NULL)
        return failed(result, HAUL_ERR_NAME, task->bad);
    if (hl_url_parse(&url, task->asked, &why) < 0)
        return failed(result, HAUL_ERR_NAME, why);
    int r = set_url(s, task, &url);
    int named = wanted_name(s, name, task, &url);
    hl_url_release(&url);
    if (r < 0)
        return failed(result, HAUL_ERR_IO, "out of memory");
    if (named < 0)
        return failed(result, HAUL_ERR_NAME, "no usable file name");
    if (hl_journal_see(s->journal, &task->key, task->line, &result->dup_of) < 0)
        return failed(result, HAUL_ERR_IO, "out of memory");
    if (result->dup_of != 0)
        return ended(result, HAUL_OUTCOME_SKIPPED, HAUL_OK,
                     "the list has this URL already");
    return look_up(s, task, name, result);
}
