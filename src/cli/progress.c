#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/message.h"
#include "util/container_of.h"

enum {
    DRAW_MS = 100,
    LINES_MS = 60 * 1000,
    JSON_MS = 1000,
    BAR_WIDTH = 20,
    LINE_SIZE = 512,
};

const char *const hl_progress_words[] = {"auto", "bar",  "lines",
                                         "json", "none", NULL};

void hl_progress_bytes(char *out, size_t size, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit < 4) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, size, bytes < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
}

static uint64_t interval_ns(const struct hl_progress *p)
{
    uint64_t ms = p->kind == HL_PROGRESS_BAR    ? DRAW_MS
                  : p->kind == HL_PROGRESS_JSON ? JSON_MS
                                                : LINES_MS;
    return ms * 1000000;
}

static uint64_t ended(const struct haul_stats *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        sum += stats->outcomes[i];
    return sum;
}

static uint64_t failed(const struct haul_stats *stats)
{
    return stats->outcomes[HAUL_OUTCOME_FAILED];
}

static void measure(struct hl_progress *p, const struct haul_stats *stats,
                    uint64_t now)
{
    double seconds = (double)(now - p->drawn_ns) / 1e9;
    double rate =
        seconds > 0 ? (double)(stats->bytes - p->last_bytes) / seconds : 0;
    p->rate = p->rate > 0 ? 0.8 * p->rate + 0.2 * rate : rate;
    p->last_bytes = stats->bytes;
    p->drawn_ns = now;
}

static void put_bar(char bar[BAR_WIDTH + 1], double share)
{
    int filled = (int)(share * BAR_WIDTH + 0.5);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
}

static void put_eta(const struct hl_progress *p, uint64_t done, char *out,
                    size_t size)
{
    double passed = (double)(p->drawn_ns - p->begun_ns) / 1e9;
    out[0] = '\0';
    if (done == 0 || done >= p->total)
        return;
    double left = passed / (double)done * (double)(p->total - done);
    if (left < 3600)
        snprintf(out, size, "  ETA %d:%02d", (int)left / 60, (int)left % 60);
    else
        snprintf(out, size, "  ETA %.1f h", left / 3600);
}

/* The same words for the bar and for a line. */
static void put_state(const struct hl_progress *p,
                      const struct haul_stats *stats, char out[LINE_SIZE])
{
    char bytes[32];
    char rate[32];
    char counts[64];
    char eta[32] = "";
    uint64_t done = ended(stats);
    hl_progress_bytes(bytes, sizeof(bytes), (double)stats->bytes);
    hl_progress_bytes(rate, sizeof(rate), p->rate);
    if (p->total > 0) {
        snprintf(counts, sizeof(counts), "%" PRIu64 "/%" PRIu64, done,
                 p->total);
        put_eta(p, done, eta, sizeof(eta));
    } else {
        snprintf(counts, sizeof(counts), "%" PRIu64 " done", done);
    }
    snprintf(out, LINE_SIZE, "%s, %" PRIu64 " failed, %u in flight  %s  %s/s%s",
             counts, failed(stats), stats->in_flight, bytes, rate, eta);
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static void draw_bar(struct hl_progress *p, const struct haul_stats *stats)
{
    char state[LINE_SIZE];
    char bar[BAR_WIDTH + 1] = "";
    put_state(p, stats, state);
    if (p->total > 0)
        put_bar(bar, (double)ended(stats) / (double)p->total);
    /* One column stays free: a full line would wrap, and scroll. */
    int room = terminal_width() - 1;
    char line[LINE_SIZE + BAR_WIDTH + 2];
    snprintf(line, sizeof(line), "%s%s%s", bar, bar[0] != '\0' ? " " : "",
             state);
    fprintf(stderr, "\r\033[K%.*s", room > 0 ? room : 1, line);
    fflush(stderr);
    p->shown = true;
}

static void draw_json(const struct hl_progress *p,
                      const struct haul_stats *stats)
{
    fprintf(stderr,
            "{\"v\":1,\"done\":%" PRIu64 ",\"failed\":%" PRIu64
            ",\"in_flight\":%u,\"waiting\":%" PRIu64 ",\"bytes\":%" PRIu64
            ",\"bytes_per_s\":%.0f,\"seconds\":%.3f}\n",
            ended(stats), failed(stats), stats->in_flight, stats->waiting,
            stats->bytes, p->rate, (double)(p->drawn_ns - p->begun_ns) / 1e9);
}

static void draw(struct hl_progress *p)
{
    struct haul_stats stats;
    char state[LINE_SIZE];
    haul_session_stats(p->session, &stats);
    measure(p, &stats, uv_hrtime());
    switch (p->kind) {
    case HL_PROGRESS_BAR:
        draw_bar(p, &stats);
        break;
    case HL_PROGRESS_JSON:
        draw_json(p, &stats);
        break;
    case HL_PROGRESS_LINES:
        put_state(p, &stats, state);
        hl_say("%s", state);
        break;
    default:
        break;
    }
}

static void on_uv_timer(uv_timer_t *timer)
{
    draw(container_of(timer, struct hl_progress, timer));
}

static void clear_bar(void *arg)
{
    struct hl_progress *p = arg;
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

static bool has_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

void hl_progress_open(struct hl_progress *progress, uv_loop_t *loop,
                      struct haul_session *session, enum hl_progress_kind kind,
                      uint64_t total)
{
    if (kind == HL_PROGRESS_AUTO)
        kind = has_terminal() ? HL_PROGRESS_BAR : HL_PROGRESS_LINES;
    uint64_t now = uv_hrtime();
    *progress = (struct hl_progress){
        .kind = kind,
        .session = session,
        .total = total,
        .begun_ns = now,
        .drawn_ns = now,
    };
    uv_timer_init(loop, &progress->timer);
    uint64_t ms = interval_ns(progress) / 1000000;
    if (kind != HL_PROGRESS_NONE)
        uv_timer_start(&progress->timer, on_uv_timer, ms, ms);
    uv_unref((uv_handle_t *)&progress->timer);
    if (kind == HL_PROGRESS_BAR)
        hl_message_hooks(clear_bar, NULL, progress);
}

void hl_progress_tick(struct hl_progress *progress)
{
    if (progress->kind == HL_PROGRESS_NONE ||
        uv_hrtime() - progress->drawn_ns < interval_ns(progress))
        return;
    draw(progress);
}

void hl_progress_close(struct hl_progress *progress)
{
    clear_bar(progress);
    hl_message_hooks(NULL, NULL, NULL);
    uv_close((uv_handle_t *)&progress->timer, NULL);
}
