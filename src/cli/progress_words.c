#include "cli/progress_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/amounts.h"
#include "cli/fit.h"
#include "util/real.h"
#include "util/text.h"
#include "util/text_width.h"

enum {
    BAR_WIDTH = 20,
    TEXT_SIZE = 192,
    PART_SIZE = 32,
    LAG_SHOWN_MS = 50, /* a loop that is less late does not matter */
};

/* Rounds to steps, but never to none. */
static double in_steps(double value, double step)
{
    return hl_real_most(hl_real_round(value / step), 1) * step;
}

static void put_time_left(char out[TEXT_SIZE], double seconds)
{
    double minutes = seconds / 60;
    double hours = minutes / 60;
    if (seconds < 0 || hours >= 24 * 1000)
        return;
    if (seconds < 9.5)
        snprintf(out, TEXT_SIZE, "~%.0f s left", in_steps(seconds, 1));
    else if (seconds < 97.5)
        snprintf(out, TEXT_SIZE, "~%.0f s left", in_steps(seconds, 5));
    else if (minutes < 99.5)
        snprintf(out, TEXT_SIZE, "~%.0f min left", hl_real_round(minutes));
    else if (hours < 9.95)
        snprintf(out, TEXT_SIZE, "~%.1f h left", hours);
    else if (hours < 48)
        snprintf(out, TEXT_SIZE, "~%.0f h left", hl_real_round(hours));
    else
        snprintf(out, TEXT_SIZE, "~%.0f days left", hl_real_round(hours / 24));
}

/* Two digits, or three when that many are sure: after a tenth of the list. */
uint64_t hl_rounded_total(uint64_t estimate, uint64_t least, uint64_t shown)
{
    uint64_t most = least >= estimate / 10 ? 1000 : 100;
    uint64_t step = 1;
    while (estimate / step >= most)
        step *= 10;
    uint64_t off = estimate > shown ? estimate - shown : shown - estimate;
    if (off < step - step / 4 && shown >= least && shown % step == 0)
        return shown;
    uint64_t rounded = (estimate + step / 2) / step * step;
    return rounded >= least ? rounded : (least + step - 1) / step * step;
}

/* Rounded down: nothing is all done before it is. */
static void put_percent(char out[PART_SIZE], double share)
{
    double percent = share * 100;
    if (percent < 10)
        snprintf(out, PART_SIZE, "%.1f %%",
                 hl_real_floor(percent * 10 + 1e-6) / 10);
    else
        snprintf(out, PART_SIZE, "%.0f %%", hl_real_floor(percent + 1e-6));
}

static void put_files_rate(char out[TEXT_SIZE], double files_per_s)
{
    out[0] = '\0';
    if (files_per_s >= 9.5)
        snprintf(out, TEXT_SIZE, "%.0f files/s", files_per_s);
    else if (files_per_s >= 0.95)
        snprintf(out, TEXT_SIZE, "%.1f files/s", files_per_s);
    else if (files_per_s * 60 >= 0.95)
        snprintf(out, TEXT_SIZE, "%.0f files/min", files_per_s * 60);
}

static void put_bytes_rate(char out[TEXT_SIZE], double bytes_per_s)
{
    char text[HL_BYTES_SIZE];
    out[0] = '\0';
    if (bytes_per_s >= 1)
        snprintf(out, TEXT_SIZE, "%s/s", hl_bytes_text(text, bytes_per_s));
}

/* How far the run is, from the longest way to say it, "1,204 of ~200,000 (0.6
 * %)", to the shortest, "0.6 %". */
enum { LONG, SHORTER, SHORT, SHORTEST, WAYS };

static void put_counted(const struct hl_progress_state *s, int way,
                        char out[TEXT_SIZE])
{
    char done[HL_TEXT_COUNT_SIZE];
    char total[HL_TEXT_COUNT_SIZE];
    char percent[PART_SIZE];
    hl_text_count(done, s->done);
    hl_text_count(total, s->estimated
                             ? hl_rounded_total(s->total, s->done, s->shown)
                             : s->total);
    put_percent(percent, hl_real_most(s->estimate.share, 0));
    if (s->total == 0)
        snprintf(out, TEXT_SIZE, way == SHORTEST ? "%s" : "%s done", done);
    else if (way <= SHORTER)
        snprintf(out, TEXT_SIZE, "%s of %s%s (%s)", done,
                 s->estimated ? "~" : "", total, percent);
    else if (way == SHORT)
        snprintf(out, TEXT_SIZE, "%s (%s)", done, percent);
    else
        snprintf(out, TEXT_SIZE, "%s", percent);
}

/* The same for files whose bytes are known. */
static void put_sized(const struct hl_progress_state *s, int way,
                      char out[TEXT_SIZE])
{
    char files[2 * PART_SIZE] = "";
    char there[HL_BYTES_SIZE];
    char bytes[HL_BYTES_SIZE];
    char percent[PART_SIZE];
    if (s->total > 1 && way == LONG)
        snprintf(files, sizeof(files), "%" PRIu64 " of %" PRIu64 ", ", s->done,
                 s->total);
    hl_bytes_text(there, (double)s->estimate.bytes_there);
    hl_bytes_text(bytes, (double)s->estimate.bytes_total);
    put_percent(percent, hl_real_most(s->estimate.share, 0));
    if (way <= SHORTER)
        snprintf(out, TEXT_SIZE, "%s%s of %s (%s)", files, there, bytes,
                 percent);
    else if (way == SHORT)
        snprintf(out, TEXT_SIZE, "%s (%s)", there, percent);
    else
        snprintf(out, TEXT_SIZE, "%s", percent);
}

/* Chooses the longest that fits. @return whether one does. */
static bool put_how_far(const struct hl_progress_state *s, size_t columns,
                        char out[TEXT_SIZE])
{
    for (int way = LONG; way < WAYS; way++) {
        if (s->estimate.bytes_total > 0)
            put_sized(s, way, out);
        else
            put_counted(s, way, out);
        if (hl_text_width(out) <= columns)
            return true;
    }
    return false;
}

/* The time that is left matters more than numbers that can be left out. */
static void add_progress(const struct hl_progress_state *s, size_t columns,
                         struct hl_fit *fit)
{
    char text[TEXT_SIZE];
    char left[TEXT_SIZE] = "";
    put_time_left(left, s->estimate.left_s);
    size_t taken = left[0] != '\0' ? hl_text_width(left) + 2 : 0;
    if (taken > columns || !put_how_far(s, columns - taken, text))
        put_how_far(s, columns, text);
    hl_fit_add(fit, 0, "%s", text);
    if (s->estimate.bytes_total > 0)
        put_bytes_rate(text, s->estimate.bytes_per_s);
    else
        put_files_rate(text, s->estimate.files_per_s);
    hl_fit_add(fit, 2, "%s", text);
    hl_fit_add(fit, 1, "%s", left);
}

static void put_bar(double share, struct hl_buf *out)
{
    int filled = (int)(share * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        hl_buf_add(out, i < filled ? "#" : ".", 1);
    hl_buf_text(out, " ");
}

void hl_put_progress(const struct hl_progress_state *s, size_t columns,
                     struct hl_buf *out)
{
    struct hl_fit fit = {0};
    struct hl_buf line = {0};
    add_progress(s, columns, &fit);
    hl_fit_put(&fit, columns, &line);
    if (line.failed || line.used == 0) {
        hl_buf_release(&line);
        return;
    }
    bool has_room = hl_text_width(line.data) + BAR_WIDTH + 1 <= columns;
    if (s->estimate.share >= 0 && has_room)
        put_bar(s->estimate.share, out);
    hl_buf_add(out, line.data, line.used);
    hl_buf_release(&line);
}

static void add_count(struct hl_fit *fit, unsigned rank, uint64_t count,
                      const char *words, const char *more)
{
    char text[HL_TEXT_COUNT_SIZE];
    if (count == 0)
        return;
    hl_text_count(text, count);
    hl_fit_add(fit, rank, "%s %s%s", text, words, more);
}

static void add_bytes(const struct hl_progress_state *s, struct hl_fit *fit)
{
    char bytes[HL_BYTES_SIZE];
    char rate[TEXT_SIZE];
    if (s->estimate.bytes_total > 0 || s->bytes == 0)
        return;
    hl_bytes_text(bytes, (double)s->bytes);
    put_bytes_rate(rate, s->estimate.bytes_per_s);
    hl_fit_add(fit, 3, rate[0] != '\0' ? "%s at %s" : "%s", bytes, rate);
}

static void add_activity(const struct hl_progress_state *s, bool with_causes,
                         struct hl_fit *fit)
{
    /* That of a single file goes without saying. */
    if (s->total != 1 || s->estimated)
        add_count(fit, 1, s->in_flight, "in flight", "");
    add_count(fit, 2, s->waiting, "waiting", "");
    add_count(fit, 0, s->failed, "failed", with_causes ? s->causes : "");
    add_count(fit, 4, s->there, s->there == 1 ? "was there" : "were there", "");
    add_bytes(s, fit);
    if (s->lag_ms >= LAG_SHOWN_MS)
        hl_fit_add(fit, 5, "loop lag %d ms", s->lag_ms);
}

void hl_put_activity(const struct hl_progress_state *s, size_t columns,
                     struct hl_buf *out)
{
    struct hl_fit fit = {0};
    char failed[HL_TEXT_COUNT_SIZE];
    hl_text_count(failed, s->failed);
    size_t width = hl_text_width(failed) + hl_text_width(" failed") +
                   hl_text_width(s->causes);
    add_activity(s, width <= columns, &fit);
    hl_fit_put(&fit, columns, out);
}

static void add_waiting(const struct hl_progress_state *s, struct hl_fit *fit)
{
    if (s->waits != NULL)
        hl_fit_add(fit, 0, "%s", s->waits);
    else if (s->slow != NULL && s->estimate.bytes_total == 0)
        hl_fit_add(fit, 0, "slowest now: %s", s->slow);
}

void hl_put_waiting(const struct hl_progress_state *s, size_t columns,
                    struct hl_buf *out)
{
    struct hl_fit fit = {0};
    add_waiting(s, &fit);
    hl_fit_put(&fit, columns, out);
}

void hl_put_progress_line(const struct hl_progress_state *s, struct hl_buf *out)
{
    struct hl_fit fit = {0};
    struct hl_fit more = {0};
    add_progress(s, SIZE_MAX, &fit);
    hl_fit_put(&fit, SIZE_MAX, out);
    add_activity(s, true, &more);
    if (s->waits != NULL)
        add_waiting(s, &more);
    if (more.count > 0)
        hl_buf_text(out, "; ");
    hl_fit_put(&more, SIZE_MAX, out);
}
