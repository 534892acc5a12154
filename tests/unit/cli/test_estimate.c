/* Speed, share and time left, of runs that are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/estimate.h"

static const uint64_t ns_per_s = 1000000000;

/* A run as it is played: a note each quarter of a second. */
struct play {
    struct hl_estimate estimate;
    struct hl_estimate_figures now;
    uint64_t quarters;
};

static void begin(struct play *play, struct hl_estimate_figures figures)
{
    *play = (struct play){.now = figures};
    hl_estimate_begin(&play->estimate, ns_per_s);
}

static void note(struct play *play)
{
    play->quarters++;
    hl_estimate_note(&play->estimate, &play->now,
                     ns_per_s + play->quarters * ns_per_s / 4);
}

/* So many files of so many bytes are fetched in each quarter of a second. */
static void fetch(struct play *play, double seconds, uint64_t files,
                  uint64_t size)
{
    for (int i = 0; i < seconds * 4; i++) {
        play->now.taken += files;
        play->now.done += files;
        play->now.fetched += files;
        play->now.received += files * size;
        play->now.done_bytes += files * size;
        note(play);
    }
}

/* So many files, which were there already, pass in each quarter. */
static void pass(struct play *play, double seconds, uint64_t files)
{
    for (int i = 0; i < seconds * 4; i++) {
        play->now.taken += files;
        play->now.done += files;
        play->now.there += files;
        note(play);
    }
}

static void receive(struct play *play, double seconds, uint64_t bytes)
{
    for (int i = 0; i < seconds * 4; i++) {
        play->now.received += bytes;
        play->now.sized_there += bytes;
        note(play);
    }
}

static struct hl_estimate_view view(const struct play *play)
{
    struct hl_estimate_view out;
    hl_estimate_view(&play->estimate, &out);
    return out;
}

static void assert_near(double got, double wanted)
{
    if (got < wanted * 0.9 || got > wanted * 1.1)
        fail_msg("%f is not about %f", got, wanted);
}

static void a_list_takes_as_long_as_its_files_do(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){
                     .total = 200000, .estimated = true, .in_flight = 256});
    play.now.taken = 256;
    fetch(&play, 10, 20, 1000);
    assert_near(view(&play).files_per_s, 80);
    assert_near(view(&play).bytes_per_s, 80000);
    assert_near(view(&play).share, 800.0 / 200000);
    assert_near(view(&play).left_s, (200000 - 800) / 80.0);
    assert_int_equal(view(&play).bytes_total, 0);
}

static void nothing_is_foretold_before_something_is_known(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 1000, .in_flight = 4});
    fetch(&play, 1, 1, 10);
    assert_true(view(&play).left_s < 0);
    begin(&play, (struct hl_estimate_figures){.total = 1000, .in_flight = 4});
    fetch(&play, 5, 0, 0);
    assert_true(view(&play).left_s < 0);
    begin(&play, (struct hl_estimate_figures){.in_flight = 4});
    fetch(&play, 5, 5, 10);
    assert_true(view(&play).left_s < 0);
    assert_true(view(&play).share < 0);
}

static void a_rerun_whose_files_are_all_there_knows_its_end(void **state)
{
    struct play play;
    (void)state;
    begin(&play,
          (struct hl_estimate_figures){.total = 1000000, .recorded = 1000000});
    pass(&play, 3, 25000);
    assert_near(view(&play).left_s, 7);
    assert_true(view(&play).files_per_s < 1);
}

/* 180,000 of 200,000 files are there: they pass in two seconds, and say nothing
 * of how long the others take. */
static void
files_that_are_there_tell_nothing_of_those_that_are_not(void **state)
{
    struct play play;
    (void)state;
    begin(&play,
          (struct hl_estimate_figures){.total = 200000, .recorded = 180000});
    pass(&play, 1, 22500);
    assert_true(view(&play).left_s < 0);
    pass(&play, 1, 22500);
    assert_int_equal(play.now.there, 180000);
    assert_true(view(&play).left_s < 0);
    play.now.in_flight = 256;
    fetch(&play, 30, 5, 1000);
    assert_near(view(&play).files_per_s, 20);
    assert_near(view(&play).left_s, 19400 / 20.0);
}

/* Every other file is there. */
static void files_that_are_there_in_between_need_no_time(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){
                     .total = 100000, .recorded = 50000, .in_flight = 10});
    for (int i = 0; i < 400; i++) {
        play.now.taken += 10;
        play.now.done += 10;
        play.now.there += 10;
        fetch(&play, 0.25, 10, 100);
    }
    assert_near(view(&play).files_per_s, 40);
    assert_near(view(&play).left_s, (100000 - 8000) / 2 / 40.0);
}

/* The journal is that of another list. */
static void what_is_on_record_need_not_be_in_the_list(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){
                     .total = 10000, .recorded = 900000, .in_flight = 10});
    fetch(&play, 10, 10, 100);
    assert_near(view(&play).left_s, (10000 - 400) / 40.0);
}

/* The second half of the list repeats the first. */
static void repeated_urls_need_no_time(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 2000, .in_flight = 10});
    play.now.taken = 2000;
    play.now.without = 1000;
    play.now.queued = 990;
    for (int i = 0; i < 20; i++) {
        play.now.queued -= 5;
        play.now.done += 5;
        play.now.fetched += 5;
        note(&play);
    }
    assert_near(view(&play).left_s, 900 / 20.0);
}

/* Every other line repeats a URL. */
static void repeated_urls_that_were_not_read_yet_need_no_time(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 100000, .in_flight = 9});
    for (int i = 0; i < 400; i++) {
        play.now.taken += 10;
        play.now.without += 10;
        fetch(&play, 0.25, 10, 100);
    }
    assert_near(view(&play).left_s, (100000 - 8000) / 2 / 40.0);
}

static void a_large_file_takes_as_long_as_its_bytes_do(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 1, .in_flight = 1});
    play.now.taken = 1;
    note(&play);
    play.now.sized = 1;
    play.now.sized_bytes = 5000000;
    receive(&play, 10, 25000);
    assert_near(view(&play).bytes_per_s, 100000);
    assert_near(view(&play).share, 0.2);
    assert_near(view(&play).left_s, 40);
    assert_int_equal(view(&play).bytes_total, 5000000);
    assert_int_equal(view(&play).bytes_there, 1000000);
}

static void a_part_of_an_earlier_run_is_there_but_is_no_speed(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 1, .in_flight = 1});
    play.now.taken = 1;
    note(&play);
    play.now.sized = 1;
    play.now.sized_bytes = 5000000;
    play.now.sized_there = 4000000;
    receive(&play, 5, 25000);
    assert_near(view(&play).bytes_per_s, 100000);
    assert_near(view(&play).share, 0.9);
    assert_near(view(&play).left_s, 5);
}

/* It waits, and its bytes are on the disk. */
static void a_file_that_is_tried_again_keeps_its_share(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 1, .in_flight = 1});
    play.now.taken = 1;
    play.now.sized = 1;
    play.now.sized_bytes = 1000;
    receive(&play, 5, 25);
    play.now.in_flight = 0;
    play.now.queued = 1;
    play.now.sized = play.now.sized_bytes = play.now.sized_there = 0;
    note(&play);
    assert_near(view(&play).share, 0.5);
    assert_int_equal(view(&play).bytes_total, 1000);
}

static void few_files_are_counted_together(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 3, .in_flight = 2});
    play.now.taken = 3;
    play.now.done = 1;
    play.now.fetched = 1;
    play.now.done_bytes = 500;
    play.now.sized = 2;
    play.now.sized_bytes = 1500;
    receive(&play, 5, 25);
    assert_int_equal(view(&play).bytes_total, 2000);
    assert_int_equal(view(&play).bytes_there, 1000);
    assert_near(view(&play).left_s, 10);
    /* A third one whose length is not known. */
    play.now.sized = 1;
    play.now.total = play.now.taken = 4;
    play.now.done = 2;
    note(&play);
    assert_int_equal(view(&play).bytes_total, 0);
}

/* Two of 200 files of 1 MB, at 100 kB/s: no file has come yet. */
static void large_files_foretell_by_their_sizes(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 200, .in_flight = 2});
    play.now.taken = 200;
    play.now.queued = 198;
    play.now.sized = 2;
    play.now.sized_bytes = 2000000;
    receive(&play, 5, 25000);
    assert_near(view(&play).left_s, 199.5e6 / 100e3);
    assert_near(view(&play).share, 0.5 / 200);
    assert_int_equal(view(&play).bytes_total, 0);
}

static void while_nothing_moves_no_end_is_foretold(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 10000, .in_flight = 9});
    fetch(&play, 10, 10, 100);
    assert_true(view(&play).left_s > 0);
    play.now.stands = true;
    note(&play);
    assert_true(view(&play).left_s < 0);
    play.now.stands = false;
    note(&play);
    assert_true(view(&play).left_s > 0);
    fetch(&play, 11, 0, 0);
    assert_true(view(&play).left_s < 0);
    assert_true(view(&play).files_per_s <= 0);
    assert_true(view(&play).bytes_per_s <= 0);
    fetch(&play, 1, 10, 100);
    play.now.in_flight = 0;
    play.now.queued = 10;
    fetch(&play, 1, 0, 0);
    assert_true(view(&play).left_s > 0);
    fetch(&play, 2, 0, 0);
    assert_true(view(&play).left_s < 0);
    assert_true(view(&play).files_per_s <= 0);
}

/* An hour without a network does not make the rest slower. */
static void an_outage_is_no_slowness(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 10000, .in_flight = 9});
    fetch(&play, 20, 10, 100);
    play.now.stands = true;
    fetch(&play, 600, 0, 0);
    play.now.stands = false;
    fetch(&play, 0.25, 10, 100);
    assert_near(view(&play).left_s, (10000 - 810) / 40.0);
}

static void when_all_is_done_nothing_is_left(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 400, .in_flight = 9});
    fetch(&play, 10, 10, 100);
    assert_true(view(&play).left_s < 0);
    assert_true(view(&play).share >= 1);
}

/* The last file is that of a slow host. */
static void what_is_overdue_is_not_foretold(void **state)
{
    struct play play;
    (void)state;
    begin(&play, (struct hl_estimate_figures){.total = 401, .in_flight = 9});
    fetch(&play, 10, 10, 100);
    play.now.taken = 401;
    play.now.in_flight = 1;
    receive(&play, 1, 0);
    assert_true(view(&play).left_s >= 0);
    receive(&play, 1, 0);
    assert_true(view(&play).left_s < 0);
    receive(&play, 0.25, 100);
    assert_true(view(&play).left_s >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_takes_as_long_as_its_files_do),
        cmocka_unit_test(nothing_is_foretold_before_something_is_known),
        cmocka_unit_test(a_rerun_whose_files_are_all_there_knows_its_end),
        cmocka_unit_test(
            files_that_are_there_tell_nothing_of_those_that_are_not),
        cmocka_unit_test(files_that_are_there_in_between_need_no_time),
        cmocka_unit_test(what_is_on_record_need_not_be_in_the_list),
        cmocka_unit_test(repeated_urls_need_no_time),
        cmocka_unit_test(repeated_urls_that_were_not_read_yet_need_no_time),
        cmocka_unit_test(a_large_file_takes_as_long_as_its_bytes_do),
        cmocka_unit_test(a_part_of_an_earlier_run_is_there_but_is_no_speed),
        cmocka_unit_test(a_file_that_is_tried_again_keeps_its_share),
        cmocka_unit_test(few_files_are_counted_together),
        cmocka_unit_test(large_files_foretell_by_their_sizes),
        cmocka_unit_test(while_nothing_moves_no_end_is_foretold),
        cmocka_unit_test(what_is_overdue_is_not_foretold),
        cmocka_unit_test(an_outage_is_no_slowness),
        cmocka_unit_test(when_all_is_done_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
