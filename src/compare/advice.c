#include "compare/advice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "modes/traits.h"
#include "util/text.h"

enum { SENTENCES = 4096 };

/* The rows that the advice is about. */
struct view {
    const struct hl_row *rows;
    size_t count;
    const struct hl_setting *setting;
    const struct hl_row *base; /* sequential, or the first */
    const struct hl_row *fastest;
    const struct hl_row *pick; /* about as fast, and the lightest */
    double waiting;            /* share of a transfer's time, 0 to 1 */
    double working;            /* CPU of the base row as a share of its time */
};

/* Rows this close in time are equals, and the lighter one is better. */
static const double about_equal = 1.15;

static bool is_sound(const struct hl_row *row)
{
    return row->measure.failed == 0 && row->measure.seconds > 0;
}

static const struct hl_row *find(const struct view *v, enum haul_mode_id mode,
                                 uint32_t workers, bool on_pool)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->rows[i].mode == mode && v->rows[i].workers == workers &&
            v->rows[i].on_pool == on_pool)
            return &v->rows[i];
    return NULL;
}

static const struct hl_row *base_of(const struct hl_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (hl_mode_traits(rows[i].mode)->one_at_a_time)
            return &rows[i];
    return &rows[0];
}

static void choose(struct view *v)
{
    v->fastest = v->base;
    for (size_t i = 0; i < v->count; i++)
        if (is_sound(&v->rows[i]) &&
            v->rows[i].measure.seconds < v->fastest->measure.seconds)
            v->fastest = &v->rows[i];
    v->pick = v->fastest;
    double limit = v->fastest->measure.seconds * about_equal;
    for (size_t i = 0; i < v->count; i++) {
        const struct hl_measure *m = &v->rows[i].measure;
        if (is_sound(&v->rows[i]) && m->seconds <= limit &&
            m->peak_rss_bytes < v->pick->measure.peak_rss_bytes)
            v->pick = &v->rows[i];
    }
}

static struct view view_of(const struct hl_row *rows, size_t count,
                           const struct hl_setting *setting)
{
    struct view v = {.rows = rows, .count = count, .setting = setting};
    v.base = base_of(rows, count);
    const struct hl_measure *m = &v.base->measure;
    if (m->total_s > 0)
        v.waiting = m->waiting_s / m->total_s;
    if (m->seconds > 0)
        v.working = m->cpu_seconds / m->seconds;
    choose(&v);
    return v;
}

/* A paragraph that is being written. */
struct paragraph {
    char text[SENTENCES];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct paragraph *p,
                                                      const char *format, ...)
{
    va_list args;
    if (p->used > 0 && p->used + 1 < sizeof(p->text))
        p->text[p->used++] = ' ';
    va_start(args, format);
    int n =
        vsnprintf(p->text + p->used, sizeof(p->text) - p->used, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof(p->text) - p->used)
        p->used += (size_t)n;
    p->text[p->used] = '\0';
}

/* Where the time of one transfer goes. */
static void say_shares(struct paragraph *p, const struct view *v)
{
    say(p,
        "In %s, %.0f %% of a transfer's time was waiting for the server, "
        "and the processor was busy for %.0f %% of the run.",
        v->base->label, 100 * v->waiting, 100 * v->working);
}

/* Compares two rows of one mode: what differs is the number of workers. */
static void say_number(struct paragraph *p, const struct view *v)
{
    const struct hl_row *few = NULL;
    const struct hl_row *many = NULL;
    for (size_t i = 0; i < v->count; i++) {
        for (size_t j = 0; j < v->count; j++) {
            if (v->rows[i].mode == v->rows[j].mode &&
                v->rows[i].on_pool == v->rows[j].on_pool &&
                v->rows[i].workers < v->rows[j].workers) {
                few = &v->rows[i];
                many = &v->rows[j];
            }
        }
    }
    if (few == NULL)
        return;
    double gain = few->measure.seconds / many->measure.seconds;
    double workers = (double)many->workers / few->workers;
    say(p,
        "The number of workers: from %s to %s, %.0f times as many "
        "workers were %.1f times as fast",
        few->label, many->label, workers, gain);
    if (gain > 0.6 * workers)
        say(p, "- waiting overlaps freely, so more in flight is what pays.");
    else if (gain > 1.2)
        say(p,
            "- each worker now brings %.0f %% of what it did: something "
            "else begins to limit.",
            100 * gain / workers);
    else if (many->measure.files <= few->workers)
        say(p, "- there are not enough files for more workers.");
    else
        say(p, "- more workers no longer help: they wait for the same "
               "processors, not for the server.");
}

static void say_pair(struct paragraph *p, const struct hl_row *a,
                     const struct hl_row *b)
{
    const struct hl_measure *x = &a->measure;
    const struct hl_measure *y = &b->measure;
    say(p,
        "The model: with %u transfers in flight, %s took %.2f s, %" PRIu64
        " threads, %.0f MB and %" PRIu64 " context switches; %s took %.2f s, "
        "%" PRIu64 " threads, %.0f MB and %" PRIu64 " context switches.",
        a->workers, a->label, x->seconds, x->threads,
        (double)x->peak_rss_bytes / 1e6, x->ctx_switches, b->label, y->seconds,
        y->threads, (double)y->peak_rss_bytes / 1e6, y->ctx_switches);
}

/* Compares two modes with as many workers: what differs is the mode. */
static void say_model(struct paragraph *p, const struct view *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct hl_row *a = &v->rows[i];
        if (hl_mode_traits(a->mode)->blocks || a->on_pool)
            continue;
        const struct hl_row *b = find(v, HAUL_MODE_THREADS, a->workers, false);
        if (b != NULL) {
            say_pair(p, b, a);
            return;
        }
    }
}

/* Work on the loop shows as lag, as the loop serves nothing else meanwhile. */
static void say_lag(struct paragraph *p, const struct view *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct hl_row *a = &v->rows[i];
        if (hl_mode_traits(a->mode)->blocks || a->on_pool ||
            a->measure.lag_p99_ms < 20)
            continue;
        say(p,
            "On the loop of %s an event waited up to %.0f ms (p99 %.0f "
            "ms): work done there holds up every other transfer.",
            a->label, a->measure.lag_max_ms, a->measure.lag_p99_ms);
        const struct hl_row *pool = find(v, a->mode, a->workers, true);
        if (pool != NULL)
            say(p,
                "With the work on the pool its p99 is %.1f ms and the run "
                "%.1f times as fast.",
                pool->measure.lag_p99_ms,
                a->measure.seconds / pool->measure.seconds);
        return;
    }
}

static void say_floor(struct paragraph *p, const struct view *v)
{
    double cpu = v->pick->measure.cpu_seconds;
    double floor = cpu / v->setting->cores;
    if (floor < 0.5 * v->pick->measure.seconds)
        return;
    say(p,
        "Its %.2f s of CPU need %.2f s on %u cores: no model can be much "
        "faster here.",
        cpu, floor, v->setting->cores);
}

static const char *kind_of(const struct view *v)
{
    bool off_loop = hl_mode_traits(v->pick->mode)->blocks || v->pick->on_pool;
    bool is_waiting = v->waiting > 0.8 && v->working < 0.5;
    bool is_equal = v->pick->speedup < about_equal && is_waiting;
    if (is_equal && !hl_mode_traits(v->base->mode)->one_at_a_time)
        return "these are as good as each other: the list is too short, or "
               "the server too near, for more at a time to pay";
    if (v->pick == v->base || is_equal)
        return "one after the other is as good as anything: the list is too "
               "short, or the server too near, for more at a time to pay";
    if (v->working > 0.25 && off_loop)
        return "the time goes into the work on each file, and this model does "
               "that work outside the event loop";
    if (v->working > 0.25)
        return "the processor is the limit, and this model adds the least work "
               "of its own";
    return "the time goes into waiting for the server, and this model waits "
           "for many answers at once at the least cost";
}

static void say_pick(struct paragraph *p, const struct view *v)
{
    if (v->count == 1)
        return;
    say(p, "For this list: %s, %.1f times as fast as %s - %s.", v->pick->label,
        v->pick->speedup, v->base->label, kind_of(v));
    if (v->pick != v->fastest)
        say(p, "(%s was %.0f %% faster, with %.1f times the memory.)",
            v->fastest->label,
            100 * (v->pick->measure.seconds / v->fastest->measure.seconds - 1),
            (double)v->fastest->measure.peak_rss_bytes /
                (double)v->pick->measure.peak_rss_bytes);
    say_floor(p, v);
}

/* The talk that the table comes from was in Python. */
static void say_threads(struct paragraph *p, const struct view *v)
{
    const struct hl_row *best = NULL;
    for (size_t i = 0; i < v->count; i++)
        if (v->rows[i].mode == HAUL_MODE_THREADS && is_sound(&v->rows[i]) &&
            (best == NULL || v->rows[i].speedup > best->speedup))
            best = &v->rows[i];
    if (best == NULL || best->measure.seconds <= 0)
        return;
    say(p,
        "Threads in C have no interpreter lock, unlike in Python: %s kept "
        "%.1f processors busy.",
        best->label, best->measure.cpu_seconds / best->measure.seconds);
}

static void put(struct hl_buf *out, const struct view *v,
                void (*first)(struct paragraph *, const struct view *),
                void (*second)(struct paragraph *, const struct view *))
{
    struct paragraph p = {.used = 0};
    p.text[0] = '\0';
    first(&p, v);
    if (second != NULL)
        second(&p, v);
    if (p.used > 0)
        hl_buf_wrap(out, p.text, 0);
}

void hl_advice(struct hl_buf *out, const struct hl_row *rows, size_t count,
               const struct hl_setting *setting)
{
    if (count == 0)
        return;
    struct view v = view_of(rows, count, setting);
    put(out, &v, say_pick, NULL);
    put(out, &v, say_shares, say_lag);
    put(out, &v, say_number, say_model);
    put(out, &v, say_threads, NULL);
}
