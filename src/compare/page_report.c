/* A row of a report is a line: no more of the file has to be in memory. */
#include "compare/page_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "compare/page_thin.h"
#include "util/io.h"

/* A report that is being read. */
struct reading {
    struct hl_page_run *run;
    struct hl_page_figures *figures; /* or NULL: all is drawn */
    struct hl_page_thin thin;
};

static uint64_t us_of(const json_t *row, const char *name)
{
    return hl_page_whole(1000 * json_number_value(json_object_get(row, name)));
}

static uint64_t whole_of(const json_t *row, const char *name)
{
    return hl_page_whole(json_number_value(json_object_get(row, name)));
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text != NULL ? text : "";
}

/* The last attempt of a row. */
static struct hl_page_transfer transfer_of(const json_t *row)
{
    struct hl_page_transfer t = {
        .begin_us = us_of(row, "start_ms"),
        .bytes = whole_of(row, "bytes"),
        .attempt = (uint32_t)whole_of(row, "attempts"),
        .worker = (uint32_t)whole_of(row, "worker"),
        .status = (uint32_t)whole_of(row, "status"),
    };
    char name[32];
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        snprintf(name, sizeof(name), "%s_ms", hl_page_phases[i]);
        t.phases_us[i] = us_of(row, name);
    }
    t.ready_first_us = t.phases_us[HL_PAGE_READY];
    return t;
}

static int thin_out(struct reading *r)
{
    uint32_t *names = hl_page_thin_out(&r->thin, r->run);
    free(names);
    return names != NULL ? 0 : UV_ENOMEM;
}

/* Adds a transfer to those that are drawn. */
static int draw(struct reading *r, struct hl_page_transfer *t, const char *url)
{
    int64_t index = hl_page_add_url(r->run, url);
    if (index < 0)
        return UV_ENOMEM;
    t->name = (uint32_t)index;
    if (hl_page_add_transfer(r->run, t) == NULL)
        return UV_ENOMEM;
    bool is_due = r->figures != NULL && hl_page_thin_is_due(r->run);
    return is_due ? thin_out(r) : 0;
}

/* Counts a row. */
static void count(struct hl_page_figures *f, const json_t *row,
                  const struct hl_page_transfer *t)
{
    const char *url = text_of(row, "url");
    const char *outcome = text_of(row, "outcome");
    const char *error = text_of(row, "error");
    /* Rows of old reports have none. */
    if (outcome[0] == '\0')
        outcome = haul_outcome_word(error[0] != '\0' ? HAUL_OUTCOME_FAILED
                                                     : HAUL_OUTCOME_OK);
    const struct hl_page_result result = {
        .url = url,
        .outcome = hl_page_outcome(outcome),
        .error = error,
        .status = t->status,
        .message = text_of(row, "message"),
        .attempts = t->attempt,
        .end_us =
            hl_page_whole((double)t->begin_us + (double)us_of(row, "total_ms")),
    };
    bool has_times = json_is_number(json_object_get(row, "total_ms"));
    if (t->attempt > 0 && has_times) {
        hl_page_figures_attempt(f, url, t);
        if (result.outcome == HAUL_OUTCOME_FAILED)
            hl_page_figures_failed(f, error, t->status);
    }
    hl_page_figures_result(f, &result);
}

static int add_row(struct reading *r, const json_t *row)
{
    const char *error = text_of(row, "error");
    struct hl_page_transfer t = transfer_of(row);
    const json_t *summary = json_object_get(row, "summary");
    if (summary != NULL && r->figures != NULL) {
        struct hl_page_figures *f = r->figures;
        hl_page_summary_read(&f->summary, summary);
        snprintf(f->began, sizeof(f->began), "%s", text_of(summary, "began"));
        f->is_whole = true;
        return 0;
    }
    if (!json_is_string(json_object_get(row, "url")))
        return 0;
    int64_t cause =
        error[0] != '\0' ? hl_page_intern(&r->run->errors, error) + 1 : 0;
    if (cause < 0)
        return UV_ENOMEM;
    t.error = (uint32_t)cause;
    if (r->figures != NULL)
        count(r->figures, row, &t);
    if (t.attempt == 0 && cause == 0)
        return 0;
    uint64_t end =
        hl_page_whole((double)t.begin_us + (double)us_of(row, "total_ms"));
    if (end > r->run->length_us)
        r->run->length_us = end;
    if (r->figures != NULL && !hl_page_thin_keeps(&r->thin, &t))
        return 0;
    return draw(r, &t, text_of(row, "url"));
}

static int add_line(struct reading *r, const char *line, size_t length)
{
    json_t *row = json_loadb(line, length, 0, NULL);
    bool ours = json_is_object(row) && json_object_get(row, "v") != NULL;
    int error = ours ? add_row(r, row) : UV_EINVAL;
    json_decref(row);
    return error;
}

int hl_page_report_read(struct hl_page_run *run,
                        struct hl_page_figures *figures, FILE *file)
{
    struct reading reading = {.run = run, .figures = figures};
    char *line = NULL;
    size_t size = 0;
    size_t lines = 0;
    int r = UV_EINVAL;
    ssize_t n;
    while ((n = hl_get_line(&line, &size, file)) > 0) {
        r = add_line(&reading, line, (size_t)n);
        /* A run that was killed leaves its last line cut. */
        if (r == UV_EINVAL && lines > 0 && line[n - 1] != '\n')
            r = 0;
        if (r < 0)
            break;
        lines++;
    }
    free(line);
    run->transfers_left_out = reading.thin.seen > run->transfers_count
                                  ? reading.thin.seen - run->transfers_count
                                  : 0;
    if (figures != NULL)
        figures->has_report = true;
    return n < 0 ? (int)n : r;
}
