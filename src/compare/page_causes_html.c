/* What failed, and why: a row for each cause. */
#include "compare/page_figures_html.h"

#include <stdlib.h>
#include <string.h>

#include "compare/html_text.h"
#include "compare/page_words.h"

enum { HOSTS_NAMED = 3 };

typedef const struct hl_page_cause cause;

static int by_urls(const void *a, const void *b)
{
    cause *x = *(cause *const *)a;
    cause *y = *(cause *const *)b;
    if (x->urls != y->urls)
        return (x->urls < y->urls) - (x->urls > y->urls);
    return (x->attempts < y->attempts) - (x->attempts > y->attempts);
}

/* What haul's word means. "" of a word that is none of haul's. */
static const char *meaning_of(const char *word)
{
    size_t length = strcspn(word, " ");
    for (int i = HAUL_OK + 1; i < HAUL_ERROR_COUNT; i++) {
        const char *known = haul_error_word((enum haul_error)i);
        if (strlen(known) == length && strncmp(known, word, length) == 0)
            return haul_error_text((enum haul_error)i);
    }
    return "";
}

static uint64_t count_at(const struct hl_page_host *host, size_t which)
{
    for (int i = 0; i < HL_PAGE_HOST_CAUSES; i++)
        if (host->causes[i].cause == which && host->causes[i].count > 0)
            return host->causes[i].count;
    return 0;
}

/* The hosts with most failures of a cause: "a 12, b 3, 4 others". */
static void put_hosts(struct hl_buf *out, const struct hl_page_figures *f,
                      size_t which)
{
    const struct hl_page_host *top[HOSTS_NAMED] = {NULL};
    struct hl_page_host *host;
    struct hl_page_host *next;
    uint64_t hosts = 0;
    HASH_ITER (hh, f->hosts.table, host, next) {
        const struct hl_page_host *at = host;
        hosts += count_at(host, which) > 0;
        for (int i = 0; i < HOSTS_NAMED && count_at(at, which) > 0; i++) {
            const struct hl_page_host *before = top[i];
            if (before != NULL &&
                count_at(before, which) >= count_at(at, which))
                continue;
            top[i] = at;
            at = before;
            if (at == NULL)
                break;
        }
    }
    for (int i = 0; i < HOSTS_NAMED && top[i] != NULL; i++) {
        hl_buf_text(out, i > 0 ? ", " : "");
        hl_page_put_foreign(out,
                            top[i]->name[0] != '\0' ? top[i]->name : "no host");
        hl_buf_text(out, " ");
        hl_page_put_count(out, count_at(top[i], which));
        hosts--;
    }
    if (hosts > 0) {
        hl_buf_text(out, ", ");
        hl_page_put_plural(out, hosts, "other host");
    }
}

static void put_example(struct hl_buf *out, cause *c)
{
    if (c->url == NULL)
        return;
    hl_buf_text(out, "<br><small class=\"soft\">such as ");
    hl_page_put_foreign(out, c->url);
    if (c->message != NULL && c->message[0] != '\0') {
        hl_buf_text(out, ": ");
        hl_page_put_foreign(out, c->message);
    }
    hl_buf_text(out, "</small>");
}

static void put_row(struct hl_buf *out, const struct hl_page_figures *f,
                    cause *c, double most)
{
    hl_buf_text(out, "<tr><th scope=\"row\">");
    hl_page_put_foreign(out, c->word);
    hl_buf_text(out, "</th><td class=\"count\" data-title=\"URLs\"><span>");
    hl_page_put_count(out, c->urls);
    hl_buf_printf(out,
                  "</span><svg viewBox=\"0 0 100 10\" "
                  "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
                  "class=\"bad\" width=\"%.1f\" height=\"10\"/></svg></td>",
                  most > 0 ? 100 * (double)c->urls / most : 0);
    if (f->has_trace) {
        hl_buf_text(out, "<td data-title=\"Failed attempts\">");
        hl_page_put_count(out, c->attempts);
        hl_buf_text(out, "</td>");
    }
    hl_buf_text(out, "<td class=\"words\">");
    hl_html_text(out, meaning_of(c->word));
    put_example(out, c);
    hl_buf_text(out, "</td><td class=\"words\">");
    put_hosts(out, f, (size_t)(c - f->causes));
    hl_buf_text(out, "</td></tr>\n");
}

static void put_table(struct hl_buf *out, const struct hl_page_figures *f)
{
    cause *sorted[HL_PAGE_CAUSES] = {0};
    for (size_t i = 0; i < f->causes_count; i++)
        sorted[i] = &f->causes[i];
    qsort(sorted, f->causes_count, sizeof(sorted[0]), by_urls);
    hl_buf_text(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                     "aria-label=\"Failures by cause\">"
                     "<table class=\"causes\"><thead><tr>"
                     "<th scope=\"col\">Cause</th>"
                     "<th scope=\"col\">URLs that failed</th>");
    if (f->has_trace)
        hl_buf_text(out, "<th scope=\"col\">Failed attempts</th>");
    hl_buf_text(
        out, "<th scope=\"col\" class=\"words\">What that is</th>"
             "<th scope=\"col\" class=\"words\">At</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < f->causes_count; i++)
        put_row(out, f, sorted[i], (double)sorted[0]->urls);
    hl_buf_text(out, "</tbody></table></div>\n");
}

void hl_page_causes_put(struct hl_buf *out, const struct hl_page_figures *f,
                        int level)
{
    hl_buf_text(out, "<section>\n");
    hl_page_put_heading(out, level, "Failures by cause");
    if (f->causes_count > 0)
        put_table(out, f);
    else
        hl_buf_text(out, "<p>No URL failed.</p>\n");
    hl_buf_text(out, "</section>\n");
}
