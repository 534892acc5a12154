/* Throughput over time: three pictures over one axis. The labels are text of
 * the page, so that they have its size on any screen. */
#include "compare/page_figures_html.h"

#include <inttypes.h>

#include "compare/page_words.h"

enum { HEIGHT = 100, LABELS = 5 };

static const double tail_share = 0.05; /* of the files */
static const double told_share = 0.2;  /* of the time */

typedef double (*value_fn)(const struct hl_page_step *step);

static double files_of(const struct hl_page_step *step)
{
    return step->files;
}

static double results_of(const struct hl_page_step *step)
{
    return step->files + step->failed;
}

static double bytes_of(const struct hl_page_step *step)
{
    return step->bytes;
}

static double busy_of(const struct hl_page_step *step)
{
    return step->busy_us;
}

static double most_of(const struct hl_page_rates *rates, value_fn value)
{
    double most = 0;
    for (size_t i = 0; i < rates->used; i++)
        if (value(&rates->steps[i]) > most)
            most = value(&rates->steps[i]);
    return most;
}

/* A bar for each step, as one outline. */
static void put_outline(struct hl_buf *out, const struct hl_page_rates *rates,
                        value_fn value, double most, const char *class)
{
    hl_buf_printf(out, "<path class=\"%s\" d=\"M0 %d", class, HEIGHT);
    for (size_t i = 0; i < rates->used; i++)
        hl_buf_printf(out, "V%.1fh1",
                      HEIGHT - (most > 0 ? value(&rates->steps[i]) / most : 0) *
                                   HEIGHT);
    hl_buf_printf(out, "V%dz\"/>", HEIGHT);
}

/* What a picture shows. */
struct band {
    const char *title;
    const char *soft; /* what its title says more; or "" */
    value_fn value;
    value_fn part;   /* of the value, in front of it; or NULL */
    double per_step; /* what the value of a step is divided by */
    void (*put)(struct hl_buf *out, double value);
    const char *unit;
};

static void put_band(struct hl_buf *out, const struct hl_page_rates *rates,
                     const struct band *band)
{
    double most = most_of(rates, band->value);
    hl_buf_printf(out, "<div class=\"band\"><p><b>%s</b><span>at most ",
                  band->title);
    band->put(out, most / band->per_step);
    hl_buf_printf(out,
                  "%s%s</span></p>\n<svg viewBox=\"0 0 %zu %d\" "
                  "preserveAspectRatio=\"none\" role=\"img\" "
                  "aria-label=\"%s over time: at most ",
                  band->unit, band->soft, rates->used, HEIGHT, band->title);
    band->put(out, most / band->per_step);
    hl_buf_printf(out, "%s\">", band->unit);
    put_outline(out, rates, band->value, most,
                band->part != NULL ? "bad" : "good");
    if (band->part != NULL)
        put_outline(out, rates, band->part, most, "good");
    hl_buf_text(out, "</svg></div>\n");
}

/* The step that the files came in up to which this share of them had come. */
static size_t step_of_share(const struct hl_page_rates *rates, double share)
{
    double all = 0;
    double seen = 0;
    for (size_t i = 0; i < rates->used; i++)
        all += rates->steps[i].files;
    for (size_t i = 0; i < rates->used; i++) {
        seen += rates->steps[i].files;
        if (seen >= share * all)
            return i;
    }
    return rates->used;
}

/* The longest time without a file, between the first and the last. */
static size_t find_gap(const struct hl_page_rates *rates, size_t *begin)
{
    size_t longest = 0;
    size_t gap = 0;
    bool has_begun = false;
    for (size_t i = 0; i < rates->used; i++) {
        bool has_files = rates->steps[i].files > 0;
        if (has_files && has_begun && gap > longest) {
            longest = gap;
            *begin = i - gap;
        }
        has_begun |= has_files;
        gap = has_files ? 0 : gap + 1;
    }
    return longest;
}

static void put_story(struct hl_buf *out, const struct hl_page_rates *rates)
{
    double step_s = (double)rates->width_us / 1e6;
    double used = (double)rates->used;
    size_t begin = 0;
    size_t gap = find_gap(rates, &begin);
    size_t tail = step_of_share(rates, 1 - tail_share) + 1;
    hl_buf_text(out, "<p class=\"computed\">");
    if (tail < rates->used && used - (double)tail > told_share * used) {
        hl_buf_printf(out, "The last %.0f %% of the files took ",
                      100 * tail_share);
        hl_page_put_percent(out, used - (double)tail, used);
        hl_buf_text(out, " of the time, from ");
        hl_page_put_time(out, (double)tail * step_s);
        hl_buf_text(out, " on. ");
    }
    if ((double)gap > told_share * used / 2) {
        hl_buf_text(out, "From ");
        hl_page_put_time(out, (double)begin * step_s);
        hl_buf_text(out, " to ");
        hl_page_put_time(out, (double)(begin + gap) * step_s);
        hl_buf_text(out, " no file came. ");
    }
    hl_buf_text(out, "<span class=\"soft\">Each step is ");
    hl_page_put_time(out, step_s);
    hl_buf_text(out, "; the bytes of a file are <i>computed</i> to come evenly "
                     "while it is received.</span></p>\n");
}

static void put_axis(struct hl_buf *out, const struct hl_page_rates *rates)
{
    double length_s = (double)rates->used * (double)rates->width_us / 1e6;
    hl_buf_text(out, "<div class=\"axis\">");
    for (int i = 0; i < LABELS; i++) {
        hl_buf_text(out, "<span>");
        if (i == 0)
            hl_buf_text(out, "0");
        else
            hl_page_put_time(out, length_s * i / (LABELS - 1));
        hl_buf_text(out, "</span>");
    }
    hl_buf_text(out, "</div>\n");
}

/* What the script needs to tell of a step. */
static void put_data(struct hl_buf *out, const struct hl_page_rates *rates)
{
    static const struct {
        const char *name;
        value_fn value;
    } rows[] = {
        {"files", files_of},
        {"results", results_of},
        {"bytes", bytes_of},
        {"busy", busy_of},
    };
    hl_buf_printf(out, " data-width=\"%" PRIu64 "\"", rates->width_us);
    for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++) {
        hl_buf_printf(out, " data-%s=\"", rows[row].name);
        for (size_t i = 0; i < rates->used; i++)
            hl_buf_printf(out, "%s%.0f", i > 0 ? " " : "",
                          rows[row].value(&rates->steps[i]));
        hl_buf_text(out, "\"");
    }
}

void hl_page_rates_put(struct hl_buf *out, const struct hl_page_figures *f,
                       int level)
{
    const struct hl_page_rates *rates = &f->rates;
    double step_s = (double)rates->width_us / 1e6;
    bool has_failed = most_of(rates, results_of) > 0 && f->causes_count > 0;
    const struct band bands[] = {
        {"Files a second", has_failed ? "; red: failed" : "", results_of,
         files_of, step_s, hl_page_put_rate, ""},
        {"Bytes a second", "", bytes_of, NULL, step_s, hl_page_put_bytes, ""},
        {"Transfers under way", ", the mean of a step", busy_of, NULL,
         (double)rates->width_us, hl_page_put_rate, ""},
    };
    if (rates->used == 0 || !f->has_times)
        return;
    hl_buf_text(out, "<section class=\"rates\"");
    put_data(out, rates);
    hl_buf_text(out, ">\n");
    hl_page_put_heading(out, level, "Over time");
    put_story(out, rates);
    hl_buf_text(out, "<div class=\"bands\">\n");
    for (size_t i = 0; i < sizeof(bands) / sizeof(*bands); i++)
        put_band(out, rates, &bands[i]);
    hl_buf_text(out, "</div>\n");
    put_axis(out, rates);
    hl_buf_text(out, "</section>\n");
}
