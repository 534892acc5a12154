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

#include "engine/journal_parts.h"
#include "haul/haul.h"
#include "unit/test_journal_support.h"

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
        struct hl_key key = key_of(j, 77);
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
                assert_int_equal(entry.size, n + 100);
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
        struct hl_key key = key_of(j, 3);
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
    static const char *const names[] = {"/etc/x", "..", "../x", "a/../../x",
                                        "a/.."};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct hl_journal_entry entry;
        struct hl_journal *j = open_journal();
        struct hl_key key = key_of(j, 1);
        assert_int_equal(hl_journal_claim(j, &key, names[i]), 0);
        hl_journal_close(j);
        j = open_journal();
        find(j, 1, &entry);
        assert_int_equal(entry.state, HL_JOURNAL_NONE);
        hl_journal_close(j);
    }
}

static void a_full_disk_leaves_whole_records(void **state)
{
    struct hl_journal *j = open_journal();
    size_t size;
    (void)state;
    for (unsigned n = 0; n < 20; n++) {
        struct hl_key key = key_of(j, n);
        assert_int_equal(hl_journal_take_name(j, name_of(n)), 0);
        assert_int_equal(hl_journal_claim(j, &key, name_of(n)), 0);
        /* Some of it, or nothing. */
        room = j->buffer.used * (n % 4) / 4;
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
        T(a_full_disk_leaves_whole_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
