#include "journal/leftovers.h"

#include <string.h>

#include "haul/haul.h"
#include "journal/index.h"
#include "journal/journal_struct.h"

struct sweep {
    const struct hl_killed_runs *killed;
    hl_journal_leftover_fn fn;
    void *arg;
};

static bool is_on_record(const struct hl_journal_entry *entry,
                         const char *token)
{
    return entry->has_part && entry->part.token != NULL &&
           entry->part.inode != 0 && strcmp(entry->part.token, token) == 0;
}

static int on_open_entry(void *arg, const struct hl_journal_entry *entry)
{
    const struct sweep *sweep = arg;
    int r = 0;
    for (size_t i = 0; r == 0 && i < sweep->killed->count; i++) {
        const char *token = sweep->killed->runs[i].token;
        if (entry->name != NULL && !is_on_record(entry, token))
            r = sweep->fn(sweep->arg, entry->name, token);
    }
    return r;
}

/* Reads the record of one table entry, and calls back where the URL is not
 * done. */
static int visit(struct hl_journal *j, const struct hl_table_entry *at,
                 struct sweep *sweep)
{
    struct hl_journal_entry entry = {0};
    struct hl_record record;
    struct hl_span line;
    uint64_t offset = hl_table_offset(at);
    if (offset == 0 || at->state == HL_JOURNAL_DONE)
        return 0;
    int r = hl_log_at(&j->log, offset, &line);
    if (r == 0 && hl_record_parse(&record, line))
        r = hl_index_read(j, offset, &record, &entry);
    if (r == 0)
        r = on_open_entry(sweep, &entry);
    hl_journal_entry_release(&entry);
    /* A record that cannot be read any more is passed over. */
    return r == HAUL_EJOURNAL ? 0 : r;
}

int hl_journal_each_leftover(struct hl_journal *j, hl_journal_leftover_fn fn,
                             void *arg)
{
    struct sweep sweep = {.killed = &j->killed, .fn = fn, .arg = arg};
    struct hl_table_walk walk = {0};
    const struct hl_table_entry *entry;
    int r = 0;
    if (j->killed.count == 0)
        return 0;
    for (size_t i = 0; r == 0 && i < j->killed.count; i++)
        r = fn(arg, HL_JOURNAL_COPY, j->killed.runs[i].token);
    while (r == 0 && (entry = hl_table_walk(&j->urls, &walk)) != NULL)
        r = visit(j, entry, &sweep);
    j->killed.removed = r == 0;
    return r;
}
