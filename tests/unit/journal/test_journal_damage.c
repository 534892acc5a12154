/* Journals that were cut, damaged, or written by others, and disks that are
 * full. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "haul/haul.h"
#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/journal_struct.h"
#include "journal/record_writing.h"
#include "unit/journal/test_journal_support.h"

/* What may be written yet; the linker sends the journal's writes here. */
static size_t room = SIZE_MAX;

ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset);

ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (room == 0) {
        errno = ENOSPC;
        return -1;
    }
    size_t most = size < room ? size : room;
    ssize_t n = __real_pwrite(fd, data, most, offset);
    room -= n > 0 ? (size_t)n : 0;
    return n;
}

enum { CLAIMS = 4, DONE = 2 };

static void put_some(struct hl_record_buffer *buffer)
{
    put_header(buffer, HL_RECORD_VERSION, this_boot());
    for (unsigned n = 0; n < CLAIMS; n++)
        put_claim(buffer, n);
    for (unsigned n = 0; n < DONE; n++)
        put_done(buffer, n, n + 100);
}

/* How far the records of put_some() have come in the first size bytes. */
static void check_prefix(struct hl_journal *j, const char *data, size_t size)
{
    unsigned lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    for (unsigned n = 0; n < CLAIMS; n++) {
        if (n < DONE && lines >= n + 2 + CLAIMS)
            check_state(j, n, HL_JOURNAL_DONE, n + 100);
        else if (lines >= n + 2)
            check_state(j, n, HL_JOURNAL_CLAIMED, 0);
        else
            check_state(j, n, HL_JOURNAL_NONE, 0);
    }
}

static void any_prefix_is_valid(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    put_some(&buffer);
    for (size_t size = 0; size <= buffer.used; size++) {
        write_journal(buffer.data, size);
        struct hl_journal *j = open_journal();
        check_prefix(j, buffer.data, size);
        struct hl_key key = key_of(77);
        assert_int_equal(hl_journal_claim(j, &key, name_of(77)), 0);
        hl_journal_close(j);
        /* What is added stands on lines of its own. */
        j = open_journal();
        check_prefix(j, buffer.data, size);
        struct hl_journal_entry entry;
        find(j, 77, &entry);
        assert_int_equal(entry.state, HL_JOURNAL_CLAIMED);
        hl_journal_entry_release(&entry);
        hl_journal_close(j);
    }
    free(buffer.data);
}

/* One bit, anywhere: the record that it is in is passed over, and no other. */
static void a_flipped_bit_costs_one_record(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    put_some(&buffer);
    for (size_t bit = 0; bit < 8 * buffer.used; bit++) {
        unsigned damaged = 0;
        buffer.data[bit / 8] ^= (char)(1 << bit % 8);
        write_journal(buffer.data, buffer.used);
        buffer.data[bit / 8] ^= (char)(1 << bit % 8);
        struct hl_journal *j;
        int r = hl_journal_open(&j, bench_dir());
        if (r == HAUL_EJOURNAL && bit / 8 < 10)
            continue; /* the version */
        assert_int_equal(r, 0);
        for (unsigned n = 0; n < CLAIMS; n++) {
            struct hl_journal_entry entry;
            find(j, n, &entry);
            if (entry.state == HL_JOURNAL_DONE)
                assert_int_equal(entry.file.stamp.size, n + 100);
            if (entry.state != HL_JOURNAL_NONE)
                assert_string_equal(entry.name, name_of(n));
            damaged += entry.state !=
                       (n < DONE ? HL_JOURNAL_DONE : HL_JOURNAL_CLAIMED);
            hl_journal_entry_release(&entry);
        }
        /* A newline that is none any more joins two. */
        bool newline = buffer.data[bit / 8] == '\n';
        assert_true(damaged <= (newline ? 2u : 1u));
        hl_journal_close(j);
    }
    free(buffer.data);
}

static void add_bytes(struct hl_record_buffer *buffer, char byte, size_t size)
{
    char *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, byte, size);
    bytes[size - 1] = '\n';
    while (size > 0) {
        size_t piece = size < 1000 ? size : 1000;
        const struct hl_span span = {.at = bytes, .size = piece};
        assert_int_equal(hl_record_begin(buffer, '-'), 0);
        buffer->used--;
        memcpy(buffer->data + buffer->used, span.at, span.size);
        buffer->used += piece;
        size -= piece;
        memmove(bytes, bytes + piece, size);
    }
    free(bytes);
}

static void lines_that_are_no_records_are_passed_over(void **state)
{
    static const size_t lengths[] = {1,      2,       1000,   65535,  65536,
                                     65537,  262143,  262144, 262145, 524288,
                                     524289, 1000000, 3000000};
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct hl_record_buffer buffer = {0};
        put_header(&buffer, HL_RECORD_VERSION, this_boot());
        put_done(&buffer, 1, 10);
        add_bytes(&buffer, i % 2 == 0 ? '\0' : 'd', lengths[i]);
        put_done(&buffer, 2, 20);
        /* A last line without its end. */
        add_bytes(&buffer, '\0', lengths[i]);
        buffer.used--;
        put_journal(&buffer);
        struct hl_journal *j = open_journal();
        check_state(j, 1, HL_JOURNAL_DONE, 10);
        check_state(j, 2, HL_JOURNAL_DONE, 20);
        struct hl_key key = key_of(3);
        assert_int_equal(hl_journal_claim(j, &key, name_of(3)), 0);
        hl_journal_close(j);
        j = open_journal();
        check_state(j, 2, HL_JOURNAL_DONE, 20);
        check_state(j, 3, HL_JOURNAL_CLAIMED, 0);
        hl_journal_close(j);
    }
}

static void another_versions_journal_is_refused(void **state)
{
    struct hl_record_buffer buffer = {0};
    struct hl_journal *j;
    (void)state;
    const char old[] = "H\t1\tboot\t1700000000\n";
    write_journal(old, sizeof(old) - 1);
    assert_int_equal(hl_journal_open(&j, bench_dir()), HAUL_EJOURNAL);
    assert_int_equal(hl_journal_view(&j, bench_dir()), HAUL_EJOURNAL);
    /* A later one that was here between two runs of ours. */
    put_some(&buffer);
    put_header(&buffer, HL_RECORD_VERSION + 1, this_boot());
    put_journal(&buffer);
    assert_int_equal(hl_journal_open(&j, bench_dir()), HAUL_EJOURNAL);
    assert_null(j);
}

static void a_name_that_leads_out_is_no_name(void **state)
{
    static const char *const names[] = {"/etc/x",    "..",   "../x",
                                        "a/../../x", "a/..", ".haul/journal",
                                        "a/.Haul"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct hl_journal_entry entry;
        struct hl_journal *j = open_journal();
        struct hl_key key = key_of(1);
        assert_int_equal(hl_journal_claim(j, &key, names[i]), 0);
        hl_journal_close(j);
        j = open_journal();
        find(j, 1, &entry);
        assert_int_equal(entry.state, HL_JOURNAL_NONE);
        hl_journal_close(j);
    }
}

/* A record with this name as it stands in the file, escapes and all. */
static void put_raw_claim(const char *name)
{
    struct hl_record_buffer buffer = {0};
    put_header(&buffer, HL_RECORD_VERSION, this_boot());
    assert_int_equal(hl_record_begin(&buffer, 'c'), 0);
    hl_record_add_fingerprint(&buffer, hl_fingerprint_of(url_of(1)));
    hl_record_add_span(&buffer,
                       (struct hl_span){.at = name, .size = strlen(name)});
    hl_record_add_text(&buffer, url_of(1));
    assert_int_equal(hl_record_end(&buffer), 0);
    put_journal(&buffer);
}

static enum hl_journal_state state_after_raw(const char *name)
{
    struct hl_journal_entry entry;
    put_raw_claim(name);
    struct hl_journal *j = open_journal();
    find(j, 1, &entry);
    enum hl_journal_state state = entry.state;
    hl_journal_entry_release(&entry);
    hl_journal_close(j);
    return state;
}

/* Whoever writes a journal by hand may escape any byte. */
static void an_escaped_name_that_leads_out_is_no_name(void **state)
{
    static const char *const names[] = {
        "\\2e\\2e/x", ".\\2e/x",       "..\\2fx",    "\\2fetc/x",
        "a\\2f../x",  "\\2ehaul/lock", "a/.\\48aul", "x\\00",
    };
    (void)state;
    assert_int_equal(state_after_raw("a\\5c\\0a\\2fb"), HL_JOURNAL_CLAIMED);
    assert_int_equal(state_after_raw("..."), HL_JOURNAL_CLAIMED);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(state_after_raw(names[i]), HL_JOURNAL_NONE);
}

/* @return what opening says of a .haul in which name leads elsewhere. */
static int open_with_link(const char *name)
{
    struct hl_journal *j;
    assert_int_equal(symlink("../victim", name), 0);
    int r = hl_journal_open(&j, bench_dir());
    hl_journal_close(j);
    (void)unlink(name);
    return r;
}

static void write_victim(const char *text)
{
    FILE *file = fopen("victim", "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void check_victim(const char *text)
{
    char found[64] = "";
    FILE *file = fopen("victim", "re");
    assert_non_null(file);
    size_t size = fread(found, 1, sizeof(found) - 1, file);
    fclose(file);
    assert_int_equal(size, strlen(text));
    assert_string_equal(found, text);
    assert_int_equal(unlink("victim"), 0);
}

static void nothing_is_written_through_a_link(void **state)
{
    struct hl_record_buffer buffer = {0};
    (void)state;
    assert_int_equal(mkdir(".haul", 0777), 0);
    assert_int_equal(open_with_link(".haul/lock"), HAUL_EPLAIN);
    assert_int_equal(access("victim", F_OK), -1);
    write_victim("precious\nwork");
    assert_int_equal(open_with_link(".haul/journal"), HAUL_EPLAIN);
    /* One that is written anew: most of its records are dead. */
    put_header(&buffer, HL_RECORD_VERSION, this_boot());
    for (unsigned n = 0; n < 2000; n++)
        put_done(&buffer, 1, n);
    put_journal(&buffer);
    assert_int_equal(open_with_link(".haul/journal.new"), 0);
    check_victim("precious\nwork");
    struct hl_journal *j = open_journal();
    check_state(j, 1, HL_JOURNAL_DONE, 1999);
    assert_true(j->records < 10);
    hl_journal_close(j);
}

/* What is written to a file reaches all of its names. */
static void a_file_with_another_name_is_refused(void **state)
{
    static const char *const names[] = {".haul/lock", ".haul/journal"};
    struct hl_journal *j = open_journal();
    (void)state;
    hl_journal_close(j);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        assert_int_equal(link(names[i], "other"), 0);
        assert_int_equal(hl_journal_open(&j, bench_dir()), HAUL_EPLAIN);
        assert_string_equal(hl_journal_not_plain(bench_dir()), names[i]);
        assert_int_equal(unlink("other"), 0);
    }
    assert_null(hl_journal_not_plain(bench_dir()));
    hl_journal_close(open_journal());
}

static void a_directory_that_is_a_link_is_refused(void **state)
{
    struct hl_journal *j = open_journal();
    (void)state;
    hl_journal_close(j);
    assert_int_equal(rename(".haul", "elsewhere"), 0);
    assert_int_equal(symlink("elsewhere", ".haul"), 0);
    assert_int_equal(hl_journal_open(&j, bench_dir()), HAUL_EPLAIN);
    assert_int_equal(hl_journal_view(&j, bench_dir()), HAUL_EPLAIN);
    assert_string_equal(hl_journal_not_plain(bench_dir()), ".haul");
    assert_int_equal(unlink(".haul"), 0);
    assert_int_equal(rename("elsewhere", ".haul"), 0);
}

static void nothing_waits_for_a_pipe(void **state)
{
    struct hl_journal *j;
    (void)state;
    assert_int_equal(mkdir(".haul", 0777), 0);
    assert_int_equal(mkfifo(".haul/journal", 0666), 0);
    assert_int_equal(hl_journal_view(&j, bench_dir()), HAUL_EPLAIN);
    assert_int_equal(hl_journal_open(&j, bench_dir()), HAUL_EPLAIN);
}

static void a_full_disk_leaves_whole_records(void **state)
{
    struct hl_journal *j = open_journal();
    size_t size;
    (void)state;
    for (unsigned n = 0; n < 20; n++) {
        struct hl_key key = key_of(n);
        assert_int_equal(hl_names_take(hl_journal_names(j), name_of(n)), 0);
        assert_int_equal(hl_journal_claim(j, &key, name_of(n)), 0);
        /* Some of it, or nothing. */
        room = j->log.buffer.used * (n % 4) / 4;
        assert_int_equal(hl_journal_flush(j), UV_ENOSPC);
        char *data = read_journal(&size);
        assert_true(size == 0 || data[size - 1] == '\n');
        free(data);
        check_state(j, n, HL_JOURNAL_CLAIMED, 0);
        room = SIZE_MAX;
        if (n % 5 == 0)
            assert_int_equal(hl_journal_flush(j), 0);
    }
    hl_journal_close(j);
    j = open_journal();
    for (unsigned n = 0; n < 20; n++)
        check_state(j, n, HL_JOURNAL_CLAIMED, 0);
    hl_journal_close(j);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        T(any_prefix_is_valid),
        T(a_flipped_bit_costs_one_record),
        T(lines_that_are_no_records_are_passed_over),
        T(another_versions_journal_is_refused),
        T(a_name_that_leads_out_is_no_name),
        T(an_escaped_name_that_leads_out_is_no_name),
        T(nothing_is_written_through_a_link),
        T(a_file_with_another_name_is_refused),
        T(a_directory_that_is_a_link_is_refused),
        T(nothing_waits_for_a_pipe),
        T(a_full_disk_leaves_whole_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
