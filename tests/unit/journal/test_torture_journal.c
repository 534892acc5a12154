/* The journal without memory: each of its allocations fails in turn. What it
 * then says on disk is whole, and can be read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <uv.h>

#include "journal/append.h"
#include "journal/failed_urls.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/record.h"
#include "journal/record_writing.h"
#include "support/torture.h"
#include "test_journal_support.h"

enum { RECORDS = 300, DEAD = 5000 };

static int put_records(struct hl_record_buffer *buffer, const char *text)
{
    int r = 0;
    for (int i = 0; i < RECORDS && r == 0; i++) {
        r = hl_record_begin(buffer, 'c');
        if (r < 0)
            return r;
        hl_record_add_fingerprint(buffer, 0x123);
        hl_record_add_text(buffer, text);
        hl_record_add_text(buffer, "http://h/a");
        r = hl_record_end(buffer);
    }
    return r;
}

/* All that is in the buffer are whole records, however many. */
static void check_records(const struct hl_record_buffer *buffer,
                          const char *text)
{
    for (size_t at = 0; at < buffer->used;) {
        const char *line = buffer->data + at;
        const char *end = memchr(line, '\n', buffer->used - at);
        struct hl_record record;
        assert_non_null(end);
        const struct hl_span span = {line, (size_t)(end - line)};
        assert_true(hl_record_parse(&record, span));
        assert_true(hl_record_says(record.name, text));
        at += span.size + 1;
    }
}

static int use_records(void *arg)
{
    struct hl_record_buffer buffer = {0};
    char text[200] = "tab\tand \\, ";
    (void)arg;
    memset(text + 11, 'x', sizeof(text) - 12);
    int r = put_records(&buffer, text);
    check_records(&buffer, text);
    free(buffer.data);
    return r;
}

static void records_are_whole_or_not_there(void **state)
{
    (void)state;
    assert_true(torture(use_records, NULL) >= 2);
}

static int record_all(struct hl_journal *journal)
{
    const struct hl_journal_file file = {.stamp.size = 5, .etag = "\"e\""};
    const struct hl_journal_part part = {.size = 5, .etag = "\"e\""};
    const struct hl_journal_failure failure = {.error = "http",
                                               .http_status = 404};
    struct hl_key one = hl_journal_key("http://h/1");
    struct hl_key two = hl_journal_key("http://h/2");
    uint64_t first;
    int r = hl_journal_see(journal, &one, 1, &first);
    if (r == 0)
        r = hl_names_take(hl_journal_names(journal), "one");
    if (r >= 0)
        r = hl_journal_claim(journal, &one, "one");
    if (r == 0)
        r = hl_journal_part(journal, &one, "one", &part);
    if (r == 0)
        r = hl_journal_done(journal, &one, "one", &file);
    if (r == 0)
        r = hl_journal_part(journal, &two, "two", &part);
    if (r == 0)
        r = hl_journal_failed(journal, &two, NULL, &failure);
    if (r == 0)
        r = hl_journal_flush(journal);
    return r;
}

static int count_entry(void *arg, const struct hl_journal_entry *entry)
{
    unsigned *states = arg;
    *states |= 1u << entry->state;
    return 0;
}

static int look_up(struct hl_journal *journal)
{
    struct hl_journal_entry entry;
    struct hl_key one = hl_journal_key("http://h/1");
    unsigned states = 0;
    int r = hl_journal_find(journal, &one, &entry);
    if (r < 0)
        return r;
    assert_int_equal(entry.state, HL_JOURNAL_DONE);
    assert_string_equal(entry.url, "http://h/1");
    assert_string_equal(entry.name, "one");
    assert_string_equal(entry.file.etag, "\"e\"");
    hl_journal_entry_release(&entry);
    assert_true(hl_names_has(hl_journal_names(journal), "one"));
    r = hl_journal_each(journal, count_entry, &states);
    if (r == 0)
        assert_int_equal(states,
                         1u << HL_JOURNAL_DONE | 1u << HL_JOURNAL_FAILED);
    return r;
}

/* @return what opening or use came to. */
static int with_journal(int (*use)(struct hl_journal *journal))
{
    struct hl_journal *journal;
    int r = begin_journal(&journal);
    if (r < 0)
        assert_null(journal);
    else
        r = use(journal);
    hl_journal_close(journal);
    return r;
}

static int walk(void)
{
    struct hl_journal_failures *failures;
    struct hl_journal_entry entry;
    int r = hl_journal_failures_open(&failures, bench_dir(), NULL);
    if (r < 0) {
        assert_null(failures);
        return r;
    }
    r = hl_journal_failures_next(failures, &entry);
    if (r == 1) {
        assert_string_equal(entry.url, "http://h/2");
        hl_journal_entry_release(&entry);
        r = hl_journal_failures_next(failures, &entry);
    }
    hl_journal_failures_close(failures);
    return r;
}

static int write_and_read(void *arg)
{
    (void)arg;
    int r = with_journal(record_all);
    if (r == 0)
        r = with_journal(look_up);
    return r == 0 ? walk() : r;
}

static void a_journal_can_always_be_read_again(void **state)
{
    (void)state;
    assert_true(torture(write_and_read, NULL) > 10);
    assert_int_equal(with_journal(look_up), 0);
}

static int look_up_one(struct hl_journal *journal)
{
    struct hl_key key = key_of(1);
    struct hl_journal_entry entry;
    int r = hl_journal_find(journal, &key, &entry);
    if (r < 0)
        return r;
    assert_int_equal(entry.state, HL_JOURNAL_DONE);
    assert_int_equal(entry.file.stamp.size, DEAD);
    assert_string_equal(entry.name, name_of(1));
    hl_journal_entry_release(&entry);
    return 0;
}

static int open_and_read(void *arg)
{
    (void)arg;
    return with_journal(look_up_one);
}

/* It is written anew as it is opened, or stays as it was. */
static void a_journal_of_dead_records_loses_no_other(void **state)
{
    struct hl_record_buffer buffer = {0};
    size_t before;
    size_t after;
    (void)state;
    put_header(&buffer, HL_RECORD_VERSION, this_boot());
    put_claim(&buffer, 1);
    for (uint64_t size = 1; size <= DEAD; size++)
        put_done(&buffer, 1, size);
    put_journal(&buffer);
    free(read_journal(&before));
    assert_true(torture(open_and_read, NULL) > 5);
    free(read_journal(&after));
    assert_true(after < before / 100);
    free(buffer.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_whole_or_not_there),
        cmocka_unit_test_setup_teardown(a_journal_can_always_be_read_again,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(
            a_journal_of_dead_records_loses_no_other, bench_open, bench_close),
    };
    torture_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
