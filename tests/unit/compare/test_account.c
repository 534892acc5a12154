/* Where the time of a run went: figures that add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compare/account.h"

/* Asked 10 ms after begin, answered 100 ms after that, and stored in 5 ms. */
static struct hl_page_transfer transfer_of(uint32_t worker, uint64_t begin_us)
{
    struct hl_page_transfer t = {.worker = worker, .begin_us = begin_us};
    t.phases_us[HL_PAGE_QUEUED] = 10000;
    t.phases_us[HL_PAGE_CONNECT] = 1000;
    t.phases_us[HL_PAGE_WAIT] = 99000;
    t.phases_us[HL_PAGE_READY] = 4000;
    t.phases_us[HL_PAGE_FILE] = 5000;
    t.ready_first_us = 1000;
    t.ready_last_us = 2000;
    t.file_pool_us = 1500;
    return t;
}

static uint64_t total(const uint64_t items[HL_ITEMS])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < HL_ITEMS; i++)
        sum += items[i];
    return sum;
}

static void the_path_is_that_of_the_last_worker(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(1, 0), transfer_of(2, 0),
                                   transfer_of(2, 121000)};
    const struct hl_page_run run = {
        .length_us = 245000, .transfers = t, .transfers_count = 3};
    struct hl_account path;
    (void)state;
    assert_int_equal(hl_account_path(&path, &run), 0);
    assert_int_equal(path.transfers, 2);
    assert_int_equal(path.items[HL_ITEM_WAITING], 198000);
    assert_int_equal(path.items[HL_ITEM_CONNECTING], 2000);
    assert_int_equal(path.items[HL_ITEM_READY], 4000);
    assert_int_equal(path.items[HL_ITEM_REPORT], 4000);
    assert_int_equal(path.items[HL_ITEM_POOL], 3000);
    /* The second was queued from 2 ms after the first was done. */
    assert_int_equal(path.items[HL_ITEM_STARTING], 22000);
    assert_int_equal(path.items[HL_ITEM_STORING], 12000);
    assert_int_equal(total(path.items), run.length_us);
}

static void what_overlaps_counts_once(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(1, 0), transfer_of(1, 50000)};
    struct hl_page_run run = {
        .length_us = 169000, .transfers = t, .transfers_count = 2};
    struct hl_account path;
    (void)state;
    assert_int_equal(hl_account_path(&path, &run), 0);
    assert_int_equal(total(path.items), run.length_us);
    run.length_us = 30000; /* shorter than its transfers */
    assert_int_equal(hl_account_path(&path, &run), 0);
    assert_int_equal(total(path.items), run.length_us);
    run.transfers_count = 0;
    assert_int_equal(hl_account_path(&path, &run), 0);
    assert_int_equal(path.transfers, 0);
}

static void all_transfers_add_up(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(1, 0), transfer_of(2, 5),
                                   transfer_of(1, 121000),
                                   transfer_of(1, 200000)};
    const struct hl_page_run run = {.transfers = t, .transfers_count = 4};
    struct hl_account sum;
    (void)state;
    assert_int_equal(hl_account_sum(&sum, &run), 0);
    assert_int_equal(total(sum.items), sum.whole);
    /* The first of worker 1 ends at 119 ms, its second is asked for at 131; the
     * last is asked for before that has ended. */
    assert_int_equal(sum.items[HL_ITEM_STARTING], 10000 + 10005 + 12000);
    assert_int_equal(sum.whole, 4 * 109000 + 32005);
}

static void a_share_of_a_core_is_computing_and_the_rest_waiting(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(1, 0), transfer_of(2, 0)};
    const struct hl_page_run run = {.transfers = t, .transfers_count = 2};
    (void)state;
    t[0].phases_us[HL_PAGE_WORK] = 50000;
    t[0].work_cpu_us = 20000;
    t[0].ready_pool_us = 700;
    t[1].phases_us[HL_PAGE_WORK] = 3000; /* what is not known is no waiting */
    struct hl_account sum;
    assert_int_equal(hl_account_sum(&sum, &run), 0);
    assert_int_equal(sum.items[HL_ITEM_CORE], 30000);
    assert_int_equal(sum.items[HL_ITEM_COMPUTING], 23000);
    assert_int_equal(sum.items[HL_ITEM_POOL], 2 * 1500 + 700);
    assert_int_equal(sum.items[HL_ITEM_READY], 2 * 2000 - 700);
    assert_int_equal(total(sum.items), sum.whole);
}

static void rounded_items_still_add_up(void **state)
{
    const struct hl_account thirds = {.items = {1400, 1400, 1400, 300},
                                      .whole = 4500};
    uint64_t items[HL_ITEMS];
    struct hl_buf words = {0};
    (void)state;
    hl_account_round(items, &thirds, 1000);
    assert_int_equal(total(items), 5);
    assert_int_equal(items[0] + items[1] + items[2], 5);
    hl_account_words(&words,
                     &(struct hl_account){.items = {[HL_ITEM_WAITING] = 100600,
                                                    [HL_ITEM_STARTING] = 12300,
                                                    [HL_ITEM_STORING] = 2100},
                                          .whole = 115000});
    assert_string_equal(
        words.data,
        "115 ms = 101 waiting for the server + 12 starting + 2 storing");
    hl_buf_clear(&words);
    hl_account_words(
        &words,
        &(struct hl_account){
            .items =
                {[HL_ITEM_WAITING] = 10200000, [HL_ITEM_RECEIVING] = 14999},
            .whole = 10214999});
    assert_string_equal(
        words.data, "10.21 s = 10.20 waiting for the server + 0.01 receiving");
    hl_buf_clear(&words);
    hl_account_words(&words,
                     &(struct hl_account){.items = {7000, 2000, 90000, 3000,
                                                    1000, 60000, 0, 0, 4000, 0},
                                          .whole = 167000});
    assert_string_equal(words.data,
                        "167 ms = 90 waiting for the server + 60 waiting for "
                        "the pool + 7 starting + 4 storing + 6 other");
    hl_buf_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_is_that_of_the_last_worker),
        cmocka_unit_test(what_overlaps_counts_once),
        cmocka_unit_test(all_transfers_add_up),
        cmocka_unit_test(a_share_of_a_core_is_computing_and_the_rest_waiting),
        cmocka_unit_test(rounded_items_still_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
