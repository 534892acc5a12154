#include "journal/index.h"

#include <errno.h>

#include "haul/haul.h"
#include "journal/journal_struct.h"

/* Several URLs may have one fingerprint, so the URL in the record is compared.
 * A URL that has no record yet was met in this run. It is known by 59 bits of
 * its fingerprint alone: that another URL of the list has the same 59 bits is
 * less likely than an error of the machine. */
int hl_index_locate(struct hl_journal *j, const struct hl_key *key,
                    struct hl_table_entry **out, struct hl_span *line)
{
    struct hl_table_entry *entry = hl_table_find(&j->urls, key->fingerprint);
    for (; entry != NULL;
         entry = hl_table_next(&j->urls, key->fingerprint, entry)) {
        *line = (struct hl_span){0};
        if (hl_table_offset(entry) == 0)
            break;
        int r = hl_log_at(&j->log, hl_table_offset(entry), line);
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

int hl_index_note(struct hl_journal *j, uint64_t fingerprint,
                  struct hl_table_entry *entry, char kind, uint64_t offset)
{
    if (entry == NULL)
        entry = hl_table_add(&j->urls, fingerprint);
    if (entry == NULL)
        return -ENOMEM;
    hl_table_set_offset(entry, offset);
    entry->state = hl_journal_entry_state(kind) & 0xf;
    return 0;
}

bool hl_index_is_last(const struct hl_journal *j, uint64_t fingerprint,
                      uint64_t offset)
{
    struct hl_table_entry *entry = hl_table_find(&j->urls, fingerprint);
    while (entry != NULL && hl_table_offset(entry) != offset)
        entry = hl_table_next(&j->urls, fingerprint, entry);
    return entry != NULL;
}

int hl_index_read(const struct hl_journal *j, uint64_t offset,
                  const struct hl_record *record, struct hl_journal_entry *out)
{
    int r = hl_journal_entry_fill(out, record);
    /* Only the attempt that has made a temporary file may open it. */
    if (offset < j->log.base) {
        out->has_part = false;
        if (out->state == HL_JOURNAL_PART)
            out->state = HL_JOURNAL_CLAIMED;
    }
    out->rebooted = offset < j->boots.last;
    out->unsynced = hl_boots_is_unsynced(&j->boots, offset);
    return r;
}
