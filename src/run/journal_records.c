#include "run/journal_records.h"

#include <string.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/sync.h"
#include "policy/cause.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "util/time_units.h"

enum { WRITE_MS = 100, OWN_SIZE = 5 };

static const uint64_t write_every_ns = (uint64_t)WRITE_MS * HL_NS_PER_MS;
static const uint64_t sync_every_ns = UINT64_C(60) * HL_NS_PER_S;

void hl_records_open(struct hl_records *records, uv_loop_t *loop)
{
    records->written_ns = records->synced_ns = uv_hrtime();
    uv_timer_init(loop, &records->timer);
    uv_unref((uv_handle_t *)&records->timer);
}

static struct hl_key key_of(const struct hl_task *task)
{
    return (struct hl_key){.url = task->key, .fingerprint = task->fingerprint};
}

static int checked(struct hl_records *records, int code)
{
    if (code < 0)
        records->failed(records->arg, code);
    return code;
}

int hl_records_claim(struct hl_records *records, struct hl_task *task)
{
    const struct hl_key key = key_of(task);
    if (task->claimed)
        return 0;
    task->claimed = true;
    return checked(records,
                   hl_journal_claim(records->journal, &key, task->path));
}

int hl_records_done(struct hl_records *records, const struct hl_task *task,
                    const struct hl_journal_file *file)
{
    const struct hl_key key = key_of(task);
    return checked(records,
                   hl_journal_done(records->journal, &key, task->path, file));
}

int hl_records_renew(struct hl_records *records, const struct hl_task *task,
                     const struct hl_journal_file *file)
{
    const struct hl_key key = key_of(task);
    struct hl_journal_entry entry;
    int r = checked(records, hl_journal_find(records->journal, &key, &entry));
    entry.file.stamp = file->stamp;
    if (file->digests != NULL)
        entry.file.digests = file->digests;
    if (file->xxh3 != NULL)
        entry.file.xxh3 = file->xxh3;
    if (r == 0)
        r = hl_records_done(records, task, &entry.file);
    hl_journal_entry_release(&entry);
    return r;
}

int hl_records_part(struct hl_records *records, struct hl_task *task,
                    uint64_t size, const struct hl_part *part)
{
    const struct hl_key key = key_of(task);
    const struct hl_journal_part record = {
        .size = size,
        .etag = part->etag,
        .last_modified = part->last_modified,
        .token = part->token,
        .inode = part->inode,
        .url_fingerprint = part->url_fingerprint,
        .total = hl_length_to_record(part->length),
    };
    task->job.recorded = part->etag != NULL || part->last_modified != NULL;
    return checked(
        records, hl_journal_part(records->journal, &key, task->path, &record));
}

/* Puts into out what the request has beside its URL, and whether it was sent:
 * letters of HL_OWN_... */
static void put_own(const struct haul_options *options,
                    const struct hl_task *task, char out[OWN_SIZE])
{
    const char *common = options->user;
    bool user = task->user != NULL &&
                (common == NULL || strcmp(task->user, common) != 0);
    char *to = out;
    if (task->headers != NULL)
        *to++ = HL_OWN_HEADERS;
    if (user)
        *to++ = HL_OWN_USER;
    if (task->checksum != NULL)
        *to++ = HL_OWN_CHECKSUM;
    if (task->sent)
        *to++ = HL_OWN_SENT;
    if (to == out)
        *to++ = HL_OWN_NOTHING;
    *to = '\0';
}

/* A task that failed before its first attempt has no claim yet. */
int hl_records_failed(struct hl_records *records, struct hl_task *task,
                      enum haul_error error, long http_status)
{
    const struct hl_key key = key_of(task);
    char options_hash[HL_OPTIONS_HASH_SIZE];
    char own[OWN_SIZE];
    hl_cause_options_hash(options_hash, records->options, error,
                          task->checksum);
    put_own(records->options, task, own);
    const struct hl_journal_failure failure = {
        .error = haul_error_word(error),
        .http_status = http_status,
        .attempts = task->attempts.made,
        .options_hash = options_hash[0] != '\0' ? options_hash : NULL,
        .own = own,
    };
    int r = hl_records_claim(records, task);
    if (r < 0)
        return r;
    return checked(records, hl_journal_failed(records->journal, &key,
                                              task->path, &failure));
}

int hl_records_before_settle(struct hl_records *records)
{
    return checked(records, hl_journal_post(records->journal));
}

static void note_written(struct hl_records *records, int code)
{
    records->written_ns = uv_hrtime();
    (void)checked(records, code);
}

static void post(struct hl_records *records)
{
    bool now = records->write_first || hl_journal_is_behind(records->journal);
    note_written(records, now ? hl_journal_flush(records->journal)
                              : hl_journal_post(records->journal));
}

void hl_records_before_jobs(struct hl_records *records)
{
    post(records);
}

static void arm(struct hl_records *records);

static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_records *records = container_of(timer, struct hl_records, timer);
    HL_IN_CALLBACK(records->trace, HL_CB_FLUSH);
    uint64_t now = uv_hrtime();
    post(records);
    /* A sync that cannot begin is tried again in a minute. */
    if (now - records->synced_ns >= sync_every_ns) {
        records->synced_ns = now;
        (void)hl_journal_sync(records->journal, timer->loop);
    } else {
        (void)hl_journal_write_later(records->journal, timer->loop);
    }
    arm(records);
}

static void arm(struct hl_records *records)
{
    uint64_t now = uv_hrtime();
    uint64_t due = records->synced_ns + sync_every_ns;
    uint64_t wait_ms = due > now ? (due - now) / HL_NS_PER_MS + 1 : WRITE_MS;
    if (records->is_closing || uv_is_active((uv_handle_t *)&records->timer))
        return;
    if (hl_journal_is_unwritten(records->journal))
        wait_ms = WRITE_MS;
    else if (!hl_journal_wants_sync(records->journal))
        return;
    uv_update_time(records->timer.loop);
    uv_timer_start(&records->timer, on_uv_timer, wait_ms, 0);
}

void hl_records_keep_up(struct hl_records *records)
{
    if (uv_hrtime() - records->written_ns > write_every_ns)
        post(records);
    arm(records);
}

void hl_records_end(struct hl_records *records)
{
    if (!records->is_part_lost)
        (void)checked(records, hl_journal_end(records->journal));
    note_written(records, hl_journal_flush(records->journal));
}

void hl_records_close(struct hl_records *records, void (*closed)(void *arg),
                      void *arg)
{
    hl_records_end(records);
    records->is_closing = true;
    records->closing = (struct hl_closing){.closed = closed, .arg = arg};
    hl_closing_handle(&records->closing, (uv_handle_t *)&records->timer);
}
