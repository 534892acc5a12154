/* The figures of a real run's page: whatever a run's size, their memory and
 * what is drawn stay small, and nothing is lost from the counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compare/page_figures.h"
#include "compare/page_thin.h"

static void steps_get_longer_and_keep_what_they_have(void **state)
{
    struct hl_page_rates rates = {0};
    double files = 0;
    double bytes = 0;
    double busy = 0;
    (void)state;
    hl_page_rates_file(&rates, 5);
    hl_page_rates_bytes(&rates, 0, 1000000, 1000);
    hl_page_rates_busy(&rates, 500000, 3600ull * 1000000);
    hl_page_rates_file(&rates, 3600ull * 1000000);
    assert_true(rates.used > HL_PAGE_STEPS / 2);
    assert_true(rates.used <= HL_PAGE_STEPS);
    for (size_t i = 0; i < rates.used; i++) {
        files += rates.steps[i].files;
        bytes += rates.steps[i].bytes;
        busy += rates.steps[i].busy_us;
    }
    assert_int_equal((int)files, 2);
    assert_int_equal((int)(bytes + 0.5), 1000);
    assert_true(busy > 3599.49e6 && busy < 3599.51e6);
    assert_true(rates.steps[0].files > 0);
    assert_true(rates.steps[rates.used - 1].files > 0);
}

static void a_quantile_is_within_a_tenth(void **state)
{
    struct hl_page_spent spent = {0};
    (void)state;
    for (uint64_t us = 1000; us <= 100000; us += 1000)
        hl_page_spent_add(
            &spent,
            &(struct hl_page_transfer){
                .phases_us = {[HL_PAGE_QUEUED] = 7, [HL_PAGE_WAIT] = us}});
    uint64_t half = hl_page_spent_quantile(&spent, 0.5);
    uint64_t most = hl_page_spent_quantile(&spent, 0.99);
    assert_true(half > 45000 && half < 55000);
    assert_true(most > 89000 && most < 109000);
    assert_int_equal(spent.queued_us, 700);
}

static void a_large_run_keeps_its_slowest_and_some_that_failed(void **state)
{
    enum { TRANSFERS = 100000, SLOW = 77777, BAD = 88889 };
    struct hl_page_run run = {.label = ""};
    struct hl_page_thin thin = {0};
    bool has_slow = false;
    bool has_bad = false;
    (void)state;
    for (uint64_t i = 0; i < TRANSFERS; i++) {
        struct hl_page_transfer t = {.begin_us = i,
                                     .error = i == BAD,
                                     .phases_us[HL_PAGE_WAIT] =
                                         i == SLOW ? 1000 : 10};
        if (!hl_page_thin_keeps(&thin, &t))
            continue;
        t.name = (uint32_t)hl_page_add_url(&run, "http://h/");
        assert_non_null(hl_page_add_transfer(&run, &t));
        if (hl_page_thin_is_due(&run)) {
            uint32_t *names = hl_page_thin_out(&thin, &run);
            assert_non_null(names);
            free(names);
        }
        assert_true(run.transfers_count < (size_t)2 * HL_PAGE_DRAWN);
        assert_int_equal(run.names.count, run.transfers_count);
    }
    for (size_t i = 0; i < run.transfers_count; i++) {
        has_slow |= run.transfers[i].begin_us == SLOW;
        has_bad |= run.transfers[i].begin_us == BAD;
        assert_int_equal(run.transfers[i].name, i);
    }
    assert_int_equal(thin.seen, TRANSFERS);
    assert_true(has_slow && has_bad);
    hl_page_run_release(&run);
}

static void hosts_beyond_the_table_are_counted_together(void **state)
{
    struct hl_page_figures figures = {.has_report = false};
    struct hl_page_host total;
    (void)state;
    for (int i = 0; i < HL_PAGE_HOSTS + 10; i++) {
        char url[64];
        snprintf(url, sizeof(url), "http://u:secret@H%d.example:80/x", i);
        hl_page_figures_result(
            &figures, &(struct hl_page_result){.url = url,
                                               .outcome = HAUL_OUTCOME_FAILED,
                                               .error = "http",
                                               .status = 404,
                                               .message = ""});
    }
    hl_page_figures_total(&figures, &total);
    assert_int_equal(total.outcomes[HAUL_OUTCOME_FAILED], HL_PAGE_HOSTS + 10);
    assert_int_equal(figures.hosts.others.outcomes[HAUL_OUTCOME_FAILED], 10);
    assert_non_null(hl_page_hosts_find(&figures.hosts, "h7.example"));
    assert_int_equal(figures.causes_count, 1);
    assert_string_equal(figures.causes[0].word, "http 404");
    assert_string_equal(figures.causes[0].url, "http://u:***@H0.example:80/x");
    hl_page_figures_release(&figures);
}

/* Quick runs over one list begin their transfers within microseconds of each
 * other, and look alike but for when they began. */
static void
a_report_and_a_timeline_are_joined_by_when_the_run_began(void **state)
{
    const struct hl_page_sign sign = {.begin_us = 100, .status = 200};
    struct hl_page_figures report = {
        .has_report = true, .signs = {sign}, .signs_count = 1};
    struct hl_page_figures trace = {
        .has_trace = true, .signs = {sign}, .signs_count = 1};
    (void)state;
    assert_true(hl_page_figures_same(&report, &trace));
    snprintf(report.began, sizeof(report.began), "%s", "2026-11-30T11:00:00Z");
    assert_true(hl_page_figures_same(&report, &trace));
    snprintf(trace.began, sizeof(trace.began), "%s", "2026-11-30T11:00:01Z");
    assert_false(hl_page_figures_same(&report, &trace));
    snprintf(report.began, sizeof(report.began), "%s", trace.began);
    report.signs_count = 0;
    assert_true(hl_page_figures_same(&report, &trace));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_get_longer_and_keep_what_they_have),
        cmocka_unit_test(a_quantile_is_within_a_tenth),
        cmocka_unit_test(a_large_run_keeps_its_slowest_and_some_that_failed),
        cmocka_unit_test(hosts_beyond_the_table_are_counted_together),
        cmocka_unit_test(
            a_report_and_a_timeline_are_joined_by_when_the_run_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
