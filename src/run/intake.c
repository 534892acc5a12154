#include "run/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/find.h"
#include "journal/on_disk.h"
#include "policy/cause.h"
#include "policy/decide.h"
#include "policy/name.h"
#include "util/checksum.h"
#include "util/file.h"
#include "util/header.h"
#include "util/url.h"

enum { PART_STEP = 4096 };

/* Owned by the session. The members from request on describe the request that
 * is being taken in. */
struct hl_intake {
    struct hl_journal *journal;
    struct hl_repeats *repeats;
    const struct haul_options *options;
    struct hl_beneath *root;
    int dir_fd;
    bool dir_is_new;
    const struct haul_request *request;
    uint64_t job;
    struct haul_result *result;
    struct hl_url url;
    struct hl_key key;
    struct hl_journal_entry entry;
    struct hl_task_strings strings;
    struct hl_checksum checksum;
    struct hl_buf key_text;
    struct hl_buf pair;    /* a name and a URL */
    struct hl_buf headers; /* the request's, a line each */
    struct hl_buf mirrors;
    char name[HL_NAME_SIZE];
    char message[HL_MESSAGE_MAX];
    uint64_t resume_from;
    uint64_t resume_total;
    uint64_t part_url_fingerprint;
    struct hl_known known;
    struct hl_decision decision;
    bool claimed;
    bool renamed;
    bool is_there;
};

static enum hl_intake_next ended(struct hl_intake *a, enum haul_outcome outcome,
                                 enum haul_error error, const char *message)
{
    a->result->outcome = outcome;
    a->result->error = error;
    a->result->message = message;
    a->result->file = a->name[0] != '\0' ? a->name : NULL;
    return HL_INTAKE_ENDED;
}

static enum hl_intake_next failed(struct hl_intake *a, enum haul_error error,
                                  const char *message)
{
    return ended(a, HAUL_OUTCOME_FAILED, error, message);
}

/* Fails the request by the libuv code of a local error. */
static enum hl_intake_next failed_local(struct hl_intake *a, int code)
{
    return failed(a, HAUL_ERR_IO, haul_strerror(code));
}

/* line: the number of a line that repeats a URL and is fetched all the same;
 * else 0. */
static int make_key(struct hl_intake *a, uint64_t line)
{
    return hl_journal_request_key(&a->key, &a->key_text, a->url.text,
                                  &a->headers, line);
}

static int wanted_name(struct hl_intake *a)
{
    return hl_name_wanted(a->name, a->options->output, a->request, &a->url);
}

/* Does the name lead through a link below the directory? The link is not
 * followed: the URL fails before anything is asked for. Where the directory was
 * empty when this run began, a link is found when the file is opened. */
static bool is_behind_link(struct hl_intake *a)
{
    bool is_behind =
        !a->dir_is_new && hl_file_is_behind_link(a->root, a->name, a->message,
                                                 sizeof(a->message));
    if (is_behind)
        a->result->sys_errno = ELOOP;
    return is_behind;
}

static enum hl_intake_next name_is_taken(struct hl_intake *a)
{
    return failed(a, HAUL_ERR_IO, "there is a file of this name already");
}

/* Chooses the name. Its directories can be made. */
static enum hl_intake_next choose_name(struct hl_intake *a)
{
    int r = wanted_name(a);
    if (r == 0)
        r = hl_journal_place_name(a->journal, a->name,
                                  a->dir_is_new ? -1 : a->dir_fd, true);
    if (r >= 0)
        return HL_INTAKE_TASK;
    if (r == UV_EEXIST)
        return name_is_taken(a);
    a->name[0] = '\0';
    return failed(a, HAUL_ERR_NAME, hl_name_objection(r));
}

/* Another URL has the name: takes NAME-HASH. If another URL has NAME-HASH too,
 * the request fails, as two URLs must never write to one part. */
static enum hl_intake_next rename_hashed(struct hl_intake *a)
{
    a->renamed = true;
    int r = hl_name_hashed(a->name, a->key.fingerprint);
    if (r < 0)
        return failed(a, HAUL_ERR_NAME, hl_name_objection(r));
    r = hl_names_take(hl_journal_names(a->journal), a->name);
    if (r < 0)
        return failed_local(a, r);
    return r > 0 ? name_is_taken(a) : HL_INTAKE_TASK;
}

static struct hl_foreign_file foreign_of(const struct hl_intake *a)
{
    struct hl_beneath *root = a->root;
    return (struct hl_foreign_file){
        .is_directory = hl_file_is_directory(root, a->name),
        .is_partial = hl_file_is_beside(root, a->name, ".part") ||
                      hl_file_is_beside(root, a->name, ".aria2"),
        .is_renamed = a->renamed,
    };
}

/* A file that haul did not write has the name. */
static enum hl_intake_next on_foreign(struct hl_intake *a)
{
    const struct hl_foreign_file foreign = foreign_of(a);
    a->decision = hl_decide_taken(&foreign, a->options);
    switch (a->decision.todo) {
    case HL_TODO_SKIP:
        return ended(a, HAUL_OUTCOME_SKIPPED, HAUL_OK, a->decision.why);
    case HL_TODO_FETCH:
        return HL_INTAKE_TASK;
    case HL_TODO_ADOPT:
        return HL_INTAKE_ADOPT;
    case HL_TODO_RENAME:
        break;
    default:
        return failed(a, HAUL_ERR_IO, a->decision.why);
    }
    uint64_t size;
    enum hl_intake_next named = rename_hashed(a);
    bool stands =
        named == HL_INTAKE_TASK && hl_file_size(a->root, a->name, &size);
    return stands ? on_foreign(a) : named;
}

/* Names a URL that has no name yet. A name that another URL has is never
 * taken. */
static enum hl_intake_next name_anew(struct hl_intake *a)
{
    uint64_t size;
    enum hl_intake_next named = choose_name(a);
    if (named != HL_INTAKE_TASK)
        return named;
    int r = hl_names_take(hl_journal_names(a->journal), a->name);
    if (r < 0)
        return failed_local(a, r);
    named = r > 0 ? rename_hashed(a) : HL_INTAKE_TASK;
    /* In a directory that was empty when this run began, only another program
     * can have put a file there since. It is found when the URL's file is to
     * get its name. */
    if (named != HL_INTAKE_TASK || a->dir_is_new)
        return named;
    if (is_behind_link(a))
        return failed(a, HAUL_ERR_IO, a->message);
    return hl_file_size(a->root, a->name, &size) ? on_foreign(a)
                                                 : HL_INTAKE_TASK;
}

static enum hl_intake_next already_done(struct hl_intake *a)
{
    a->result->bytes = a->entry.file.stamp.size;
    a->result->sha256 = hl_digests_sha256(a->entry.file.digests);
    a->is_there = true;
    return ended(a, HAUL_OUTCOME_OK, HAUL_OK, NULL);
}

/* Does the journal have validators of a part? */
static bool tells_of_part(const struct hl_journal_entry *entry)
{
    return entry->has_part &&
           (entry->part.etag != NULL || entry->part.last_modified != NULL);
}

/* Resumes the part on record. A part that haul closed is as long as the journal
 * says. A part that a kill left may end in bytes that were not all written, so
 * its last block is fetched again. */
static void resume(struct hl_intake *a)
{
    const struct hl_journal_part *part = &a->entry.part;
    uint64_t size = 0;
    if (!tells_of_part(&a->entry) || a->entry.unsynced ||
        !hl_on_disk_part_size(a->root, &a->entry, &size))
        return;
    a->resume_from =
        size == part->size ? size : size - size % (uint64_t)PART_STEP;
    if (a->resume_from == 0)
        return;
    a->resume_total = part->total;
    a->part_url_fingerprint = part->url_fingerprint;
    a->strings.etag = part->etag;
    a->strings.last_modified = part->last_modified;
}

static enum hl_intake_next still_failed(struct hl_intake *a)
{
    enum haul_error error = hl_cause_error(a->entry.failure.error);
    if (error == HAUL_ERR_HTTP)
        snprintf(a->message, sizeof(a->message),
                 "HTTP %ld when it was last asked for",
                 a->entry.failure.http_status);
    else
        snprintf(a->message, sizeof(a->message),
                 "%s, when it was last asked for", haul_error_text(error));
    a->result->http_status = a->entry.failure.http_status;
    a->result->remembered = true;
    return failed(a, error, a->message);
}

/* Can a file have the name that the journal has for the URL? An earlier version
 * of haul could give one name to both a file and a directory. */
static bool is_usable(const struct hl_intake *a)
{
    return a->entry.state == HL_JOURNAL_DONE ||
           !hl_names_meet(hl_journal_names(a->journal), a->entry.name,
                          a->dir_fd);
}

/* The URL keeps the name that it has on record. */
static enum hl_intake_next go_on(struct hl_intake *a)
{
    const struct haul_options *o = a->options;
    const struct hl_journal_entry *entry = &a->entry;
    if (!is_usable(a))
        return name_anew(a);
    if (!entry->has_file && is_behind_link(a))
        return failed(a, HAUL_ERR_IO, a->message);
    a->claimed = true;
    if (!o->restart)
        resume(a);
    if (o->update && a->decision.taken == HL_TAKEN_OURS) {
        a->strings.if_etag = entry->file.etag;
        a->strings.if_modified = entry->file.last_modified;
    }
    return a->decision.todo == HL_TODO_LOOK ? HL_INTAKE_CHECK : HL_INTAKE_TASK;
}

/* The name that the journal has for the URL, where a file can have it. */
static void keep_name(struct hl_intake *a)
{
    const char *name = a->known.name;
    if (name != NULL && strlen(name) < sizeof(a->name))
        memcpy(a->name, name, strlen(name) + 1);
    else
        a->known.name = NULL;
}

/* A URL that the run has not met before. */
static enum hl_intake_next first_met(struct hl_intake *a)
{
    const struct haul_options *o = a->options;
    a->known = hl_on_disk_known(&a->entry, o, a->strings.checksum);
    keep_name(a);
    a->decision = hl_decide(&a->known, o, NULL);
    switch (a->decision.todo) {
    case HL_TODO_NAME:
        return name_anew(a);
    case HL_TODO_SKIP:
        return ended(a, HAUL_OUTCOME_SKIPPED, HAUL_OK, a->decision.why);
    case HL_TODO_FAILED:
        return still_failed(a);
    case HL_TODO_DONE:
        return already_done(a);
    default:
        return go_on(a);
    }
}

/* Takes the name now, in the order of the list, so that names do not depend on
 * which file arrives first. A taken name belongs to another URL, or to this URL
 * by an earlier line. Where an earlier line that repeats the URL has taken it,
 * that was noted: as NAME//URL, which no file can be called. */
static int name_repeated(struct hl_intake *a)
{
    struct hl_names *names = hl_journal_names(a->journal);
    hl_buf_clear(&a->pair);
    hl_buf_printf(&a->pair, "%s//%s", a->name, a->key.url);
    if (a->pair.failed)
        return UV_ENOMEM;
    int r = hl_names_take(names, a->name);
    if (r == 0)
        return hl_names_note(names, a->pair.data);
    if (r > 0)
        a->renamed = !hl_names_has(names, a->pair.data);
    return r;
}

/* A URL that this run has met before is fetched once, and linked. */
static enum hl_intake_next repeat(struct hl_intake *a, uint64_t first)
{
    a->result->dup_of = first;
    enum hl_intake_next named = choose_name(a);
    int r = named == HL_INTAKE_TASK ? name_repeated(a) : 0;
    if (named != HL_INTAKE_TASK)
        return named;
    if (r < 0)
        return failed_local(a, r);
    if (is_behind_link(a))
        return failed(a, HAUL_ERR_IO, a->message);
    if (hl_repeats_end(a->repeats, &a->key, false, a->renamed, a->name,
                       a->result)) {
        a->result->file = a->name;
        return HL_INTAKE_ENDED;
    }
    return HL_INTAKE_REPEAT;
}

static enum hl_intake_next look_up(struct hl_intake *a)
{
    uint64_t first = 0;
    int r = hl_journal_see(a->journal, &a->key, a->request->line, &first);
    if (r == 0 && first != 0 && a->options->no_dedupe) {
        r = make_key(a, a->request->line);
        first = 0;
    }
    if (r < 0)
        return failed_local(a, r);
    if (first != 0)
        return repeat(a, first);
    if (hl_journal_find(a->journal, &a->key, &a->entry) < 0)
        return failed(a, HAUL_ERR_IO, "the journal cannot be read");
    return first_met(a);
}

static const char *text_of(const struct hl_buf *buf)
{
    return buf->used > 0 ? buf->data : NULL;
}

static struct hl_task *make_task(struct hl_intake *a)
{
    struct hl_task_strings *strings = &a->strings;
    strings->key = a->key.url;
    strings->asked = a->request->url;
    strings->url = a->url.text;
    strings->path = a->name;
    strings->id = a->request->id;
    strings->user = a->url.user != NULL ? a->url.user : a->options->user;
    strings->headers = text_of(&a->headers);
    strings->mirrors = text_of(&a->mirrors);
    struct hl_task *task = hl_task_new(strings);
    if (task == NULL)
        return NULL;
    task->job.id = a->job;
    task->fingerprint = a->key.fingerprint;
    task->line = a->request->line;
    task->claimed = a->claimed;
    task->renamed = a->renamed;
    task->job.taken = a->decision.taken;
    task->job.ours.size = UINT64_MAX;
    if (a->entry.has_file)
        task->job.ours = a->entry.file.stamp;
    task->job.compare = a->decision.compare;
    task->job.resume_from = a->resume_from;
    task->job.resume_total = a->resume_total;
    task->job.part_url_fingerprint = a->part_url_fingerprint;
    task->job.recorded = tells_of_part(&a->entry);
    if (a->entry.has_part)
        hl_task_set_part(task, a->entry.part.token, a->entry.part.inode);
    task->attempts.best_part = a->resume_from;
    return task;
}

static enum hl_intake_next arrive(struct hl_intake *a, struct hl_task **task)
{
    const struct haul_request *request = a->request;
    hl_buf_lines(&a->headers, request->headers);
    hl_buf_lines(&a->mirrors, request->mirrors);
    if (a->mirrors.failed || make_key(a, 0) < 0)
        return failed_local(a, UV_ENOMEM);
    enum hl_intake_next next = look_up(a);
    if (next == HL_INTAKE_ENDED)
        return next;
    *task = make_task(a);
    return *task != NULL ? next : failed_local(a, UV_ENOMEM);
}

int hl_intake_new(struct hl_intake **out, const struct hl_resources *resources,
                  struct hl_journal *journal, struct hl_repeats *repeats)
{
    struct hl_intake *a = *out = calloc(1, sizeof(*a));
    if (a == NULL)
        return UV_ENOMEM;
    a->journal = journal;
    a->repeats = repeats;
    a->options = resources->shared.options;
    a->root = resources->shared.root;
    a->dir_fd = resources->shared.dir_fd;
    a->dir_is_new = resources->dir_is_new;
    return 0;
}

static void clear(struct hl_intake *a)
{
    hl_journal_entry_release(&a->entry);
    hl_buf_clear(&a->headers);
    hl_buf_clear(&a->mirrors);
    a->strings = (struct hl_task_strings){0};
    a->name[0] = '\0';
    a->resume_from = a->resume_total = a->part_url_fingerprint = 0;
    a->decision = (struct hl_decision){.taken = HL_TAKEN_REFUSE};
    a->claimed = a->renamed = a->is_there = false;
}

void hl_intake_free(struct hl_intake *a)
{
    if (a == NULL)
        return;
    hl_journal_entry_release(&a->entry);
    hl_buf_release(&a->key_text);
    hl_buf_release(&a->pair);
    hl_buf_release(&a->headers);
    hl_buf_release(&a->mirrors);
    free(a);
}

/* Reads what the request has beside its URL. @return NULL, or why the request
 * fails: a checksum that nobody understands must not let a file pass. */
static const char *read_request(struct hl_intake *a)
{
    const struct haul_request *request = a->request;
    if (request->bad != NULL)
        return request->bad;
    if (a->options->output_fd > 0 && a->job > 1)
        return "a second request, where the first has the output";
    if (request->checksum == NULL)
        return hl_headers_objection(request->headers);
    const char *why = hl_checksum_parse(&a->checksum, request->checksum);
    a->strings.checksum = a->checksum.digits;
    return why != NULL ? why : hl_headers_objection(request->headers);
}

static enum hl_intake_next take_in(struct hl_intake *a, struct hl_task **task)
{
    const char *why = read_request(a);
    if (why != NULL)
        return failed(a, HAUL_ERR_NAME, why);
    int r = hl_url_parse(&a->url, a->request->url, &why);
    if (r == UV_ENOMEM)
        return failed_local(a, r);
    if (r < 0)
        return failed(a, HAUL_ERR_NAME, why);
    enum hl_intake_next next = arrive(a, task);
    hl_url_release(&a->url);
    return next;
}

void hl_intake_take_in(struct hl_intake *a, const struct haul_request *request,
                       uint64_t job, struct hl_arrival *out)
{
    *out = (struct hl_arrival){
        .result = {.line = request->line,
                   .id = request->id,
                   .url = request->url},
        .known = &a->known,
    };
    clear(a);
    a->request = request;
    a->job = job;
    a->result = &out->result;
    out->next = take_in(a, &out->task);
    out->is_there = a->is_there;
}
