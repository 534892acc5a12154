/*
 * Begins with the session's loop alone (async_loop.c), and watches what ends
 * there. Where new TLS handshakes keep that loop busy while processors are
 * idle, it opens more loops (async_loops.c). From then on all loops share the
 * transfers from hosts that close each connection; the others stay on the
 * session's loop, where their connections are.
 */
#include "modes/async_auto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "modes/async_loop.h"
#include "modes/async_loops.h"
#include "modes/handshakes.h"
#include "util/closing.h"
#include "util/container_of.h"
#include "util/thread_clock.h"
#include "util/threads.h"
#include "util/time_units.h"

enum { LOOPS_MOST = 4 }; /* with the session's */

static const uint64_t window_ns = 100ull * HL_NS_PER_MS;

/* Where a window began. */
struct mark {
    uint64_t at_ns; /* 0: there is no window */
    uint64_t cpu_ns;
    uint64_t idle_ns;
    uint32_t again;
    uint32_t others;
};

/* Owned by the run's session. */
struct auto_loops {
    struct hl_mode_owner *run;
    struct hl_mode_owner owner; /* of both kinds of loops */
    void *first;                /* state of async_loop.c */
    void *more;                 /* state of async_loops.c; NULL: not open */
    bool due;                   /* more loops pay: pump() opens them */
    bool decided;               /* they are open, or will not be */
    uint32_t taken;             /* jobs, on all loops */
    struct hl_handshakes handshakes;
    struct mark mark;
    struct hl_closing closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static struct auto_loops *auto_of(struct hl_mode_owner *owner)
{
    return container_of(owner, struct auto_loops, owner);
}

/* Of all processors together, since the system's start; 0: nobody knows. */
static uint64_t idle_ns(void)
{
    enum { NS_PER_TICK = 10 * HL_NS_PER_MS };
    uint64_t seconds = 0;
    uint64_t ticks = 0;
    FILE *file = fopen("/proc/uptime", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u.%*u %" SCNu64 ".%2" SCNu64, &seconds, &ticks) != 2)
        seconds = ticks = 0;
    fclose(file);
    return seconds * HL_NS_PER_S + ticks * NS_PER_TICK;
}

static struct mark mark_now(const struct auto_loops *l, uint64_t now)
{
    return (struct mark){.at_ns = now,
                         .cpu_ns = hl_thread_cpu_ns(),
                         .idle_ns = idle_ns(),
                         .again = l->handshakes.again,
                         .others = l->handshakes.others};
}

static uint64_t idle_between(const struct mark *since, const struct mark *end)
{
    bool is_known = since->idle_ns > 0 && end->idle_ns > since->idle_ns;
    return is_known ? end->idle_ns - since->idle_ns : 0;
}

/* A window begins with a handshake at a host that closes connections: a run
 * without them has none. */
static void look(struct auto_loops *l, uint64_t now)
{
    struct mark *since = &l->mark;
    if (l->handshakes.again == since->again ||
        (since->at_ns != 0 && now - since->at_ns < window_ns))
        return;
    const struct mark end = mark_now(l, now);
    const struct hl_loop_load load = {
        .wall_ns = end.at_ns - since->at_ns,
        .cpu_ns = end.cpu_ns - since->cpu_ns,
        .idle_ns = idle_between(since, &end),
        .again = end.again - since->again,
        .others = end.others - since->others,
    };
    l->due = since->at_ns != 0 && hl_more_loops_pay(&load);
    l->mark = end;
}

static void on_finish(struct hl_mode_owner *owner, struct hl_job *job,
                      const struct hl_reply *reply)
{
    struct auto_loops *l = auto_of(owner);
    uint64_t now = uv_hrtime();
    hl_handshakes_note(&l->handshakes, job->url, reply, now);
    if (!l->decided)
        look(l, now);
    l->taken--;
    l->run->finish(l->run, job, reply);
}

/* Gives jobs to the other loops until there is one for the session's. */
static struct hl_job *on_take(struct hl_mode_owner *owner)
{
    struct auto_loops *l = auto_of(owner);
    struct hl_job *job;
    while ((job = l->run->take(l->run)) != NULL && l->more != NULL &&
           hl_handshakes_repeat(&l->handshakes, job->url) &&
           hl_several_loops_add(l->more, job, l->taken))
        l->taken++;
    l->taken += job != NULL;
    if (l->more != NULL)
        hl_several_loops_send(l->more);
    return job;
}

static int on_part_begun(struct hl_mode_owner *owner, struct hl_job *job,
                         const struct hl_part *part)
{
    struct hl_mode_owner *run = auto_of(owner)->run;
    return run->part_begun(run, job, part);
}

static int auto_open(void **state, struct hl_mode_owner *run)
{
    struct auto_loops *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return UV_ENOMEM;
    l->run = run;
    l->owner = *run;
    l->owner.take = on_take;
    l->owner.finish = on_finish;
    l->owner.part_begun = on_part_begun;
    int r = hl_one_loop.open(&l->first, &l->owner);
    if (r < 0) {
        free(l);
        return r;
    }
    *state = l;
    return 0;
}

/* Where the machine does not allow more loops, the run goes on with one. */
static void open_more(struct auto_loops *l)
{
    const struct hl_shared *shared = l->owner.shared;
    uint32_t jobs = shared->options->jobs;
    uint32_t loops = uv_available_parallelism();
    struct hl_file_budget files = shared->files;
    loops = loops < LOOPS_MOST ? loops : (uint32_t)LOOPS_MOST;
    files.loops = loops = loops < jobs ? loops : jobs;
    l->due = false;
    l->decided = true;
    if (loops < 2 || hl_memory_is_limited() ||
        !hl_file_budget_has_spare(&files) ||
        hl_several_loops_open(&l->more, &l->owner, loops - 1, jobs) < 0)
        return;
    HL_TRACE(shared->trace, HL_EV_LOOPS, .value = loops);
}

static void auto_pump(void *state)
{
    struct auto_loops *l = state;
    if (l->due)
        open_more(l);
    hl_one_loop.pump(l->first);
}

static void auto_cancel(void *state)
{
    struct auto_loops *l = state;
    hl_one_loop.cancel(l->first);
    if (l->more != NULL)
        hl_several_loops.cancel(l->more);
}

static void on_closed(void *arg)
{
    struct auto_loops *l = arg;
    void (*closed)(void *arg) = l->closed;
    void *closed_arg = l->closed_arg;
    free(l);
    closed(closed_arg);
}

static void auto_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct auto_loops *l = state;
    l->closed = closed;
    l->closed_arg = arg;
    l->closing = (struct hl_closing){
        .open = l->more != NULL ? 2 : 1, .closed = on_closed, .arg = l};
    hl_one_loop.close(l->first, hl_closing_one, &l->closing);
    if (l->more != NULL)
        hl_several_loops.close(l->more, hl_closing_one, &l->closing);
}

static bool auto_figures(void *state, uint32_t index,
                         struct haul_loop_stats *out)
{
    struct auto_loops *l = state;
    return l->more != NULL && hl_several_loops.figures(l->more, index, out);
}

const struct hl_mode_calls hl_auto_loops = {
    .open = auto_open,
    .pump = auto_pump,
    .cancel = auto_cancel,
    .close = auto_close,
    .figures = auto_figures,
};
