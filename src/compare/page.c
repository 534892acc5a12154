/* haul page: timelines and reports as a page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/opt.h"
#include "cli/print_message.h"
#include "compare/page_html.h"
#include "compare/page_read.h"

struct page_options {
    const char *output;
};

#define PAGE(member) offsetof(struct page_options, member)

static const struct hl_opt page_rows[] = {
    HL_OPT_ROW("output", 'o', "FILE", TEXT, PAGE(output),
               "write the page to FILE (default: haul-page.html)"),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

/* The runs of a page: of each what is drawn, and its figures. */
struct runs {
    struct hl_page_run *items;
    struct hl_page_figures *figures;
    size_t count;
};

static int read_all(struct runs *runs, const struct hl_opt_strings *files)
{
    for (size_t i = 0; i < files->count; i++) {
        int r =
            hl_page_read(&runs->items[i], &runs->figures[i], files->items[i]);
        if (r == UV_EINVAL)
            hl_error("%s: neither a timeline (--trace) nor a report in JSON "
                     "(--report)",
                     files->items[i]);
        else if (r < 0)
            hl_error("%s: %s", files->items[i], haul_strerror(r));
        if (r < 0)
            return HL_EXIT_IO;
    }
    return HL_EXIT_OK;
}

static void release(struct runs *runs, size_t which)
{
    hl_page_run_release(&runs->items[which]);
    hl_page_figures_release(&runs->figures[which]);
}

/* The report and the timeline of one run become one: the timeline is drawn. */
static void join(struct runs *runs, size_t report, size_t trace)
{
    hl_page_figures_join(&runs->figures[report], &runs->figures[trace]);
    hl_page_run_release(&runs->items[report]);
    runs->items[report] = runs->items[trace];
    runs->items[trace] = (struct hl_page_run){.label = ""};
    release(runs, trace);
    runs->count--;
    for (size_t i = trace; i < runs->count; i++) {
        runs->items[i] = runs->items[i + 1];
        runs->figures[i] = runs->figures[i + 1];
    }
}

static void join_all(struct runs *runs)
{
    for (size_t report = 0; report < runs->count; report++) {
        size_t trace = 0;
        while (trace < runs->count &&
               !hl_page_figures_same(&runs->figures[report],
                                     &runs->figures[trace]))
            trace++;
        if (trace == runs->count)
            continue;
        join(runs, report, trace);
        report -= trace < report;
    }
}

/* Would the page replace one of the files that it is made of? */
static bool is_input(const char *output, const struct hl_opt_strings *files)
{
    struct stat page;
    struct stat file;
    if (stat(output, &page) < 0 || !S_ISREG(page.st_mode))
        return false;
    for (size_t i = 0; i < files->count; i++)
        if (stat(files->items[i], &file) == 0 && file.st_dev == page.st_dev &&
            file.st_ino == page.st_ino)
            return true;
    return false;
}

static bool is_alone(const struct hl_page_run *runs, size_t count, size_t which)
{
    for (size_t i = 0; i < count; i++)
        if (i != which && strcmp(runs[i].label, runs[which].label) == 0)
            return false;
    return true;
}

/* Adds the file's name to the labels of runs that have the same label. */
static void tell_apart(struct hl_page_run *runs,
                       const struct hl_opt_strings *files)
{
    bool *alone = calloc(files->count, sizeof(*alone));
    for (size_t i = 0; alone != NULL && i < files->count; i++)
        alone[i] = is_alone(runs, files->count, i);
    for (size_t i = 0; alone != NULL && i < files->count; i++) {
        char *label = runs[i].label;
        size_t used = runs[i].mode[0] != '\0' ? strlen(label) : 0;
        size_t room = sizeof(runs[i].label) - used - sizeof(": ");
        size_t length = strlen(files->items[i]);
        const char *tail =
            files->items[i] + (length > room ? length - room : 0);
        if (!alone[i])
            snprintf(label + used, sizeof(runs[i].label) - used, "%s%s",
                     used > 0 ? ": " : "", tail);
    }
    free(alone);
}

static int make_page(const struct page_options *o,
                     const struct hl_opt_strings *files)
{
    struct runs runs = {
        .items = calloc(files->count, sizeof(*runs.items)),
        .figures = calloc(files->count, sizeof(*runs.figures)),
        .count = files->count,
    };
    int status =
        runs.items != NULL && runs.figures != NULL ? HL_EXIT_OK : HL_EXIT_OTHER;
    if (status == HL_EXIT_OK)
        status = read_all(&runs, files);
    if (status == HL_EXIT_OK) {
        tell_apart(runs.items, files);
        join_all(&runs);
        const struct hl_page page = {
            .title = runs.count > 1 ? "haul: some runs" : "haul: a run",
            .runs = runs.items,
            .runs_count = runs.count,
            .figures = runs.figures,
        };
        status = hl_page_write(o->output, &page);
    }
    if (status == HL_EXIT_OK)
        hl_tell("The page: %s", o->output);
    if (runs.items != NULL && runs.figures != NULL)
        for (size_t i = 0; i < runs.count; i++)
            release(&runs, i);
    free(runs.items);
    free(runs.figures);
    return status;
}

static int run(const struct page_options *o, const struct hl_opt_strings *files)
{
    if (files->count == 0) {
        hl_error("page: name a file that --trace or --report wrote");
        return HL_EXIT_USAGE;
    }
    if (is_input(o->output, files)) {
        hl_error("page: %s is one of the files to read; -o names the page",
                 o->output);
        return HL_EXIT_USAGE;
    }
    return make_page(o, files);
}

int hl_cmd_page(int argc, char **argv)
{
    struct page_options o = {.output = "haul-page.html"};
    const struct hl_opt_table tables[] = {{"Options", page_rows, &o}, {0}};
    const struct hl_opt_command command = {
        .name = "page",
        .usage = "haul page [OPTIONS] FILE...: timelines and reports as a page",
        .tables = tables,
        .operand = "FILE"};
    struct hl_opt_parsed parsed;
    int status;
    if (hl_help_begin(&command, argc, argv, &parsed, &status))
        status = run(&o, &parsed.rest);
    hl_opt_parsed_release(&parsed);
    return status;
}
