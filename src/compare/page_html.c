/* Writes the races, the table, the words and the data of a page. The script of
 * the page, in page/, draws the rest from the data. */
#include "compare/page_html.h"

#include <inttypes.h>
#include <string.h>

#include "compare/files.h"
#include "compare/guide.h"
#include "compare/html_text.h"
#include "compare/page_figures_html.h"
#include "compare/page_part.h"
#include "compare/race_html.h"
#include "compare/sweep.h"

/* The styles and the modules of page/, put together by scripts/embed.cmake. */
extern const unsigned char hl_page_style[];
extern const unsigned char hl_page_script[];

static void put_head(struct hl_buf *out, const char *title)
{
    hl_buf_text(out, "<!doctype html>\n<html lang=\"en\"><head>"
                     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                     "content=\"width=device-width,initial-scale=1\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>");
    hl_html_text(out, title);
    hl_buf_text(out, "</title>\n<style>\n");
    hl_buf_text(out, (const char *)hl_page_style);
    hl_buf_text(out, "</style></head><body>\n");
}

static void put_places(struct hl_buf *out, bool is_real)
{
    static const struct {
        const char *id;
        const char *title;
        bool is_of_real; /* haul page has it too */
    } sections[] = {
        {"what-if", "What if?", false},
        {"timeline", "Who waits, who works", true},
        {"sweep", "How many files at a time", false},
        {"distribution", "How long each transfer took", true},
        {"errors", "Failed attempts by cause", false},
    };
    for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
        if (!is_real || sections[i].is_of_real)
            hl_buf_printf(
                out, "<section><h2>%s</h2>\n<div id=\"%s\"></div></section>\n",
                sections[i].title, sections[i].id);
}

/* Where the questions that a race raises are answered. The script takes away
 * what is not there. */
static void put_contents(struct hl_buf *out)
{
    static const struct {
        const char *id;
        const char *title;
    } links[] = {
        {"where", "Where the time went"},
        {"phases", "What each phase costs"},
        {"job", "What should I use for my job?"},
        {"what-if", "What if?"},
        {"price", "The price of a thread"},
        {"slowest", "The slowest transfer"},
        {"timeline", "Who waits, who works"},
    };
    hl_buf_text(out, "<nav class=\"contents\" aria-label=\"on this page\">"
                     "<b>Below:</b>");
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
        hl_buf_printf(out, " <a href=\"#%s\">%s</a>", links[i].id,
                      links[i].title);
    hl_buf_text(out, "</nav>\n");
}

static void put_sweep(struct hl_buf *out, const struct hl_row *rows,
                      size_t count)
{
    size_t first = 0; /* of a mode */
    for (size_t i = 0; i < count; i++) {
        size_t of_mode = 1;
        if (rows[i].mode != rows[first].mode)
            first = i;
        while (first + of_mode < count &&
               rows[first + of_mode].mode == rows[first].mode)
            of_mode++;
        bool is_best = i == first + hl_sweep_best(&rows[first], of_mode);
        hl_buf_printf(out,
                      "%s{\"mode\":\"%s\",\"workers\":%u,\"seconds\":%.6f,"
                      "\"failed\":%" PRIu64 ",\"best\":%s}",
                      i > 0 ? "," : "", haul_mode_name(rows[i].mode),
                      rows[i].workers, rows[i].measure.seconds,
                      rows[i].measure.failed, is_best ? "true" : "false");
    }
}

static void put_data(struct hl_buf *out, const struct hl_page *page)
{
    hl_buf_text(out,
                "<script type=\"application/json\" id=\"data\">{\"runs\":[");
    for (size_t i = 0; i < page->runs_count; i++) {
        if (i > 0)
            hl_buf_text(out, ",\n");
        hl_page_run_json(out, &page->runs[i]);
    }
    hl_buf_text(out, "],\"parts\":[");
    size_t first = 0;
    for (size_t i = 0; i < page->parts_count; i++) {
        hl_buf_text(out, i > 0 ? ",\n" : "");
        hl_page_part_json(out, &page->parts[i], page->runs + first, first);
        first += page->parts[i].count;
    }
    hl_buf_text(out, "],\"sweep\":[");
    put_sweep(out, page->sweep, page->sweep_count);
    hl_buf_text(out, "]}</script>\n");
}

/* The races, and by what they were measured. */
static void put_first_screen(struct hl_buf *out, const struct hl_page *page)
{
    const struct hl_page_run *run = page->runs;
    hl_buf_text(out, "<div id=\"races\">\n");
    hl_race_put_patterns(out);
    for (size_t i = 0; i < page->parts_count; i++) {
        const struct hl_race race = hl_race_of(&page->parts[i], run);
        hl_race_put(out, &race, (size_t)(run - page->runs));
        run += page->parts[i].count;
    }
    hl_buf_text(out, "<p class=\"measured\">");
    hl_html_text(out, page->measured_by);
    hl_buf_text(out, "</p>\n</div>\n");
}

/* The runs that haul page was given. */
static void put_figures(struct hl_buf *out, const struct hl_page *page)
{
    bool is_alone = page->runs_count == 1;
    if (!is_alone) {
        hl_buf_text(out, "<h1>");
        hl_html_text(out, page->title);
        hl_buf_text(out, "</h1>\n");
    }
    for (size_t i = 0; i < page->runs_count; i++)
        hl_page_figures_put(out, &page->figures[i], page->runs[i].label,
                            is_alone);
}

static void put_body(struct hl_buf *out, const struct hl_page *page)
{
    bool is_real = page->figures != NULL;
    hl_buf_text(out, "<main>\n");
    if (page->parts_count > 0)
        put_first_screen(out, page);
    hl_buf_text(out, "<div class=\"below\">\n");
    if (is_real)
        put_figures(out, page);
    else
        put_contents(out);
    const struct hl_page_run *run = page->runs;
    for (size_t i = 0; i < page->parts_count; i++) {
        hl_page_part(out, &page->parts[i], run);
        run += page->parts[i].count;
    }
    if (!is_real)
        hl_guide(out, page->parts, page->parts_count);
    put_places(out, is_real);
    hl_buf_printf(
        out,
        "<noscript><p>%s: a script, which is part of this file, draws "
        "them.</p></noscript>\n</div>\n</main>\n",
        is_real ? "The pictures below are not there"
                : "The pictures above do not move, and those below "
                  "are not there");
}

static void put_page(struct hl_buf *out, const struct hl_page *page)
{
    put_head(out, page->title);
    put_body(out, page);
    put_data(out, page);
    hl_buf_text(out, "<script type=\"module\">\n");
    hl_buf_text(out, (const char *)hl_page_script);
    hl_buf_text(out, "</script>\n</body></html>\n");
}

int hl_page_write(const char *path, const struct hl_page *page)
{
    struct hl_buf text = {0};
    put_page(&text, page);
    int status = hl_files_write(path, &text);
    hl_buf_release(&text);
    return status;
}
