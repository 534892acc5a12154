/* What a race shows at a moment, and when its slow motion ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compare/race.h"
#include "compare/race_moment.h"
#include "compare/race_words.h"

/* Asked at 10 µs, answered at 110, served at 120, read at 125, resumed at 135,
 * done at 160, known to be so at 180. */
static struct hl_page_transfer transfer_of(uint32_t name, uint32_t worker)
{
    struct hl_page_transfer t = {.name = name, .worker = worker};
    t.begin_us = 5;
    t.phases_us[HL_PAGE_QUEUED] = 5;
    t.phases_us[HL_PAGE_WAIT] = 100;
    t.phases_us[HL_PAGE_BODY] = 5;
    t.phases_us[HL_PAGE_READY] = 40;
    t.phases_us[HL_PAGE_WORK] = 20;
    t.phases_us[HL_PAGE_FILE] = 5;
    t.ready_first_us = 10;
    t.ready_last_us = 20;
    return t;
}

static struct hl_row row_of(enum haul_mode_id mode, double seconds)
{
    struct hl_row row;
    hl_row_init(&row, mode, 10, false);
    row.measure.files = 1;
    row.measure.seconds = seconds;
    row.measure.in_flight = 1;
    return row;
}

static struct hl_race_moment
moment_of(enum haul_mode_id mode, const struct hl_page_run *run, uint64_t us)
{
    const struct hl_row row = row_of(mode, 1);
    struct hl_race_moment moment;
    assert_int_equal(hl_race_moment(&moment, &row, run, us), 0);
    return moment;
}

static void a_file_goes_through_its_states(void **state)
{
    static const struct {
        uint64_t us;
        char file;
        char thread;
    } steps[] = {{9, 'n', 'i'},   {10, 'w', 'b'},  {110, 'r', 'b'},
                 {120, 'w', 'b'}, {125, 'r', 'i'}, {135, 'c', 'u'},
                 {160, 'r', 'i'}, {180, 'h', 'i'}};
    struct hl_page_transfer t = transfer_of(0, 1);
    const struct hl_page_run run = {
        .transfers = &t, .transfers_count = 1, .names.count = 1};
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        const struct hl_race_moment m =
            moment_of(HAUL_MODE_THREADS, &run, steps[i].us);
        assert_int_equal(hl_file_letters[m.cells[0]], steps[i].file);
        assert_int_equal(hl_worker_letters[m.squares[0]], steps[i].thread);
    }
    t.error = 1;
    assert_int_equal(moment_of(HAUL_MODE_THREADS, &run, 180).cells[0],
                     HL_FILE_FAILED);
}

static void workers_are_those_of_the_mode(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(0, 1), transfer_of(1, 2),
                                   transfer_of(2, 2)};
    struct hl_page_span span = {.begin_us = 0, .end_us = 8};
    const struct hl_page_run run = {.transfers = t,
                                    .transfers_count = 3,
                                    .spans = &span,
                                    .spans_count = 1,
                                    .names.count = 3};
    (void)state;
    t[2].begin_us = 300;
    struct hl_race_moment m = moment_of(HAUL_MODE_ASYNC, &run, 5);
    assert_int_equal(m.workers, 1);
    assert_int_equal(m.squares[0], HL_WORKER_RUNNING);
    assert_int_equal(moment_of(HAUL_MODE_ASYNC, &run, 9).squares[0],
                     HL_WORKER_IDLE);
    m = moment_of(HAUL_MODE_PROCESSES, &run, 5);
    assert_int_equal(m.workers_in_state[HL_WORKER_STARTING], 2);
    m = moment_of(HAUL_MODE_THREADS, &run, 310);
    assert_int_equal(m.workers, 2);
    assert_int_equal(m.squares[0], HL_WORKER_IDLE);
    assert_int_equal(m.squares[1], HL_WORKER_BLOCKED);
    assert_int_equal(m.in_state[HL_FILE_HERE], 2);
}

static void a_loop_is_not_idle_while_a_file_waits_for_it(void **state)
{
    static const struct {
        uint64_t us;
        char file;
        char loop;
        const char *words;
    } steps[] = {{50, 'w', 'i', "idle, 1 waits"},
                 {115, 'r', 's', "needs a core, 1 ready"},
                 {126, 'r', 'u', "running, 1 ready"},
                 {132, 'r', 'i', "idle, 1 ready for the pool"},
                 {170, 'c', 'i', "idle"}};
    struct hl_page_transfer t = transfer_of(0, 1);
    struct hl_page_span span = {.begin_us = 124, .end_us = 127};
    const struct hl_page_run run = {.transfers = &t,
                                    .transfers_count = 1,
                                    .spans = &span,
                                    .spans_count = 1,
                                    .names.count = 1};
    struct hl_row row = row_of(HAUL_MODE_ASYNC, 1);
    struct hl_buf text = {0};
    (void)state;
    t.ready_pool_us = 5;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        const struct hl_race_moment m =
            moment_of(HAUL_MODE_ASYNC, &run, steps[i].us);
        assert_int_equal(hl_file_letters[m.cells[0]], steps[i].file);
        assert_int_equal(hl_worker_letters[m.squares[0]], steps[i].loop);
        hl_buf_clear(&text);
        hl_race_state(&text, &row, &m, 2);
        assert_string_equal(text.data, steps[i].words);
    }
    /* A pool that computes has no batches. */
    row.on_pool = true;
    struct hl_race_moment m;
    assert_int_equal(hl_race_moment(&m, &row, &run, 170), 0);
    assert_int_equal(hl_worker_letters[m.squares[0]], 's');
    hl_buf_release(&text);
}

static void facts_are_of_the_whole_run(void **state)
{
    struct hl_page_transfer t[] = {transfer_of(0, 1), transfer_of(1, 2)};
    const struct hl_page_run run = {
        .transfers = t, .transfers_count = 2, .names.count = 2};
    struct hl_race_facts facts;
    (void)state;
    t[1].begin_us = 7;
    assert_int_equal(hl_race_facts_of(&facts, &run), 0);
    assert_int_equal(facts.all_asked_us, 12);
    assert_int_equal(facts.last_began_us, 12);
    assert_int_equal(facts.ready_most, 2);
    t[1].begin_us = 1000;
    assert_int_equal(hl_race_facts_of(&facts, &run), 0);
    assert_int_equal(facts.ready_most, 1);
}

static void assert_end(double a_s, double b_s, uint64_t end_us, unsigned slower)
{
    const struct hl_row rows[] = {row_of(HAUL_MODE_SEQUENTIAL, 10),
                                  row_of(HAUL_MODE_THREADS, a_s),
                                  row_of(HAUL_MODE_ASYNC, b_s)};
    const struct hl_part part = {.rows = rows, .count = 3};
    const struct hl_race race = hl_race_of(&part, NULL);
    assert_int_equal(race.end_us, end_us);
    assert_int_equal(race.slower, slower);
}

static void slow_motion_ends_with_the_fastest_rows(void **state)
{
    (void)state;
    assert_end(0.134, 0.128, 140000, 25);
    assert_end(0.128, 0.131, 140000, 25);
    assert_end(0.97, 0.83, 840000, 5);
    assert_end(5, 4, 4010000, 1);
}

static void a_sentence_tells_why_a_row_is_slow(void **state)
{
    struct hl_page_transfer t = transfer_of(0, 1);
    const struct hl_page_run run = {
        .transfers = &t, .transfers_count = 1, .names.count = 2};
    const struct hl_row row = row_of(HAUL_MODE_SEQUENTIAL, 1);
    const struct hl_part part = {.rows = &row, .count = 1};
    const struct hl_race race = {.part = &part, .runs = &run};
    const struct hl_race_moment m = moment_of(HAUL_MODE_SEQUENTIAL, &run, 50);
    struct hl_race_facts facts;
    struct hl_buf text = {0};
    (void)state;
    assert_int_equal(hl_race_facts_of(&facts, &run), 0);
    hl_race_sentence(&text, &race, &row, &facts, &m);
    assert_string_equal(text.data, "Blocked: cannot ask for the next.");
    hl_buf_clear(&text);
    hl_race_state(&text, &row, &m, 2);
    assert_string_equal(text.data, "blocked");
    hl_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_goes_through_its_states),
        cmocka_unit_test(workers_are_those_of_the_mode),
        cmocka_unit_test(a_loop_is_not_idle_while_a_file_waits_for_it),
        cmocka_unit_test(facts_are_of_the_whole_run),
        cmocka_unit_test(slow_motion_ends_with_the_fastest_rows),
        cmocka_unit_test(a_sentence_tells_why_a_row_is_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
