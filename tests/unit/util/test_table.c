/* The table of URLs and the set of names: against plain arrays, and their
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/table.h"

enum { MANY = 300000, SLOT = 16, NAME = 6 };

/* splitmix64: a fingerprint as a hash would give it. */
static uint64_t fingerprint_of(uint64_t n)
{
    uint64_t x = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void add(struct hl_table *table, uint64_t fingerprint, uint64_t n)
{
    struct hl_table_entry *entry = hl_table_add(table, fingerprint);
    assert_non_null(entry);
    assert_int_equal(entry->line, 0);
    assert_int_equal(entry->state, 0);
    assert_int_equal(hl_table_offset(entry), 0);
    entry->line = (uint32_t)n;
    entry->state = n % 5 & 0xf;
    hl_table_set_offset(entry, n * UINT64_C(100003) % HL_TABLE_OFFSET_MAX);
}

static void check(const struct hl_table *table, uint64_t fingerprint,
                  uint64_t n)
{
    const struct hl_table_entry *entry = hl_table_find(table, fingerprint);
    assert_non_null(entry);
    assert_int_equal(entry->line, n);
    assert_int_equal(entry->state, n % 5);
    assert_int_equal(hl_table_offset(entry),
                     n * UINT64_C(100003) % HL_TABLE_OFFSET_MAX);
}

static void what_was_added_is_found_and_nothing_else(void **state)
{
    static struct hl_table table;
    (void)state;
    assert_null(hl_table_find(&table, fingerprint_of(0)));
    for (uint64_t n = 0; n < MANY; n++) {
        add(&table, fingerprint_of(n), n);
        /* Each is found at once, and the rest whenever a part has grown. */
        check(&table, fingerprint_of(n), n);
        check(&table, fingerprint_of(n / 2), n / 2);
    }
    assert_int_equal(hl_table_count(&table), MANY);
    for (uint64_t n = 0; n < MANY; n++)
        check(&table, fingerprint_of(n), n);
    for (uint64_t n = MANY; n < 2 * (uint64_t)MANY; n++)
        assert_null(hl_table_find(&table, fingerprint_of(n)));
    hl_table_release(&table);
    assert_int_equal(hl_table_count(&table), 0);
    assert_null(hl_table_find(&table, fingerprint_of(0)));
}

/* Fingerprints at both ends and in one place: the last slots of a part are
 * where a run of entries may go over its end. */
static void crowded_fingerprints_find_their_places(void **state)
{
    static struct hl_table table;
    (void)state;
    for (uint64_t n = 1; n < 5000; n++) {
        add(&table, UINT64_MAX - (n << 5), n);
        add(&table, n << 5, 5000 + n);
        add(&table, (UINT64_C(1) << 57) - 1 - (n << 5), 10000 + n);
    }
    for (uint64_t n = 1; n < 5000; n++) {
        check(&table, UINT64_MAX - (n << 5), n);
        check(&table, n << 5, 5000 + n);
        check(&table, (UINT64_C(1) << 57) - 1 - (n << 5), 10000 + n);
    }
    assert_null(hl_table_find(&table, UINT64_C(5000) << 5));
    hl_table_release(&table);
}

static void entries_of_one_fingerprint_are_told_one_by_one(void **state)
{
    static struct hl_table table;
    (void)state;
    for (uint64_t n = 0; n < 10000; n++)
        add(&table, fingerprint_of(n), n);
    for (uint64_t n = 1; n < 4; n++)
        add(&table, fingerprint_of(77), 77 + n * 10000);
    struct hl_table_entry *entry = hl_table_find(&table, fingerprint_of(77));
    for (uint64_t n = 0; n < 4; n++) {
        assert_non_null(entry);
        assert_int_equal(entry->line, 77 + n * 10000);
        entry = hl_table_next(&table, fingerprint_of(77), entry);
    }
    assert_null(entry);
    hl_table_release(&table);
}

static void a_set_has_what_was_added(void **state)
{
    static struct hl_fingerprint_set set;
    (void)state;
    assert_false(hl_fingerprint_set_has(&set, fingerprint_of(0)));
    for (uint64_t n = 0; n < MANY; n++) {
        assert_false(hl_fingerprint_set_has(&set, fingerprint_of(n)));
        assert_int_equal(hl_fingerprint_set_add(&set, fingerprint_of(n)), 0);
        assert_int_equal(hl_fingerprint_set_add(&set, fingerprint_of(n)), 1);
    }
    assert_int_equal(hl_fingerprint_set_add(&set, 0), 0);
    assert_true(hl_fingerprint_set_has(&set, 0));
    for (uint64_t n = 0; n < MANY; n++)
        assert_true(hl_fingerprint_set_has(&set, fingerprint_of(n)));
    for (uint64_t n = MANY; n < 2 * (uint64_t)MANY; n++)
        assert_false(hl_fingerprint_set_has(&set, fingerprint_of(n)));
    hl_fingerprint_set_release(&set);
    assert_false(hl_fingerprint_set_has(&set, fingerprint_of(1)));
}

/* What is there stays, and what was said to come needs no more room. */
static void room_can_be_made_beforehand(void **state)
{
    static struct hl_table table;
    (void)state;
    for (uint64_t n = 0; n < 20000; n++)
        add(&table, fingerprint_of(n), n);
    assert_int_equal(hl_table_reserve(&table, MANY), 0);
    uint32_t size = table.parts[100].size;
    for (uint64_t n = 20000; n < MANY; n++)
        add(&table, fingerprint_of(n), n);
    assert_int_equal(table.parts[100].size, size);
    for (uint64_t n = 0; n < MANY; n++)
        check(&table, fingerprint_of(n), n);
    /* Less than there is changes nothing. */
    assert_int_equal(hl_table_reserve(&table, 20000), 0);
    check(&table, fingerprint_of(1), 1);
    hl_table_release(&table);
}

/* As for a journal of many records, which is read into nothing. */
static void room_for_many_can_be_made_in_an_empty_table(void **state)
{
    static struct hl_table table;
    static struct hl_fingerprint_set set;
    (void)state;
    assert_int_equal(hl_table_reserve(&table, MANY), 0);
    assert_int_equal(hl_fingerprint_set_reserve(&set, MANY), 0);
    add(&table, fingerprint_of(1), 1);
    check(&table, fingerprint_of(1), 1);
    assert_int_equal(hl_fingerprint_set_add(&set, fingerprint_of(1)), 0);
    assert_true(hl_fingerprint_set_has(&set, fingerprint_of(1)));
    hl_table_release(&table);
    hl_fingerprint_set_release(&set);
}

static size_t bytes_of(const struct hl_table_part *parts, size_t width)
{
    size_t bytes = 0;
    for (int i = 0; i < HL_TABLE_PARTS; i++)
        bytes += (parts[i].size + parts[i].slack) * width;
    return bytes;
}

/* Whatever the length of the list: the parts do not grow at once. */
static void memory_stays_within_its_bytes_a_line(void **state)
{
    static struct hl_table table;
    static struct hl_fingerprint_set set;
    (void)state;
    for (uint64_t n = 0; n < 2 * (uint64_t)MANY; n++) {
        add(&table, fingerprint_of(n), n);
        assert_int_equal(hl_fingerprint_set_add(&set, fingerprint_of(~n)), 0);
        if (n < MANY || n % 10000 != 0)
            continue;
        size_t bytes = bytes_of(table.parts, SLOT) + bytes_of(set.parts, NAME);
        assert_true(bytes < 29 * n);
    }
    hl_table_release(&table);
    hl_fingerprint_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_and_nothing_else),
        cmocka_unit_test(crowded_fingerprints_find_their_places),
        cmocka_unit_test(entries_of_one_fingerprint_are_told_one_by_one),
        cmocka_unit_test(a_set_has_what_was_added),
        cmocka_unit_test(room_for_many_can_be_made_in_an_empty_table),
        cmocka_unit_test(room_can_be_made_beforehand),
        cmocka_unit_test(memory_stays_within_its_bytes_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
