/* The journal as the run uses it: what is recorded is found again, in this
 * run and in the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "haul/haul.h"
#include "journal/append.h"
#include "journal/failed_urls.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/record_writing.h"
#include "unit/journal/test_journal_support.h"

static void claim(struct hl_journal *j, unsigned n)
{
    struct hl_key key = key_of(n);
    assert_int_equal(hl_names_take(hl_journal_names(j), name_of(n)), 0);
    assert_int_equal(hl_journal_claim(j, &key, name_of(n)), 0);
}

static void done(struct hl_journal *j, unsigned n, uint64_t size)
{
    struct hl_key key = key_of(n);
    const struct hl_journal_file file = {.stamp.size = size};
    assert_int_equal(hl_journal_done(j, &key, name_of(n), &file), 0);
}

static void what_was_recorded_is_found_by_the_next_run(void **state)
{
    struct hl_journal *j = open_journal();
    const struct hl_journal_part part = {
        .size = 65536,
        .etag = "\"a\tb\"",
        .last_modified = "then",
        .token = "0123abcd",
        .inode = UINT64_C(1) << 62,
        .total = 70000,
        .url_fingerprint = INT64_MAX,
    };
    const struct hl_journal_file file = {
        .etag = "W/\"\\\"",
        .digests = "00ff",
        .stamp = {.size = 12, .mtime_ns = -1, .identity = UINT64_MAX},
        .xxh3 = "11aa",
    };
    const struct hl_journal_failure failure = {.error = "http",
                                               .http_status = 404,
                                               .attempts = 3,
                                               .options_hash = "beef",
                                               .own = "hu"};
    struct hl_journal_entry entry;
    (void)state;
    for (unsigned n = 0; n < 5; n++)
        claim(j, n);
    struct hl_key key = key_of(1);
    assert_int_equal(hl_journal_part(j, &key, name_of(1), &part), 0);
    key = key_of(2);
    assert_int_equal(hl_journal_done(j, &key, name_of(2), &file), 0);
    key = key_of(3);
    assert_int_equal(hl_journal_failed(j, &key, name_of(3), &failure), 0);
    for (int run = 0; run < 3; run++) {
        check_state(j, 0, HL_JOURNAL_CLAIMED, 0);
        check_state(j, 1, HL_JOURNAL_PART, 65536);
        check_state(j, 2, HL_JOURNAL_DONE, 12);
        check_state(j, 3, HL_JOURNAL_FAILED, 0);
        check_state(j, 4, HL_JOURNAL_CLAIMED, 0);
        check_state(j, 5, HL_JOURNAL_NONE, 0);
        find(j, 1, &entry);
        assert_string_equal(entry.part.etag, "\"a\tb\"");
        assert_string_equal(entry.part.last_modified, "then");
        assert_string_equal(entry.part.token, "0123abcd");
        assert_int_equal(entry.part.inode, UINT64_C(1) << 62);
        assert_int_equal(entry.part.total, 70000);
        assert_true(entry.part.url_fingerprint == INT64_MAX);
        assert_false(entry.unsynced || entry.rebooted);
        hl_journal_entry_release(&entry);
        find(j, 2, &entry);
        assert_string_equal(entry.file.etag, "W/\"\\\"");
        assert_null(entry.file.last_modified);
        assert_string_equal(entry.file.digests, "00ff");
        assert_memory_equal(&entry.file.stamp, &file.stamp, sizeof(file.stamp));
        assert_string_equal(entry.file.xxh3, "11aa");
        hl_journal_entry_release(&entry);
        find(j, 3, &entry);
        assert_string_equal(entry.failure.error, "http");
        assert_int_equal(entry.failure.http_status, 404);
        assert_int_equal(entry.failure.attempts, 3);
        assert_string_equal(entry.failure.options_hash, "beef");
        assert_string_equal(entry.failure.own, "hu");
        assert_null(entry.part.etag);
        hl_journal_entry_release(&entry);
        hl_journal_close(j);
        j = open_journal();
    }
    hl_journal_close(j);
}

static void a_record_is_found_before_it_is_written(void **state)
{
    struct hl_journal *j = open_journal();
    struct stat st;
    (void)state;
    claim(j, 1);
    check_state(j, 1, HL_JOURNAL_CLAIMED, 0);
    assert_int_equal(stat(".haul/journal", &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(hl_journal_flush(j), 0);
    done(j, 1, 7);
    check_state(j, 1, HL_JOURNAL_DONE, 7);
    hl_journal_close(j);
}

static void lines_and_names_are_this_runs(void **state)
{
    struct hl_journal *j = open_journal();
    uint64_t first = 99;
    (void)state;
    struct hl_key key = key_of(1);
    assert_int_equal(hl_journal_see(j, &key, 17, &first), 0);
    assert_int_equal(first, 0);
    assert_int_equal(hl_journal_see(j, &key, 18, &first), 0);
    assert_int_equal(first, 17);
    claim(j, 1);
    assert_int_equal(hl_journal_see(j, &key, 19, &first), 0);
    assert_int_equal(first, 17);
    key = key_of(2);
    assert_int_equal(hl_journal_see(j, &key, UINT64_C(1) << 32, &first), 0);
    assert_int_equal(hl_journal_see(j, &key, 1, &first), 0);
    assert_int_equal(first, UINT32_MAX);
    assert_int_equal(hl_names_take(hl_journal_names(j), "taken"), 0);
    assert_int_equal(hl_names_take(hl_journal_names(j), "taken"), 1);
    assert_true(hl_names_has(hl_journal_names(j), "taken"));
    assert_false(hl_names_has(hl_journal_names(j), "free"));
    hl_journal_close(j);
    j = open_journal();
    key = key_of(1);
    assert_int_equal(hl_journal_see(j, &key, 5, &first), 0);
    assert_int_equal(first, 0);
    assert_true(hl_names_has(hl_journal_names(j), name_of(1)));
    assert_false(hl_names_has(hl_journal_names(j), "taken"));
    hl_journal_close(j);
}

static void a_failure_without_a_name_keeps_the_one_there_was(void **state)
{
    struct hl_journal *j = open_journal();
    const struct hl_journal_failure failure = {.error = "nodomain"};
    struct hl_journal_entry entry;
    (void)state;
    claim(j, 1);
    for (unsigned n = 1; n <= 2; n++) {
        struct hl_key key = key_of(n);
        assert_int_equal(hl_journal_failed(j, &key, NULL, &failure), 0);
    }
    check_state(j, 1, HL_JOURNAL_FAILED, 0);
    find(j, 2, &entry);
    assert_int_equal(entry.state, HL_JOURNAL_FAILED);
    assert_null(entry.name);
    assert_null(entry.failure.options_hash);
    hl_journal_entry_release(&entry);
    hl_journal_close(j);
}

static void check_part(struct hl_journal *j, unsigned n, uint64_t size,
                       const char *etag)
{
    struct hl_journal_entry entry;
    find(j, n, &entry);
    assert_int_equal(entry.state, HL_JOURNAL_FAILED);
    assert_string_equal(entry.failure.error, "stalled");
    assert_int_equal(entry.part.size, size);
    if (etag != NULL)
        assert_string_equal(entry.part.etag, etag);
    else
        assert_null(entry.part.etag);
    hl_journal_entry_release(&entry);
}

static void a_failure_keeps_the_part_there_was(void **state)
{
    const struct hl_journal_failure failure = {.error = "stalled", .own = "-"};
    const struct hl_journal_part part = {.size = 4096, .etag = "\"a\\\""};
    const struct hl_journal_part forgotten = {.size = 0};
    struct hl_journal *j = open_journal();
    (void)state;
    for (unsigned n = 0; n < 3; n++)
        claim(j, n);
    done(j, 2, 77);
    struct hl_key key = key_of(0);
    assert_int_equal(hl_journal_part(j, &key, name_of(0), &part), 0);
    for (int run = 0; run < 3; run++) {
        for (unsigned n = 0; n < 3; n++) {
            key = key_of(n);
            assert_int_equal(hl_journal_failed(j, &key, NULL, &failure), 0);
        }
        check_part(j, 0, 4096, "\"a\\\"");
        check_part(j, 1, 0, NULL);
        /* What a file has is not a part's. */
        check_part(j, 2, 0, NULL);
        hl_journal_close(j);
        j = open_journal();
        check_part(j, 0, 4096, "\"a\\\"");
    }
    key = key_of(0);
    assert_int_equal(hl_journal_part(j, &key, name_of(0), &forgotten), 0);
    assert_int_equal(hl_journal_failed(j, &key, NULL, &failure), 0);
    check_part(j, 0, 0, NULL);
    hl_journal_close(j);
}

static void put_old_failure(struct hl_record_buffer *buffer, struct hl_key key)
{
    assert_int_equal(hl_record_begin(buffer, 'f'), 0);
    hl_record_add_fingerprint(buffer, key.fingerprint);
    hl_record_add_text(buffer, name_of(1));
    hl_record_add_text(buffer, key.url);
    hl_record_add_text(buffer, "http");
    hl_record_add_number(buffer, 410);
    hl_record_add_number(buffer, 2);
    hl_record_add_text(buffer, "beef");
    assert_int_equal(hl_record_end(buffer), 0);
}

static void a_journal_of_version_2_is_read_and_gone_on_with(void **state)
{
    struct hl_record_buffer buffer = {0};
    struct hl_journal_entry entry;
    struct hl_journal *j = open_journal();
    (void)state;
    struct hl_key key = key_of(1);
    hl_journal_close(j);
    put_header(&buffer, 2, this_boot());
    put_old_failure(&buffer, key);
    put_done(&buffer, 2, 10);
    put_journal(&buffer);
    for (int run = 0; run < 2; run++) {
        j = open_journal();
        check_state(j, 1, HL_JOURNAL_FAILED, 0);
        check_state(j, 2, HL_JOURNAL_DONE, 10);
        find(j, 1, &entry);
        assert_int_equal(entry.failure.http_status, 410);
        assert_string_equal(entry.failure.options_hash, "beef");
        assert_null(entry.failure.own);
        assert_false(entry.has_part);
        hl_journal_entry_release(&entry);
        if (run == 0)
            claim(j, 3);
        else
            check_state(j, 3, HL_JOURNAL_CLAIMED, 0);
        hl_journal_close(j);
    }
}

/* Its PART has no url, so that the FILE begins one field earlier. */
static void a_part_of_version_4_is_read_and_kept(void **state)
{
    const struct hl_journal_failure failure = {.error = "stalled", .own = "-"};
    struct hl_record_buffer buffer = {0};
    struct hl_journal_entry entry;
    struct hl_key key = key_of(1);
    struct hl_journal *j = open_journal();
    (void)state;
    hl_journal_close(j);
    put_header(&buffer, 4, this_boot());
    assert_int_equal(hl_record_begin(&buffer, 'p'), 0);
    hl_record_add_fingerprint(&buffer, key.fingerprint);
    hl_record_add_text(&buffer, name_of(1));
    hl_record_add_text(&buffer, key.url);
    static const char *const fields[] = {"4096", "\"p\"", "",   "89abcdef",
                                         "5",    "8192",  "77", "\"f\"",
                                         "",     "",      "",   ""};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        hl_record_add_text(&buffer, fields[i]);
    assert_int_equal(hl_record_end(&buffer), 0);
    put_journal(&buffer);
    for (int run = 0; run < 3; run++) {
        j = open_journal();
        find(j, 1, &entry);
        assert_true(entry.has_part && entry.has_file);
        assert_int_equal(entry.part.inode, 5);
        assert_int_equal(entry.part.total, 8192);
        assert_int_equal(entry.part.url_fingerprint, 0);
        assert_int_equal(entry.file.stamp.size, 77);
        assert_string_equal(entry.file.etag, "\"f\"");
        hl_journal_entry_release(&entry);
        assert_int_equal(hl_journal_failed(j, &key, NULL, &failure), 0);
        hl_journal_close(j);
    }
}

/* The same fingerprint, as one in 2^59 pairs of URLs has it, is not the same
 * URL. */
static void two_urls_of_one_fingerprint_are_two(void **state)
{
    struct hl_journal *j = open_journal();
    const struct hl_key one = {.url = "http://h/one", .fingerprint = 42};
    const struct hl_key two = {.url = "http://h/two", .fingerprint = 42};
    const struct hl_journal_file file = {.stamp.size = 2};
    struct hl_journal_entry entry;
    (void)state;
    assert_int_equal(hl_journal_claim(j, &one, "one"), 0);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(hl_journal_find(j, &two, &entry), 0);
        assert_int_equal(entry.state,
                         run == 0 ? HL_JOURNAL_NONE : HL_JOURNAL_DONE);
        hl_journal_entry_release(&entry);
        assert_int_equal(hl_journal_done(j, &two, "two", &file), 0);
        assert_int_equal(hl_journal_find(j, &one, &entry), 0);
        assert_int_equal(entry.state, HL_JOURNAL_CLAIMED);
        assert_string_equal(entry.name, "one");
        hl_journal_entry_release(&entry);
        assert_int_equal(hl_journal_find(j, &two, &entry), 0);
        assert_string_equal(entry.name, "two");
        hl_journal_entry_release(&entry);
        hl_journal_close(j);
        j = open_journal();
    }
    hl_journal_close(j);
}

static void what_no_line_can_hold_is_refused(void **state)
{
    struct hl_journal *j = open_journal();
    char *text = malloc(HL_RECORD_LINE_MAX + 1);
    char validator[HL_RECORD_TEXT_MAX + 1];
    struct hl_journal_entry entry;
    (void)state;
    memset(text, '\\', HL_RECORD_LINE_MAX);
    text[HL_RECORD_LINE_MAX] = '\0';
    memset(validator, 'v', sizeof(validator));
    validator[HL_RECORD_TEXT_MAX] = '\0';
    struct hl_key key = hl_journal_key(text);
    assert_int_equal(hl_journal_claim(j, &key, "name"), UV_E2BIG);
    /* The longest that there are. */
    text[8192] = '\0';
    key = hl_journal_key(text);
    assert_int_equal(hl_journal_claim(j, &key, text + 8192 - 4095), 0);
    const struct hl_journal_part part = {.size = 1, .etag = validator};
    assert_int_equal(hl_journal_part(j, &key, text + 8192 - 4095, &part), 0);
    assert_int_equal(hl_journal_find(j, &key, &entry), 0);
    assert_int_equal(entry.state, HL_JOURNAL_PART);
    assert_string_equal(entry.url, text);
    assert_null(entry.part.etag);
    hl_journal_entry_release(&entry);
    hl_journal_close(j);
    free(text);
}

static void one_run_at_a_time_holds_a_directory(void **state)
{
    struct hl_journal *j = open_journal();
    struct hl_journal *other;
    (void)state;
    assert_int_equal(hl_journal_open(&other, bench_dir()), HAUL_EBUSY);
    assert_null(other);
    hl_journal_close(j);
    j = open_journal();
    hl_journal_close(j);
}

static int count_state(void *arg, const struct hl_journal_entry *entry)
{
    unsigned *counts = arg;
    counts[entry->state]++;
    return counts[HL_JOURNAL_DONE] == 50 ? -1000 : 0;
}

static void a_view_reads_beside_a_run(void **state)
{
    struct hl_journal *j = open_journal();
    struct hl_journal *view;
    unsigned counts[8] = {0};
    (void)state;
    for (unsigned n = 0; n < 100; n++)
        claim(j, n);
    for (unsigned n = 0; n < 40; n++)
        done(j, n, n);
    assert_int_equal(hl_journal_flush(j), 0);
    assert_int_equal(hl_journal_view(&view, bench_dir()), 0);
    for (unsigned n = 40; n < 60; n++)
        done(j, n, n);
    assert_int_equal(hl_journal_flush(j), 0);
    check_state(view, 39, HL_JOURNAL_DONE, 39);
    check_state(view, 41, HL_JOURNAL_CLAIMED, 0);
    assert_int_equal(hl_journal_each(view, count_state, counts), 0);
    assert_int_equal(counts[HL_JOURNAL_CLAIMED], 60);
    assert_int_equal(counts[HL_JOURNAL_DONE], 40);
    hl_journal_close(view);
    memset(counts, 0, sizeof(counts));
    assert_int_equal(hl_journal_each(j, count_state, counts), -1000);
    assert_int_equal(counts[HL_JOURNAL_DONE], 50);
    hl_journal_close(j);
}

static void fail_with(struct hl_journal *j, unsigned n, uint32_t attempts)
{
    const struct hl_journal_failure failure = {
        .error = "stalled", .attempts = attempts, .own = "-"};
    struct hl_key key = key_of(n);
    assert_int_equal(hl_journal_failed(j, &key, name_of(n), &failure), 0);
}

/* What a run beside it adds is not among them, nor does its compaction take
 * any away. */
static void the_failed_are_walked_over_beside_a_run(void **state)
{
    enum { COUNT = 3000 };
    struct hl_journal_failures *failures;
    struct hl_journal_entry entry;
    struct hl_journal *j = open_journal();
    (void)state;
    for (unsigned n = 0; n < COUNT; n++)
        claim(j, n);
    for (unsigned n = 0; n < COUNT; n += 2)
        fail_with(j, n, 1);
    for (unsigned n = 0; n < COUNT; n += 4)
        n % 8 == 0 ? done(j, n, 1) : fail_with(j, n, 2);
    assert_int_equal(hl_journal_flush(j), 0);
    assert_int_equal(hl_journal_failures_open(&failures, bench_dir(), NULL), 0);
    assert_int_equal(hl_journal_failures_count(failures), COUNT * 3 / 8);
    hl_journal_close(j);
    j = open_journal();
    for (unsigned n = 0; n < COUNT; n++)
        done(j, n, 1);
    hl_journal_close(j);
    j = open_journal();
    unsigned met = 0;
    while (hl_journal_failures_next(failures, &entry) == 1) {
        unsigned n = (unsigned)strtoul(entry.name, NULL, 10);
        assert_string_equal(entry.url, url_of(n));
        assert_int_equal(entry.state, HL_JOURNAL_FAILED);
        assert_int_equal(entry.failure.attempts, n % 4 == 0 ? 2 : 1);
        assert_true(n % 2 == 0 && n % 8 != 0);
        hl_journal_entry_release(&entry);
        met++;
    }
    assert_int_equal(met, COUNT * 3 / 8);
    hl_journal_failures_close(failures);
    hl_journal_close(j);
}

static void a_view_of_nothing_is_empty_and_makes_nothing(void **state)
{
    struct hl_journal *view;
    unsigned counts[8] = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hl_journal_view(&view, i == 0 ? bench_dir() : -1), 0);
        check_state(view, 1, HL_JOURNAL_NONE, 0);
        assert_int_equal(hl_journal_each(view, count_state, counts), 0);
        hl_journal_close(view);
        struct hl_journal_failures *failures;
        struct hl_journal_entry entry;
        assert_int_equal(hl_journal_failures_open(
                             &failures, i == 0 ? bench_dir() : -1, NULL),
                         0);
        assert_int_equal(hl_journal_failures_count(failures), 0);
        assert_int_equal(hl_journal_failures_next(failures, &entry), 0);
        hl_journal_failures_close(failures);
    }
    assert_int_equal(access(".haul", F_OK), -1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        T(what_was_recorded_is_found_by_the_next_run),
        T(a_record_is_found_before_it_is_written),
        T(lines_and_names_are_this_runs),
        T(a_failure_without_a_name_keeps_the_one_there_was),
        T(a_failure_keeps_the_part_there_was),
        T(a_journal_of_version_2_is_read_and_gone_on_with),
        T(a_part_of_version_4_is_read_and_kept),
        T(two_urls_of_one_fingerprint_are_two),
        T(what_no_line_can_hold_is_refused),
        T(one_run_at_a_time_holds_a_directory),
        T(a_view_reads_beside_a_run),
        T(the_failed_are_walked_over_beside_a_run),
        T(a_view_of_nothing_is_empty_and_makes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
