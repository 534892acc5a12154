/* The loop watch: what it counts, times and names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/lag.h"
#include "trace/loop_watch.h"
#include "trace/text_output.h"
#include "util/container_of.h"

enum { MS = 1000000 };

struct bench {
    uv_loop_t loop;
    struct hl_trace *trace;
    struct hl_loop_watch *watch;
    char *text; /* of --debug loop */
    size_t text_size;
    FILE *stream;
    uv_timer_t timer;
    uv_idle_t idle;
    uint64_t block_ns;
    bool closed;
};

static void open_bench(struct bench *bench, bool lag)
{
    bench->stream = open_memstream(&bench->text, &bench->text_size);
    const struct hl_trace_sink sink =
        hl_trace_text_sink(bench->stream, HAUL_TRACE_LOOP);
    assert_int_equal(hl_trace_new(&bench->trace, uv_hrtime(), &sink, 1), 0);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    const struct hl_loop_watch_setup setup = {
        .loop = &bench->loop, .trace = bench->trace, .lag = lag};
    assert_int_equal(hl_loop_watch_open(&bench->watch, &setup), 0);
    uv_timer_init(&bench->loop, &bench->timer);
    uv_idle_init(&bench->loop, &bench->idle);
    uv_update_time(&bench->loop);
}

static void on_closed(void *arg)
{
    struct bench *bench = arg;
    bench->closed = true;
}

static void close_bench(struct bench *bench)
{
    hl_loop_watch_close(bench->watch, on_closed, bench);
    uv_close((uv_handle_t *)&bench->timer, NULL);
    uv_close((uv_handle_t *)&bench->idle, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_true(bench->closed);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    hl_trace_close(bench->trace, NULL);
    fclose(bench->stream);
}

static void spin(uint64_t ns)
{
    uint64_t end = uv_hrtime() + ns;
    while (uv_hrtime() < end)
        continue;
}

static void on_uv_timer(uv_timer_t *timer)
{
    struct bench *bench = container_of(timer, struct bench, timer);
    HL_IN_CALLBACK(bench->trace, HL_CB_CURL_TIMER);
    spin(bench->block_ns / 2);
    HL_IN_PART(bench->trace, HL_CB_WORK);
    spin(bench->block_ns / 2);
}

static const struct haul_callback_stats *
kind_of(const struct haul_loop_stats *stats, const char *kind)
{
    const struct haul_callback_stats *at = stats->kinds;
    while (at->kind != NULL && strcmp(at->kind, kind) != 0)
        at++;
    return at->kind != NULL ? at : NULL;
}

static void waiting_is_idle_and_a_callback_is_not(void **state)
{
    struct bench bench = {.block_ns = 20 * MS};
    struct haul_loop_stats stats;
    (void)state;
    open_bench(&bench, false);
    uv_timer_start(&bench.timer, on_uv_timer, 60, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    hl_loop_watch_stats(bench.watch, &stats);
    assert_true(stats.turns >= 1);
    assert_in_range(stats.idle_us, 50000, stats.watched_us - 19000);
    assert_false(stats.has_lag);
    assert_in_range(stats.longest_us, 20000, stats.watched_us);
    assert_string_equal(stats.longest,
                        "libcurl's timeout (timer): work on a file");
    assert_int_equal(kind_of(&stats, "timer")->count, 1);
    assert_int_equal(kind_of(&stats, "inner")->count, 1);
    assert_in_range(kind_of(&stats, "inner")->total_us, 9900,
                    kind_of(&stats, "timer")->total_us - 9900);
    assert_null(kind_of(&stats, "poll"));
    close_bench(&bench);
    /* Beside other programs 20 ms may take 100. */
    if (stats.longest_us < 100000)
        assert_null(strstr(bench.text, "loop blocked"));
    free(bench.text);
}

static void a_callback_that_blocks_for_100_ms_is_named(void **state)
{
    struct bench bench = {.block_ns = 110 * MS};
    (void)state;
    open_bench(&bench, false);
    uv_timer_start(&bench.timer, on_uv_timer, 1, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    close_bench(&bench);
    const char *line = strstr(bench.text, "loop blocked for=");
    assert_non_null(line);
    assert_non_null(strstr(line, "libcurl's timeout (timer): work on a file"));
    free(bench.text);
}

static void on_uv_idle(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    spin(120 * MS);
}

static void a_loop_that_nobody_timed_is_told_to_be_blocked(void **state)
{
    struct bench bench = {.block_ns = 0};
    (void)state;
    open_bench(&bench, false);
    uv_timer_start(&bench.timer, on_uv_timer, 5, 0);
    uv_run(&bench.loop, UV_RUN_ONCE);
    uv_idle_start(&bench.idle, on_uv_idle);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    close_bench(&bench);
    assert_non_null(strstr(bench.text, "loop blocked for="));
    free(bench.text);
}

static void lag_shows_a_blocked_loop(void **state)
{
    struct bench bench = {.block_ns = 100 * MS};
    struct haul_loop_stats stats;
    (void)state;
    open_bench(&bench, true);
    uv_timer_start(&bench.timer, on_uv_timer, 10, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_timer_start(&bench.timer, on_uv_timer, 10, 0);
    bench.block_ns = 0;
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    hl_loop_watch_stats(bench.watch, &stats);
    assert_true(stats.has_lag);
    assert_in_range(stats.lag_max_us, 90000, 10000000);
    /* It stood for most of its time: most who came had to wait. */
    assert_in_range(stats.lag_p50_us, 10000, stats.lag_max_us);
    close_bench(&bench);
    free(bench.text);
}

static void ticks_that_a_stall_swallowed_are_counted(void **state)
{
    struct hl_lag *lag = calloc(1, sizeof(*lag));
    (void)state;
    for (int i = 0; i < 80; i++)
        hl_lag_add(lag, 0);
    hl_lag_add(lag, 100ull * MS); /* and 95, 90, ... 5 */
    assert_int_equal(lag->count, 100);
    assert_int_equal(hl_lag_quantile_us(lag, 0.5), 0);
    assert_in_range(hl_lag_quantile_us(lag, 0.9), 50000, 56000);
    assert_in_range(hl_lag_quantile_us(lag, 0.99), 96000, 100000);
    assert_int_equal(lag->max_us, 100000);
    free(lag);
}

static void quantiles_are_within_3_percent(void **state)
{
    struct hl_lag *lag = calloc(1, sizeof(*lag));
    (void)state;
    for (uint64_t us = 1; us <= 4000; us++)
        hl_lag_add(lag, us * 1000);
    assert_in_range(hl_lag_quantile_us(lag, 0.5), 1940, 2001);
    assert_in_range(hl_lag_quantile_us(lag, 0.99), 3840, 3961);
    assert_int_equal(hl_lag_quantile_us(lag, 1), 4000);
    free(lag);
}

static void without_a_watch_all_is_zero(void **state)
{
    struct haul_loop_stats stats = {.turns = 3};
    (void)state;
    hl_loop_watch_stats(NULL, &stats);
    assert_int_equal(stats.turns, 0);
    HL_IN_CALLBACK(NULL, HL_CB_SOCKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_is_idle_and_a_callback_is_not),
        cmocka_unit_test(a_callback_that_blocks_for_100_ms_is_named),
        cmocka_unit_test(a_loop_that_nobody_timed_is_told_to_be_blocked),
        cmocka_unit_test(lag_shows_a_blocked_loop),
        cmocka_unit_test(ticks_that_a_stall_swallowed_are_counted),
        cmocka_unit_test(quantiles_are_within_3_percent),
        cmocka_unit_test(without_a_watch_all_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
