#include "journal/append.h"

#include <errno.h>
#include <string.h>

#include "journal/index.h"
#include "journal/journal_struct.h"

enum { BEHIND = 16 * 1024 * 1024 };

/* What the journal had of a URL before a record is added. */
struct before {
    struct hl_table_entry *entry; /* or NULL */
    struct hl_span line;          /* its last record; size 0: none */
};

/* The fields that all records have. */
static int begin_record(struct hl_journal *j, char kind,
                        const struct hl_key *key, const char *name,
                        struct before *before)
{
    struct hl_record record;
    int r = hl_record_begin(&j->log.buffer, kind);
    if (r < 0)
        return r;
    r = hl_index_locate(j, key, &before->entry, &before->line);
    if (r < 0) {
        j->log.buffer.used = j->log.buffer.begun;
        return r;
    }
    hl_record_add_fingerprint(&j->log.buffer, key->fingerprint);
    if (name == NULL && before->line.size > 0 &&
        hl_record_split(&record, before->line))
        hl_record_add_span(&j->log.buffer, record.name);
    else
        hl_record_add_text(&j->log.buffer, name);
    hl_record_add_text(&j->log.buffer, key->url);
    return 0;
}

/* Ends the record, and lets the table know of it. */
static int end_record(struct hl_journal *j, char kind, const struct hl_key *key,
                      struct hl_table_entry *entry)
{
    uint64_t offset = j->log.size + j->log.buffer.begun;
    int r = hl_record_end(&j->log.buffer);
    if (r == 0 && offset > HL_TABLE_OFFSET_MAX)
        r = -EFBIG;
    if (r == 0)
        r = hl_index_note(j, key->fingerprint, entry, kind, offset);
    if (r < 0)
        j->log.buffer.used = j->log.buffer.begun;
    return r;
}

int hl_journal_claim(struct hl_journal *j, const struct hl_key *key,
                     const char *name)
{
    struct before before;
    int r = begin_record(j, 'c', key, name, &before);
    return r == 0 ? end_record(j, 'c', key, before.entry) : r;
}

static void add_part(struct hl_journal *j, const struct hl_journal_part *part)
{
    hl_record_add_part(&j->log.buffer, part);
    j->wants_sync = true;
}

/* Adds the file that the URL had on record, if any. */
static void keep_file(struct hl_journal *j, struct hl_span before)
{
    struct hl_record record;
    if (before.size == 0 || !hl_record_split(&record, before) ||
        record.file == NULL)
        return;
    for (size_t i = 0; i < HL_RECORD_FILE; i++)
        hl_record_add_span(&j->log.buffer, record.file[i]);
    j->wants_sync = true;
}

int hl_journal_done(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_file *file)
{
    struct before before;
    int r = begin_record(j, 'd', key, name, &before);
    if (r < 0)
        return r;
    hl_record_add_file(&j->log.buffer, file);
    j->wants_sync = true;
    return end_record(j, 'd', key, before.entry);
}

int hl_journal_part(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part)
{
    struct before before;
    int r = begin_record(j, 'p', key, name, &before);
    if (r < 0)
        return r;
    add_part(j, part);
    keep_file(j, before.line);
    return end_record(j, 'p', key, before.entry);
}

/* Adds the part that the URL had on record, or one that says there is none. */
static void keep_part(struct hl_journal *j, struct hl_span before)
{
    static const struct hl_journal_part none;
    struct hl_record record;
    if (before.size == 0 || !hl_record_split(&record, before) ||
        record.part == NULL) {
        add_part(j, &none);
        return;
    }
    /* The last three fields go by number: a record of an older version does not
     * have them. */
    for (size_t i = 0; i < HL_RECORD_PART - 3; i++)
        hl_record_add_span(&j->log.buffer, record.part[i]);
    hl_record_add_number(&j->log.buffer, hl_record_inode(&record));
    hl_record_add_number(&j->log.buffer, hl_record_total(&record));
    hl_record_add_number(&j->log.buffer, hl_record_url_fingerprint(&record));
    j->wants_sync = true;
}

int hl_journal_failed(struct hl_journal *j, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure)
{
    struct before before;
    int r = begin_record(j, 'f', key, name, &before);
    if (r < 0)
        return r;
    hl_record_add_text(&j->log.buffer, failure->error);
    hl_record_add_number(&j->log.buffer, (uint64_t)failure->http_status);
    hl_record_add_number(&j->log.buffer, failure->attempts);
    hl_record_add_text(&j->log.buffer, failure->options_hash);
    hl_record_add_text(&j->log.buffer, failure->own);
    keep_part(j, before.line);
    keep_file(j, before.line);
    return end_record(j, 'f', key, before.entry);
}

int hl_journal_post(struct hl_journal *j)
{
    struct hl_log *log = &j->log;
    const char *data = log->buffer.data; /* NULL: there is nothing to write */
    uint64_t written;
    int error;
    int r = hl_writer_post(j->writer, data != NULL ? data + log->posted : NULL,
                           log->buffer.used - log->posted, &written, &error);
    if (r == 0)
        log->posted = log->buffer.used;
    hl_log_written(log, written);
    return r == 0 ? error : r;
}

bool hl_journal_is_unwritten(const struct hl_journal *j)
{
    return j->log.buffer.used > 0;
}

bool hl_journal_wants_sync(const struct hl_journal *j)
{
    return j->wants_sync;
}

bool hl_journal_is_behind(const struct hl_journal *j)
{
    return j->log.posted > BEHIND;
}

int hl_journal_settle(struct hl_journal *j)
{
    return hl_writer_write(j->writer);
}

int hl_journal_flush(struct hl_journal *j)
{
    if (j->writer == NULL)
        return 0;
    /* An error of an earlier try may be over. */
    (void)hl_journal_post(j);
    int r = hl_journal_settle(j);
    int posted = hl_journal_post(j);
    return r < 0 ? r : posted;
}
