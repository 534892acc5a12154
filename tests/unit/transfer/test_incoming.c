#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transfer/incoming.h"

static void assert_counts(struct hl_incoming *in, uint64_t received,
                          uint64_t files, uint64_t length, uint64_t there)
{
    assert_int_equal(atomic_load(&in->received), received);
    assert_int_equal(atomic_load(&in->files), files);
    assert_int_equal(atomic_load(&in->length), length);
    assert_int_equal(atomic_load(&in->there), there);
}

static void a_file_counts_from_its_head_to_its_end(void **state)
{
    struct hl_incoming in = {0};
    struct hl_incoming_file file = {0};
    struct hl_incoming_file other = {0};
    (void)state;
    hl_incoming_note(&in, &file,
                     &(struct hl_incoming_file){.length = 100, .there = 40});
    hl_incoming_add(&in, &file, 10);
    assert_counts(&in, 10, 1, 100, 50);
    hl_incoming_note(&in, &other, &(struct hl_incoming_file){.length = 7});
    hl_incoming_add(&in, &other, 3);
    assert_counts(&in, 13, 2, 107, 53);
    hl_incoming_end(&in, &file);
    assert_counts(&in, 13, 1, 7, 3);
    hl_incoming_end(&in, &other);
    assert_counts(&in, 13, 0, 0, 0);
}

static void a_body_of_no_known_length_counts_its_bytes_only(void **state)
{
    struct hl_incoming in = {0};
    struct hl_incoming_file file = {0};
    (void)state;
    hl_incoming_add(&in, &file, 10);
    assert_counts(&in, 10, 0, 0, 0);
    hl_incoming_note(&in, &file,
                     &(struct hl_incoming_file){
                         .received = 10, .length = UINT64_MAX - 1, .there = 5});
    assert_counts(&in, 10, 0, 0, 0);
}

static void no_more_is_there_than_the_file_is_long(void **state)
{
    struct hl_incoming in = {0};
    struct hl_incoming_file file = {0};
    (void)state;
    hl_incoming_note(&in, &file, &(struct hl_incoming_file){.length = 5});
    hl_incoming_add(&in, &file, 9);
    assert_counts(&in, 9, 1, 5, 5);
}

static void received_bytes_are_never_taken_back(void **state)
{
    struct hl_incoming in = {0};
    struct hl_incoming_file file = {0};
    (void)state;
    hl_incoming_note(&in, &file, &(struct hl_incoming_file){.received = 9});
    hl_incoming_note(&in, &file, &(struct hl_incoming_file){.received = 4});
    assert_counts(&in, 9, 0, 0, 0);
    hl_incoming_end(&in, &file);
    hl_incoming_note(&in, &file, &(struct hl_incoming_file){.received = 4});
    assert_counts(&in, 13, 0, 0, 0);
}

static void without_counters_only_the_file_is_kept(void **state)
{
    struct hl_incoming_file file = {0};
    (void)state;
    hl_incoming_add(NULL, &file, 3);
    assert_int_equal(file.received, 3);
    hl_incoming_end(NULL, &file);
    assert_int_equal(file.received, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_counts_from_its_head_to_its_end),
        cmocka_unit_test(a_body_of_no_known_length_counts_its_bytes_only),
        cmocka_unit_test(no_more_is_there_than_the_file_is_long),
        cmocka_unit_test(received_bytes_are_never_taken_back),
        cmocka_unit_test(without_counters_only_the_file_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
