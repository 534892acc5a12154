/* Finds the last record of a URL by the journal's table (journal_struct.h).
 * Loop thread only. */
#ifndef HL_JOURNAL_INDEX_H
#define HL_JOURNAL_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/journal_entry.h"
#include "journal/key.h"
#include "journal/record.h"
#include "util/table.h"

struct hl_journal;

/* Finds the table's entry of key; NULL: there is none. *line becomes the URL's
 * last record, valid until the next call; its size is 0 where there is none.
 * @return 0 or a code. */
int hl_index_locate(struct hl_journal *journal, const struct hl_key *key,
                    struct hl_table_entry **out, struct hl_span *line);
/* Notes a new record of a URL. entry: the URL's in the table; NULL: it has none
 * yet. @return 0 or UV_ENOMEM. */
int hl_index_note(struct hl_journal *journal, uint64_t fingerprint,
                  struct hl_table_entry *entry, char kind, uint64_t offset);
/* Is the record at offset the last one of its URL? */
bool hl_index_is_last(const struct hl_journal *journal, uint64_t fingerprint,
                      uint64_t offset);
/* Fills *out, except for its line, from the record at offset. @return 0 or
 * UV_ENOMEM. */
int hl_index_read(const struct hl_journal *journal, uint64_t offset,
                  const struct hl_record *record, struct hl_journal_entry *out);

#endif
