/* What the journal says after the machine went down, marks, and compaction,
 * which must keep all of that. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "journal/append.h"
#include "journal/journal.h"
#include "journal/journal_struct.h"
#include "journal/record_writing.h"
#include "journal/sync.h"
#include "unit/journal/test_journal_support.h"

static void check_flags(struct hl_journal *j, unsigned n, bool unsynced,
                        bool rebooted)
{
    struct hl_journal_entry entry;
    find(j, n, &entry);
    assert_int_not_equal(entry.state, HL_JOURNAL_NONE);
    assert_int_equal(entry.unsynced, unsynced);
    assert_int_equal(entry.rebooted, rebooted);
    hl_journal_entry_release(&entry);
}

/* Two boots before this one: each has what a mark covers and what none does,
 * and this one both too. */
static void put_three_boots(struct hl_record_buffer *buffer)
{
    unsigned n = 0;
    const char *const boots[] = {"boot-a", "boot-b", this_boot()};
    for (int boot = 0; boot < 3; boot++) {
        put_header(buffer, HL_RECORD_VERSION, boots[boot]);
        put_done(buffer, n, n + 100);
        n++;
        /* A second run in the same boot. */
        put_header(buffer, HL_RECORD_VERSION, boots[boot]);
        put_mark(buffer);
        put_done(buffer, n, n + 100);
        n++;
    }
}

static void check_three_boots(struct hl_journal *j)
{
    for (unsigned n = 0; n < 6; n++) {
        check_state(j, n, HL_JOURNAL_DONE, n + 100);
        check_flags(j, n, n == 1 || n == 3, n < 4);
    }
}

static void files_after_the_last_mark_of_a_boot_are_unsynced(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    put_three_boots(&buffer);
    put_journal(&buffer);
    for (int run = 0; run < 2; run++) {
        struct hl_journal *j = open_journal();
        check_three_boots(j);
        /* It is done again, in this boot. */
        struct hl_key key = key_of(3);
        const struct hl_journal_file file = {.stamp.size = 103};
        if (run == 1) {
            assert_int_equal(hl_journal_done(j, &key, name_of(3), &file), 0);
            check_flags(j, 3, false, false);
        }
        hl_journal_close(j);
    }
}

/* A mark is not worth more than what was there before it. */
static void a_mark_beyond_itself_marks_nothing(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    put_header(&buffer, HL_RECORD_VERSION, "boot-a");
    put_done(&buffer, 0, 100);
    assert_int_equal(hl_record_begin(&buffer, 'S'), 0);
    hl_record_add_number(&buffer, 100000);
    assert_int_equal(hl_record_end(&buffer), 0);
    put_journal(&buffer);
    struct hl_journal *j = open_journal();
    check_flags(j, 0, true, true);
    hl_journal_close(j);
}

static unsigned marks(void)
{
    size_t size;
    unsigned count = 0;
    char *data = read_journal(&size);
    for (const char *at = data; (at = strstr(at, "\nS\t")) != NULL; at++)
        count++;
    free(data);
    return count;
}

static void a_sync_marks_what_came_before_it(void **state)
{
    const struct hl_journal_file file = {.stamp.size = 100};
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct hl_journal *j = open_journal();
    struct hl_key key = key_of(0);
    /* The header is to be written, and then there is nothing more. */
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    assert_int_equal(uv_loop_alive(&loop), 0);
    assert_int_equal(hl_journal_done(j, &key, name_of(0), &file), 0);
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    assert_int_equal(uv_loop_alive(&loop), 1);
    /* One that comes meanwhile is not covered, and waits for the next. */
    key = key_of(1);
    assert_int_equal(hl_journal_done(j, &key, name_of(1), &file), 0);
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    uint64_t synced = j->boots.synced;
    assert_true(synced > 0 && synced < j->log.size + j->log.buffer.used);
    assert_int_equal(hl_journal_flush(j), 0);
    assert_int_equal(marks(), 1);
    assert_true(hl_table_offset(hl_table_find(&j->urls, key.fingerprint)) >=
                synced);
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    hl_journal_close(j);
    assert_int_equal(marks(), 2);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_journal_may_close_during_its_sync(void **state)
{
    const struct hl_journal_file file = {.stamp.size = 100};
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct hl_journal *j = open_journal();
    struct hl_key key = key_of(0);
    assert_int_equal(hl_journal_done(j, &key, name_of(0), &file), 0);
    assert_int_equal(hl_journal_sync(j, &loop), 0);
    hl_journal_close(j);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(marks(), 0);
}

/* Enough dead records that the journal is written anew. */
static void put_dead(struct hl_record_buffer *buffer, unsigned n,
                     unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_done(buffer, n, 1);
}

static void compaction_keeps_all_that_is_known(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    for (unsigned boot = 0; boot < 3; boot++) {
        put_header(&buffer, HL_RECORD_VERSION,
                   boot == 2   ? this_boot()
                   : boot == 1 ? "boot-b"
                               : "boot-a");
        put_claim(&buffer, boot * 10 + 1);
        put_done(&buffer, boot * 10 + 2, 2);
        put_dead(&buffer, boot * 10 + 3, 700);
        put_mark(&buffer);
        put_claim(&buffer, boot * 10 + 4);
        put_done(&buffer, boot * 10 + 5, 5);
        put_dead(&buffer, boot * 10 + 3, 700);
    }
    size_t before = buffer.used;
    put_journal(&buffer);
    for (int run = 0; run < 3; run++) {
        struct hl_journal *j = open_journal();
        struct stat st;
        for (unsigned n = 0; n < 30; n += 10) {
            bool old = n < 20;
            check_state(j, n + 1, HL_JOURNAL_CLAIMED, 0);
            check_state(j, n + 2, HL_JOURNAL_DONE, 2);
            check_state(j, n + 3, HL_JOURNAL_DONE, 1);
            check_state(j, n + 4, HL_JOURNAL_CLAIMED, 0);
            check_state(j, n + 5, HL_JOURNAL_DONE, 5);
            check_flags(j, n + 1, false, old);
            check_flags(j, n + 2, false, old);
            for (unsigned i = 3; i < 6; i++)
                check_flags(j, n + i, old, old);
        }
        assert_int_equal(stat(".haul/journal", &st), 0);
        assert_true((size_t)st.st_size < before / 50);
        assert_int_equal(access(".haul/journal.new", F_OK), -1);
        /* The lock is the run's, whatever file the journal is. */
        struct hl_journal *other;
        assert_int_not_equal(hl_journal_open(&other, bench_dir()), 0);
        struct hl_key key = key_of(99);
        assert_int_equal(hl_journal_claim(j, &key, name_of(99)), 0);
        hl_journal_close(j);
        assert_int_equal(hl_journal_view(&j, bench_dir()), 0);
        check_state(j, 99, HL_JOURNAL_CLAIMED, 0);
        hl_journal_close(j);
    }
}

static void a_compaction_that_fails_changes_nothing(void **state)
{
    struct hl_record_buffer buffer = {0};
    size_t size;
    (void)state;
    put_header(&buffer, HL_RECORD_VERSION, this_boot());
    put_dead(&buffer, 3, 2000);
    size_t before = buffer.used;
    put_journal(&buffer);
    assert_int_equal(mkdir(".haul/journal.new", 0777), 0);
    struct hl_journal *j = open_journal();
    check_state(j, 3, HL_JOURNAL_DONE, 1);
    hl_journal_close(j);
    free(read_journal(&size));
    assert_true(size > before);
    assert_int_equal(rmdir(".haul/journal.new"), 0);
}

/* Two records of a URL, as each run leaves them, are no reason. */
static void a_journal_that_is_half_alive_stays(void **state)
{
    struct hl_record_buffer buffer = {0};
    size_t size;
    (void)state;
    put_header(&buffer, HL_RECORD_VERSION, this_boot());
    for (unsigned n = 0; n < 3000; n++)
        put_claim(&buffer, n);
    for (unsigned n = 0; n < 3000; n++)
        put_done(&buffer, n, n);
    size_t before = buffer.used;
    put_journal(&buffer);
    hl_journal_close(open_journal());
    free(read_journal(&size));
    assert_true(size > before);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        T(files_after_the_last_mark_of_a_boot_are_unsynced),
        T(a_mark_beyond_itself_marks_nothing),
        T(a_sync_marks_what_came_before_it),
        T(a_journal_may_close_during_its_sync),
        T(compaction_keeps_all_that_is_known),
        T(a_compaction_that_fails_changes_nothing),
        T(a_journal_that_is_half_alive_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
