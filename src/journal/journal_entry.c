#include "journal/journal_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal/key.h"
#include "journal/record.h"

enum hl_journal_state hl_journal_entry_state(char kind)
{
    switch (kind) {
    case 'c':
        return HL_JOURNAL_CLAIMED;
    case 'p':
        return HL_JOURNAL_PART;
    case 'd':
        return HL_JOURNAL_DONE;
    case 'f':
        return HL_JOURNAL_FAILED;
    default:
        return HL_JOURNAL_NONE;
    }
}

/* A field's text at *to, which moves on; NULL for an empty one. */
static const char *put_text(char **to, struct hl_span field)
{
    const char *text = *to;
    if (field.size == 0)
        return NULL;
    *to = hl_record_copy(*to, field);
    return text;
}

static void fill_part(struct hl_journal_part *out, char **to,
                      const struct hl_record *record)
{
    out->size = hl_record_number(record->part[0]);
    out->etag = put_text(to, record->part[1]);
    out->last_modified = put_text(to, record->part[2]);
    out->token = put_text(to, record->part[3]);
    out->inode = hl_record_inode(record);
    out->total = hl_record_total(record);
    out->url_fingerprint = hl_record_url_fingerprint(record);
}

static void fill_file(struct hl_journal_file *out, char **to,
                      const struct hl_record *record)
{
    out->stamp = hl_record_file_stamp(record);
    out->etag = put_text(to, record->file[1]);
    out->last_modified = put_text(to, record->file[2]);
    out->digests = put_text(to, record->file[3]);
    out->xxh3 = put_text(to, record->file[5]);
}

int hl_journal_entry_fill(struct hl_journal_entry *out,
                          const struct hl_record *record)
{
    const struct hl_span *fields = record->fields;
    /* No text is longer than its field. */
    char *to = out->memory =
        malloc(record->size + HL_RECORD_COMMON + HL_RECORD_FIELDS);
    if (to == NULL)
        return -ENOMEM;
    out->state = hl_journal_entry_state(record->kind);
    out->name = put_text(&to, record->name);
    out->url = put_text(&to, record->url);
    if (out->state == HL_JOURNAL_FAILED) {
        out->failure.error = put_text(&to, fields[0]);
        out->failure.http_status = (long)hl_record_number(fields[1]);
        out->failure.attempts = (uint32_t)hl_record_number(fields[2]);
        out->failure.options_hash = put_text(&to, fields[3]);
        out->failure.own = put_text(&to, fields[4]);
    }
    out->has_part = record->part != NULL;
    if (out->has_part)
        fill_part(&out->part, &to, record);
    out->has_file = record->file != NULL;
    if (out->has_file)
        fill_file(&out->file, &to, record);
    return 0;
}

void hl_journal_entry_release(struct hl_journal_entry *entry)
{
    free(entry->memory);
    *entry = (struct hl_journal_entry){0};
}

/* What stands in the key behind the URL, from its blank on; NULL: nothing. */
static const char *behind_url(const struct hl_journal_entry *entry)
{
    return entry->url != NULL ? strchr(entry->url, ' ') : NULL;
}

bool hl_journal_has_sent(const struct hl_journal_entry *entry, const char *sent)
{
    const char *beside = behind_url(entry);
    if (beside == NULL || beside[1] != HL_SENT_MARK[0])
        return sent[0] == '\0';
    return strcspn(beside + 1, " ") == strlen(sent) &&
           strncmp(beside + 1, sent, strlen(sent)) == 0;
}

/* From the blank of what follows the method and the body. */
static const char *behind_sent(const struct hl_journal_entry *entry)
{
    const char *beside = behind_url(entry);
    return beside != NULL && beside[1] == HL_SENT_MARK[0]
               ? strchr(beside + 1, ' ')
               : beside;
}

bool hl_journal_is_repeat(const struct hl_journal_entry *entry)
{
    const char *beside = behind_sent(entry);
    return beside != NULL && strstr(beside, " line ") != NULL;
}

bool hl_journal_has_headers(const struct hl_journal_entry *entry)
{
    const char *beside = behind_sent(entry);
    return beside != NULL && strncmp(beside, " line ", 6) != 0;
}
