/* What the tests of the journal share: a directory, and journals that are
 * written by hand. */
#ifndef TEST_JOURNAL_SUPPORT_H
#define TEST_JOURNAL_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"
#include "journal/journal_entry.h"
#include "journal/key.h"
#include "journal/record_writing.h"
#include "util/fingerprint.h"

/* A fresh directory; a cmocka setup, and its teardown. */
int bench_open(void **state);
int bench_close(void **state);
/* Its descriptor. */
int bench_dir(void);

/* Opens it, and begins a run. @return 0, or a code: then *out is NULL. */
int begin_journal(struct hl_journal **out);
struct hl_journal *open_journal(void);
/* The whole file, with a NUL after it; the caller frees it. */
char *read_journal(size_t *size);
void write_journal(const char *data, size_t size);

/* Lines of a journal in the making; the caller frees buffer.data. The URL of
 * number n is url_of(n), its name name_of(n), both static. */
const char *url_of(unsigned n);
const char *name_of(unsigned n);
void put_header(struct hl_record_buffer *buffer, unsigned version,
                const char *boot);
void put_mark(struct hl_record_buffer *buffer);
void put_claim(struct hl_record_buffer *buffer, unsigned n);
void put_done(struct hl_record_buffer *buffer, unsigned n, uint64_t size);
/* Writes buffer as the journal, and empties it. */
void put_journal(struct hl_record_buffer *buffer);
/* The id of this boot. */
const char *this_boot(void);

/* Key and entry of URL n; the entry is the caller's to release. */
struct hl_key key_of(unsigned n);
void find(struct hl_journal *journal, unsigned n, struct hl_journal_entry *out);
/* Fails the test unless URL n is in this state, under its name and, when it
 * has one, of this size. */
/* Of its file when it is done, else of its part. */
uint64_t size_of_entry(const struct hl_journal_entry *entry);
void check_state(struct hl_journal *journal, unsigned n,
                 enum hl_journal_state state, uint64_t size);

#endif
