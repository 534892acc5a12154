/* The journal and its tables without memory: each allocation fails in turn,
 * and what was recorded before stays so. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <uv.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/record.h"
#include "support/torture.h"
#include "unit/journal/test_journal_support.h"
#include "util/table.h"

static int fill_tables(void *arg)
{
    enum { COUNT = 6000 };
    static const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    static struct hl_table table;
    static struct hl_fingerprint_set set;
    uint64_t added = 0;
    (void)arg;
    int r = hl_table_reserve(&table, COUNT / 3);
    while (r == 0 && added < COUNT) {
        struct hl_table_entry *entry = hl_table_add(&table, added * step);
        r = entry != NULL ? hl_fingerprint_set_add(&set, added * step)
                          : UV_ENOMEM;
        if (r == 0)
            entry->line = (uint32_t)added++;
    }
    for (uint64_t i = 0; i < added; i++) {
        const struct hl_table_entry *entry = hl_table_find(&table, i * step);
        assert_non_null(entry);
        assert_int_equal(entry->line, i);
        assert_true(hl_fingerprint_set_has(&set, i * step));
    }
    hl_table_release(&table);
    hl_fingerprint_set_release(&set);
    return r;
}

static void tables_keep_what_they_have(void **state)
{
    (void)state;
    assert_true(torture(fill_tables, NULL) > 100);
}

static int count(void *arg, const struct hl_journal_entry *entry)
{
    unsigned *counts = arg;
    counts[entry->state]++;
    return 0;
}

/* How far a run came. */
struct progress {
    bool claimed;
    bool done;
};

static int record(struct hl_journal *j, struct progress *progress)
{
    const struct hl_journal_file file = {.stamp.size = 5, .etag = "\"e\""};
    struct hl_key key = key_of(1);
    struct hl_journal_entry entry;
    uint64_t first;
    int r = hl_journal_see(j, &key, 1, &first);
    if (r == 0)
        r = hl_names_take(hl_journal_names(j), name_of(1));
    if (r == 0)
        r = hl_journal_claim(j, &key, name_of(1));
    progress->claimed = r == 0;
    if (r == 0)
        r = hl_journal_flush(j);
    if (r == 0)
        r = hl_journal_find(j, &key, &entry);
    if (r < 0)
        return r;
    assert_int_equal(entry.state, HL_JOURNAL_CLAIMED);
    hl_journal_entry_release(&entry);
    r = hl_journal_done(j, &key, name_of(1), &file);
    progress->done = r == 0;
    return r;
}

static int read_back(const struct progress *progress)
{
    struct hl_journal *j;
    unsigned counts[8] = {0};
    int r = hl_journal_view(&j, bench_dir());
    if (r < 0) {
        assert_null(j);
        return r;
    }
    r = hl_journal_each(j, count, counts);
    if (r == 0) {
        assert_int_equal(counts[HL_JOURNAL_DONE], progress->done);
        assert_int_equal(counts[HL_JOURNAL_CLAIMED],
                         progress->claimed && !progress->done);
    }
    hl_journal_close(j);
    return r;
}

static int run(void *arg)
{
    struct hl_journal *j;
    struct progress progress = {false, false};
    (void)arg;
    (void)unlink(".haul/journal");
    int r = begin_journal(&j);
    if (r < 0) {
        assert_null(j);
        return r;
    }
    r = record(j, &progress);
    hl_journal_close(j);
    int back = read_back(&progress);
    return r == 0 ? back : r;
}

static void a_run_keeps_what_it_recorded(void **state)
{
    (void)state;
    assert_true(torture(run, NULL) > 10);
}

/* Without memory for it, a journal that is mostly dead stays as it is. */
static int compact(void *arg)
{
    struct hl_record_buffer *buffer = arg;
    struct hl_journal *j;
    struct hl_journal_entry entry;
    write_journal(buffer->data, buffer->used);
    int r = begin_journal(&j);
    if (r < 0)
        return r;
    struct hl_key key = key_of(1);
    r = hl_journal_find(j, &key, &entry);
    if (r == 0)
        assert_int_equal(entry.state, HL_JOURNAL_CLAIMED);
    hl_journal_entry_release(&entry);
    hl_journal_close(j);
    return r;
}

static void a_compaction_loses_nothing(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    put_header(&buffer, HL_RECORD_VERSION, "boot-a");
    for (unsigned i = 0; i < 1100; i++)
        put_claim(&buffer, 1);
    assert_true(torture(compact, &buffer) > 5);
    free(buffer.data);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_keep_what_they_have),
        T(a_run_keeps_what_it_recorded),
        T(a_compaction_loses_nothing),
    };
    torture_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
