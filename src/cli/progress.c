#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/failures.h"
#include "cli/host_name.h"
#include "cli/print_message.h"
#include "haul/debug.h"
#include "util/buf.h"
#include "util/container_of.h"
#include "util/text.h"

enum {
    DRAW_MS = 100,
    LINES_MS = 60 * 1000,
    JSON_MS = 1000,
    BAR_WIDTH = 20,
    LINE_SIZE = 512,
    SLOW_MAX = 3,
    LOOKED_AT = 64,
    SLOW_US = 2 * 1000 * 1000, /* under way for this long is slow */
};

struct slow {
    char host[HL_HOST_NAME_SIZE];
    double seconds;
};

const char *const hl_progress_words[] = {"auto", "bar",  "lines",
                                         "json", "none", NULL};

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

/* "12/100", or "12 done" where it is not known how many there will be. */
static void put_done(const struct hl_progress *p,
                     const struct haul_stats *stats, struct hl_buf *out)
{
    hl_buf_printf(out, "%" PRIu64, ended(stats));
    if (p->total > 0)
        hl_buf_printf(out, "/%" PRIu64, p->total);
    else
        hl_buf_text(out, " done");
}

/* "  12 MB  3.4 MB/s  ETA 1:23" */
static void put_pace(const struct hl_progress *p,
                     const struct haul_stats *stats, struct hl_buf *out)
{
    char bytes[HL_BYTES_SIZE];
    char rate[HL_BYTES_SIZE];
    uint64_t done = ended(stats);
    double passed = (double)(p->drawn_ns - p->begun_ns) / 1e9;
    hl_buf_printf(out, "  %s  %s/s", hl_bytes_text(bytes, (double)stats->bytes),
                  hl_bytes_text(rate, p->rate));
    if (done == 0 || done >= p->total)
        return;
    double left = passed / (double)done * (double)(p->total - done);
    if (left < 3600)
        hl_buf_printf(out, "  ETA %d:%02d", (int)left / 60, (int)left % 60);
    else
        hl_buf_printf(out, "  ETA %.1f h", left / 3600);
}

static void say_line(const struct hl_progress *p,
                     const struct haul_stats *stats)
{
    struct hl_buf line = {0};
    put_done(p, stats, &line);
    hl_buf_printf(&line, ", %" PRIu64 " failed, %u in flight", failed(stats),
                  stats->in_flight);
    put_pace(p, stats, &line);
    if (!line.failed)
        hl_say("%s", line.data);
    hl_buf_release(&line);
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static void put_failures(const struct haul_stats *stats, struct hl_buf *out)
{
    const char *before = " (";
    hl_buf_printf(out, "%" PRIu64 " failed", failed(stats));
    for (int i = 1; i < HAUL_ERROR_COUNT && failed(stats) > 0; i++) {
        if (stats->errors[i] == 0 || i == HAUL_ERR_CANCELLED)
            continue;
        hl_buf_printf(out, "%s%s %" PRIu64, before,
                      haul_error_word((enum haul_error)i), stats->errors[i]);
        before = ", ";
    }
    if (before[0] == ',')
        hl_buf_text(out, ")");
}

/* Finds the hosts of the transfers that have been under way longest, each once.
 */
static size_t find_slow(const struct hl_progress *p, struct slow slow[SLOW_MAX])
{
    struct haul_in_flight flights[LOOKED_AT];
    size_t found = 0;
    size_t count = haul_session_in_flight(p->session, flights, LOOKED_AT);
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

static void put_second_line(const struct hl_progress *p,
                            const struct haul_stats *stats, struct hl_buf *out)
{
    struct haul_loop_stats loop;
    haul_session_loop_stats(p->session, &loop);
    hl_buf_printf(out, "%u in flight, ", stats->in_flight);
    if (stats->waiting > 0)
        hl_buf_printf(out, "%" PRIu64 " waiting, ", (uint64_t)stats->waiting);
    put_failures(stats, out);
    if (loop.has_lag)
        hl_buf_printf(out, ", loop lag %.0f ms",
                      (double)loop.lag_p99_us / 1000);
}

static void put_third_line(const struct hl_progress *p, struct hl_buf *out)
{
    struct slow slow[SLOW_MAX];
    size_t count = find_slow(p, slow);
    for (size_t i = 0; i < count; i++)
        hl_buf_printf(out, "%s%s %.0f s", i == 0 ? "slowest now: " : ", ",
                      slow[i].host, slow[i].seconds);
}

/* Moves to where the lines began. A terminal that has become narrower since has
 * wrapped them. */
static void put_home(const struct hl_progress *p, struct hl_buf *out)
{
    int width = terminal_width();
    int up = 0;
    for (int i = 0; i < p->shown_lines; i++)
        up += p->shown[i] > 0 ? (p->shown[i] - 1) / width + 1 : 1;
    if (up > 1)
        hl_buf_printf(out, "\033[%dA", up - 1);
    hl_buf_text(out, "\r\033[J");
}

/* One column stays free: a full line would wrap, and scroll. */
static void put_line(struct hl_progress *p, struct hl_buf *out,
                     const char *text)
{
    char line[LINE_SIZE];
    int room = terminal_width() - 1;
    size_t most = room > 0 && room < LINE_SIZE ? (size_t)room + 1 : 2;
    hl_text_printable(line, most < sizeof(line) ? most : sizeof(line), text);
    if (p->shown_lines > 0)
        hl_buf_text(out, "\n");
    hl_buf_text(out, line);
    p->shown[p->shown_lines++] = (int)strlen(line);
}

static void put_first_line(const struct hl_progress *p,
                           const struct haul_stats *stats, struct hl_buf *out)
{
    char bar[BAR_WIDTH + 1];
    if (p->total > 0) {
        put_bar(bar, (double)ended(stats) / (double)p->total);
        hl_buf_printf(out, "%s ", bar);
    }
    put_done(p, stats, out);
    put_pace(p, stats, out);
}

/* One write a frame, so that none is seen half drawn. */
static void draw_bar(struct hl_progress *p, const struct haul_stats *stats)
{
    struct hl_buf frame = {0};
    struct hl_buf lines[3] = {{0}, {0}, {0}};
    put_first_line(p, stats, &lines[0]);
    put_second_line(p, stats, &lines[1]);
    put_third_line(p, &lines[2]);
    put_home(p, &frame);
    p->shown_lines = 0;
    for (int i = 0; i < 3; i++) {
        if (lines[i].used > 0)
            put_line(p, &frame, lines[i].data);
        hl_buf_release(&lines[i]);
    }
    fwrite(frame.data, 1, frame.used, stderr);
    fflush(stderr);
    hl_buf_release(&frame);
}

static void put_json_slow(const struct hl_progress *p, struct hl_buf *out)
{
    struct slow slow[SLOW_MAX];
    size_t count = find_slow(p, slow);
    hl_buf_text(out, ",\"slowest\":[");
    for (size_t i = 0; i < count; i++) {
        hl_buf_text(out, i > 0 ? ",{\"host\":" : "{\"host\":");
        hl_buf_json(out, slow[i].host);
        hl_buf_printf(out, ",\"seconds\":%.1f}", slow[i].seconds);
    }
    hl_buf_text(out, "]}\n");
}

static void draw_json(const struct hl_progress *p,
                      const struct haul_stats *stats)
{
    struct hl_buf out = {0};
    struct haul_loop_stats loop;
    haul_session_loop_stats(p->session, &loop);
    hl_buf_printf(&out,
                  "{\"v\":1,\"done\":%" PRIu64 ",\"failed\":%" PRIu64
                  ",\"in_flight\":%u,\"waiting\":%" PRIu64 ",\"bytes\":%" PRIu64
                  ",\"bytes_per_s\":%.0f,"
                  "\"seconds\":%.3f,\"lag_p99_ms\":%.3f,",
                  ended(stats), failed(stats), stats->in_flight,
                  (uint64_t)stats->waiting, stats->bytes, p->rate,
                  (double)(p->drawn_ns - p->begun_ns) / 1e9,
                  (double)loop.lag_p99_us / 1000);
    hl_failures_json(&out, stats);
    put_json_slow(p, &out);
    fwrite(out.data, 1, out.used, stderr);
    hl_buf_release(&out);
}

static void draw(struct hl_progress *p)
{
    struct haul_stats stats;
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
        say_line(p, &stats);
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
    struct hl_buf out = {0};
    if (p->shown_lines == 0)
        return;
    put_home(p, &out);
    fwrite(out.data, 1, out.used, stderr);
    hl_buf_release(&out);
    p->shown_lines = 0;
}

bool hl_progress_is_live(enum hl_progress_kind kind)
{
    return kind == HL_PROGRESS_BAR || kind == HL_PROGRESS_JSON ||
           (kind == HL_PROGRESS_AUTO && hl_message_has_terminal());
}

void hl_progress_open(struct hl_progress *progress, uv_loop_t *loop,
                      struct haul_session *session, enum hl_progress_kind kind,
                      uint64_t total)
{
    if (kind == HL_PROGRESS_AUTO)
        kind = hl_message_has_terminal() ? HL_PROGRESS_BAR : HL_PROGRESS_LINES;
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
        hl_message_hook(clear_bar, progress);
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
    hl_message_hook(NULL, NULL);
    uv_close((uv_handle_t *)&progress->timer, NULL);
}
