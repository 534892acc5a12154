#include "compare/advice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compare/ranking.h"
#include "modes/traits.h"
#include "util/real.h"

enum { SENTENCES = 4096 };

/* Less CPU time than this may be no more than the start of a process. */
static const double worth_naming_s = 0.1;

/* What the advice is about. */
struct view {
    const struct hl_part *part;
    struct hl_ranking rank;
};

/* A paragraph that is being written. */
struct paragraph {
    char text[SENTENCES];
    size_t used;
};

__attribute__((format(printf, 2, 0))) static void
add_args(struct paragraph *p, const char *format, va_list args)
{
    size_t room = sizeof(p->text) - p->used;
    int n = vsnprintf(p->text + p->used, room, format, args);
    if (n > 0 && (size_t)n < room)
        p->used += (size_t)n;
    p->text[p->used] = '\0';
}

/* Goes on with a sentence. */
__attribute__((format(printf, 2, 3))) static void add(struct paragraph *p,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_args(p, format, args);
    va_end(args);
}

/* Begins a sentence. */
__attribute__((format(printf, 2, 3))) static void say(struct paragraph *p,
                                                      const char *format, ...)
{
    va_list args;
    if (p->used > 0)
        add(p, " ");
    va_start(args, format);
    add_args(p, format, args);
    va_end(args);
}

/* What stands before the item at of "a, b and c". */
static const char *before_item(size_t at, size_t count)
{
    if (at == 0)
        return "";
    return at + 1 == count ? " and " : ", ";
}

static bool is_on_loop(const struct hl_row *row)
{
    return !hl_mode_traits(row->mode)->blocks;
}

static double megabytes(const struct hl_row *row)
{
    return (double)row->measure.peak_rss_bytes / 1e6;
}

static double ratio(const struct hl_row *slow, const struct hl_row *fast)
{
    return slow->measure.seconds / fast->measure.seconds;
}

static void say_failures(struct paragraph *p, const struct view *v)
{
    const struct hl_setting *s = &v->part->setting;
    size_t bad = v->part->count - v->rank.sound;
    size_t at = 0;
    uint64_t http = 0;
    uint64_t failed = 0;
    for (size_t i = 0; i < v->part->count; i++) {
        http += v->part->rows[i].measure.errors[HAUL_ERR_HTTP];
        failed += v->part->rows[i].measure.failed;
    }
    if (v->part->setting.files == 0)
        say(p, "The list is empty: there was nothing to fetch.");
    else if (v->rank.sound == 0)
        say(p, "No row fetched all its files, so their times say nothing.");
    for (size_t i = 0; v->rank.sound > 0 && i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        if (hl_row_is_sound(row))
            continue;
        add(p, "%s%s%s",
            at == 0 ? "Left out below, because files failed: " : "",
            before_item(at, bad), row->label);
        at++;
    }
    if (at > 0)
        add(p, ".");
    if (failed > 0 && http == failed && s->list != NULL && !s->faulty)
        say(p, "The built-in server knows only paths such as /600x400/NAME and "
               "/bytes/1000.");
}

/* Why no row is faster than another. */
static void say_why_equal(struct paragraph *p, const struct view *v)
{
    uint64_t most = 0;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        uint64_t n = row->measure.in_flight;
        if (!hl_row_is_sound(row))
            continue;
        most = n > most ? n : most;
        least = n < least ? n : least;
    }
    if (v->rank.fastest->measure.files == 1)
        say(p, "There is only one file, so there is nothing to fetch at the "
               "same time.");
    else if (most == 1)
        say(p, "Every row fetched one file at a time.");
    else if (hl_row_busy(v->rank.base) > 0.5)
        say(p, "The processors, not the server, take the time here.");
    else if (most == least)
        say(p, "Every row fetched up to %" PRIu64 " files at a time.", most);
    else
        say(p, "The list is too short, or the server answers too soon, for "
               "more files at a time to make a difference.");
}

static void say_all_equal(struct paragraph *p, const struct view *v)
{
    double from = v->rank.fastest->measure.seconds;
    double to = v->rank.slowest->measure.seconds;
    say(p, "For this list: no row is faster than another.");
    if (to - from < 0.01)
        say(p, "Each took about %.2f s.", from);
    else
        say(p, "They took from %.2f s to %.2f s, which counts as equal.", from,
            to);
    say_why_equal(p, v);
}

static void say_fastest(struct paragraph *p, const struct view *v)
{
    const struct hl_row *fastest = v->rank.fastest;
    const struct hl_row *base = v->rank.base;
    say(p, "For this list: %s is the fastest, with %.2f s", fastest->label,
        fastest->measure.seconds);
    if (fastest == base)
        add(p, ".");
    else if (hl_row_is_faster(fastest, base))
        add(p, ", %.1f times as fast as %s (%.2f s).", ratio(base, fastest),
            base->label, base->measure.seconds);
    else
        add(p, ". But %s took %.2f s, which counts as equal.", base->label,
            base->measure.seconds);
}

/* Is it one of those that say_as_fast() names? */
static bool is_as_fast(const struct view *v, const struct hl_row *row)
{
    return row != v->rank.fastest && row != v->rank.base &&
           hl_row_is_sound(row) && hl_rows_are_equal(row, v->rank.fastest);
}

static void say_as_fast(struct paragraph *p, const struct view *v)
{
    const struct hl_row *lightest = v->rank.lightest;
    size_t count = 0;
    size_t at = 0;
    for (size_t i = 0; i < v->part->count; i++)
        count += is_as_fast(v, &v->part->rows[i]);
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        if (!is_as_fast(v, row))
            continue;
        if (at == 0)
            say(p, "Equally fast, as far as the runs can tell: ");
        add(p, "%s%s with %.2f s", before_item(at, count), row->label,
            row->measure.seconds);
        at++;
    }
    if (at > 0)
        add(p, ".");
    if (lightest != NULL)
        say(p, "Of these, %s needs the least memory: %.0f MB, and %s %.0f MB.",
            lightest->label, megabytes(lightest), v->rank.fastest->label,
            megabytes(v->rank.fastest));
    if (v->part->setting.runs <= 1 && count > 0)
        say(p, "(After one run, times within 15 %% or 0.03 s count as equal; "
               "--runs 5 tells more.)");
}

static void say_best(struct paragraph *p, const struct view *v)
{
    const struct hl_ranking *r = &v->rank;
    if (r->sound == 0)
        return;
    if (v->part->count == 1)
        say(p, "Only one row was run: there is nothing to compare it with.");
    else if (r->sound == 1)
        say(p, "Only %s is left: there is nothing to compare it with.",
            r->fastest->label);
    else if (r->alike)
        say_all_equal(p, v);
    else {
        say_fastest(p, v);
        say_as_fast(p, v);
    }
}

/* Where the time of one file goes. */
static void say_shares(struct paragraph *p, const struct view *v)
{
    const struct hl_row *base = v->rank.base;
    const struct hl_measure *m = &base->measure;
    uint64_t bandwidth = v->part->setting.bandwidth;
    if (v->rank.sound == 0 || m->total_s <= 0)
        return;
    double waiting = m->waiting_s / m->total_s;
    double receiving = m->body_s / m->total_s;
    double working = m->work_s / m->total_s;
    double rest = 100 - hl_real_round(100 * waiting) -
                  hl_real_round(100 * receiving) - hl_real_round(100 * working);
    say(p,
        "In %s, a file's time was %.0f %% waiting for the server, %.0f %% "
        "receiving",
        base->label, hl_real_round(100 * waiting),
        hl_real_round(100 * receiving));
    if (v->part->setting.cpu_work_us > 0)
        add(p, ", %.0f %% work", hl_real_round(100 * working));
    add(p, " and %.0f %% storing.", hl_real_most(0, rest));
    if (hl_row_busy(base) < 1)
        say(p, "A processor was busy for %.0f %% of the run.",
            100 * hl_row_busy(base));
    else
        say(p, "The run kept %.2f processors busy.", hl_row_busy(base));
    bool more_helps = hl_row_is_faster(v->rank.fastest, base) &&
                      v->rank.fastest->measure.in_flight > m->in_flight;
    if (waiting > 0.5 && more_helps)
        say(p, "Waiting needs no processor, so many files can wait at the same "
               "time.");
    if (receiving > 0.5 && bandwidth > 0)
        say(p,
            "A connection brings at most %" PRIu64 " bytes a second "
            "(--bandwidth) in every mode: %s.",
            bandwidth,
            more_helps ? "only more connections at a time bring more"
                       : "no mode can be faster than that");
}

/* Failed attempts that were made good take their time too. */
static void say_again(struct paragraph *p, const struct view *v)
{
    const struct hl_row *worst = NULL;
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        if (hl_row_is_sound(row) && row->measure.again > 0 &&
            (worst == NULL || row->measure.still_s > worst->measure.still_s))
            worst = row;
    }
    if (worst == NULL)
        return;
    say(p, "Some requests failed at first: %s tried %" PRIu64 " file%s again.",
        worst->label, worst->measure.again,
        worst->measure.again > 1 ? "s" : "");
    if (worst->measure.still_s > 0.1 * worst->measure.seconds)
        say(p,
            "For %.2f s of its %.2f s nothing was under way, as a file waits "
            "before it is tried again.",
            worst->measure.still_s, worst->measure.seconds);
    if (worst->measure.still_s > 0.5 * worst->measure.seconds)
        say(p, "Such waits, more than the modes, make these times.");
}

/* Two rows of one mode. */
struct pair {
    const struct hl_row *few;
    const struct hl_row *many;
};

static struct pair find_pair(const struct hl_part *part)
{
    struct pair pair = {NULL, NULL};
    for (size_t i = 0; i < part->count; i++) {
        for (size_t j = 0; j < part->count; j++) {
            const struct hl_row *a = &part->rows[i];
            const struct hl_row *b = &part->rows[j];
            if (a->mode == b->mode && !a->on_pool && !b->on_pool &&
                a->workers < b->workers && hl_row_is_sound(a) &&
                hl_row_is_sound(b))
                pair = (struct pair){a, b};
        }
    }
    return pair;
}

static void say_more(struct paragraph *p, const struct pair *pair)
{
    const struct hl_measure *x = &pair->few->measure;
    const struct hl_measure *y = &pair->many->measure;
    bool helped = hl_row_is_faster(pair->many, pair->few);
    const char *what = " did not help";
    if (helped)
        what = " helped";
    else if (hl_row_is_faster(pair->few, pair->many))
        what = " made it slower";
    say(p,
        "More files at a time%s: %s took %.2f s with %" PRIu64
        " at a time, and %s %.2f s with %" PRIu64,
        what, pair->few->label, x->seconds, x->in_flight, pair->many->label,
        y->seconds, y->in_flight);
    if (helped)
        add(p, ", %.1f times as fast", ratio(pair->few, pair->many));
    add(p, ".");
}

/* Compares two rows of one mode: what differs is the number of workers. */
static void say_number(struct paragraph *p, const struct view *v)
{
    struct pair pair = find_pair(v->part);
    if (pair.few == NULL || pair.many->measure.files == 1)
        return;
    uint64_t files = pair.many->measure.files;
    uint64_t n = pair.many->measure.in_flight;
    bool is_all = n >= files;
    if (pair.few->measure.in_flight == n) {
        say(p,
            "In both %s and %s, %s%" PRIu64 " file%s under way at a time: the "
            "larger number brings nothing here",
            pair.few->label, pair.many->label, is_all ? "all " : "", n,
            n > 1 ? "s were" : " was");
        if (!hl_rows_are_equal(pair.few, pair.many))
            add(p, ", and is not why they took %.2f s and %.2f s",
                pair.few->measure.seconds, pair.many->measure.seconds);
        add(p, ".");
        return;
    }
    say_more(p, &pair);
    if (is_all)
        say(p, "Those are all the files: still more at a time cannot help "
               "this list.");
}

/* Is the row one of those with this many workers that differ in the mode? */
static bool is_peer(const struct hl_row *row, uint32_t workers)
{
    return hl_row_is_sound(row) && row->workers == workers && !row->on_pool;
}

/* The largest number of workers that more than one mode has; 0: none. */
static uint32_t common_workers(const struct hl_part *part)
{
    uint32_t best = 0;
    for (size_t i = 0; i < part->count; i++) {
        size_t peers = 0;
        for (size_t j = 0; j < part->count; j++)
            peers += is_peer(&part->rows[j], part->rows[i].workers);
        if (is_peer(&part->rows[i], part->rows[i].workers) && peers > 1 &&
            part->rows[i].workers > best)
            best = part->rows[i].workers;
    }
    return best;
}

static void say_verdict(struct paragraph *p, const struct hl_row *fast,
                        const struct hl_row *slow)
{
    if (hl_row_is_faster(fast, slow))
        say(p, "So the mode matters here: %s is %.1f times as fast as %s.",
            fast->label, ratio(slow, fast), slow->label);
    else
        say(p, "None of these is faster than another.");
}

/* The rows that have the same number of workers. */
struct peers {
    const struct hl_row *fast; /* NULL: there are none */
    const struct hl_row *slow;
    const struct hl_row *loop; /* one that works on its loop; or NULL */
    uint64_t most;             /* files at a time */
};

static struct peers find_peers(const struct hl_part *part, uint32_t workers)
{
    struct peers peers = {0};
    for (size_t i = 0; workers > 0 && i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        const struct hl_measure *m = &row->measure;
        if (!is_peer(row, workers))
            continue;
        peers.most = m->in_flight > peers.most ? m->in_flight : peers.most;
        peers.loop = is_on_loop(row) ? row : peers.loop;
        if (peers.fast == NULL || m->seconds < peers.fast->measure.seconds)
            peers.fast = row;
        if (peers.slow == NULL || m->seconds > peers.slow->measure.seconds)
            peers.slow = row;
    }
    return peers;
}

/* Compares modes with the same number of workers: what differs is the mode. */
static void say_mode(struct paragraph *p, const struct view *v)
{
    uint32_t workers = common_workers(v->part);
    const struct peers peers = find_peers(v->part, workers);
    const struct hl_row *loop = peers.loop;
    bool first = true;
    if (peers.fast == NULL)
        return;
    say(p, "With %s%" PRIu64 " file%s at a time, only the mode differs:",
        peers.most > 1 ? "up to " : "", peers.most, peers.most > 1 ? "s" : "");
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        const struct hl_measure *m = &row->measure;
        if (!is_peer(row, workers))
            continue;
        add(p,
            "%s %s took %.2f s, %" PRIu64 " fetching thread%s, %.0f MB and "
            "%" PRIu64 " switches between threads",
            first ? "" : ";", row->label, m->seconds, m->fetching,
            m->fetching > 1 ? "s" : "", megabytes(row), m->ctx_switches);
        first = false;
    }
    add(p, ".");
    say_verdict(p, peers.fast, peers.slow);
    if (loop != NULL && loop->measure.threads > 1)
        say(p,
            "Of the %" PRIu64 " threads of %s, one fetches all files; the "
            "others are libuv's pool, which stores them.",
            loop->measure.threads, loop->label);
}

static const struct hl_row *find_on_loop(const struct hl_part *part,
                                         bool on_pool)
{
    for (size_t i = 0; i < part->count; i++)
        if (is_on_loop(&part->rows[i]) && part->rows[i].on_pool == on_pool &&
            hl_row_is_sound(&part->rows[i]))
            return &part->rows[i];
    return NULL;
}

/* Work on the loop shows as lag, as the loop serves nothing else meanwhile. */
static void say_loop(struct paragraph *p, const struct view *v)
{
    const struct hl_row *loop = find_on_loop(v->part, false);
    const struct hl_row *pool = find_on_loop(v->part, true);
    double work_ms = v->part->setting.cpu_work_us / 1000.0;
    double lag_ms = loop != NULL ? loop->measure.lag_max_ms : 0;
    if (loop != NULL && work_ms > 0)
        say(p,
            "In %s, the one thread of the event loop does the work of every "
            "file, and serves no other file meanwhile.",
            loop->label);
    if (loop != NULL && lag_ms >= 20 && lag_ms >= work_ms)
        say(p,
            "The loop of %s let what was ready wait for up to %.0f ms, and "
            "each file for %.0f ms in all on average.",
            loop->label, lag_ms,
            1000 * loop->measure.ready_s / (double)loop->measure.files);
    if (pool == NULL)
        return;
    say(p,
        "In %s, other threads do the work, and the loop let nothing wait for "
        "more than %.0f ms",
        pool->label, pool->measure.lag_max_ms);
    if (loop != NULL && hl_row_is_faster(pool, loop))
        add(p, ": the run was %.1f times as fast", ratio(loop, pool));
    else if (loop != NULL && hl_row_is_faster(loop, pool))
        add(p, ", but the run took longer");
    add(p, ".");
}

/* What stands still while a file is worked on, in the modes that block. */
static void say_work(struct paragraph *p, const struct view *v)
{
    if (v->part->setting.cpu_work_us == 0)
        return;
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        const struct hl_mode_traits *mode = hl_mode_traits(row->mode);
        if (!hl_row_is_sound(row) || is_on_loop(row) || mode->one_at_a_time)
            continue;
        say(p,
            "In %s, the work of a file holds up only the %s that fetched it.",
            row->label, mode->worker);
        return;
    }
}

/* The time that the processors alone need. */
static void say_floor(struct paragraph *p, const struct view *v)
{
    const struct hl_row *fastest = v->rank.fastest;
    unsigned cores = v->part->setting.cores;
    if (fastest == NULL || cores == 0)
        return;
    double least = fastest->measure.cpu_seconds / cores;
    if (fastest->measure.cpu_seconds >= worth_naming_s &&
        least >= 0.5 * fastest->measure.seconds)
        say(p,
            "The processors worked for %.2f s in %s: %u processor%s at "
            "least %.2f s for that.",
            fastest->measure.cpu_seconds, fastest->label, cores,
            cores > 1 ? "s need" : " needs", least);
}

/* The talk that the table comes from was in Python. */
static void say_threads(struct paragraph *p, const struct view *v)
{
    const struct hl_row *best = NULL;
    for (size_t i = 0; i < v->part->count; i++) {
        const struct hl_row *row = &v->part->rows[i];
        if (row->mode == HAUL_MODE_THREADS && hl_row_is_sound(row) &&
            (best == NULL || hl_row_busy(row) > hl_row_busy(best)))
            best = row;
    }
    if (best == NULL || best->measure.cpu_seconds < worth_naming_s ||
        hl_row_busy(best) < 1.1)
        return;
    say(p,
        "Threads in C run on several processors at once, as they share no "
        "interpreter lock as in Python: %s kept %.2f processors busy.",
        best->label, hl_row_busy(best));
}

/* Adds what the functions say as one paragraph. */
static void put(struct hl_buf *out, const struct view *v,
                void (*const *functions)(struct paragraph *,
                                         const struct view *))
{
    struct paragraph p = {.used = 0};
    p.text[0] = '\0';
    for (; *functions != NULL; functions++)
        (*functions)(&p, v);
    if (p.used > 0)
        hl_buf_wrap(out, p.text, 0);
}

void hl_advice(struct hl_buf *out, const struct hl_part *part)
{
    typedef void (*say_fn)(struct paragraph *, const struct view *);
    static const say_fn paragraphs[][5] = {
        {say_failures, say_best},          {say_shares, say_again},
        {say_number, say_floor},           {say_mode},
        {say_loop, say_work, say_threads},
    };
    if (part->count == 0)
        return;
    const struct view v = {part, hl_rank(part)};
    for (size_t i = 0; i < sizeof(paragraphs) / sizeof(*paragraphs); i++)
        put(out, &v, paragraphs[i]);
}
