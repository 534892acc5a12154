/*
 * haul compare: fetches the same list in each mode. Each row runs in a process
 * of its own, in turn, from a local origin; the files that it left are compared
 * with those of the first row. What was measured is printed as a table, in
 * words (advice.h) and as a page (page_html.h). Where nothing else was asked
 * for, a second part repeats the rows for some of the files, with CPU work on
 * each: there the modes differ in another way.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/local_origin.h"
#include "cli/opt.h"
#include "cli/print_message.h"
#include "cli/signals.h"
#include "compare/advice.h"
#include "compare/compare_options.h"
#include "compare/files.h"
#include "compare/measure_row.h"
#include "compare/measured_by.h"
#include "compare/page_html.h"
#include "compare/page_read.h"
#include "compare/ranking.h"
#include "compare/table.h"
#include "modes/traits.h"
#include "util/mkdirs.h"

enum {
    ROWS_MAX = 16,
    PARTS_MAX = 2,
    MADE_FILES = 100,
    WORK_FILES = 40, /* of the second part */
    WORK_US = 20000,
    THREADS = 10,
    PROCESSES = 5,
    ASYNC = 100,
    PATH_SIZE = 4096,
};

/* Set by a signal, which ends the row's process too: the files are removed, and
 * the command ends. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
    hl_row_process_stop();
}

/* Some rows of a comparison. */
struct part {
    size_t first;
    size_t count;
    uint64_t limit; /* files at most */
    uint32_t cpu_work_us;
    uint64_t hash; /* of the first row's files */
    bool hashed;
};

/* A comparison under way. */
struct comparison {
    struct hl_compare_options *options;
    int argc; /* what the command was given */
    char **argv;
    struct hl_local local;
    struct hl_row rows[ROWS_MAX];
    size_t count;
    struct part parts[PARTS_MAX];
    size_t parts_count;
    struct hl_measure *runs[ROWS_MAX]; /* each of options->runs */
    char dir[64];    /* that everything is fetched into, one row at a time */
    char traces[64]; /* where timelines go when nobody asked for them */
    struct hl_page_run pictures[ROWS_MAX];
    bool differs;
};

static void add_row(struct comparison *c, enum haul_mode_id mode,
                    uint32_t workers, bool on_pool)
{
    struct part *part = &c->parts[c->parts_count];
    struct hl_row *row = &c->rows[c->count];
    if ((c->options->wanted & 1u << mode) == 0)
        return;
    hl_row_init(row, mode, workers, on_pool);
    row->cpu_work_us = part->cpu_work_us;
    c->count++;
    part->count++;
}

static uint32_t workers_of(const struct hl_compare_options *o, uint32_t own,
                           uint32_t fallback)
{
    if (o->workers > 0)
        return o->workers;
    return own > 0 ? own : fallback;
}

/* The rows of the talk, and threads with as many workers as async, so that
 * nobody takes the number of workers for the mode. */
static void add_part(struct comparison *c, uint64_t limit, uint32_t cpu_work_us)
{
    const struct hl_compare_options *o = c->options;
    uint32_t threads = workers_of(o, o->threads, THREADS);
    uint32_t async = workers_of(o, o->async, ASYNC);
    c->parts[c->parts_count] = (struct part){
        .first = c->count, .limit = limit, .cpu_work_us = cpu_work_us};
    add_row(c, HAUL_MODE_SEQUENTIAL, 1, false);
    add_row(c, HAUL_MODE_THREADS, threads, false);
    add_row(c, HAUL_MODE_PROCESSES, workers_of(o, o->processes, PROCESSES),
            false);
    add_row(c, HAUL_MODE_ASYNC, async, false);
    if (cpu_work_us > 0)
        add_row(c, HAUL_MODE_ASYNC, async, true);
    if (threads != async)
        add_row(c, HAUL_MODE_THREADS, async, false);
    c->parts_count++;
}

static void add_parts(struct comparison *c)
{
    const struct hl_compare_options *o = c->options;
    uint64_t all = o->inputs.count > 0 ? UINT64_MAX : MADE_FILES;
    uint64_t limit = o->number > 0 ? o->number : all;
    if (o->cpu_work_us > 0 && o->cpu_work_us != HL_COMPARE_NO_WORK) {
        add_part(c, limit, o->cpu_work_us);
        return;
    }
    add_part(c, limit, 0);
    if (o->cpu_work_us == 0)
        add_part(c, limit < WORK_FILES ? limit : WORK_FILES, WORK_US);
}

static int check_files(struct comparison *c, struct part *part,
                       const struct hl_row *row)
{
    uint64_t hash;
    int r = hl_files_hash(c->dir, &hash);
    if (r < 0) {
        hl_error("compare: %s: %s", c->dir, haul_strerror(r));
        return r;
    }
    if (part->hashed && hash != part->hash && row->measure.failed == 0) {
        hl_error("compare: %s fetched other bytes than %s", row->label,
                 c->rows[part->first].label);
        c->differs = true;
    }
    if (!part->hashed) {
        part->hash = hash;
        part->hashed = row->measure.failed == 0;
    }
    return 0;
}

/* The file of a row's timeline. */
static void trace_path(const struct comparison *c, size_t at, char *out,
                       size_t size)
{
    const char *dir = c->options->trace;
    const struct hl_row *row = &c->rows[at];
    snprintf(out, size, "%s/%s-%u%s%s.json", dir != NULL ? dir : c->traces,
             haul_mode_name(row->mode), row->workers,
             row->on_pool ? "-pool" : "",
             at >= c->parts[0].count ? "-work" : "");
}

/* A fault strikes the first requests for a path, so each row needs an origin
 * that has not been asked yet. */
static int renew_origin(struct comparison *c)
{
    if (!hl_local_is_faulty(&c->options->origin))
        return 0;
    hl_local_stop(&c->local);
    int r = hl_local_start(&c->local, &c->options->origin);
    if (r < 0 && !interrupted)
        hl_error("compare: the built-in server cannot start: %s",
                 haul_strerror(r));
    return r;
}

static int run_traced(struct comparison *c, struct part *part,
                      struct hl_row *row, const char *trace)
{
    const struct hl_compare_options *o = c->options;
    if (!interrupted && renew_origin(c) < 0 && !interrupted)
        return UV_ECONNREFUSED;
    const struct hl_row_order order = {
        .dir = c->dir,
        .list = o->inputs.count > 0 ? o->inputs.items[0] : NULL,
        .local = &c->local,
        .limit = part->limit,
        .trace = trace,
        .trace_all = o->trace != NULL,
    };
    int r = interrupted ? UV_ECANCELED
                        : hl_row_process_run(row, &order, &row->measure);
    if (interrupted)
        r = UV_ECANCELED; /* what it measured is not the whole list */
    else if (r < 0)
        hl_error("compare: %s: %s", row->label,
                 r == UV_EOF ? "its process ended early" : haul_strerror(r));
    else
        r = check_files(c, part, row);
    hl_files_remove(c->dir);
    return r;
}

static int run_swept(void *arg, struct hl_row *row)
{
    struct comparison *c = arg;
    row->cpu_work_us = c->parts[0].cpu_work_us;
    return run_traced(c, &c->parts[0], row, NULL);
}

/* The file of the timeline of one of several runs, until the median is known.
 */
static void trace_path_of(const struct comparison *c, size_t at, uint32_t run,
                          char *out, size_t size)
{
    trace_path(c, at, out, size);
    size_t used = strlen(out);
    if (c->options->runs > 1)
        snprintf(out + used, size - used, ".%u", run);
}

/* Of several timelines of a row, keeps that of the run which stands for it. */
static void keep_timeline(const struct comparison *c, size_t at)
{
    char kept[PATH_SIZE];
    char trace[PATH_SIZE];
    trace_path(c, at, kept, sizeof(kept));
    for (uint32_t j = 0; j < c->options->runs; j++) {
        trace_path_of(c, at, j, trace, sizeof(trace));
        if (j != c->rows[at].measure.run)
            unlink(trace);
        else if (strcmp(trace, kept) != 0 && rename(trace, kept) < 0)
            hl_error("%s: %s", kept, haul_strerror(-errno));
    }
}

/* Reads the timelines for the page. One that cannot be read is left out. */
static void read_pictures(struct comparison *c)
{
    char trace[PATH_SIZE];
    for (size_t i = 0; i < c->count; i++) {
        struct hl_page_run *run = &c->pictures[i];
        const struct hl_row *row = &c->rows[i];
        trace_path(c, i, trace, sizeof(trace));
        int r = hl_page_read(run, NULL, trace);
        if (r < 0)
            hl_error("%s: %s", trace, haul_strerror(r));
        snprintf(run->label, sizeof(run->label), "%s%s", row->label,
                 row->cpu_work_us > 0 ? ", with CPU work" : "");
        run->length_us = (uint64_t)(row->measure.seconds * 1e6);
    }
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct hl_measure *)a)->seconds;
    double y = ((const struct hl_measure *)b)->seconds;
    return (x > y) - (x < y);
}

/* The run whose time is the median stands for its row: its other figures
 * belong to that time. */
static void take_median(struct comparison *c, size_t at, uint32_t runs)
{
    struct hl_measure *of = c->runs[at];
    struct hl_row *row = &c->rows[at];
    uint64_t failed = 0;
    for (uint32_t j = 0; j < runs; j++)
        failed = of[j].failed > failed ? of[j].failed : failed;
    qsort(of, runs, sizeof(*of), by_seconds);
    row->measure = of[runs / 2];
    row->measure.failed = failed;
    row->shortest_s = of[0].seconds;
    row->longest_s = of[runs - 1].seconds;
}

static void set_speedups(struct comparison *c, const struct part *part)
{
    struct hl_row *rows = &c->rows[part->first];
    const struct hl_row *base = &rows[0];
    for (size_t i = 0; i < part->count; i++)
        if (hl_mode_traits(rows[i].mode)->one_at_a_time)
            base = &rows[i];
    for (size_t i = 0; i < part->count; i++)
        rows[i].speedup = hl_row_is_sound(base) && hl_row_is_sound(&rows[i])
                              ? base->measure.seconds / rows[i].measure.seconds
                              : 0;
}

/* One run: each row is printed as it ends. Several: interleaved, so that
 * what disturbs the machine for a while disturbs all alike, and printed when
 * the medians are known. */
static int run_rows(struct comparison *c, struct part *part)
{
    char trace[PATH_SIZE];
    uint32_t runs = c->options->runs;
    size_t end = part->first + part->count;
    if (runs == 1)
        hl_row_print_head();
    for (uint32_t j = 0; j < runs; j++) {
        for (size_t i = part->first; i < end; i++) {
            trace_path_of(c, i, j, trace, sizeof(trace));
            int r = run_traced(c, part, &c->rows[i], trace);
            if (r < 0)
                return r;
            c->rows[i].measure.run = j;
            c->runs[i][j] = c->rows[i].measure;
            take_median(c, i, j + 1);
            set_speedups(c, part);
            if (runs == 1)
                hl_row_print(&c->rows[i]);
        }
    }
    if (runs > 1)
        hl_row_print_head();
    for (size_t i = part->first; runs > 1 && i < end; i++) {
        hl_row_print(&c->rows[i]);
        keep_timeline(c, i);
    }
    return 0;
}

static struct hl_part results_of(const struct comparison *c,
                                 const struct part *part)
{
    const struct hl_compare_options *o = c->options;
    const struct hl_row *rows = &c->rows[part->first];
    uint64_t files = part->limit < UINT64_MAX ? part->limit : 0;
    for (size_t i = 0; i < part->count; i++)
        if (rows[i].measure.seconds > 0)
            files = rows[i].measure.files + rows[i].measure.failed;
    return (struct hl_part){
        .rows = rows,
        .count = part->count,
        .setting = {
            .list = o->inputs.count > 0 ? o->inputs.items[0] : NULL,
            .files = files,
            .latency_ns = o->origin.latency_ns,
            .bandwidth = o->origin.bandwidth,
            .cpu_work_us = part->cpu_work_us,
            .faulty = hl_local_is_faulty(&o->origin),
            .cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
            .runs = o->runs,
        }};
}

static void print_wrapped(const struct hl_buf *text)
{
    struct hl_buf lines = {0};
    if (text->data != NULL)
        hl_buf_wrap(&lines, text->data, 0);
    if (lines.data != NULL)
        fputs(lines.data, stdout);
    hl_buf_release(&lines);
}

/* Runs the rows of a part, and prints what they show. */
static int run_part(struct comparison *c, struct part *part)
{
    struct hl_buf text = {0};
    struct hl_part results = results_of(c, part);
    hl_setting_title(&text, &results.setting);
    print_wrapped(&text);
    hl_buf_clear(&text);
    if (part->first == 0)
        fputs(hl_table_legend, stdout);
    putchar('\n');
    int r = run_rows(c, part);
    if (r == 0) {
        results = results_of(c, part);
        hl_advice(&text, &results);
        printf("\n%s", text.data != NULL ? text.data : "");
    }
    hl_buf_release(&text);
    return r;
}

/* Work on files that cannot be fetched would show nothing. */
static bool any_sound(const struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (hl_row_is_sound(&c->rows[i]))
            return true;
    return false;
}

static int run_parts(struct comparison *c)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < c->parts_count; i++) {
        if (i > 0 && !any_sound(c)) {
            c->count = c->parts[i].first;
            c->parts_count = i;
            break;
        }
        if (i > 0)
            putchar('\n');
        r = run_part(c, &c->parts[i]);
    }
    return r;
}

static int publish(struct comparison *c)
{
    const struct hl_compare_options *o = c->options;
    struct hl_part parts[PARTS_MAX];
    struct hl_buf measured_by = {0};
    for (size_t i = 0; i < c->parts_count; i++)
        parts[i] = results_of(c, &c->parts[i]);
    hl_measured_by(&measured_by, c->argc, c->argv);
    const struct hl_page page = {
        .title = "One list, four modes",
        .parts = parts,
        .parts_count = c->parts_count,
        .measured_by = measured_by.data != NULL ? measured_by.data : "",
        .sweep = c->options->sweep.rows,
        .sweep_count = c->options->sweep.rows_count,
        .runs = c->pictures,
        .runs_count = c->count,
    };
    read_pictures(c);
    struct hl_buf json = {0};
    int status = hl_page_write(o->html, &page);
    if (status == HL_EXIT_OK) {
        putchar('\n');
        hl_tell("The page: %s", o->html);
    }
    if (o->json != NULL) {
        hl_rows_json(&json, c->rows, c->count);
        int written = hl_files_write(o->json, &json);
        status = status != HL_EXIT_OK ? status : written;
    }
    hl_buf_release(&json);
    hl_buf_release(&measured_by);
    return status;
}

static bool any_failed(const struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i].measure.failed > 0)
            return true;
    for (size_t i = 0; i < c->options->sweep.rows_count; i++)
        if (c->options->sweep.rows[i].measure.failed > 0)
            return true;
    return c->differs;
}

static int make_dir(char *dir, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(dir, size, "%s/haul-compare-XXXXXX",
                     tmp != NULL ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= size || mkdtemp(dir) == NULL) {
        hl_error("compare: %s: %s", dir, haul_strerror(-errno));
        return HL_EXIT_IO;
    }
    return HL_EXIT_OK;
}

static int make_dirs(struct comparison *c)
{
    const char *asked = c->options->trace;
    int status = make_dir(c->dir, sizeof(c->dir));
    if (status == HL_EXIT_OK && asked == NULL)
        return make_dir(c->traces, sizeof(c->traces));
    int r = status == HL_EXIT_OK ? hl_mkdirs(asked) : 0;
    if (r < 0) {
        hl_error("--trace: %s: %s", asked, haul_strerror(r));
        status = HL_EXIT_IO;
    }
    return status;
}

static int alloc_runs(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++) {
        c->runs[i] = calloc(c->options->runs, sizeof(*c->runs[i]));
        if (c->runs[i] == NULL) {
            hl_error("compare: %s", haul_strerror(UV_ENOMEM));
            return UV_ENOMEM;
        }
    }
    return 0;
}

static int compare_rows_in_dir(struct comparison *c)
{
    int r = alloc_runs(c);
    if (r == 0)
        r = run_parts(c);
    const struct hl_sweep_source sweep = {c->rows, c->parts[0].count, run_swept,
                                          c};
    if (r == 0 && c->options->sweep_list != NULL)
        r = hl_sweep_run(&c->options->sweep, &sweep);
    int status = HL_EXIT_OTHER;
    if (interrupted) {
        hl_error("compare: interrupted: not all modes were measured");
        status = HL_EXIT_INTERRUPTED;
    } else if (r == 0)
        status = publish(c);
    hl_files_remove(c->dir);
    if (c->traces[0] != '\0')
        hl_files_remove(c->traces);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        free(c->runs[i]);
        hl_page_run_release(&c->pictures[i]);
    }
    if (status == HL_EXIT_OK && any_failed(c))
        status = HL_EXIT_FAILED;
    return status;
}

/* The origin with its three threads, and a row's process with the fewest. */
static const struct hl_needs needs = {.files = 20, .threads = 9};

static int compare(struct comparison *c)
{
    const struct hl_compare_options *o = c->options;
    int status = hl_limits_check(&needs);
    if (status != HL_EXIT_OK)
        return status;
    add_parts(c);
    int r = hl_local_start(&c->local, &o->origin);
    if (r < 0) {
        hl_error("compare: the built-in server cannot start: %s",
                 haul_strerror(r));
        return HL_EXIT_OTHER;
    }
    hl_signals_catch(on_signal);
    status = make_dirs(c);
    if (status == HL_EXIT_OK)
        status = compare_rows_in_dir(c);
    hl_local_stop(&c->local);
    return status;
}

int hl_cmd_compare(int argc, char **argv)
{
    struct hl_compare_options o = {
        .origin.latency_ns = HL_LOCAL_LATENCY_NS,
        .html = "haul-compare.html",
        .runs = 1,
    };
    struct comparison c = {.options = &o, .argc = argc, .argv = argv};
    const struct hl_opt_table tables[] = {
        {"Options", hl_compare_rows, &o},
        {"The built-in server", hl_local_rows, &o.origin},
        {0},
    };
    const struct hl_opt_command command = {
        .name = "compare",
        .usage = "haul compare [OPTIONS]: the same list in each mode",
        .tables = tables};
    struct hl_opt_parsed parsed;
    int status;
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = hl_compare_options_check(&o, &parsed.rest);
        if (status == HL_EXIT_OK)
            status = compare(&c);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.inputs);
    return status;
}
