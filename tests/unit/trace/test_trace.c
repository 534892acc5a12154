/* The trace from the emitters' side: what costs nothing, what arrives, and
 * when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <uv.h>

#include "trace/trace.h"

enum { KEPT_MAX = 65536 };

/* A sink that keeps what it gets. */
struct keeper {
    struct hl_event events[KEPT_MAX];
    char last_text[2 * HL_EVENT_TEXT_MAX];
    size_t count;
    unsigned closed;
    uint64_t dropped;
    uint64_t zero_ns;
};

static void keep(void *state, const struct hl_event *event, uint64_t zero_ns)
{
    struct keeper *keeper = state;
    assert_true(keeper->count < KEPT_MAX);
    keeper->events[keeper->count++] = *event;
    keeper->zero_ns = zero_ns;
    if (event->text == NULL)
        return;
    assert_int_equal(strlen(event->text), event->size);
    memcpy(keeper->last_text, event->text, event->size + 1);
}

static void on_closed(void *state, struct haul_trace_stats *out)
{
    struct keeper *keeper = state;
    keeper->closed++;
    keeper->dropped = out->dropped;
}

/* A trace of one keeper. */
struct bench {
    struct keeper keeper;
    struct hl_trace *trace;
};

static struct bench *bench_new(uint32_t mask)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    const struct hl_trace_sink sink = {
        .name = "keeper",
        .mask = mask,
        .event = keep,
        .close = on_closed,
        .state = &bench->keeper,
    };
    assert_int_equal(hl_trace_new(&bench->trace, 1000, &sink, 1), 0);
    return bench;
}

/* @return how many events there were, all of which must have arrived. */
static size_t bench_free(struct bench *bench)
{
    hl_trace_close(bench->trace, NULL);
    size_t count = bench->keeper.count;
    assert_int_equal(bench->keeper.closed, 1);
    assert_int_equal(bench->keeper.dropped, 0);
    free(bench);
    return count;
}

static int64_t count_calls(unsigned *calls)
{
    ++*calls;
    return 1;
}

static const char *count_text(unsigned *calls)
{
    ++*calls;
    return "text";
}

static void what_is_off_is_not_evaluated(void **state)
{
    struct bench *off = bench_new(0);
    struct bench *other = bench_new(HAUL_TRACE_CURL);
    struct hl_trace *traces[] = {NULL, off->trace, other->trace};
    unsigned calls = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(traces) / sizeof(*traces); i++) {
        HL_TRACE(traces[i], HL_EV_TIMER_SET, .value = count_calls(&calls));
        HL_TRACE_TEXT(traces[i], HL_EV_TIMER_SET, count_text(&calls),
                      .value = count_calls(&calls));
        hl_trace_flush(traces[i]);
    }
    assert_int_equal(calls, 0);
    HL_TRACE(other->trace, HL_EV_CURL_ADD, .value = count_calls(&calls));
    assert_int_equal(calls, 1);
    assert_int_equal(hl_trace_mask(NULL), 0);
    assert_int_equal(hl_trace_mask(off->trace), 0);
    assert_int_equal(hl_trace_mask(other->trace), HAUL_TRACE_CURL);
    assert_int_equal(bench_free(off), 0);
    assert_int_equal(bench_free(other), 1);
    hl_trace_close(NULL, NULL);
}

static void an_event_arrives_as_it_was_emitted(void **state)
{
    struct bench *bench = bench_new(HAUL_TRACE_ALL);
    const struct keeper *keeper = &bench->keeper;
    char text[] = "http://h/a";
    (void)state;
    HL_TRACE_TEXT(bench->trace, HL_EV_JOB_DONE, text, .t_ns = 5000, .job = 7,
                  .value = -1, .value2 = INT64_MIN, .worker = UINT16_MAX);
    memset(text, '#', sizeof(text) - 1);
    uint64_t before = uv_hrtime();
    HL_TRACE(bench->trace, HL_EV_TIMER_STOP, .job = 8);
    uint64_t after = uv_hrtime();
    hl_trace_flush(bench->trace);
    assert_int_equal(keeper->count, 2);
    assert_int_equal(keeper->zero_ns, 1000);
    const struct hl_event *event = &keeper->events[0];
    assert_int_equal(event->kind, HL_EV_JOB_DONE);
    assert_int_equal(event->t_ns, 5000);
    assert_int_equal(event->job, 7);
    assert_int_equal(event->value, -1);
    assert_true(event->value2 == INT64_MIN);
    assert_int_equal(event->worker, UINT16_MAX);
    assert_int_equal(event->size, 10);
    /* The clock is read when no time is given. */
    assert_in_range(keeper->events[1].t_ns, before, after);
    assert_int_equal(keeper->events[1].size, 0);
    bench_free(bench);
}

static void a_long_text_keeps_its_telling_end(void **state)
{
    static const size_t lengths[] = {0,
                                     1,
                                     HL_EVENT_TEXT_MAX - 2,
                                     HL_EVENT_TEXT_MAX - 1,
                                     HL_EVENT_TEXT_MAX,
                                     HL_EVENT_TEXT_MAX + 1,
                                     8000};
    struct bench *bench = bench_new(HAUL_TRACE_ALL);
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        char text[8001];
        size_t length = lengths[i];
        for (size_t k = 0; k < length; k++)
            text[k] = (char)('a' + k % 26);
        text[length] = '\0';
        HL_TRACE_TEXT(bench->trace, HL_EV_JOB_DONE, text, .job = i);
        hl_trace_flush(bench->trace);
        size_t kept =
            length < HL_EVENT_TEXT_MAX ? length : HL_EVENT_TEXT_MAX - 1;
        assert_int_equal(bench->keeper.events[i].size, kept);
        assert_string_equal(bench->keeper.last_text, text + length - kept);
    }
    bench_free(bench);
}

enum { THREADS = 4, EVENTS = 10000 };

struct emitter {
    struct hl_trace *trace;
    uint16_t worker;
    uv_thread_t thread;
};

static void emit_many(void *arg)
{
    const struct emitter *emitter = arg;
    for (int i = 1; i <= EVENTS; i++) {
        HL_TRACE_TEXT(emitter->trace, HL_EV_JOB_DONE, "text", .value = i,
                      .worker = emitter->worker);
        if (i % 1000 == 0)
            hl_trace_flush(emitter->trace);
    }
}

static void each_thread_has_its_events_in_order(void **state)
{
    struct bench *bench = bench_new(HAUL_TRACE_ALL);
    struct emitter emitters[THREADS];
    int64_t last[THREADS] = {0};
    (void)state;
    for (uint16_t i = 0; i < THREADS; i++) {
        emitters[i] = (struct emitter){.trace = bench->trace, .worker = i};
        assert_int_equal(
            uv_thread_create(&emitters[i].thread, emit_many, &emitters[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        uv_thread_join(&emitters[i].thread);
    hl_trace_flush(bench->trace);
    assert_int_equal(bench->keeper.count, THREADS * EVENTS);
    for (size_t i = 0; i < bench->keeper.count; i++) {
        const struct hl_event *event = &bench->keeper.events[i];
        assert_int_equal(event->value, last[event->worker] + 1);
        last[event->worker] = event->value;
    }
    bench_free(bench);
}

static void a_flush_returns_when_all_has_arrived(void **state)
{
    struct bench *bench = bench_new(HAUL_TRACE_ALL);
    (void)state;
    for (size_t i = 1; i <= 200; i++) {
        HL_TRACE(bench->trace, HL_EV_TIMER_STOP, .job = i);
        hl_trace_flush(bench->trace);
        assert_int_equal(bench->keeper.count, i);
    }
    hl_trace_flush(bench->trace);
    assert_int_equal(bench->keeper.closed, 0);
    bench_free(bench);
}

static void the_end_writes_what_still_waits(void **state)
{
    (void)state;
    for (size_t count = 0; count < 20; count++) {
        struct bench *bench = bench_new(HAUL_TRACE_ALL);
        for (size_t i = 0; i < count; i++)
            HL_TRACE(bench->trace, HL_EV_TIMER_STOP, .job = i);
        assert_int_equal(bench_free(bench), count);
    }
}

static void every_kind_has_its_row(void **state)
{
    (void)state;
    for (int kind = 0; kind < HL_EV_COUNT; kind++) {
        const struct hl_event_info *info = &hl_event_table[kind];
        assert_non_null(info->name);
        assert_true((info->category & HAUL_TRACE_ALL) == info->category);
        assert_true(info->category != 0 &&
                    (info->category & (info->category - 1)) == 0);
        assert_true(info->value_name != NULL || info->value2_name == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_off_is_not_evaluated),
        cmocka_unit_test(an_event_arrives_as_it_was_emitted),
        cmocka_unit_test(a_long_text_keeps_its_telling_end),
        cmocka_unit_test(each_thread_has_its_events_in_order),
        cmocka_unit_test(a_flush_returns_when_all_has_arrived),
        cmocka_unit_test(the_end_writes_what_still_waits),
        cmocka_unit_test(every_kind_has_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
