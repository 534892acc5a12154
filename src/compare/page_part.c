#include "compare/page_part.h"

#include <inttypes.h>
#include <stdlib.h>

#include "compare/account.h"
#include "compare/advice.h"
#include "compare/html_text.h"
#include "compare/limit.h"
#include "compare/page_words.h"
#include "compare/race.h"
#include "compare/race_words.h"
#include "compare/ranking.h"
#include "modes/traits.h"

enum { COLUMNS = 7, TENTH_US = 100, MS_US = 1000 };

/* What a reader who has not seen the page before needs to know of a column. */
static const struct {
    const char *title;
    const char *meaning;
} columns[COLUMNS] = {
    {"Way", "(N): at most N files at a time"},
    {"Time", "until the last file is here"},
    {"Speed-up", "times as fast as one after the other"},
    {"Processor", "time it worked (CPU), all cores added"},
    {"Memory", "the most, all processes added"},
    {"Threads", "that fetch, of all there are"},
    {"Switches", "from one thread to another"},
};

static void put_name(struct hl_buf *out, const struct hl_row *row)
{
    struct hl_buf name = {0};
    hl_race_name(&name, row);
    hl_html_words(out, &name);
}

static double longest_of(const struct hl_part *part)
{
    double longest = 0;
    for (size_t i = 0; i < part->count; i++)
        if (part->rows[i].measure.seconds > longest)
            longest = part->rows[i].measure.seconds;
    return longest;
}

/* A way's time as a bar, of which the longest fills the cell. */
static void put_time(struct hl_buf *out, double seconds, double longest)
{
    hl_buf_printf(out,
                  "<td class=\"time\"><span class=\"bar\"><i style=\"width:"
                  "%.2f%%\"></i></span><b>%.2f s</b></td>",
                  longest > 0 ? 100 * seconds / longest : 0, seconds);
}

static void put_cells(struct hl_buf *out, const struct hl_part *part,
                      const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    hl_buf_text(out, "<th scope=\"row\">");
    put_name(out, row);
    hl_buf_text(out, "<small>");
    hl_html_text(out, row->label);
    hl_buf_text(out, "</small></th>");
    put_time(out, m->seconds, longest_of(part));
    hl_buf_text(out, "<td>");
    if (row->speedup > 0)
        hl_buf_printf(out, "%.1f×", row->speedup);
    hl_buf_printf(out,
                  "</td><td>%.2f s</td><td>%.0f MB</td><td>%" PRIu64
                  " of %" PRIu64 "</td><td>%" PRIu64 "</td>",
                  m->cpu_seconds, (double)m->peak_rss_bytes / 1e6, m->fetching,
                  m->threads, m->ctx_switches);
}

/* The items of an account as parts of one bar. */
static void put_bar(struct hl_buf *out, const struct hl_account *account)
{
    hl_buf_text(out, "<span class=\"parts\" aria-hidden=\"true\">");
    for (size_t i = 0; i < HL_ITEMS; i++) {
        double share = account->whole > 0 ? 100 * (double)account->items[i] /
                                                (double)account->whole
                                          : 0;
        if (share >= 0.05)
            hl_buf_printf(out, "<i class=\"ph %s\" style=\"width:%.2f%%\"></i>",
                          hl_item_classes[i], share);
    }
    hl_buf_text(out, "</span>");
}

static void put_said(struct hl_buf *out, const char *title,
                     void (*say)(struct hl_buf *, const struct hl_limited *),
                     const struct hl_limited *of)
{
    struct hl_buf words = {0};
    say(&words, of);
    hl_buf_printf(out, "<span class=\"said\"><b>%s</b> ", title);
    hl_html_words(out, &words);
    hl_buf_text(out, "</span>");
}

/* With a script the page tells the time that is computed (page/model.mjs). */
static void put_more(struct hl_buf *out, const struct hl_limited *of)
{
    struct hl_buf words = {0};
    hl_limit_more(&words, of);
    hl_buf_printf(out,
                  "<span class=\"said\"><b>With more at a time:</b> "
                  "<span class=\"more\" data-at-once=\"%" PRIu64 "\">",
                  hl_limit_twice(of));
    hl_html_words(out, &words);
    hl_buf_text(out, "</span></span>");
}

/* Where the time of a row went, and what limits it. */
static void put_why(struct hl_buf *out, const struct hl_part *part,
                    const struct hl_row *row, const struct hl_page_run *run)
{
    struct hl_account path;
    struct hl_account sum;
    struct hl_buf words = {0};
    if (!hl_row_is_sound(row) || run->transfers_count == 0) {
        hl_buf_printf(out,
                      "%" PRIu64 " of %" PRIu64
                      " failed: this row is not compared with the others.",
                      row->measure.failed,
                      row->measure.files + row->measure.failed);
        return;
    }
    if (hl_account_path(&path, run) < 0 || hl_account_sum(&sum, run) < 0) {
        out->failed = true;
        return;
    }
    const struct hl_limited of = {&part->setting, row, run, &path, &sum};
    put_bar(out, &path);
    hl_buf_text(out, "<span class=\"sum\">");
    hl_account_words(&words, &path);
    hl_html_words(out, &words);
    if (path.transfers > 1)
        hl_buf_printf(out, "<small> (%zu %ss, one after the other)</small>",
                      path.transfers, hl_race_thing(&part->setting));
    else
        hl_buf_printf(out, "<small> (the %s that was here last)</small>",
                      hl_race_thing(&part->setting));
    hl_buf_text(out, "</span>");
    hl_buf_text(out, "<span class=\"says\">");
    put_said(out, "Blocked:", hl_limit_blocked, &of);
    put_said(out, "Limit:", hl_limit_cause, &of);
    put_more(out, &of);
    hl_buf_text(out, "</span>");
}

/* Tells the parts apart. */
static void put_which(struct hl_buf *out, const struct hl_part *part)
{
    if (part->setting.cpu_work_us > 0)
        hl_buf_text(out, ", with computing");
}

static void put_table(struct hl_buf *out, const struct hl_part *part,
                      const struct hl_page_run *runs)
{
    hl_buf_text(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                     "aria-label=\"what each way took");
    put_which(out, part);
    hl_buf_text(out, "\"><table class=\"rows\"><thead><tr>");
    for (size_t i = 0; i < COLUMNS; i++)
        hl_buf_printf(out, "<th scope=\"col\">%s<small>%s</small></th>",
                      columns[i].title, columns[i].meaning);
    hl_buf_text(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < part->count; i++) {
        hl_buf_text(out, "<tr class=\"row\">");
        put_cells(out, part, &part->rows[i]);
        hl_buf_printf(out, "</tr>\n<tr class=\"why\"><td colspan=\"%d\">",
                      COLUMNS);
        put_why(out, part, &part->rows[i], &runs[i]);
        hl_buf_text(out, "</td></tr>\n");
    }
    hl_buf_text(out, "</tbody></table></div>\n");
}

/* What each colour is, where it stands for the first time. */
static const struct {
    const char *title;
    const char *meaning;
} phases[HL_ITEMS] = {
    {"starting", "nobody has asked yet"},
    {"connecting", "name, TCP, TLS"},
    {"waiting:</span><br><span>server", "for its answer"},
    {"receiving", "the answer comes in"},
    {"waiting:</span><br><span>loop", "ready, but its thread is busy"},
    {"waiting:</span><br><span>pool", "ready, in line for its threads"},
    {"waiting:</span><br><span>core", "all cores are busy"},
    {"computing", "on a core"},
    {"storing", "to the disk"},
    {"stored, not</span><br><span>noticed yet",
     "the rest of its batch, the loop or the main thread is not through"},
};

/* The phases that took time in some row. */
static unsigned phases_seen(const struct hl_account *sums, size_t count)
{
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t items[HL_ITEMS] = {0};
        if (sums[i].transfers > 0)
            hl_account_round(items, &sums[i], TENTH_US * sums[i].transfers);
        for (size_t k = 0; k < HL_ITEMS; k++)
            seen |= items[k] > 0 ? 1u << k : 0;
    }
    return seen;
}

static void put_phases_head(struct hl_buf *out, const char *thing,
                            unsigned seen)
{
    hl_buf_printf(out,
                  "<thead><tr><th scope=\"col\">Way<small>first one %s, then "
                  "all</small></th>",
                  thing);
    for (size_t i = 0; i < HL_ITEMS; i++)
        if ((seen & 1u << i) != 0)
            hl_buf_printf(out,
                          "<th scope=\"col\"><span><i class=\"ph %s\"></i>%s"
                          "</span><small>%s</small></th>",
                          hl_item_classes[i], phases[i].title,
                          phases[i].meaning);
    hl_buf_text(out, "<th scope=\"col\">together</th></tr></thead>\n");
}

/* What one transfer took on average. */
static void put_average(struct hl_buf *out, const struct hl_account *a,
                        unsigned seen)
{
    uint64_t items[HL_ITEMS];
    uint64_t all = 0;
    hl_account_round(items, a, TENTH_US * a->transfers);
    for (size_t i = 0; i < HL_ITEMS; i++) {
        all += items[i];
        if ((seen & 1u << i) != 0)
            hl_buf_printf(out, "<td%s>%.1f</td>",
                          a->items[i] * 10 > a->whole ? " class=\"much\"" : "",
                          (double)items[i] / 10);
    }
    hl_buf_printf(out, "<td><b>%.1f</b></td>", (double)all / 10);
}

/* What all of them took. */
static void put_all(struct hl_buf *out, const struct hl_account *a,
                    unsigned seen)
{
    uint64_t items[HL_ITEMS];
    uint64_t all = 0;
    hl_account_round(items, a, MS_US);
    for (size_t i = 0; i < HL_ITEMS; i++) {
        all += items[i];
        if ((seen & 1u << i) == 0)
            continue;
        hl_buf_text(out, "<td>");
        hl_page_put_count(out, items[i]);
        hl_buf_text(out, "</td>");
    }
    hl_buf_text(out, "<td>");
    hl_page_put_count(out, all);
    hl_buf_text(out, "</td>");
}

/* Where the time of one file went on average, and that of all files. */
static void put_phases(struct hl_buf *out, const struct hl_part *part,
                       const struct hl_account *sums)
{
    const char *thing = hl_race_thing(&part->setting);
    unsigned seen = phases_seen(sums, part->count);
    hl_buf_printf(out,
                  "<h3 id=\"phases%s\">What a %s costs, phase by phase</h3>\n"
                  "<p class=\"soft\">Milliseconds: of one %s, on average, and "
                  "of all %ss, added up. At the same time as one %s waits, "
                  "others do: so all of them added is more than the run "
                  "took.</p>\n"
                  "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"phases",
                  part->setting.cpu_work_us > 0 ? "-computing" : "", thing,
                  thing, thing, thing);
    put_which(out, part);
    hl_buf_text(out, "\"><table class=\"phases\">");
    put_phases_head(out, thing, seen);
    hl_buf_text(out, "<tbody>\n");
    for (size_t i = 0; i < part->count; i++) {
        if (sums[i].transfers == 0)
            continue;
        hl_buf_text(out, "<tr><th scope=\"row\">");
        put_name(out, &part->rows[i]);
        hl_buf_text(out, "</th>");
        put_average(out, &sums[i], seen);
        hl_buf_printf(out,
                      "</tr>\n<tr class=\"all\"><th scope=\"row\">all %zu "
                      "%ss</th>",
                      sums[i].transfers, thing);
        put_all(out, &sums[i], seen);
        hl_buf_text(out, "</tr>\n");
    }
    hl_buf_text(out, "</tbody></table></div>\n");
}

/* Adds the table of phases where there is a timeline. */
static void put_costs(struct hl_buf *out, const struct hl_part *part,
                      const struct hl_page_run *runs)
{
    struct hl_account *sums = calloc(part->count + 1, sizeof(*sums));
    bool has_transfers = false;
    for (size_t i = 0; sums != NULL && i < part->count; i++) {
        if (hl_account_sum(&sums[i], &runs[i]) < 0)
            out->failed = true;
        has_transfers = has_transfers || sums[i].transfers > 0;
    }
    if (sums == NULL)
        out->failed = true;
    else if (has_transfers)
        put_phases(out, part, sums);
    free(sums);
}

static void put_advice(struct hl_buf *out, const struct hl_part *part)
{
    struct hl_buf advice = {0};
    hl_advice(&advice, part);
    hl_buf_text(out, "<details class=\"advice\"><summary>The same in words"
                     "</summary>\n<p>");
    hl_html_words(out, &advice);
    hl_buf_text(out, "</p></details>\n");
}

void hl_page_part(struct hl_buf *out, const struct hl_part *part,
                  const struct hl_page_run *runs)
{
    struct hl_buf title = {0};
    hl_setting_title(&title, &part->setting);
    hl_buf_printf(out,
                  "<section class=\"part\" id=\"where%s\"><h2>Where the time "
                  "went",
                  part->setting.cpu_work_us > 0 ? "-computing" : "");
    put_which(out, part);
    hl_buf_text(out, "</h2>\n<p class=\"soft\">");
    hl_html_words(out, &title);
    hl_buf_text(out, "</p>\n");
    put_table(out, part, runs);
    put_costs(out, part, runs);
    put_advice(out, part);
    hl_buf_text(out, "</section>\n");
}

static void put_row_json(struct hl_buf *out, const struct hl_row *row,
                         const struct hl_page_run *run)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    const struct hl_measure *m = &row->measure;
    struct hl_account sum;
    struct hl_race_facts facts = {0};
    struct hl_buf name = {0};
    if (hl_account_sum(&sum, run) < 0 || hl_race_facts_of(&facts, run) < 0)
        out->failed = true;
    hl_race_name(&name, row);
    hl_buf_text(out, "{\"name\":");
    hl_buf_json(out, name.data != NULL ? name.data : "");
    hl_buf_printf(
        out,
        ",\"mode\":\"%s\",\"blocks\":%s,\"one\":%s,\"pool\":%s,\"workers\":%u,"
        "\"sound\":%s,\"files\":%" PRIu64 ",\"seconds\":%.6f,\"cpu\":%.6f,"
        "\"cpuBefore\":%.6f,\"busy\":%" PRIu64 ","
        "\"bytes\":%" PRIu64 ",\"threads\":%" PRIu64 ",\"fetching\":%" PRIu64
        ",\"inFlight\":%" PRIu64 ",\"switches\":%" PRIu64
        ",\"allAsked\":%" PRIu64 ",\"lastBegan\":%" PRIu64
        ",\"waiting\":%" PRIu64 "}",
        haul_mode_name(row->mode), traits->blocks ? "true" : "false",
        traits->one_at_a_time ? "true" : "false",
        row->on_pool ? "true" : "false", row->workers,
        hl_row_is_sound(row) ? "true" : "false", m->files, m->seconds,
        m->cpu_seconds, m->cpu_before_s, hl_page_whole(run->spans_us),
        m->peak_rss_bytes, m->threads, m->fetching, m->in_flight,
        m->ctx_switches, facts.all_asked_us, facts.last_began_us,
        sum.items[HL_ITEM_WAITING]);
    hl_buf_release(&name);
}

void hl_page_part_json(struct hl_buf *out, const struct hl_part *part,
                       const struct hl_page_run *runs, size_t first_run)
{
    const struct hl_setting *s = &part->setting;
    hl_buf_printf(out,
                  "{\"thing\":\"%s\",\"files\":%" PRIu64 ",\"latency\":%" PRIu64
                  ",\"work\":%u,\"cores\":%u,\"spread\":%g,\"first\":%zu,"
                  "\"rows\":[",
                  hl_race_thing(s), s->files, s->latency_ns / 1000,
                  s->cpu_work_us, s->cores, hl_spread_of(s->runs), first_run);
    for (size_t i = 0; i < part->count; i++) {
        hl_buf_text(out, i > 0 ? ",\n" : "");
        put_row_json(out, &part->rows[i], &runs[i]);
    }
    hl_buf_text(out, "]}");
}
