/*
 * Async on several event loops: the session's loop keeps the list, the
 * schedule and the journal, and passes jobs on to members, each of which
 * transfers on a loop of its own (member.h). What comes back from them is
 * finished here, on the session's loop.
 */
#include <stdlib.h>
#include <utlist.h>

#include "modes/member.h"
#include "modes/origin.h"
#include "trace/loop_watch.h"
#include "util/container_of.h"

enum {
    /* Of the engine's work in one callback: its loop has others to serve. */
    TAKES_A_TURN = 256,
    ENDS_A_TURN = 256,
    /* A host's transfers go to one loop, where its connections are, until that
     * has so many more to do than another. */
    LEAN_MAX = 8,
};

/* Owned by the engine's session. */
struct loops {
    struct hl_desk *desk;
    struct hl_member *members;
    uint32_t count;
    uint32_t taken;        /* jobs */
    struct hl_seat *ended; /* whose jobs are to be finished */
    uv_async_t news;       /* from members, or more of the same for a turn;
                              holds the loop while a job is taken */
    bool more_takes;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void hold_loop(struct loops *l, bool hold)
{
    if (hold)
        uv_ref((uv_handle_t *)&l->news);
    else
        uv_unref((uv_handle_t *)&l->news);
}

/* NULL: none has room. */
static struct hl_member *least_busy(const struct loops *l)
{
    struct hl_member *least = NULL;
    for (uint32_t i = 0; i < l->count; i++) {
        struct hl_member *m = &l->members[i];
        if (hl_member_has_room(m) && (least == NULL || m->busy < least->busy))
            least = m;
    }
    return least;
}

/* Other bits of the hash than those that the async mode goes by. */
static struct hl_member *member_for(const struct loops *l,
                                    const struct hl_job *job,
                                    struct hl_member *least)
{
    uint64_t hash = hl_origin_hash(job->url) >> 32;
    struct hl_member *home = &l->members[hash % l->count];
    bool leans = home->busy >= least->busy + LEAN_MAX;
    return hl_member_has_room(home) && !leans ? home : least;
}

static void take_some(struct loops *l)
{
    struct hl_member *least;
    unsigned takes = 0;
    l->more_takes = false;
    while ((least = least_busy(l)) != NULL) {
        if (takes++ == TAKES_A_TURN) {
            l->more_takes = true;
            uv_async_send(&l->news);
            return;
        }
        struct hl_job *job = l->desk->take(l->desk);
        if (job == NULL)
            return;
        hl_member_add(member_for(l, job, least), job);
        l->taken++;
    }
}

static void loops_pump(void *state)
{
    struct loops *l = state;
    take_some(l);
    for (uint32_t i = 0; i < l->count; i++)
        hl_member_send(&l->members[i]);
    hold_loop(l, l->taken > 0);
}

/* @return true once the member's thread is over. */
static bool collect(struct loops *l, struct hl_member *m)
{
    struct hl_member_news news;
    hl_member_collect(m, &news);
    if (news.part != NULL) {
        struct hl_desk *desk = l->desk;
        int r = desk->part_begun(desk, news.recording->job, news.part);
        hl_member_recorded(m, r);
    }
    DL_CONCAT(l->ended, news.ended);
    return news.over;
}

static void finish_some(struct loops *l)
{
    struct hl_desk *desk = l->desk;
    struct hl_seat *seat;
    for (unsigned i = 0; i < ENDS_A_TURN && (seat = l->ended) != NULL; i++) {
        DL_DELETE(l->ended, seat);
        l->taken--;
        desk->finish(desk, seat->job, &seat->reply);
        /* The reply's strings are in the seat. */
        hl_member_free_seat(seat);
    }
    if (l->ended != NULL)
        uv_async_send(&l->news);
}

static void release(struct loops *l)
{
    free(l->members);
    free(l);
}

static void on_uv_news_closed(uv_handle_t *handle)
{
    struct loops *l = container_of(handle, struct loops, news);
    void (*closed)(void *arg) = l->closed;
    void *arg = l->closed_arg;
    release(l);
    if (closed != NULL)
        closed(arg);
}

/* Their threads have ended, or were never started. */
static void release_members(struct loops *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_member_release(&l->members[i]);
    uv_close((uv_handle_t *)&l->news, on_uv_news_closed);
}

static void on_uv_news(uv_async_t *handle)
{
    struct loops *l = container_of(handle, struct loops, news);
    HL_IN_CALLBACK(l->desk->env->trace, HL_CB_NEWS);
    uint32_t over = 0;
    for (uint32_t i = 0; i < l->count; i++)
        over += collect(l, &l->members[i]);
    finish_some(l);
    if (l->more_takes)
        loops_pump(l);
    hold_loop(l, l->taken > 0 || l->closing);
    if (l->closing && over == l->count)
        release_members(l);
}

static void order_all(struct loops *l, enum hl_order order)
{
    for (uint32_t i = 0; i < l->count; i++)
        hl_member_order(&l->members[i], order);
}

/* The run's jobs in equal parts. */
static int open_members(struct loops *l)
{
    const struct haul_options *o = l->desk->env->options;
    uint32_t before = 0;
    int r = 0;
    l->members = calloc(o->loops, sizeof(*l->members));
    if (l->members == NULL)
        return UV_ENOMEM;
    while (r == 0 && l->count < o->loops) {
        uint32_t i = l->count;
        const struct hl_member_setup setup = {
            .desk = l->desk,
            .news = &l->news,
            .number = i + 1,
            .jobs = o->jobs / o->loops + (i < o->jobs % o->loops),
            .first_worker = before,
        };
        r = hl_member_open(&l->members[i], &setup);
        before += setup.jobs;
        l->count += r == 0;
    }
    for (uint32_t i = 0; r == 0 && i < l->count; i++)
        r = hl_member_start(&l->members[i]);
    return r;
}

static int loops_open(void **state, struct hl_desk *desk)
{
    struct loops *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return UV_ENOMEM;
    l->desk = desk;
    int r = uv_async_init(desk->loop, &l->news, on_uv_news);
    if (r < 0) {
        free(l);
        return r;
    }
    r = open_members(l);
    if (r < 0) {
        order_all(l, HL_ORDER_CLOSE);
        release_members(l);
        return r;
    }
    hold_loop(l, false);
    *state = l;
    return 0;
}

static void loops_cancel(void *state)
{
    order_all(state, HL_ORDER_CANCEL);
}

static void loops_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct loops *l = state;
    l->closing = true;
    l->closed = closed;
    l->closed_arg = arg;
    hold_loop(l, true);
    order_all(l, HL_ORDER_CLOSE);
}

static bool loops_figures(void *state, uint32_t index,
                          struct haul_loop_stats *out)
{
    struct loops *l = state;
    if (index >= l->count)
        return false;
    hl_member_figures(&l->members[index], out);
    return true;
}

const struct hl_mode hl_mode_loops = {
    .name = "async",
    .summary = "all transfers on several event loops",
    .default_jobs = 256,
    .open = loops_open,
    .pump = loops_pump,
    .cancel = loops_cancel,
    .close = loops_close,
    .figures = loops_figures,
};
