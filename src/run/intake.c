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

enum {
    PART_STEP = 4096,
    NAMES_COMPARED = 1000,
};

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
    uint64_t number;
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
    char sent[HL_JOURNAL_SENT_SIZE];
    char name[HL_NAME_SIZE];
    char wanted[HL_NAME_SIZE];
    uint32_t names_compared;
    bool keeps_name;
    bool ever_kept_name;
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

static enum hl_intake_next ended(struct hl_intake *in,
                                 enum haul_outcome outcome,
                                 enum haul_error error, const char *message)
{
    in->result->outcome = outcome;
    in->result->error = error;
    in->result->message = message;
    in->result->file = in->name[0] != '\0' ? in->name : NULL;
    return HL_INTAKE_ENDED;
}

static enum hl_intake_next failed(struct hl_intake *in, enum haul_error error,
                                  const char *message)
{
    return ended(in, HAUL_OUTCOME_FAILED, error, message);
}

/* Fails the request by the libuv code of a local error. */
static enum hl_intake_next failed_local(struct hl_intake *in, int code)
{
    return failed(in, HAUL_ERR_IO, haul_strerror(code));
}

/* line: the number of a line that repeats a URL and is fetched all the same;
 * else 0. */
static int make_key(struct hl_intake *in, uint64_t line)
{
    const struct hl_key_parts parts = {in->url.text, in->sent, &in->headers,
                                       line};
    return hl_journal_request_key(&in->key, &in->key_text, &parts);
}

static int wanted_name(struct hl_intake *in, char name[HL_NAME_SIZE])
{
    return hl_name_wanted(name, in->options->output, in->request, &in->url);
}

/* Fails the request where its name leads through a link below the directory.
 * The link is not followed, and nothing is asked of the server. Where the
 * directory was empty when this run began, a link is found when the file is
 * opened. @return whether the request has failed. */
static bool fails_behind_link(struct hl_intake *in)
{
    if (in->dir_is_new ||
        !hl_file_is_behind_link(in->root, in->name, in->message,
                                sizeof(in->message)))
        return false;
    in->result->sys_errno = ELOOP;
    (void)failed(in, HAUL_ERR_IO, in->message);
    return true;
}

static enum hl_intake_next name_is_taken(struct hl_intake *in)
{
    return failed(in, HAUL_ERR_IO, HL_WHY_NAME_IS_TAKEN);
}

/* Chooses the name. Its directories can be made. */
static enum hl_intake_next choose_name(struct hl_intake *in)
{
    int r = wanted_name(in, in->name);
    if (r == 0)
        r = hl_journal_place_name(in->journal, in->name,
                                  in->dir_is_new ? -1 : in->dir_fd, true);
    if (r >= 0)
        return HL_INTAKE_TASK;
    if (r == UV_EEXIST)
        return name_is_taken(in);
    in->name[0] = '\0';
    return failed(in, HAUL_ERR_NAME, hl_name_objection(r));
}

/* Another URL has the name: takes NAME-HASH. If another URL has NAME-HASH too,
 * the request fails, as two URLs must never write to one part. */
static enum hl_intake_next rename_hashed(struct hl_intake *in)
{
    in->renamed = true;
    int r = hl_name_hashed(in->name, in->key.fingerprint);
    if (r < 0)
        return failed(in, HAUL_ERR_NAME, hl_name_objection(r));
    r = hl_names_take(hl_journal_names(in->journal), in->name);
    if (r < 0)
        return failed_local(in, r);
    return r > 0 ? name_is_taken(in) : HL_INTAKE_TASK;
}

static struct hl_foreign_file foreign_of(const struct hl_intake *in)
{
    struct hl_beneath *root = in->root;
    return (struct hl_foreign_file){
        .may_replace = !hl_file_is_directory(root, in->name),
        .may_adopt = !hl_file_is_beside(root, in->name, ".part") &&
                     !hl_file_is_beside(root, in->name, ".aria2"),
        .may_rename = !in->renamed,
    };
}

/* A file that haul did not write has the name. In a shared directory it is the
 * URL's file, of a session that could not record it or has not yet. */
static enum hl_intake_next on_foreign(struct hl_intake *in)
{
    if (in->options->shared)
        return HL_INTAKE_ADOPT;
    const struct hl_foreign_file foreign = foreign_of(in);
    in->decision = hl_decide_taken(&foreign, in->options);
    switch (in->decision.todo) {
    case HL_TODO_SKIP:
        return ended(in, HAUL_OUTCOME_SKIPPED, HAUL_OK, in->decision.why);
    case HL_TODO_FETCH:
        return HL_INTAKE_TASK;
    case HL_TODO_ADOPT:
        return HL_INTAKE_ADOPT;
    case HL_TODO_RENAME:
        break;
    default:
        return failed(in, HAUL_ERR_IO, in->decision.why);
    }
    uint64_t size;
    enum hl_intake_next named = rename_hashed(in);
    bool stands =
        named == HL_INTAKE_TASK && hl_file_size(in->root, in->name, &size);
    return stands ? on_foreign(in) : named;
}

/* Names a URL that has no name yet. A name that another URL has is never
 * taken. */
static enum hl_intake_next name_anew(struct hl_intake *in)
{
    uint64_t size;
    enum hl_intake_next named = choose_name(in);
    if (named != HL_INTAKE_TASK)
        return named;
    int r = hl_names_take(hl_journal_names(in->journal), in->name);
    if (r < 0)
        return failed_local(in, r);
    named = r > 0 ? rename_hashed(in) : HL_INTAKE_TASK;
    /* In a directory that was empty when this run began, only another program
     * can have put a file there since. It is found when the URL's file is to
     * get its name. */
    if (named != HL_INTAKE_TASK || in->dir_is_new)
        return named;
    if (fails_behind_link(in))
        return HL_INTAKE_ENDED;
    return hl_file_size(in->root, in->name, &size) ? on_foreign(in)
                                                   : HL_INTAKE_TASK;
}

static enum hl_intake_next already_done(struct hl_intake *in)
{
    in->result->bytes = in->entry.file.stamp.size;
    in->result->sha256 = hl_digests_sha256(in->entry.file.digests);
    in->result->xxh3 = in->entry.file.xxh3;
    in->is_there = true;
    return ended(in, HAUL_OUTCOME_OK, HAUL_OK, NULL);
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
static void resume(struct hl_intake *in)
{
    const struct hl_journal_part *part = &in->entry.part;
    uint64_t size = 0;
    if (!tells_of_part(&in->entry) || in->entry.unsynced ||
        !hl_on_disk_part_size(in->root, &in->entry, &size))
        return;
    in->resume_from =
        size == part->size ? size : size - size % (uint64_t)PART_STEP;
    if (in->resume_from == 0)
        return;
    in->resume_total = part->total;
    in->part_url_fingerprint = part->url_fingerprint;
    in->strings.etag = part->etag;
    in->strings.last_modified = part->last_modified;
}

static enum hl_intake_next still_failed(struct hl_intake *in)
{
    enum haul_error error = hl_cause_error(in->entry.failure.error);
    in->result->remembered = true;
    if (in->entry.state != HL_JOURNAL_FAILED)
        return failed(in, HAUL_ERR_CANCELLED, in->decision.why);
    if (error == HAUL_ERR_HTTP)
        snprintf(in->message, sizeof(in->message),
                 "HTTP %ld when it was last asked for",
                 in->entry.failure.http_status);
    else
        snprintf(in->message, sizeof(in->message),
                 "%s, when it was last asked for", haul_error_text(error));
    in->result->http_status = in->entry.failure.http_status;
    return failed(in, error, in->message);
}

/* Can a file have the name that the journal has for the URL? An earlier version
 * of haul could give one name to both a file and a directory. */
static bool is_usable(const struct hl_intake *in)
{
    return in->entry.state == HL_JOURNAL_DONE ||
           !hl_names_meet(hl_journal_names(in->journal), in->entry.name,
                          in->dir_fd);
}

/* The URL keeps the name that it has on record. */
static enum hl_intake_next go_on(struct hl_intake *in)
{
    const struct haul_options *o = in->options;
    const struct hl_journal_entry *entry = &in->entry;
    uint64_t size;
    if (!is_usable(in))
        return name_anew(in);
    if (!entry->has_file && fails_behind_link(in))
        return HL_INTAKE_ENDED;
    in->claimed = true;
    if (!o->restart && !o->compressed && !hl_sends_once(o))
        resume(in);
    if (o->update && in->decision.taken == HL_TAKEN_OURS) {
        in->strings.if_etag = entry->file.etag;
        in->strings.if_modified = entry->file.last_modified;
    }
    if (in->decision.todo == HL_TODO_LOOK)
        return HL_INTAKE_CHECK;
    return o->shared && !entry->has_file &&
                   hl_file_size(in->root, in->name, &size)
               ? HL_INTAKE_ADOPT
               : HL_INTAKE_TASK;
}

/* The name that the journal has for the URL, where a file can have it. */
static void keep_name(struct hl_intake *in)
{
    const char *name = in->known.name;
    if (name != NULL && strlen(name) < sizeof(in->name))
        memcpy(in->name, name, strlen(name) + 1);
    else
        in->known.name = NULL;
}

/* Is the name on record another than this run would give? Where the first URLs
 * have the names that the run would give them, the others are not compared. */
static bool keeps_other_name(struct hl_intake *in)
{
    if (in->known.name == NULL ||
        (in->names_compared >= NAMES_COMPARED && !in->ever_kept_name))
        return false;
    in->names_compared++;
    bool keeps = wanted_name(in, in->wanted) == 0 &&
                 !hl_name_is_for(in->name, in->wanted);
    in->ever_kept_name |= keeps;
    return keeps;
}

/* A URL that the run has not met before. */
static enum hl_intake_next first_met(struct hl_intake *in)
{
    const struct haul_options *o = in->options;
    in->known = hl_on_disk_known(&in->entry, o, in->strings.checksum);
    keep_name(in);
    in->keeps_name = keeps_other_name(in);
    in->decision = hl_decide(&in->known, o, NULL);
    switch (in->decision.todo) {
    case HL_TODO_NAME:
        return name_anew(in);
    case HL_TODO_SKIP:
        return ended(in, HAUL_OUTCOME_SKIPPED, HAUL_OK, in->decision.why);
    case HL_TODO_FAILED:
        return still_failed(in);
    case HL_TODO_DONE:
        return already_done(in);
    default:
        return go_on(in);
    }
}

/* Takes the name now, in the order of the list, so that names do not depend on
 * which file arrives first. A taken name belongs to another URL, or to this URL
 * by an earlier line. Where an earlier line that repeats the URL has taken it,
 * that was noted: as NAME//URL, which no file can be called. */
static int name_repeated(struct hl_intake *in)
{
    struct hl_names *names = hl_journal_names(in->journal);
    hl_buf_clear(&in->pair);
    hl_buf_printf(&in->pair, "%s//%s", in->name, in->key.url);
    if (in->pair.failed)
        return UV_ENOMEM;
    int r = hl_names_take(names, in->name);
    if (r == 0)
        return hl_names_note(names, in->pair.data);
    if (r > 0)
        in->renamed = !hl_names_has(names, in->pair.data);
    return r;
}

/* A URL that this run has met before is fetched once, and linked. */
static enum hl_intake_next repeat(struct hl_intake *in, uint64_t first)
{
    in->result->dup_of = first;
    enum hl_intake_next named = choose_name(in);
    int r = named == HL_INTAKE_TASK ? name_repeated(in) : 0;
    if (named != HL_INTAKE_TASK)
        return named;
    if (r < 0)
        return failed_local(in, r);
    if (fails_behind_link(in))
        return HL_INTAKE_ENDED;
    if (hl_repeats_end(in->repeats, &in->key, false, in->renamed, in->name,
                       in->result)) {
        in->result->file = in->name;
        return HL_INTAKE_ENDED;
    }
    return HL_INTAKE_REPEAT;
}

static enum hl_intake_next choose_next(struct hl_intake *in)
{
    uint64_t first = 0;
    int r = hl_journal_see(in->journal, &in->key, in->request->line, &first);
    if (r == 0 && first != 0 && in->options->no_dedupe) {
        r = make_key(in, in->request->line);
        first = 0;
    }
    if (r < 0)
        return failed_local(in, r);
    if (first != 0)
        return repeat(in, first);
    if (hl_journal_find(in->journal, &in->key, &in->entry) < 0)
        return failed(in, HAUL_ERR_IO, "the journal cannot be read");
    return first_met(in);
}

static const char *text_of(const struct hl_buf *buf)
{
    return buf->used > 0 ? buf->data : NULL;
}

static struct hl_task *make_task(struct hl_intake *in)
{
    struct hl_task_strings *strings = &in->strings;
    strings->key = in->key.url;
    strings->asked = in->request->url;
    strings->url = in->url.text;
    strings->path = in->name;
    strings->id = in->request->id;
    strings->note = in->request->note;
    strings->user = in->url.user != NULL ? in->url.user : in->options->user;
    strings->headers = text_of(&in->headers);
    strings->mirrors = text_of(&in->mirrors);
    struct hl_task *task = hl_task_new(strings);
    if (task == NULL)
        return NULL;
    task->job.id = in->number;
    task->fingerprint = in->key.fingerprint;
    task->line = in->request->line;
    task->claimed = in->claimed;
    task->renamed = in->renamed;
    task->job.taken = in->decision.taken;
    task->job.ours.size = HL_OURS_NO_FILE;
    if (in->entry.has_file)
        task->job.ours = in->entry.file.stamp;
    task->job.compare = in->decision.compare;
    task->job.resume_from = in->resume_from;
    task->job.resume_total = in->resume_total;
    task->job.part_url_fingerprint = in->part_url_fingerprint;
    task->job.recorded = tells_of_part(&in->entry);
    if (in->entry.has_part)
        hl_task_set_part(task, in->entry.part.token, in->entry.part.inode);
    task->attempts.best_part = in->resume_from;
    return task;
}

static enum hl_intake_next take_in_url(struct hl_intake *in,
                                       struct hl_task **task)
{
    const struct haul_request *request = in->request;
    hl_buf_lines(&in->headers, request->headers);
    hl_buf_lines(&in->mirrors, request->mirrors);
    if (in->mirrors.failed || make_key(in, 0) < 0)
        return failed_local(in, UV_ENOMEM);
    enum hl_intake_next next = choose_next(in);
    if (next == HL_INTAKE_ENDED)
        return next;
    *task = make_task(in);
    return *task != NULL ? next : failed_local(in, UV_ENOMEM);
}

int hl_intake_new(struct hl_intake **out, const struct hl_resources *resources,
                  struct hl_journal *journal, struct hl_repeats *repeats)
{
    struct hl_intake *in = *out = calloc(1, sizeof(*in));
    if (in == NULL)
        return UV_ENOMEM;
    in->journal = journal;
    in->repeats = repeats;
    in->options = resources->shared.options;
    in->root = resources->shared.root;
    in->dir_fd = resources->shared.dir_fd;
    in->dir_is_new = resources->dir_is_new;
    hl_journal_sent(in->sent, in->options);
    return 0;
}

static void clear(struct hl_intake *in)
{
    hl_journal_entry_release(&in->entry);
    hl_buf_clear(&in->headers);
    hl_buf_clear(&in->mirrors);
    in->strings = (struct hl_task_strings){0};
    in->name[0] = '\0';
    in->resume_from = in->resume_total = in->part_url_fingerprint = 0;
    in->decision = (struct hl_decision){.taken = HL_TAKEN_REFUSE};
    in->claimed = in->renamed = in->is_there = in->keeps_name = false;
}

void hl_intake_free(struct hl_intake *in)
{
    if (in == NULL)
        return;
    hl_journal_entry_release(&in->entry);
    hl_buf_release(&in->key_text);
    hl_buf_release(&in->pair);
    hl_buf_release(&in->headers);
    hl_buf_release(&in->mirrors);
    free(in);
}

/* Reads what the request has beside its URL. @return NULL, or why the request
 * fails: a checksum that nobody understands must not let a file pass. */
static const char *read_request(struct hl_intake *in)
{
    const struct haul_request *request = in->request;
    if (request->bad != NULL)
        return request->bad;
    if (in->options->output_fd > 0 && in->number > 1)
        return "a second request, where the first has the output";
    if (request->checksum == NULL)
        return hl_headers_objection(request->headers);
    const char *why = hl_checksum_parse(&in->checksum, request->checksum);
    in->strings.checksum = in->checksum.digits;
    return why != NULL ? why : hl_headers_objection(request->headers);
}

static enum hl_intake_next take_in(struct hl_intake *in, struct hl_task **task)
{
    const char *why = read_request(in);
    if (why != NULL)
        return failed(in, HAUL_ERR_NAME, why);
    int r = hl_url_parse(&in->url, in->request->url, &why);
    if (r == UV_ENOMEM)
        return failed_local(in, r);
    if (r < 0)
        return failed(in, HAUL_ERR_NAME, why);
    enum hl_intake_next next = take_in_url(in, task);
    hl_url_release(&in->url);
    return next;
}

void hl_intake_take_in(struct hl_intake *in, const struct haul_request *request,
                       uint64_t number, struct hl_intake_result *out)
{
    *out = (struct hl_intake_result){
        .result = {.line = request->line,
                   .id = request->id,
                   .note = request->note,
                   .url = request->url},
        .known = &in->known,
    };
    clear(in);
    in->request = request;
    in->number = number;
    in->result = &out->result;
    out->next = take_in(in, &out->task);
    out->is_there = in->is_there;
    out->keeps_name = in->keeps_name;
}
