#include "compare/page_figures_html.h"

#include <inttypes.h>
#include <string.h>

#include "compare/html_text.h"
#include "compare/page_words.h"

/* The share of the run's time from which a host is said to have held it back.
 */
static const double told_share = 0.25;
enum { TOLD_HOSTS = 3 };

/* URLs but those that only repeat another. */
static uint64_t urls_of(const struct hl_page_host *total)
{
    uint64_t all = 0;
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        if (i != HAUL_OUTCOME_SKIPPED)
            all += total->outcomes[i];
    return all;
}

static uint64_t came(const struct hl_page_host *total)
{
    return total->outcomes[HAUL_OUTCOME_OK] - total->there;
}

/* URLs that nobody has tried. A run that was stopped may not know all. */
static uint64_t left_of(const struct hl_page_figures *f,
                        const struct hl_page_host *total)
{
    uint64_t rows = total->outcomes[HAUL_OUTCOME_LEFT];
    double told = f->summary.left;
    return told > (double)rows ? (uint64_t)told : rows;
}

static void put_headline(struct hl_buf *out, const struct hl_page_figures *f,
                         const struct hl_page_host *total)
{
    uint64_t failed = total->outcomes[HAUL_OUTCOME_FAILED];
    uint64_t left = left_of(f, total);
    double seconds = hl_page_figures_seconds(f);
    if (urls_of(total) == 0 && left == 0) {
        hl_buf_text(out, "No file was asked for");
        return;
    }
    if (left > 0 || (f->summary.is_there && f->summary.left < 0))
        hl_buf_text(out, "Stopped early: ");
    if (came(total) > 0 || failed == 0)
        hl_page_put_plural(out, came(total), "file");
    else
        hl_buf_text(out, "No file");
    hl_buf_text(out, " came");
    if (f->has_times) {
        hl_buf_text(out, " in ");
        hl_page_put_time(out, seconds);
    }
    if (failed > 0) {
        hl_buf_text(out, ", ");
        hl_page_put_count(out, failed);
        hl_buf_text(out, " failed");
    }
    if (left > 0) {
        hl_buf_text(out, ", ");
        hl_page_put_count(out, left);
        hl_buf_text(out, " were left");
    }
}

static void put_more(struct hl_buf *out, uint64_t count, const char *words)
{
    if (count == 0)
        return;
    hl_buf_text(out, " · ");
    hl_page_put_count(out, count);
    hl_buf_printf(out, " %s", words);
}

/* "12 MB · 49 files a second · 8 hosts". */
static void put_facts(struct hl_buf *out, const struct hl_page_figures *f,
                      const struct hl_page_host *total, const char *label)
{
    double seconds = hl_page_figures_seconds(f);
    hl_buf_text(out, "<p class=\"facts soft\">");
    hl_page_put_bytes(out, (double)total->spent.bytes);
    if (f->has_times && seconds > 0 && came(total) > 0) {
        hl_buf_text(out, " · ");
        hl_page_put_rate(out, (double)came(total) / seconds);
        hl_buf_text(out, " files a second · ");
        hl_page_put_bytes(out, (double)total->spent.bytes / seconds);
        hl_buf_text(out, " a second");
    }
    hl_buf_text(out, " · ");
    hl_page_put_plural(out, HASH_COUNT(f->hosts.table), "host");
    put_more(out, total->there, "files were there already");
    put_more(out, total->outcomes[HAUL_OUTCOME_UNCHANGED], "unchanged");
    put_more(out, total->outcomes[HAUL_OUTCOME_ADOPTED], "adopted");
    put_more(out, total->outcomes[HAUL_OUTCOME_SKIPPED], "skipped");
    put_more(out, f->retries, f->retries == 1 ? "retry" : "retries");
    if (f->summary.most_in_flight > 0)
        hl_buf_printf(out, " · at most %.0f at a time",
                      f->summary.most_in_flight);
    if (f->summary.mode[0] != '\0' && !f->has_trace) {
        hl_buf_text(out, " · mode ");
        hl_page_put_foreign(out, f->summary.mode);
    }
    hl_buf_text(out, " · ");
    hl_page_put_foreign(out, label);
    hl_buf_text(out, "</p>\n");
}

/* Why URLs of a host waited: X(word of the summary, words of the page). */
#define HELD_MAP(X)                                                            \
    X("busy", "answered 429 or 503, so that haul asked it for fewer files at " \
              "a time, and the others waited")                                 \
    X("pause", "asked haul to wait (Retry-After)")                             \
    X("rate", "had URLs that waited for --rate-per-host")                      \
    X("lookup", "had URLs that waited until its name was looked up")           \
    X("silence", "could not be reached, and its URLs waited")

static void put_held(struct hl_buf *out,
                     const struct hl_page_summary_host *host)
{
    static const struct {
        const char *word;
        const char *text;
    } rows[] = {
#define X(word_, text_) {word_, text_},
        HELD_MAP(X)
#undef X
    };
    if (strcmp(host->held_by, "cap") == 0 && host->cap > 0)
        hl_buf_printf(out,
                      "had URLs waiting while all %.0f transfers that may go "
                      "to one host (-x) were under way",
                      host->cap);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(host->held_by, rows[i].word) == 0)
            hl_buf_text(out, rows[i].text);
}

static void put_span(struct hl_buf *out, double part, double seconds)
{
    hl_buf_text(out, ": for ");
    hl_page_put_time(out, part);
    hl_buf_text(out, ", <b>");
    hl_page_put_percent(out, part, seconds);
    hl_buf_text(out, "</b> of the time.");
}

static bool is_of_host(const struct hl_page_summary_host *host)
{
    struct hl_buf text = {0};
    put_held(&text, host);
    bool is = text.used > 0;
    hl_buf_release(&text);
    return is;
}

/* The hosts whose URLs waited long, in words. */
static void put_held_hosts(struct hl_buf *out, const struct hl_page_figures *f)
{
    double seconds = hl_page_figures_seconds(f);
    unsigned told = 0;
    for (size_t i = 0; i < f->summary.hosts_count && told < TOLD_HOSTS; i++) {
        const struct hl_page_summary_host *host = &f->summary.hosts[i];
        bool held = host->held_s > told_share * seconds && is_of_host(host);
        bool alone = host->alone_s > told_share * seconds &&
                     HASH_COUNT(f->hosts.table) > 1;
        if (!held && !alone)
            continue;
        hl_buf_text(out, told++ == 0 ? "<ul>\n<li><b>" : "<li><b>");
        hl_page_put_foreign(out, host->name);
        hl_buf_text(out, "</b> ");
        if (held) {
            put_held(out, host);
            put_span(out, host->held_s, seconds);
        }
        if (alone) {
            hl_buf_text(out, held ? " It was" : "was");
            hl_buf_text(out, " the only host with URLs left");
            put_span(out, host->alone_s, seconds);
        }
        hl_buf_text(out, "</li>\n");
    }
    if (told > 0)
        hl_buf_text(out, "</ul>\n");
}

static const char *const no_verdict =
    "This file does not tell. A report does: run haul with --report FILE, and "
    "give haul page both files.";

static const char *why_no_verdict(const struct hl_page_figures *f)
{
    if (!f->has_report)
        return no_verdict;
    if (!f->summary.is_there)
        return "The report ends without its summary, which has the answer: the "
               "run was killed, or it is not over yet.";
    if (f->has_times && !f->summary.has_course)
        return "The report does not tell: an older haul wrote it.";
    if (!f->has_times)
        return "Nothing was fetched, or the report is one of haul status, "
               "which "
               "has no times. The report of the run itself has: haul get "
               "--report FILE.";
    return "haul named nothing: the run was short, or nothing stood out.";
}

/* The sentence that haul ended the run with. */
static void put_verdict(struct hl_buf *out, const struct hl_page_figures *f,
                        int level)
{
    const char *said = f->summary.held_back;
    hl_buf_text(out, "<section class=\"verdict\">\n");
    hl_page_put_heading(out, level, "What held it back");
    if (said == NULL) {
        hl_buf_text(out, "<p>");
        hl_html_text(out, why_no_verdict(f));
        hl_buf_text(out, "</p>\n");
    }
    while (said != NULL && *said != '\0') {
        const char *end = strstr(said, "; ");
        size_t length = end != NULL ? (size_t)(end - said) : strlen(said);
        struct hl_buf clause = {0};
        hl_buf_add(&clause, said, length);
        hl_buf_text(out, "<p class=\"said\">");
        hl_page_put_foreign(out, clause.data != NULL ? clause.data : "");
        hl_buf_text(out, "</p>\n");
        hl_buf_release(&clause);
        said = end != NULL ? end + 2 : NULL;
    }
    put_held_hosts(out, f);
    hl_buf_text(out, "</section>\n");
}

static void put_note(struct hl_buf *out, bool is, const char *text)
{
    if (!is)
        return;
    hl_buf_text(out, "<li>");
    hl_html_text(out, text);
    hl_buf_text(out, "</li>\n");
}

static void put_notes(struct hl_buf *out, const struct hl_page_figures *f,
                      int level)
{
    struct hl_buf notes = {0};
    put_note(&notes, f->has_report && !f->has_trace && f->has_times,
             "A report has the times of each URL's last attempt alone. With "
             "--trace FILE as well, this page shows all attempts and the event "
             "loop.");
    put_note(&notes, f->has_trace && !f->has_report,
             "A timeline does not say why in words, nor which lines of the "
             "list were no URLs. --report FILE does; give haul page both "
             "files.");
    put_note(&notes, f->has_report && !f->summary.is_there,
             "The report has no summary: URLs that had no result yet are not "
             "in it.");
    put_note(&notes, f->summary.is_there && f->summary.left < 0,
             "The run was stopped before its list was read to the end: more "
             "URLs are left than this page knows of.");
    put_note(&notes, f->is_cut,
             "The timeline has reached its size limit and ends before the run "
             "does. --trace-limit BYTES moves the limit.");
    put_note(&notes, f->dropped > 0,
             "The timeline lost events, which came faster than the disk took "
             "them.");
    if (notes.used > 0) {
        hl_buf_text(out, "<section class=\"missing\">\n");
        hl_page_put_heading(out, level, "What this page does not know");
        hl_buf_text(out, "<ul>\n");
        hl_buf_add(out, notes.data, notes.used);
        hl_buf_text(out, "</ul>\n</section>\n");
    }
    out->failed |= notes.failed;
    hl_buf_release(&notes);
}

void hl_page_figures_put(struct hl_buf *out, const struct hl_page_figures *f,
                         const char *label, bool is_alone)
{
    struct hl_page_host total;
    int level = is_alone ? 2 : 3;
    hl_page_figures_total(f, &total);
    hl_buf_printf(out, "<section class=\"real\">\n<h%d>", level - 1);
    put_headline(out, f, &total);
    hl_buf_printf(out, "</h%d>\n", level - 1);
    put_facts(out, f, &total, label);
    put_verdict(out, f, level);
    hl_page_rates_put(out, f, level);
    hl_page_hosts_put(out, f, level);
    hl_page_causes_put(out, f, level);
    put_notes(out, f, level);
    hl_buf_text(out, "</section>\n");
}
