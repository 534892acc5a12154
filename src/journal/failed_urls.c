#include "journal/failed_urls.h"

#include <errno.h>
#include <stdlib.h>

#include "haul/haul.h"
#include "journal/index.h"
#include "journal/journal.h"
#include "journal/journal_struct.h"
#include "policy/cause.h"
#include "util/grow.h"

/* Owned by the caller. */
struct hl_journal_failures {
    struct hl_journal *journal; /* a view without its tables */
    const char *causes;         /* borrowed while it is opened; or NULL */
    uint64_t *offsets;          /* of their last records, in their order */
    size_t count;
    size_t room;
    size_t next;
};

static int add_offset(struct hl_journal_failures *f, uint64_t offset)
{
    if (hl_grow(&f->offsets, &f->room, f->count, sizeof(*f->offsets)) < 0)
        return -ENOMEM;
    f->offsets[f->count++] = offset;
    return 0;
}

/* The error of a record is its first field, the status its second. */
static bool is_wanted(const struct hl_journal_failures *f,
                      const struct hl_record *record)
{
    char word[32];
    if (f->causes == NULL)
        return true;
    if (record->fields[0].size >= sizeof(word))
        return false;
    hl_record_copy(word, record->fields[0]);
    return hl_cause_is_listed(f->causes,
                              (long)hl_record_number(record->fields[1]), word);
}

static int note_line(void *arg, struct hl_span line, uint64_t offset)
{
    struct hl_journal_failures *f = arg;
    struct hl_record record;
    if (!hl_record_parse(&record, line) || record.kind != 'f' ||
        !hl_index_is_last(f->journal, record.fingerprint, offset) ||
        !is_wanted(f, &record))
        return 0;
    return add_offset(f, offset);
}

static int note_all(struct hl_journal_failures *f)
{
    struct hl_journal *j = f->journal;
    int r = hl_log_each_of_all(&j->log, note_line, f);
    hl_table_release(&j->urls);
    hl_names_clear(&j->names);
    return r;
}

int hl_journal_failures_open(struct hl_journal_failures **out, int dir_fd,
                             const char *causes)
{
    struct hl_journal_failures *f = *out = calloc(1, sizeof(*f));
    if (f == NULL)
        return -ENOMEM;
    f->causes = causes;
    int r = hl_journal_view(&f->journal, dir_fd);
    if (r == 0)
        r = note_all(f);
    if (r == 0)
        return 0;
    hl_journal_failures_close(f);
    *out = NULL;
    return r;
}

uint64_t hl_journal_failures_count(const struct hl_journal_failures *f)
{
    return f->count;
}

int hl_journal_failures_next(struct hl_journal_failures *f,
                             struct hl_journal_entry *out)
{
    *out = (struct hl_journal_entry){0};
    while (f->next < f->count) {
        uint64_t offset = f->offsets[f->next++];
        struct hl_record record;
        struct hl_span line;
        int r = hl_log_at(&f->journal->log, offset, &line);
        if (r == 0 && hl_record_parse(&record, line))
            r = hl_index_read(f->journal, offset, &record, out);
        /* What has become unreadable is passed over. */
        if (r < 0 && r != HAUL_EJOURNAL)
            return r;
        if (out->memory != NULL)
            return 1;
    }
    return 0;
}

void hl_journal_failures_close(struct hl_journal_failures *f)
{
    if (f == NULL)
        return;
    hl_journal_close(f->journal);
    free(f->offsets);
    free(f);
}
