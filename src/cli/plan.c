/*
 * haul plan: divides a list into parts for many machines. It reads the list
 * once, writes RUN/plan.json, and prints how even the parts are. Memory does
 * not grow with the list.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/exact_counts.h"
#include "cli/failures.h"
#include "cli/help.h"
#include "cli/manifest.h"
#include "cli/part_options.h"
#include "cli/pinned.h"
#include "cli/print_message.h"
#include "cli/request_source.h"
#include "util/text.h"

enum {
    HOSTS_MAX = 200000, /* that are counted */
    BUSIEST = 10,
    HOST_WIDTH = 44,
    UNEVEN = 2, /* times the average: a part that long is worth a hint */
};

struct plan_options {
    struct hl_source_options list;
    struct hl_run_options run; /* those that are pinned */
    const char *dir;
    uint32_t parts;
    uint32_t at_once; /* 0: all */
    int by;           /* enum hl_part_by */
};

struct plan {
    const struct plan_options *options;
    struct hl_source source;
    struct hl_partition partition;
    struct hl_manifest manifest;
    char (*paths)[PATH_MAX]; /* of the lists; owned */
    uint64_t *lines;         /* of each part; owned */
    uint64_t bad;
    struct hl_exact_counts hosts;
};

#define PLAN(member) offsetof(struct plan_options, member)

static const char *set_parts(void *base, const char *value)
{
    struct plan_options *options = base;
    return hl_part_count_parse(&options->parts, value);
}

static const char *set_at_once(void *base, const char *value)
{
    struct plan_options *options = base;
    return hl_part_count_parse(&options->at_once, value);
}

static const struct hl_opt plan_rows[] = {
    HL_OPT_ROW("input-file", 'i', "FILE", STRINGS, PLAN(list.inputs),
               "divide the list FILE, a plain file that each part reads again; "
               "may be given more than once"),
    HL_OPT_ROW("dir", 'd', "RUN", TEXT, PLAN(dir),
               "write the plan into the directory RUN, which is made if it "
               "does not exist; it must be one that all machines share"),
    HL_OPT_ROW("shards", 0, "N", CALL, 0, "divide the list into N parts",
               .call = set_parts),
    HL_OPT_ROW("shard-by", 0, "WHAT", CHOICE, PLAN(by),
               "url (default) spreads the URLs of a host over all parts; host "
               "keeps them in one part",
               .words = hl_part_by_words),
    HL_OPT_ROW("concurrent-shards", 0, "N", CALL, 0,
               "N parts will be fetched at once: each keeps to 1/N of -x, of "
               "the rates and of --limit-rate (default: all parts)",
               .call = set_at_once),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

static int count_line(struct plan *plan, uint32_t part)
{
    plan->lines[part]++;
    plan->manifest.lines++;
    return 0;
}

static void note_bad(struct plan *plan, const struct hl_source_row *row,
                     const char *why)
{
    plan->bad++;
    if (plan->bad <= HL_FAILURES_NAMED)
        hl_failures_bad_line(row->list, row->line, row->request.line,
                             row->request.url, why);
    else if (plan->bad == HL_FAILURES_NAMED + 1)
        hl_say("further bad lines are only counted");
}

static int on_row(void *arg, const struct hl_source_row *row)
{
    struct plan *plan = arg;
    struct hl_url url;
    const char *bad = row->request.bad;
    int r = bad == NULL ? hl_url_parse(&url, row->request.url, &bad) : 0;
    if (r == UV_ENOMEM)
        return r;
    if (bad != NULL) {
        note_bad(plan, row, bad);
        return count_line(plan,
                          hl_part_of_bad(&plan->partition, row->request.url));
    }
    uint32_t part = hl_part_of(&plan->partition, &url);
    r = hl_exact_counts_add(&plan->hosts, url.host);
    hl_url_release(&url);
    return r == 0 ? count_line(plan, part) : r;
}

static uint64_t largest_of(const struct plan *plan)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < plan->partition.parts; i++)
        largest = plan->lines[i] > largest ? plan->lines[i] : largest;
    return largest;
}

static uint64_t smallest_of(const struct plan *plan)
{
    uint64_t smallest = UINT64_MAX;
    for (uint32_t i = 0; i < plan->partition.parts; i++)
        smallest = plan->lines[i] < smallest ? plan->lines[i] : smallest;
    return smallest;
}

static void say_balance(const struct plan *plan)
{
    char smallest[HL_TEXT_COUNT_SIZE];
    char largest[HL_TEXT_COUNT_SIZE];
    struct hl_buf line = {0};
    uint32_t parts = plan->partition.parts;
    double mean = (double)plan->manifest.lines / parts;
    double skew = mean > 0 ? (double)largest_of(plan) / mean : 1;
    hl_put_count(&line, plan->manifest.lines,
                 plan->manifest.lines == 1 ? "line in " : "lines in ");
    hl_put_count(&line, parts, parts == 1 ? "part" : "parts");
    hl_put_more(&line, plan->bad, plan->bad == 1 ? "bad line" : "bad lines");
    if (!line.failed)
        hl_tell("%s: %s", line.data, plan->options->dir);
    hl_buf_release(&line);
    hl_text_count(smallest, smallest_of(plan));
    hl_text_count(largest, largest_of(plan));
    hl_tell("lines of a part: %s to %s; the largest part has %.3f times the "
            "average",
            smallest, largest, skew);
    if (skew >= UNEVEN && plan->partition.by == HL_PART_BY_HOST)
        hl_tell("hint: a host with very many URLs makes its part long; "
                "--shard-by url spreads them over all parts");
}

static void say_hosts(const struct plan *plan)
{
    struct hl_exact_counts_rank top[BUSIEST];
    size_t count = hl_exact_counts_top(&plan->hosts, top, BUSIEST);
    char lines[HL_TEXT_COUNT_SIZE];
    char host[HOST_WIDTH + 1];
    if (count == 0)
        return;
    hl_tell("%-*s %14s  share", HOST_WIDTH,
            plan->hosts.is_full ? "busiest of the first 200,000 hosts"
                                : "busiest hosts",
            "lines");
    for (size_t i = 0; i < count; i++) {
        hl_text_printable(host, sizeof(host), top[i].text);
        hl_text_count(lines, top[i].count);
        hl_tell("%-*s %14s  %.1f %%", HOST_WIDTH, host, lines,
                100.0 * (double)top[i].count / (double)plan->manifest.lines);
    }
}

/* Every part reads the list again, on its machine: so it must be a file. */
static int look(struct plan *plan, size_t index)
{
    const char *path = plan->options->list.inputs.items[index];
    struct hl_manifest_list *list = &plan->manifest.lists[index];
    int r = strcmp(path, "-") == 0 ? UV_EINVAL : hl_manifest_look(list, path);
    if (r == UV_EINVAL) {
        hl_error("-i %s: a plan needs a plain file, which every part reads "
                 "again",
                 path);
        return HL_EXIT_USAGE;
    }
    if (r == 0 && realpath(path, plan->paths[index]) == NULL)
        r = -errno;
    list->path = plan->paths[index];
    return r < 0 ? hl_fail(path, r) : HL_EXIT_OK;
}

/* Has the list changed since look()? */
static bool has_changed(const struct hl_manifest_list *list)
{
    struct hl_manifest_list now = {0};
    return hl_manifest_look(&now, list->path) < 0 || now.size != list->size ||
           now.mtime_ns != list->mtime_ns;
}

static int end_list(struct plan *plan, size_t index)
{
    struct hl_manifest_list *list = &plan->manifest.lists[index];
    memcpy(list->sha256, plan->source.sha256[index], sizeof(list->sha256));
    if (list->sha256[0] != '\0' && !has_changed(list))
        return HL_EXIT_OK;
    hl_error("%s: the list has changed while it was read", list->path);
    return HL_EXIT_IO;
}

/* Reads the lists, and what is to be known of them. */
static int read_lists(struct plan *plan)
{
    size_t count = plan->manifest.list_count;
    int status = HL_EXIT_OK;
    for (size_t i = 0; status == HL_EXIT_OK && i < count; i++)
        status = look(plan, i);
    if (status == HL_EXIT_OK)
        status = hl_source_check(&plan->source);
    if (status != HL_EXIT_OK)
        return status;
    int r = hl_source_each(&plan->source, on_row, plan);
    status = r < 0 ? hl_fail("plan", r) : hl_source_status(&plan->source);
    for (size_t i = 0; status == HL_EXIT_OK && i < count; i++)
        status = end_list(plan, i);
    return status;
}

/* @return the pinned options that have not their defaults; NULL for want of
 * memory. */
static json_t *options_of(struct plan_options *o)
{
    struct hl_pinned pinned[HL_PINNED_MAX];
    size_t count = hl_pinned_list(pinned, &o->list, &o->run);
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        char room[HL_PINNED_TEXT_SIZE];
        const char *value = hl_pinned_value(&pinned[i], room);
        bool is_flag = pinned[i].row->kind == HL_OPT_FLAG;
        if (value != NULL &&
            json_object_set_new(json, pinned[i].row->name,
                                is_flag ? json_true() : json_string(value)) <
                0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static int open_plan(struct plan *plan, struct plan_options *o)
{
    size_t count = o->list.inputs.count;
    struct hl_manifest *m = &plan->manifest;
    m->partition = plan->partition;
    m->at_once = o->at_once;
    m->list_count = count;
    m->lists = calloc(count, sizeof(*m->lists));
    m->options = options_of(o);
    plan->paths = calloc(count, sizeof(*plan->paths));
    plan->lines = calloc(o->parts, sizeof(*plan->lines));
    plan->source.sha256 = calloc(count, sizeof(*plan->source.sha256));
    if (m->lists == NULL || m->options == NULL || plan->paths == NULL ||
        plan->lines == NULL || plan->source.sha256 == NULL)
        return hl_fail("plan", UV_ENOMEM);
    return HL_EXIT_OK;
}

static int make_plan(struct plan_options *o)
{
    static const struct hl_opt_strings no_urls;
    struct plan plan = {
        .options = o,
        .partition = {.parts = o->parts, .by = (enum hl_part_by)o->by},
        .source = {.urls = &no_urls,
                   .inputs = &o->list.inputs,
                   .list_options =
                       hl_source_list_options(&o->list, o->run.run.output),
                   .limit = UINT64_MAX},
        .hosts = {.limit = HOSTS_MAX},
    };
    plan.source.list_options.hashes = true;
    int status = open_plan(&plan, o);
    if (status == HL_EXIT_OK)
        status = read_lists(&plan);
    if (status == HL_EXIT_OK)
        status = hl_manifest_write(&plan.manifest, o->dir);
    if (status == HL_EXIT_OK) {
        say_balance(&plan);
        say_hosts(&plan);
    }
    hl_source_release(&plan.source);
    free(plan.source.sha256);
    hl_exact_counts_release(&plan.hosts);
    hl_manifest_release(&plan.manifest);
    free(plan.paths);
    free(plan.lines);
    return status;
}

static int check(const struct plan_options *o,
                 const struct hl_opt_strings *words)
{
    const char *output = o->run.run.output;
    if (words->count > 0) {
        hl_error("plan: '%s' is no option; a list is -i FILE", words->items[0]);
        return HL_EXIT_USAGE;
    }
    if (o->list.inputs.count == 0 || o->dir == NULL || o->parts == 0) {
        hl_error("plan: needs -i LIST, -d RUN and --shards N");
        return HL_EXIT_USAGE;
    }
    if (output != NULL && strcmp(output, "-") == 0) {
        hl_error("-o -: a plan is for files");
        return HL_EXIT_USAGE;
    }
    return HL_EXIT_OK;
}

int hl_cmd_plan(int argc, char **argv)
{
    struct plan_options o = {0};
    const struct hl_opt_table tables[] = {
        {"Options", plan_rows, &o},
        {"The list", &hl_source_rows[HL_SOURCE_AFTER_INPUT], &o.list},
        {"The files, for all parts", hl_pinned_rows(), &o.run},
        {0}};
    const struct hl_opt_command command = {
        .name = "plan",
        .usage = "haul plan -i LIST -d RUN --shards N [OPTIONS]: divide a "
                 "list into parts for many machines",
        .tables = tables};
    struct hl_opt_parsed parsed;
    int status;
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = check(&o, &parsed.rest);
        if (status == HL_EXIT_OK)
            status = make_plan(&o);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.list.inputs);
    hl_run_options_release(&o.run);
    return status;
}
