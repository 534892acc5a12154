/* Draws what a moment of a race is. The script of the page moves the same
 * squares: it changes their classes, and never their places. */
#include "compare/race_html.h"

#include <inttypes.h>

#include "compare/html_text.h"
#include "compare/race_lessons.h"
#include "compare/race_moment.h"
#include "compare/race_words.h"
#include "modes/traits.h"

enum {
    CELLS_A_ROW = 25,
    CELL_PITCH = 20, /* px */
    CELL_SIZE = 17,
    WORKERS_WIDTH = 208, /* of all squares of a lane */
    LANES_FIT = 5,       /* of the larger height */
    SAID_FITS = 75,      /* bytes of a sentence of the larger size */
};

static const double PITCH_A_SIZE = 1.18; /* of the squares of workers */

/* Adds what say() writes, as text. */
#define PUT_WORDS(out, say, ...)    \
    do {                            \
        struct hl_buf words = {0};  \
        say(&words, __VA_ARGS__);   \
        hl_html_words(out, &words); \
    } while (0)

void hl_race_put_patterns(struct hl_buf *out)
{
    hl_buf_text(
        out,
        "<svg class=\"patterns\" width=\"0\" height=\"0\" "
        "aria-hidden=\"true\"><defs>"
        "<pattern id=\"dots\" width=\"5\" height=\"5\" "
        "patternUnits=\"userSpaceOnUse\"><rect class=\"under\" width=\"5\" "
        "height=\"5\"/><circle class=\"dot\" cx=\"2.5\" cy=\"2.5\" r=\"1.1\"/>"
        "</pattern>"
        "<linearGradient id=\"half\" x2=\"0\" y2=\"1\">"
        "<stop class=\"upper\" offset=\".5\"/>"
        "<stop class=\"lower\" offset=\".5\"/></linearGradient>"
        "<pattern id=\"hatch\" width=\"5\" height=\"5\" "
        "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<rect class=\"under\" width=\"5\" height=\"5\"/>"
        "<rect class=\"line\" width=\"2\" height=\"5\"/></pattern>"
        "</defs></svg>\n");
}

static void put_square(struct hl_buf *out, char state, double x, double y,
                       double width, double height)
{
    hl_buf_printf(out,
                  "<rect class=\"%c\" x=\"%g\" y=\"%g\" width=\"%g\" "
                  "height=\"%g\"/>",
                  state, x + .5, y + .5, width, height);
}

static void put_cells(struct hl_buf *out, const struct hl_race_moment *m)
{
    hl_buf_text(out, "<div class=\"cells\" aria-hidden=\"true\">");
    for (size_t i = 0; i < m->cells_count; i++) {
        size_t column = i % CELLS_A_ROW;
        if (column == 0)
            hl_buf_printf(out, "%s<svg viewBox=\"0 0 %d %d\">",
                          i > 0 ? "</svg>" : "", CELLS_A_ROW * CELL_PITCH,
                          CELL_PITCH);
        put_square(out, hl_file_letters[m->cells[i]],
                   (double)column * CELL_PITCH, 0, CELL_SIZE, CELL_SIZE);
    }
    hl_buf_text(out, m->cells_count > 0 ? "</svg></div>" : "</div>");
}

static size_t columns_for(size_t squares)
{
    if (squares <= 5)
        return squares > 0 ? squares : 1;
    return squares <= 10 ? 5 : 20;
}

/* All lanes of a race are of one height. */
static double height_of(const struct hl_race *race)
{
    return race->part->count > LANES_FIT ? 34 : 52;
}

static void put_workers(struct hl_buf *out, const struct hl_race *race,
                        const struct hl_row *row,
                        const struct hl_race_moment *m)
{
    size_t columns = columns_for(m->squares_count);
    size_t rows = (m->squares_count + columns - 1) / columns;
    double height = height_of(race);
    double pitch = (double)WORKERS_WIDTH / (double)(columns < 5 ? 5 : columns);
    if (rows > 0 && pitch * (double)rows > height * PITCH_A_SIZE)
        pitch = height * PITCH_A_SIZE / (double)rows;
    if (m->squares_count == 1)
        pitch = height * PITCH_A_SIZE;
    double size = pitch / PITCH_A_SIZE;
    bool is_wide = !hl_mode_traits(row->mode)->blocks;
    hl_buf_printf(out,
                  "<svg class=\"workers\" aria-hidden=\"true\" "
                  "viewBox=\"0 0 %d %g\">",
                  WORKERS_WIDTH + 1,
                  pitch * (double)(rows > 0 ? rows - 1 : 0) + size + 1);
    for (size_t i = 0; i < m->squares_count; i++) {
        size_t line = i / columns;
        put_square(out, hl_worker_letters[m->squares[i]],
                   (double)(i % columns) * pitch, (double)line * pitch,
                   is_wide ? WORKERS_WIDTH : size, size);
    }
    hl_buf_text(out, "</svg>");
}

static bool is_done(const struct hl_race *race, const struct hl_row *row)
{
    return row->measure.seconds * 1e6 <= (double)race->end_us;
}

/* How many files are here, or the time since when all are. */
static void put_count(struct hl_buf *out, const struct hl_race *race,
                      const struct hl_row *row, const struct hl_race_moment *m)
{
    double seconds = row->measure.seconds;
    hl_buf_text(out, "<p class=\"count\"><b>");
    if (!is_done(race, row))
        hl_buf_printf(
            out, "%" PRIu64 "</b><span> of %" PRIu64 " here; all after %.2f s",
            m->in_state[HL_FILE_HERE], m->files, seconds);
    else
        hl_buf_printf(out, "%.2f s ✓</b><span>", seconds);
    if (is_done(race, row) && row->speedup > 1)
        hl_buf_printf(out, " speed-up %.1f ×", row->speedup);
    hl_buf_text(out, "</span></p>");
}

/* What the script has to know of a lane. */
static void begin_lane(struct hl_buf *out, const struct hl_race *race,
                       const struct hl_row *row, size_t run)
{
    const struct hl_mode_traits *traits = hl_mode_traits(row->mode);
    const char *kind = traits->in_processes ? "processes" : "threads";
    if (!traits->blocks)
        kind = row->on_pool ? "pool" : "loop";
    else if (traits->one_at_a_time)
        kind = "one";
    hl_buf_printf(out,
                  "<li class=\"lane%s\" data-run=\"%zu\" data-us=\"%.0f\" "
                  "data-workers=\"%s\" data-at-once=\"%" PRIu64
                  "\" data-speedup=\"%.1f\" data-place=\"",
                  is_done(race, row) ? " done" : "", run,
                  row->measure.seconds * 1e6, kind, row->measure.in_flight,
                  row->speedup);
    PUT_WORDS(out, hl_race_place, race, row);
    hl_buf_text(out, "\">");
}

/* The sentence beside a lane. */
static void put_said(struct hl_buf *out, const struct hl_race *race, size_t at,
                     const struct hl_race_facts *facts,
                     const struct hl_race_moment *m)
{
    struct hl_buf words = {0};
    hl_race_sentence(&words, race, &race->part->rows[at], facts, m);
    hl_buf_printf(out, "<p class=\"say%s\">",
                  words.used > SAID_FITS ? " long" : "");
    hl_html_words(out, &words);
    hl_buf_text(out, "</p>");
}

static void put_lane(struct hl_buf *out, const struct hl_race *race, size_t at,
                     size_t run)
{
    const struct hl_row *row = &race->part->rows[at];
    struct hl_race_moment m;
    struct hl_race_facts facts;
    if (hl_race_moment(&m, row, &race->runs[at], race->end_us) < 0 ||
        hl_race_facts_of(&facts, &race->runs[at]) < 0) {
        out->failed = true;
        return;
    }
    begin_lane(out, race, row, run);
    hl_buf_text(out, "<div class=\"who\"><h2>");
    PUT_WORDS(out, hl_race_name, row);
    hl_buf_text(out, "</h2><p>");
    PUT_WORDS(out, hl_race_workers, row);
    hl_buf_text(out, "</p></div><div class=\"doing\">");
    put_workers(out, race, row, &m);
    hl_buf_text(out, "<p class=\"state\">");
    PUT_WORDS(out, hl_race_state, row, &m, race->part->setting.cores);
    hl_buf_text(out, "</p></div>");
    put_cells(out, &m);
    hl_buf_text(out, "<div class=\"result\">");
    put_count(out, race, row, &m);
    put_said(out, race, at, &facts, &m);
    hl_buf_text(out, "</div></li>\n");
}

static void put_meanings(struct hl_buf *out, const char *const *meanings)
{
    hl_buf_text(out, "<span class=\"group\">");
    for (; *meanings != NULL; meanings++)
        hl_buf_printf(out, "<span><i class=\"%c\"></i>%s</span> ",
                      (*meanings)[0], *meanings + 2);
    hl_buf_text(out, "</span>");
}

/* What the squares of files and of workers mean. */
static void put_legend(struct hl_buf *out, const struct hl_race *race)
{
    static const char *const workers[] = {
        "b blocked: stands still until its one answer comes",
        "u running: at work", "i idle: free for whatever comes first", NULL};
    const char *files[] = {"n not asked for",
                           "w asked for, waiting",
                           "r ready: answered or stored, nobody came yet",
                           "c being stored",
                           "h here",
                           NULL,
                           NULL};
    bool any_failed = false;
    for (size_t i = 0; i < race->part->count; i++)
        any_failed = any_failed || race->part->rows[i].measure.failed > 0;
    if (race->part->setting.cpu_work_us > 0)
        files[3] = "c being computed";
    if (any_failed)
        files[5] = "x failed";
    hl_buf_text(out, "<p class=\"legend\">");
    put_meanings(out, workers);
    put_meanings(out, files);
    hl_buf_text(out, "</p>\n");
}

static void put_top(struct hl_buf *out, const struct hl_race *race)
{
    hl_buf_text(out, "<div class=\"top\"><div class=\"ask\"><h1>");
    PUT_WORDS(out, hl_race_title, &race->part->setting);
    hl_buf_text(out, "</h1><p>");
    PUT_WORDS(out, hl_race_question, race);
    hl_buf_printf(out,
                  "</p></div><p class=\"clock\"><span>after</span> "
                  "<b>%.3f s</b></p></div>\n",
                  (double)race->end_us / 1e6);
}

void hl_race_put(struct hl_buf *out, const struct hl_race *race,
                 size_t first_run)
{
    uint32_t work_us = race->part->setting.cpu_work_us;
    hl_buf_printf(out,
                  "<section class=\"race%s\" data-end=\"%" PRIu64 "\" "
                  "data-slower=\"%u\" data-cores=\"%u\" data-work=\"%u\" "
                  "data-label=\"",
                  race->part->count > LANES_FIT ? " many" : "", race->end_us,
                  race->slower, race->part->setting.cores, work_us);
    if (work_us > 0)
        hl_buf_printf(out, "+ %g ms of computing each", work_us / 1000.0);
    else
        hl_buf_text(out, "only waiting");
    hl_buf_text(out, "\">\n");
    put_top(out, race);
    hl_buf_text(out, "<ol class=\"lanes\">\n");
    for (size_t i = 0; i < race->part->count; i++)
        put_lane(out, race, i, first_run + i);
    hl_buf_text(out, "</ol>\n");
    put_legend(out, race);
    hl_race_lessons(out, race);
    hl_buf_text(out, "</section>\n");
}
