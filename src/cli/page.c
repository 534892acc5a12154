/* The page of compare: the table, a bar for each row's time, the advice. */
#include <inttypes.h>

#include "cli/compare.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,"
    "initial-scale=1\">\n<title>haul compare</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#ccc;"
    "--bar:#0072b2}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;"
    "--line:#444;--bar:#56b4e9}}\n"
    "body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--paper);max-width:60rem;margin:0 auto;padding:1rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:right;padding:.3rem .6rem;white-space:nowrap;"
    "border-bottom:1px solid var(--line)}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    ".bar{display:block;height:1.1rem;background:var(--bar);"
    "min-width:2px;-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem .8rem;"
    "align-items:center}dd{margin:0}\n"
    "@media(max-width:30rem){dl{grid-template-columns:1fr}}\n"
    "</style></head><body>\n<h1>One list, four models</h1>\n";

static void put_html(struct hl_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            hl_buf_text(out, "&lt;");
            break;
        case '>':
            hl_buf_text(out, "&gt;");
            break;
        case '&':
            hl_buf_text(out, "&amp;");
            break;
        case '"':
            hl_buf_text(out, "&quot;");
            break;
        default:
            hl_buf_add(out, text, 1);
        }
    }
}

static void put_setting(struct hl_buf *out, const struct hl_setting *s)
{
    hl_buf_printf(out, "<p>%" PRIu64 " files of ", s->files);
    put_html(out, s->list != NULL ? s->list : "made URLs");
    hl_buf_printf(out, " from a local origin with %.0f ms latency, on %u cores",
                  (double)s->latency_ns / 1e6, s->cores);
    if (s->cpu_work_us > 0)
        hl_buf_printf(out, ", with %.0f ms of work on each file",
                      s->cpu_work_us / 1000.0);
    if (s->runs > 1)
        hl_buf_printf(out, "; medians of %u runs", s->runs);
    hl_buf_text(out, ".</p>\n");
}

static void put_table(struct hl_buf *out, const struct hl_row *rows,
                      size_t count)
{
    hl_buf_text(out, "<div class=\"wide\"><table><thead><tr><th>Run type</th>"
                     "<th>Files</th><th>Failed</th><th>Time</th>"
                     "<th>Speed-up</th><th>CPU</th><th>Memory</th>"
                     "<th>Threads</th><th>Processes</th><th>Switches</th>"
                     "<th>Lag p99</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        const struct hl_measure *m = &rows[i].measure;
        hl_buf_text(out, "<tr><td>");
        put_html(out, rows[i].label);
        hl_buf_printf(out,
                      "</td><td>%" PRIu64 "</td><td>%" PRIu64
                      "</td><td>%.2f s</td><td>%.1fx</td><td>%.2f s</td>"
                      "<td>%.0f MB</td><td>%" PRIu64 "</td><td>%" PRIu64
                      "</td><td>%" PRIu64 "</td><td>%.1f ms</td></tr>\n",
                      m->files, m->failed, m->seconds, rows[i].speedup,
                      m->cpu_seconds, (double)m->peak_rss_bytes / 1e6,
                      m->threads, m->processes, m->ctx_switches, m->lag_p99_ms);
    }
    hl_buf_text(out, "</tbody></table></div>\n");
}

static void put_bars(struct hl_buf *out, const struct hl_row *rows,
                     size_t count)
{
    double longest = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].measure.seconds > longest)
            longest = rows[i].measure.seconds;
    hl_buf_text(out, "<h2>Time</h2>\n<dl>\n");
    for (size_t i = 0; i < count; i++) {
        double seconds = rows[i].measure.seconds;
        hl_buf_text(out, "<dt>");
        put_html(out, rows[i].label);
        hl_buf_printf(out,
                      " (%.2f s)</dt><dd><span class=\"bar\" role=\"img\" "
                      "aria-label=\"%.2f seconds\" style=\"width:%.2f%%\">"
                      "</span></dd>\n",
                      seconds, seconds,
                      longest > 0 ? 100 * seconds / longest : 0);
    }
    hl_buf_text(out, "</dl>\n");
}

void hl_page(struct hl_buf *out, const struct hl_row *rows, size_t count,
             const struct hl_setting *setting)
{
    struct hl_buf advice = {0};
    hl_buf_text(out, head);
    put_setting(out, setting);
    put_table(out, rows, count);
    put_bars(out, rows, count);
    hl_buf_text(out, "<h2>What it means</h2>\n<p>");
    hl_advice(&advice, rows, count, setting);
    if (advice.data != NULL)
        put_html(out, advice.data);
    hl_buf_release(&advice);
    hl_buf_text(out, "</p>\n</body></html>\n");
}
