/* The hosts of a run: those that took most time, those with most failures, and
 * the others in one row. */
#include "compare/page_figures_html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/page_words.h"

enum { SLOWEST = 20, WORST = 5, SHOWN = SLOWEST + WORST };

static const char *const part_words[HL_PAGE_PARTS] = {
    [HL_PAGE_PART_SETUP] = "connecting (name lookup, TCP, TLS)",
    [HL_PAGE_PART_WAIT] = "waiting for the answer",
    [HL_PAGE_PART_BODY] = "receiving",
    [HL_PAGE_PART_LOCAL] = "haul itself (storing, or busy with other files)",
};

typedef const struct hl_page_host host;

/* What a row needs to know of the run. */
struct view {
    const struct hl_page_figures *figures;
    double all_us;    /* of all transfers together */
    double most_us;   /* of the host that took most */
    double length_us; /* of the run */
    bool has_held;    /* a row tells what held its host back */
};

static int by_time(const void *a, const void *b)
{
    const uint64_t x = hl_page_spent_us(&(*(host *const *)a)->spent);
    const uint64_t y = hl_page_spent_us(&(*(host *const *)b)->spent);
    return x != y
               ? (x < y) - (x > y)
               : strcmp((*(host *const *)a)->name, (*(host *const *)b)->name);
}

static uint64_t failed_of(host *h)
{
    return h->outcomes[HAUL_OUTCOME_FAILED];
}

static int by_failed(const void *a, const void *b)
{
    const uint64_t x = failed_of(*(host *const *)a);
    const uint64_t y = failed_of(*(host *const *)b);
    return x != y ? (x < y) - (x > y) : by_time(a, b);
}

static uint64_t urls_of(host *h)
{
    uint64_t all = 0;
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        all += h->outcomes[i];
    return all;
}

static void put_name(struct hl_buf *out, const char *name)
{
    if (name[0] == '\0')
        hl_buf_text(out, "<i>lines without a host</i>");
    else
        hl_page_put_foreign(out, name);
}

/* The columns behind that of the name. */
enum column {
    URLS,
    FAILED,
    BYTES,
    SHARE,
    HALF,
    MOST,
    WAITED,
    HELD,
    WHEN,
    COLUMNS
};

static const struct {
    const char *title;
    const char *class;
} columns[COLUMNS] = {
    [URLS] = {"URLs", "urls"},
    [FAILED] = {"Failed", "failed"},
    [BYTES] = {"Bytes", "bytes"},
    [SHARE] = {"Share of the time", "share"},
    [HALF] = {"Half took up to", "half"},
    [MOST] = {"99 % took up to", "most"},
    [WAITED] = {"Waited for a turn", "waited"},
    [HELD] = {"Held back", "held"},
    [WHEN] = {"From – to", "when"},
};

static bool is_shown(const struct view *view, enum column column)
{
    return column < SHARE ||
           (view->figures->has_times && (column != HELD || view->has_held));
}

/* Begins a cell that is sorted by a number. A phone shows the title in each
 * cell. */
static void begin_cell(struct hl_buf *out, enum column column, double value)
{
    hl_buf_printf(out, "<td data-v=\"%.0f\" data-title=\"%s\" class=\"%s\">",
                  value, columns[column].title, columns[column].class);
}

static void put_bar(struct hl_buf *out, const struct view *view, host *h)
{
    double at = 0;
    double whole = view->most_us > 0 ? view->most_us : 1;
    hl_buf_text(out, "<svg class=\"spent\" viewBox=\"0 0 100 10\" "
                     "preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (int i = 0; i < HL_PAGE_PARTS; i++) {
        double width = 100 * (double)h->spent.parts_us[i] / whole;
        if (width >= 0.05)
            hl_buf_printf(out,
                          "<rect class=\"p%d\" x=\"%.1f\" y=\"0\" "
                          "width=\"%.1f\" height=\"10\"/>",
                          i, at, width);
        at += width;
    }
    hl_buf_text(out, "</svg>");
}

static void put_share(struct hl_buf *out, const struct view *view, host *h)
{
    double own = (double)hl_page_spent_us(&h->spent);
    begin_cell(out, SHARE, own);
    hl_buf_text(out, "<span>");
    hl_page_put_percent(out, own, view->all_us);
    hl_buf_text(out, "</span>");
    put_bar(out, view, h);
    hl_buf_text(out, "</td>");
}

static void put_quantile(struct hl_buf *out, host *h, enum column column,
                         double share)
{
    uint64_t us = hl_page_spent_quantile(&h->spent, share);
    begin_cell(out, column, (double)us);
    if (h->spent.attempts > 0)
        hl_page_put_time(out, (double)us / 1e6);
    else
        hl_buf_text(out, "–");
    hl_buf_text(out, "</td>");
}

static void put_queued(struct hl_buf *out, host *h)
{
    double each = h->spent.attempts > 0
                      ? (double)h->spent.queued_us / (double)h->spent.attempts
                      : 0;
    begin_cell(out, WAITED, each);
    if (h->spent.attempts > 0)
        hl_page_put_time(out, each / 1e6);
    else
        hl_buf_text(out, "–");
    hl_buf_text(out, "</td>");
}

static void put_held(struct hl_buf *out, const struct view *view, host *h)
{
    static const char *const words[][2] = {
        {"cap", "at its cap (-x)"}, {"busy", "429 or 503"},
        {"pause", "Retry-After"},   {"rate", "--rate-per-host"},
        {"lookup", "name lookup"},  {"silence", "not reachable"},
    };
    const struct hl_page_summary_host *told =
        hl_page_summary_find(&view->figures->summary, h->name);
    double seconds = hl_page_figures_seconds(view->figures);
    const char *word = NULL;
    for (size_t i = 0; told != NULL && i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i][0], told->held_by) == 0)
            word = words[i][1];
    begin_cell(out, HELD, word != NULL ? 1000 * told->held_s : 0);
    if (word != NULL && told->held_s > 0) {
        hl_page_put_percent(out, told->held_s, seconds);
        hl_buf_printf(out, " %s", word);
    } else {
        hl_buf_text(out, "–");
    }
    hl_buf_text(out, "</td>");
}

/* When transfers with the host were under way. */
static void put_when(struct hl_buf *out, const struct view *view, host *h)
{
    double first = 100 * (double)h->spent.first_us / view->length_us;
    double last = 100 * (double)h->spent.last_us / view->length_us;
    double width = last - first > 0.7 ? last - first : 0.7;
    begin_cell(out, WHEN, (double)h->spent.last_us);
    if (h->spent.attempts == 0) {
        hl_buf_text(out, "–</td>");
        return;
    }
    hl_buf_printf(out,
                  "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><rect x=\"%.1f\" y=\"2\" "
                  "width=\"%.1f\" height=\"6\"/></svg><span>",
                  first, width);
    hl_page_put_time(out, (double)h->spent.first_us / 1e6);
    hl_buf_text(out, " – ");
    hl_page_put_time(out, (double)h->spent.last_us / 1e6);
    hl_buf_text(out, "</span></td>");
}

static void put_failed(struct hl_buf *out, host *h)
{
    uint64_t failed = failed_of(h);
    begin_cell(out, FAILED, (double)failed);
    if (failed == 0) {
        hl_buf_text(out, "0</td>");
        return;
    }
    hl_buf_text(out, "<b>");
    hl_page_put_count(out, failed);
    hl_buf_text(out, "</b> <small>");
    hl_page_put_percent(out, (double)failed, (double)urls_of(h));
    hl_buf_text(out, "</small></td>");
}

static void put_row(struct hl_buf *out, const struct view *view, host *h)
{
    begin_cell(out, URLS, (double)urls_of(h));
    hl_page_put_count(out, urls_of(h));
    hl_buf_text(out, "</td>");
    put_failed(out, h);
    begin_cell(out, BYTES, (double)h->spent.bytes);
    hl_page_put_bytes(out, (double)h->spent.bytes);
    hl_buf_text(out, "</td>");
    if (view->figures->has_times) {
        put_share(out, view, h);
        put_quantile(out, h, HALF, 0.5);
        put_quantile(out, h, MOST, 0.99);
        put_queued(out, h);
        if (view->has_held)
            put_held(out, view, h);
        put_when(out, view, h);
    }
    hl_buf_text(out, "</tr>\n");
}

static void put_head(struct hl_buf *out, const struct view *view)
{
    hl_buf_text(out, "<thead><tr><th scope=\"col\">Host</th>");
    for (int i = 0; i < COLUMNS; i++)
        if (is_shown(view, (enum column)i))
            hl_buf_printf(out, "<th scope=\"col\">%s</th>", columns[i].title);
    hl_buf_text(out, "</tr></thead>\n");
}

/* All hosts, those to show first. @return how many to show. */
static size_t sort(host **all, size_t count)
{
    size_t shown = count < SHOWN ? count : SHOWN;
    qsort(all, count, sizeof(*all), by_time);
    if (count <= SHOWN)
        return shown;
    qsort(all + SLOWEST, count - SLOWEST, sizeof(*all), by_failed);
    return shown;
}

static void put_legend(struct hl_buf *out, const struct view *view, host *total)
{
    if (view->all_us <= 0)
        return;
    hl_buf_text(out, "<ul class=\"spent-legend spent\">");
    for (int i = 0; i < HL_PAGE_PARTS; i++) {
        hl_buf_printf(
            out,
            "<li><svg viewBox=\"0 0 32 16\" aria-hidden=\"true\">"
            "<rect class=\"p%d\" width=\"32\" height=\"16\"/></svg>%s "
            "<b>",
            i, part_words[i]);
        hl_page_put_percent(out, (double)total->spent.parts_us[i],
                            view->all_us);
        hl_buf_text(out, "</b></li>");
    }
    hl_buf_text(out, "</ul>\n");
}

static void put_table(struct hl_buf *out, const struct view *view, host **all,
                      size_t count)
{
    size_t shown = sort(all, count);
    struct hl_page_host rest = view->figures->hosts.others;
    bool is_counted = urls_of(&rest) == 0 && rest.spent.attempts == 0;
    for (size_t i = shown; i < count; i++)
        hl_page_host_merge(&rest, all[i]);
    hl_buf_text(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                     "aria-label=\"Hosts\"><table class=\"hosts\">");
    put_head(out, view);
    hl_buf_text(out, "<tbody>\n");
    for (size_t i = 0; i < shown; i++) {
        hl_buf_text(out, "<tr><th scope=\"row\">");
        put_name(out, all[i]->name);
        hl_buf_text(out, "</th>");
        put_row(out, view, all[i]);
    }
    if (shown < count) {
        hl_buf_text(out, "<tr class=\"rest\"><th scope=\"row\">");
        /* Of hosts that found no room nobody has counted how many there are. */
        if (is_counted)
            hl_page_put_plural(out, count - shown, "other host");
        else
            hl_buf_text(out, "all other hosts");
        hl_buf_text(out, "</th>");
        put_row(out, view, &rest);
    }
    hl_buf_text(out, "</tbody></table></div>\n");
}

void hl_page_hosts_put(struct hl_buf *out, const struct hl_page_figures *f,
                       int level)
{
    size_t count = 0;
    struct hl_page_host total;
    struct hl_page_host *at;
    struct hl_page_host *next;
    host **all = calloc(HASH_COUNT(f->hosts.table) + 1, sizeof(*all));
    hl_page_figures_total(f, &total);
    struct view view = {
        .figures = f,
        .all_us = (double)hl_page_spent_us(&total.spent),
        .length_us = 1e6 * hl_page_figures_seconds(f),
        .has_held = f->summary.has_course,
    };
    if (view.length_us < (double)f->length_us)
        view.length_us = (double)f->length_us;
    if (view.length_us <= 0)
        view.length_us = 1;
    HASH_ITER (hh, f->hosts.table, at, next) {
        double own = (double)hl_page_spent_us(&at->spent);
        if (own > view.most_us)
            view.most_us = own;
        if (all != NULL)
            all[count++] = at;
    }
    out->failed |= all == NULL;
    if (count > 0) {
        hl_buf_text(out, "<section>\n");
        hl_page_put_heading(out, level, "Hosts");
        put_legend(out, &view, &total);
        put_table(out, &view, all, count);
        hl_buf_text(out, "</section>\n");
    }
    free(all);
}
