/* Looking records up in the file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/store.h"

enum {
    WINDOW = HL_RECORD_LINE_MAX,
    BEHIND = WINDOW / 4, /* read before a line whose neighbours are wanted */
    SHORT = 1024,        /* read for a line whose neighbours are not wanted */
};

/* Which bytes to read for the line at offset. A list is mostly in the journal's
 * order: a line near the one that was read last will be followed by its
 * neighbours, so a whole window is read. is_long: the line did not fit into the
 * first try. */
static struct hl_journal_range range_for(const struct hl_journal *j,
                                         uint64_t offset, bool is_long)
{
    const struct hl_journal_window *w = &j->window;
    uint64_t last = w->last;
    uint64_t distance = offset > last ? offset - last : last - offset;
    struct hl_journal_range range = {.from = offset, .to = offset + SHORT};
    if (is_long) {
        range.to = offset + WINDOW;
    } else if (distance < WINDOW) {
        range.from = offset > BEHIND ? offset - BEHIND : 0;
        range.to = range.from + WINDOW;
    }
    if (range.to > j->size)
        range.to = j->size;
    return range;
}

static int fill_window(struct hl_journal *j, struct hl_journal_range range)
{
    struct hl_journal_window *w = &j->window;
    if (w->data == NULL)
        w->data = malloc(WINDOW);
    if (w->data == NULL)
        return -ENOMEM;
    ssize_t n = pread(j->fd, w->data, (size_t)(range.to - range.from),
                      (off_t)range.from);
    w->from = range.from;
    w->used = n > 0 ? (size_t)n : 0;
    return n < 0 ? -errno : 0;
}

/* The line at offset, out of data. False: data does not hold all of it. */
static bool line_in(const char *data, size_t used, uint64_t from,
                    uint64_t offset, struct hl_span *out)
{
    if (offset < from || offset - from >= used)
        return false;
    size_t at = (size_t)(offset - from);
    const char *newline = memchr(data + at, '\n', used - at);
    if (newline == NULL)
        return false;
    *out = (struct hl_span){.at = data + at,
                            .size = (size_t)(newline - data) - at};
    return true;
}

int hl_journal_read_line(struct hl_journal *j, uint64_t offset,
                         struct hl_span *out)
{
    struct hl_journal_window *w = &j->window;
    int r = 0;
    if (offset >= j->size)
        return line_in(j->buffer.data, j->buffer.used, j->size, offset, out)
                   ? 0
                   : HAUL_EJOURNAL;
    bool found = line_in(w->data, w->used, w->from, offset, out);
    for (int is_long = 0; r == 0 && !found && is_long < 2; is_long++) {
        r = fill_window(j, range_for(j, offset, is_long));
        found = r == 0 && line_in(w->data, w->used, w->from, offset, out);
    }
    w->last = offset;
    return r == 0 && !found ? HAUL_EJOURNAL : r;
}

/* A fingerprint may belong to several URLs, so the URL of the record is
 * compared. An entry without a record is one of this run, known by 59 bits of
 * its fingerprint: that two URLs of one list share these is less likely than an
 * error of the machine. */
int hl_journal_locate(struct hl_journal *j, const struct hl_key *key,
                      struct hl_table_entry **out, struct hl_span *line)
{
    struct hl_table_entry *entry = hl_table_find(&j->urls, key->fingerprint);
    for (; entry != NULL;
         entry = hl_table_next(&j->urls, key->fingerprint, entry)) {
        *line = (struct hl_span){0};
        if (hl_table_offset(entry) == 0)
            break;
        int r = hl_journal_read_line(j, hl_table_offset(entry), line);
        if (r == 0 && hl_record_says(hl_record_url(*line), key->url))
            break;
        /* A record that cannot be read any more counts as none. */
        if (r < 0 && r != HAUL_EJOURNAL)
            return r;
    }
    *out = entry;
    if (entry == NULL)
        *line = (struct hl_span){0};
    return 0;
}

bool hl_journal_is_last(const struct hl_journal *j, uint64_t fingerprint,
                        uint64_t offset)
{
    struct hl_table_entry *entry = hl_table_find(&j->urls, fingerprint);
    while (entry != NULL && hl_table_offset(entry) != offset)
        entry = hl_table_next(&j->urls, fingerprint, entry);
    return entry != NULL;
}

enum hl_journal_state hl_journal_state_of(char kind)
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

static bool is_unsynced(const struct hl_journal *j, uint64_t offset)
{
    for (size_t i = 0; i < j->unsynced_count; i++)
        if (offset >= j->unsynced[i].from && offset < j->unsynced[i].to)
            return true;
    return false;
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

int hl_journal_fill(const struct hl_journal *j, uint64_t offset,
                    const struct hl_record *record,
                    struct hl_journal_entry *out)
{
    const struct hl_span *fields = record->fields;
    /* No text is longer than its field. */
    char *to = out->memory =
        malloc(record->size + HL_RECORD_COMMON + HL_RECORD_FIELDS);
    if (to == NULL)
        return -ENOMEM;
    out->state = hl_journal_state_of(record->kind);
    out->rebooted = offset < j->boot_from;
    out->unsynced = is_unsynced(j, offset);
    out->name = put_text(&to, record->name);
    out->url = put_text(&to, record->url);
    if (out->state == HL_JOURNAL_FAILED) {
        out->error = put_text(&to, fields[0]);
        out->http_status = (long)hl_record_number(fields[1]);
        out->attempts = (uint32_t)hl_record_number(fields[2]);
        out->options_hash = put_text(&to, fields[3]);
        out->own = put_text(&to, fields[4]);
    }
    out->has_part = record->part != NULL;
    if (out->has_part)
        fill_part(&out->part, &to, record);
    out->has_file = record->file != NULL;
    if (out->has_file)
        fill_file(&out->file, &to, record);
    return 0;
}
