/*
 * The prepare handle runs right before the loop polls. The check handle runs
 * right after poll and after the I/O callbacks, which run inside poll. So the
 * wait in poll ends at the first callback, or at the check where there is no
 * callback. A turn is what is between two checks. The watch measures the idle
 * time itself: libuv's metric would cost a second epoll_wait() a turn.
 */
#include "trace/loop_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/lag.h"
#include "util/closing.h"
#include "util/container_of.h"
#include "util/time_units.h"

static const uint64_t blocked_ns = 100ull * 1000 * 1000;
static const int64_t no_wait_ns = 1000ll * 1000;
static const uint64_t gauges_every_ns = 1000ull * 1000;
static const uint64_t rate_every_ns = 10ull * 1000 * 1000;

/* A callback at depth 0: the one that is running, or that ran longest. */
struct longest {
    uint64_t ns;
    enum hl_callback id;
    enum hl_callback part; /* the longest part of it */
    uint64_t part_ns;      /* 0: no part was measured */
};

/* Owned by the session; freed when all handles have closed. */
struct hl_loop_watch {
    uv_prepare_t prepare;
    uv_check_t check;
    struct hl_lag lag; /* its timer is open where has_lag */
    bool has_lag;
    struct hl_trace *trace;
    void (*gauges)(void *arg, struct hl_gauges *out);
    void *gauges_arg;
    uint64_t opened_ns;
    uint64_t turns;
    uint64_t turn_begin_ns;
    uint64_t poll_begin_ns;
    int poll_timeout;
    bool polling;
    uint64_t busy_since_ns; /* the loop works; 0: it polls */
    uint64_t idle_ns;
    unsigned depth;
    struct longest running;
    struct longest longest;
    bool named_blocked; /* a callback of this turn was reported as blocking */
    uint64_t counts[HL_CB_COUNT];
    uint64_t totals[HL_CB_COUNT]; /* ns */
    uint64_t gauges_ns;           /* when they were last read */
    uint64_t rate_ns;
    struct hl_gauges last;
    uint64_t last_rate;
    struct hl_closing closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void describe(char *out, size_t size, const struct longest *run)
{
    const struct hl_callback_info *info = &hl_callback_table[run->id];
    if (run->part_ns > 0)
        snprintf(out, size, "%s (%s): %s", info->name, info->kind,
                 hl_callback_table[run->part].name);
    else
        snprintf(out, size, "%s (%s)", info->name, info->kind);
}

static void emit_blocked(struct hl_loop_watch *w, uint64_t ns, const char *name)
{
    HL_TRACE_TEXT(w->trace, HL_EV_BLOCKED, name,
                  .value = (int64_t)(ns / HL_NS_PER_US));
}

static void end_poll(struct hl_loop_watch *w, uint64_t now)
{
    w->polling = false;
    w->busy_since_ns = now;
    w->idle_ns += now - w->poll_begin_ns;
    int64_t took = (int64_t)(now - w->poll_begin_ns);
    /* libuv also gives a timeout of 0 while it still has to tell the kernel
     * about changed descriptors. If poll waited nevertheless, the timeout was
     * another one. */
    bool is_unknown = w->poll_timeout == 0 && took > no_wait_ns;
    HL_TRACE(w->trace, HL_EV_POLL, .t_ns = w->poll_begin_ns, .value = took,
             .value2 = is_unknown ? HL_POLL_UNKNOWN : w->poll_timeout);
}

struct hl_callback_scope hl_callback_begin(struct hl_loop_watch *w,
                                           enum hl_callback id)
{
    uint64_t now = uv_hrtime();
    if (w->polling)
        end_poll(w, now);
    if (w->depth++ == 0)
        w->running = (struct longest){.id = id};
    return (struct hl_callback_scope){.watch = w, .id = id, .begin_ns = now};
}

/* The outermost callback is over. */
static void end_run(struct hl_loop_watch *w, uint64_t ns)
{
    char name[128];
    w->running.ns = ns;
    if (ns > w->longest.ns)
        w->longest = w->running;
    if (ns <= blocked_ns)
        return;
    w->named_blocked = true;
    describe(name, sizeof(name), &w->running);
    emit_blocked(w, ns, name);
}

void hl_callback_end(struct hl_callback_scope *scope)
{
    struct hl_loop_watch *w = scope->watch;
    uint64_t now = uv_hrtime();
    uint64_t ns = now - scope->begin_ns;
    w->counts[scope->id]++;
    w->totals[scope->id] += ns;
    HL_TRACE(w->trace, HL_EV_CALLBACK, .t_ns = scope->begin_ns,
             .value = (int64_t)ns, .value2 = scope->id);
    if (--w->depth == 0) {
        end_run(w, ns);
    } else if (ns > w->running.part_ns) {
        w->running.part_ns = ns;
        w->running.part = scope->id;
    }
}

static void emit_rate(struct hl_loop_watch *w, uint64_t now,
                      const struct hl_gauges *gauges)
{
    uint64_t ns = now - w->rate_ns;
    if (ns < rate_every_ns)
        return;
    uint64_t rate = (uint64_t)((double)(gauges->bytes - w->last.bytes) *
                               HL_NS_PER_S / (double)ns);
    if (rate != w->last_rate)
        HL_TRACE(w->trace, HL_EV_RATE, .t_ns = now, .value = (int64_t)rate);
    w->last_rate = rate;
    w->last.bytes = gauges->bytes;
    w->rate_ns = now;
}

/* Emits a counter that has changed, at most once a ms. */
static void emit_gauges(struct hl_loop_watch *w, uint64_t now)
{
    struct hl_gauges gauges;
    if (w->gauges == NULL || !HL_TRACE_WANTS(w->trace, HL_EV_QUEUE))
        return;
    w->gauges(w->gauges_arg, &gauges);
    w->gauges_ns = now;
    if (gauges.queue != w->last.queue)
        HL_TRACE(w->trace, HL_EV_QUEUE, .t_ns = now,
                 .value = (int64_t)gauges.queue);
    w->last.queue = gauges.queue;
    emit_rate(w, now, &gauges);
}

static void on_uv_prepare(uv_prepare_t *prepare)
{
    struct hl_loop_watch *w =
        container_of(prepare, struct hl_loop_watch, prepare);
    uint64_t now = uv_hrtime();
    uint64_t busy = now - w->busy_since_ns;
    if (w->busy_since_ns != 0 && busy > blocked_ns && !w->named_blocked)
        emit_blocked(w, busy, "many callbacks in one turn");
    w->named_blocked = false;
    if (now - w->gauges_ns >= gauges_every_ns)
        emit_gauges(w, now);
    w->poll_timeout = uv_backend_timeout(prepare->loop);
    w->poll_begin_ns = uv_hrtime();
    w->busy_since_ns = 0;
    w->polling = true;
}

static void on_uv_check(uv_check_t *check)
{
    struct hl_loop_watch *w = container_of(check, struct hl_loop_watch, check);
    uint64_t now = uv_hrtime();
    if (w->polling)
        end_poll(w, now);
    now = uv_hrtime();
    w->turns++;
    HL_TRACE(w->trace, HL_EV_TURN, .t_ns = w->turn_begin_ns,
             .value = (int64_t)(now - w->turn_begin_ns),
             .value2 = (int64_t)w->turns);
    w->turn_begin_ns = now;
}

int hl_loop_watch_open(struct hl_loop_watch **out,
                       const struct hl_loop_watch_setup *setup)
{
    *out = NULL;
    if (!setup->stats && !setup->lag &&
        !HL_TRACE_WANTS(setup->trace, HL_EV_TURN))
        return 0;
    struct hl_loop_watch *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return UV_ENOMEM;
    w->trace = setup->trace;
    w->gauges = setup->gauges;
    w->gauges_arg = setup->arg;
    w->has_lag = setup->lag;
    w->opened_ns = w->turn_begin_ns = w->rate_ns = uv_hrtime();
    uv_prepare_init(setup->loop, &w->prepare);
    uv_check_init(setup->loop, &w->check);
    uv_prepare_start(&w->prepare, on_uv_prepare);
    uv_check_start(&w->check, on_uv_check);
    uv_unref((uv_handle_t *)&w->prepare);
    uv_unref((uv_handle_t *)&w->check);
    if (w->has_lag)
        hl_lag_start(&w->lag, setup->loop);
    hl_trace_set_watch(w->trace, w);
    *out = w;
    return 0;
}

static void on_all_closed(void *arg)
{
    struct hl_loop_watch *w = arg;
    void (*closed)(void *) = w->closed;
    void *closed_arg = w->closed_arg;
    free(w);
    closed(closed_arg);
}

void hl_loop_watch_close(struct hl_loop_watch *watch, void (*closed)(void *),
                         void *arg)
{
    watch->closed = closed;
    watch->closed_arg = arg;
    hl_trace_set_watch(watch->trace, NULL);
    emit_gauges(watch, uv_hrtime());
    watch->closing = (struct hl_closing){.closed = on_all_closed, .arg = watch};
    hl_closing_handle(&watch->closing, (uv_handle_t *)&watch->prepare);
    hl_closing_handle(&watch->closing, (uv_handle_t *)&watch->check);
    if (watch->has_lag)
        hl_closing_handle(&watch->closing, (uv_handle_t *)&watch->lag.timer);
}

static void add_kinds(const struct hl_loop_watch *w,
                      struct haul_loop_stats *out)
{
    for (int id = 0; id < HL_CB_COUNT; id++) {
        const char *kind = hl_callback_table[id].kind;
        struct haul_callback_stats *at = out->kinds;
        if (w->counts[id] == 0)
            continue;
        while (at->kind != NULL && strcmp(at->kind, kind) != 0)
            at++;
        at->kind = kind;
        at->count += w->counts[id];
        at->total_us += w->totals[id] / HL_NS_PER_US;
    }
}

void hl_loop_watch_stats(const struct hl_loop_watch *w,
                         struct haul_loop_stats *out)
{
    *out = (struct haul_loop_stats){0};
    if (w == NULL)
        return;
    out->turns = w->turns;
    out->watched_us = (uv_hrtime() - w->opened_ns) / HL_NS_PER_US;
    out->idle_us = w->idle_ns / HL_NS_PER_US;
    out->has_lag = w->has_lag;
    out->lag_p50_us = hl_lag_quantile_us(&w->lag, 0.5);
    out->lag_p99_us = hl_lag_quantile_us(&w->lag, 0.99);
    out->lag_p999_us = hl_lag_quantile_us(&w->lag, 0.999);
    out->lag_max_us = w->lag.max_us;
    out->longest_us = w->longest.ns / HL_NS_PER_US;
    if (w->longest.ns > 0)
        describe(out->longest, sizeof(out->longest), &w->longest);
    add_kinds(w, out);
}
