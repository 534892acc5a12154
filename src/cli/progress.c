#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/host_name.h"
#include "cli/print_message.h"
#include "cli/progress_words.h"
#include "cli/waits.h"
#include "haul/debug.h"
#include "util/buf.h"
#include "util/container_of.h"
#include "util/time_units.h"

enum {
    DRAW_MS = 250,
    LINES_MS = 60 * 1000,
    JSON_MS = 1000,
    SLOW_MAX = 3,
    LOOKED_AT = 64,
    SLOW_US = 2 * 1000 * 1000, /* under way for this long is slow */
    WAITS_MS = 1000,           /* between two looks at what is waited for */
};

struct slow {
    char host[HL_HOST_NAME_SIZE];
    double seconds;
};

/* What is drawn, with the room that its texts need. */
struct picture {
    struct haul_stats stats;
    struct haul_loop_stats loop;
    struct hl_source_progress list;
    struct hl_progress_state state;
    struct hl_buf causes;
    struct slow slow[SLOW_MAX];
    size_t slow_count;
    struct hl_buf slow_text;
};

const char *const hl_progress_words[] = {"auto", "bar",  "lines",
                                         "json", "none", NULL};

static uint64_t interval_ns(const struct hl_progress *p)
{
    uint64_t ms = p->kind == HL_PROGRESS_BAR    ? DRAW_MS
                  : p->kind == HL_PROGRESS_JSON ? JSON_MS
                                                : LINES_MS;
    return ms * HL_NS_PER_MS;
}

/* What a signal has left is not done. */
static uint64_t done(const struct haul_stats *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        sum += i != HAUL_OUTCOME_LEFT ? stats->outcomes[i] : 0;
    return sum;
}

void hl_progress_count(struct hl_progress *p, const struct haul_result *result)
{
    if (result->outcome == HAUL_OUTCOME_LEFT)
        return;
    if (result->outcome != HAUL_OUTCOME_FAILED && result->dup_of == 0)
        p->done_bytes += result->bytes;
    if (result->attempts > 0)
        p->fetched++;
    else if (result->outcome == HAUL_OUTCOME_OK && result->dup_of == 0)
        p->there++;
    else
        p->without++;
}

static void note_estimate(struct hl_progress *p, const struct picture *picture,
                          uint64_t now)
{
    const struct haul_stats *stats = &picture->stats;
    const struct hl_estimate_figures figures = {
        .total = picture->list.total,
        .estimated = picture->list.estimated,
        .taken = stats->requests,
        .done = done(stats),
        .there = p->there,
        .without = p->without + stats->repeats,
        .recorded = p->recorded,
        .fetched = p->fetched,
        .done_bytes = p->done_bytes,
        .received = stats->bytes,
        .in_flight = stats->in_flight,
        .queued = stats->waiting > stats->repeats
                      ? stats->waiting - stats->repeats
                      : 0,
        .sized = stats->sized,
        .sized_bytes = stats->sized_bytes,
        .sized_there = stats->sized_there,
        .stands = stats->offline || stats->cancelled ||
                  (stats->in_flight == 0 && p->waits[0] != '\0'),
    };
    hl_estimate_note(&p->estimate, &figures, now);
}

/* Finds the hosts of the transfers that have been under way longest, each once.
 */
static size_t find_slow(const struct hl_progress *p, struct slow slow[SLOW_MAX])
{
    struct haul_in_flight flights[LOOKED_AT];
    size_t found = 0;
    size_t count = haul_session_in_flight(p->run.session, flights, LOOKED_AT);
    for (size_t i = 0; i < count && found < SLOW_MAX; i++) {
        struct slow *at = &slow[found];
        if (flights[i].age_us < SLOW_US)
            break;
        hl_host_name(at->host, flights[i].url);
        at->seconds = (double)flights[i].age_us / 1e6;
        bool again = false;
        for (size_t j = 0; j < found; j++)
            again |= strcmp(slow[j].host, at->host) == 0;
        found += !again;
    }
    return found;
}

/* How long transfers may still go on after a first signal. */
static double grace_left(struct hl_progress *p, uint64_t now)
{
    double grace = (double)p->run.grace_ms / 1000;
    if (p->stopped_ns == 0)
        p->stopped_ns = now;
    double passed = (double)(now - p->stopped_ns) / 1e9;
    return passed < grace ? grace - passed : 0;
}

/* All hosts are looked at for this, of which there may be many. */
static void look_for_waits(struct hl_progress *p, uint64_t now)
{
    struct hl_buf text = {0};
    if (now - p->waits_ns < WAITS_MS * HL_NS_PER_MS)
        return;
    p->waits_ns = now;
    hl_waits_put(&text, p->run.session);
    snprintf(p->waits, sizeof(p->waits), "%s",
             text.used > 0 && !text.failed ? text.data : "");
    hl_buf_release(&text);
}

/* A sentence on what the run waits for, where that is not just its transfers;
 * NULL where it does not. */
static const char *find_waits(struct hl_progress *p,
                              const struct haul_stats *stats, uint64_t now)
{
    if (stats->cancelled)
        snprintf(p->waits, sizeof(p->waits), "stopping: %.0f s for %u %s",
                 grace_left(p, now), stats->in_flight,
                 stats->in_flight == 1 ? "transfer" : "transfers");
    else
        look_for_waits(p, now);
    return p->waits[0] != '\0' ? p->waits : NULL;
}

static void put_slow(struct picture *picture)
{
    for (size_t i = 0; i < picture->slow_count; i++)
        hl_buf_printf(&picture->slow_text, "%s%s %.0f s", i > 0 ? ", " : "",
                      picture->slow[i].host, picture->slow[i].seconds);
}

static void take_picture(struct hl_progress *p, struct picture *out)
{
    uint64_t now = uv_hrtime();
    struct hl_progress_state *state = &out->state;
    *out = (struct picture){0};
    haul_session_stats(p->run.session, &out->stats);
    haul_session_loop_stats(p->run.session, &out->loop);
    hl_source_progress(p->run.source, &out->list);
    const char *waits = find_waits(p, &out->stats, now);
    note_estimate(p, out, now);
    p->drawn_ns = now;
    if (out->list.estimated)
        p->shown_total = hl_rounded_total(out->list.total, done(&out->stats),
                                          p->shown_total);
    hl_failures_counts(&out->causes, p->run.failures, &out->stats);
    out->slow_count = find_slow(p, out->slow);
    put_slow(out);
    *state = (struct hl_progress_state){
        .done = done(&out->stats),
        .total = out->list.total,
        .estimated = out->list.estimated,
        .shown = p->shown_total,
        .there = p->there,
        .failed = out->stats.outcomes[HAUL_OUTCOME_FAILED],
        .causes = out->causes.data != NULL ? out->causes.data : "",
        .bytes = out->stats.bytes,
        .in_flight = out->stats.in_flight,
        .waiting = out->stats.waiting,
        .lag_ms = out->loop.has_lag ? (int)(out->loop.lag_p99_us / 1000) : -1,
        .waits = waits,
        .slow = out->slow_text.data,
    };
    hl_estimate_view(&p->estimate, &state->estimate);
}

static void say_line(struct hl_progress *p, const struct picture *picture)
{
    struct hl_buf line = {0};
    hl_put_progress_line(&picture->state, &line);
    if (!line.failed)
        hl_say("%s", line.data);
    hl_buf_release(&line);
    p->any_line = true;
}

static void draw_bar(struct hl_progress *p, const struct picture *picture)
{
    struct hl_buf lines[HL_SCREEN_LINES] = {{0}, {0}, {0}};
    unsigned most;
    size_t columns = hl_screen_columns(&most);
    hl_put_progress(&picture->state, columns, &lines[0]);
    hl_put_activity(&picture->state, columns, &lines[1]);
    hl_put_waiting(&picture->state, columns, &lines[2]);
    /* What is waited for matters more than what is in flight. */
    bool swaps = most == 2 && picture->state.waits != NULL;
    if (swaps)
        hl_buf_clear(&lines[1]);
    hl_screen_draw(&p->screen, lines, swaps ? HL_SCREEN_LINES : most);
    for (int i = 0; i < HL_SCREEN_LINES; i++)
        hl_buf_release(&lines[i]);
}

static void put_json_slow(const struct picture *picture, struct hl_buf *out)
{
    hl_buf_text(out, ",\"slowest\":[");
    for (size_t i = 0; i < picture->slow_count; i++) {
        hl_buf_text(out, i > 0 ? ",{\"host\":" : "{\"host\":");
        hl_buf_json(out, picture->slow[i].host);
        hl_buf_printf(out, ",\"seconds\":%.1f}", picture->slow[i].seconds);
    }
    hl_buf_text(out, "]");
}

/* A number that may not be known. */
static void put_json_known(struct hl_buf *out, const char *name, bool is_known,
                           double value, int digits)
{
    if (is_known)
        hl_buf_printf(out, ",\"%s\":%.*f", name, digits, value);
    else
        hl_buf_printf(out, ",\"%s\":null", name);
}

/* The rows of the list, and how many there will be. */
static void put_json_rows(const struct picture *picture, struct hl_buf *out)
{
    const struct hl_progress_state *state = &picture->state;
    const struct hl_source_progress *list = &picture->list;
    const struct hl_estimate_view *estimate = &state->estimate;
    hl_buf_printf(
        out,
        "{\"v\":1,\"done\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"left\":%" PRIu64
        ",\"already_there\":%" PRIu64 ",\"read\":%" PRIu64,
        state->done, state->failed, picture->stats.outcomes[HAUL_OUTCOME_LEFT],
        state->there, list->rows);
    put_json_known(out, "total", list->total > 0, (double)list->total, 0);
    hl_buf_printf(out, ",\"estimated\":%s", list->estimated ? "true" : "false");
    put_json_known(out, "list_bytes_read", list->bytes > 0,
                   (double)list->bytes_read, 0);
    put_json_known(out, "list_bytes", list->bytes > 0, (double)list->bytes, 0);
    put_json_known(out, "share", estimate->share >= 0, estimate->share, 6);
    hl_buf_printf(out, ",\"files_per_s\":%.2f", estimate->files_per_s);
    put_json_known(out, "eta_s", estimate->left_s >= 0, estimate->left_s, 0);
}

static void draw_json(const struct hl_progress *p,
                      const struct picture *picture, bool ended)
{
    const struct haul_stats *stats = &picture->stats;
    const struct hl_estimate_view *estimate = &picture->state.estimate;
    struct hl_buf out = {0};
    put_json_rows(picture, &out);
    hl_buf_printf(&out,
                  ",\"in_flight\":%u,\"slots\":%u,\"waiting\":%" PRIu64
                  ",\"bytes\":%" PRIu64 ",\"bytes_per_s\":%.0f",
                  stats->in_flight, stats->slots, (uint64_t)stats->waiting,
                  stats->bytes, estimate->bytes_per_s);
    put_json_known(&out, "bytes_there", estimate->bytes_total > 0,
                   (double)estimate->bytes_there, 0);
    put_json_known(&out, "bytes_total", estimate->bytes_total > 0,
                   (double)estimate->bytes_total, 0);
    hl_buf_printf(&out, ",\"seconds\":%.3f,\"lag_p99_ms\":%.3f,\"waits\":",
                  (double)(p->drawn_ns - p->begun_ns) / 1e9,
                  (double)picture->loop.lag_p99_us / 1000);
    hl_buf_json(&out, picture->state.waits);
    hl_buf_printf(&out, ",\"stopping\":%s,\"ended\":%s,",
                  stats->cancelled ? "true" : "false",
                  ended ? "true" : "false");
    hl_failures_json(&out, stats);
    put_json_slow(picture, &out);
    hl_buf_text(&out, "}\n");
    if (!out.failed)
        fwrite(out.data, 1, out.used, stderr);
    hl_buf_release(&out);
}

static void draw(struct hl_progress *p, bool ended)
{
    struct picture picture;
    take_picture(p, &picture);
    switch (p->kind) {
    case HL_PROGRESS_BAR:
        if (!ended)
            draw_bar(p, &picture);
        break;
    case HL_PROGRESS_JSON:
        draw_json(p, &picture, ended);
        break;
    case HL_PROGRESS_LINES:
        if (!ended || p->any_line)
            say_line(p, &picture);
        break;
    default:
        break;
    }
    hl_buf_release(&picture.slow_text);
    hl_buf_release(&picture.causes);
}

/* A tick may have drawn just before. */
static void on_uv_timer(uv_timer_t *timer)
{
    struct hl_progress *p = container_of(timer, struct hl_progress, timer);
    if (uv_hrtime() - p->drawn_ns > interval_ns(p) / 2)
        draw(p, false);
}

static void before_message(void *arg)
{
    hl_progress_clear(arg);
}

/* The bar comes back at once, unless many messages come. */
static void after_message(void *arg)
{
    struct hl_progress *p = arg;
    uint64_t now = uv_hrtime();
    if (now - p->restored_ns < DRAW_MS * HL_NS_PER_MS)
        return;
    p->restored_ns = now;
    hl_screen_restore(&p->screen);
}

enum hl_progress_kind hl_progress_choose(enum hl_progress_kind kind,
                                         bool traces)
{
    const char *term = getenv("TERM");
    bool is_dumb = term != NULL && strcmp(term, "dumb") == 0;
    if (kind == HL_PROGRESS_BAR && is_dumb)
        return HL_PROGRESS_LINES;
    if (kind != HL_PROGRESS_AUTO)
        return kind;
    return hl_message_has_terminal() && !traces ? HL_PROGRESS_BAR
                                                : HL_PROGRESS_LINES;
}

bool hl_progress_is_live(enum hl_progress_kind kind)
{
    return kind == HL_PROGRESS_BAR || kind == HL_PROGRESS_JSON;
}

void hl_progress_open(struct hl_progress *progress, enum hl_progress_kind kind,
                      const struct hl_progress_run *run)
{
    uint64_t now = uv_hrtime();
    *progress = (struct hl_progress){
        .kind = kind,
        .run = *run,
        .begun_ns = now,
        .drawn_ns = now,
    };
    hl_estimate_begin(&progress->estimate, now);
    uv_timer_init(run->loop, &progress->timer);
    uint64_t ms = interval_ns(progress) / HL_NS_PER_MS;
    if (kind != HL_PROGRESS_NONE) {
        progress->recorded = haul_session_recorded(run->session);
        uv_timer_start(&progress->timer, on_uv_timer, ms, ms);
    }
    uv_unref((uv_handle_t *)&progress->timer);
    if (kind == HL_PROGRESS_BAR)
        hl_message_hook(before_message, after_message, progress);
}

void hl_progress_tick(struct hl_progress *progress)
{
    if (progress->kind == HL_PROGRESS_NONE ||
        uv_hrtime() - progress->drawn_ns < interval_ns(progress))
        return;
    draw(progress, false);
}

void hl_progress_redraw(struct hl_progress *progress)
{
    if (progress->kind != HL_PROGRESS_BAR || !progress->screen.shown)
        return;
    progress->screen.shown = false;
    draw(progress, false);
}

void hl_progress_clear(struct hl_progress *progress)
{
    hl_screen_clear(&progress->screen);
}

void hl_progress_close(struct hl_progress *progress)
{
    if (progress->kind != HL_PROGRESS_NONE)
        draw(progress, true);
    hl_screen_release(&progress->screen);
    hl_message_hook(NULL, NULL, NULL);
    uv_close((uv_handle_t *)&progress->timer, NULL);
}
