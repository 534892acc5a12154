#include "journal/find.h"

#include <errno.h>

#include "journal/append.h"
#include "journal/index.h"
#include "journal/journal_struct.h"

int hl_journal_find(struct hl_journal *j, const struct hl_key *key,
                    struct hl_journal_entry *out)
{
    struct hl_table_entry *entry;
    struct hl_span line;
    struct hl_record record;
    *out = (struct hl_journal_entry){0};
    int r = hl_index_locate(j, key, &entry, &line);
    if (r < 0 || entry == NULL)
        return r;
    out->line = entry->line;
    if (line.size > 0 && hl_record_split(&record, line))
        r = hl_index_read(j, hl_table_offset(entry), &record, out);
    return r;
}

uint64_t hl_journal_count_done(const struct hl_journal *j)
{
    struct hl_table_walk walk = {0};
    const struct hl_table_entry *entry;
    uint64_t count = 0;
    while ((entry = hl_table_walk(&j->urls, &walk)) != NULL)
        count += entry->state == HL_JOURNAL_DONE;
    return count;
}

int hl_journal_see(struct hl_journal *j, const struct hl_key *key,
                   uint64_t line, uint64_t *first)
{
    struct hl_table_entry *entry;
    struct hl_span record;
    int r = hl_index_locate(j, key, &entry, &record);
    if (r == 0 && entry == NULL) {
        entry = hl_table_add(&j->urls, key->fingerprint);
        r = entry != NULL ? 0 : -ENOMEM;
    }
    *first = r == 0 ? entry->line : 0;
    if (r == 0 && entry->line == 0)
        entry->line =
            line == 0 || line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
    return r;
}

/* What hl_journal_each() carries from line to line. */
struct pass {
    struct hl_journal *journal;
    hl_journal_fn fn;
    void *arg;
};

static int pass_line(void *arg, struct hl_span line, uint64_t offset)
{
    const struct pass *pass = arg;
    struct hl_journal_entry entry = {0};
    struct hl_record record;
    if (!hl_record_parse(&record, line) ||
        hl_journal_entry_state(record.kind) == HL_JOURNAL_NONE ||
        !hl_index_is_last(pass->journal, record.fingerprint, offset))
        return 0;
    int r = hl_index_read(pass->journal, offset, &record, &entry);
    if (r == 0)
        r = pass->fn(pass->arg, &entry);
    hl_journal_entry_release(&entry);
    return r;
}

int hl_journal_each(struct hl_journal *j, hl_journal_fn fn, void *arg)
{
    struct pass pass = {.journal = j, .fn = fn, .arg = arg};
    int r = hl_journal_flush(j);
    return r == 0 ? hl_log_each_of_all(&j->log, pass_line, &pass) : r;
}

struct hl_names *hl_journal_names(struct hl_journal *j)
{
    return &j->names;
}

static int fold_name(void *arg, const struct hl_journal_entry *entry)
{
    int r = entry->name != NULL ? hl_names_take_folded(arg, entry->name) : 0;
    return r < 0 ? r : 0;
}

int hl_journal_place_name(struct hl_journal *j, char name[HL_NAME_SIZE],
                          int dir_fd, bool try_out)
{
    struct hl_names *names = &j->names;
    int r = 0;
    if (!names->folds && dir_fd >= 0 &&
        hl_names_see_folding(names, name, dir_fd, try_out)) {
        names->folds = true;
        r = hl_journal_each(j, fold_name, names);
    }
    return r == 0 ? hl_names_place(names, name, dir_fd) : r;
}
