#include "compare/compare_options.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/request_source.h"
#include "cli/run_options.h"
#include "haul/haul.h"

enum { RUNS_MAX = 101 };

#define COMPARE(member) offsetof(struct hl_compare_options, member)

const struct hl_opt hl_compare_rows[] = {
    HL_OPT_ROW("input-file", 'i', "FILE", STRINGS, COMPARE(inputs),
               "fetch the paths of this list's URLs from the built-in server"),
    HL_OPT_ROW("number", 'n', "N", COUNT, COMPARE(number),
               "fetch the first N lines; without a list, make N URLs "
               "(default: 100)"),
    HL_OPT_ROW("modes", 0, "LIST", TEXT, COMPARE(modes),
               "run only these modes, of sequential,threads,processes,async",
               .words = hl_mode_words),
    HL_OPT_ROW("threads", 't', "N", COUNT, COMPARE(threads),
               "fetch N files at a time in threads mode (default: 10)"),
    HL_OPT_ROW("processes", 'p', "N", COUNT, COMPARE(processes),
               "use N worker processes (default: 5)"),
    HL_OPT_ROW("async", 'a', "N", COUNT, COMPARE(async),
               "fetch N files at a time in async mode (default: 100)"),
    HL_OPT_ROW("workers", 0, "N", COUNT, COMPARE(workers),
               "set --threads, --processes and --async to N"),
    HL_OPT_ROW("runs", 0, "N", COUNT, COMPARE(runs),
               "run each row N times, in turn, and print the medians "
               "(default: 1)"),
    HL_OPT_ROW("cpu-work", 0, "TIME", US, COMPARE(cpu_work_us),
               "spend TIME of processor time on each file (default: a second "
               "table with 20ms on each of 40 files; 0: no such table)",
               .zero = HL_COMPARE_NO_WORK),
    HL_OPT_ROW("html", 0, "FILE", TEXT, COMPARE(html),
               "write the page to FILE (default: haul-compare.html)"),
    HL_OPT_ROW("json", 0, "FILE", TEXT, COMPARE(json),
               "write the rows to FILE as a JSON array"),
    HL_OPT_ROW("trace", 0, "DIR", TEXT, COMPARE(trace),
               "write a timeline of each row to DIR, for ui.perfetto.dev"),
    HL_OPT_ROW("sweep", 0, "LIST", TEXT, COMPARE(sweep_list),
               "repeat each mode with these numbers of files at a time, as "
               "1,2,5,10"),
    HL_OPT_ROW("local", 0, NULL, FLAG, COMPARE(local),
               "fetch from the built-in server, as compare does anyway"),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

/* The mode of that name, or -1. */
static int mode_named(const char *name, size_t length)
{
    for (int i = 0; hl_mode_words[i] != NULL; i++)
        if (strlen(hl_mode_words[i]) == length &&
            strncmp(hl_mode_words[i], name, length) == 0)
            return i;
    return -1;
}

static int read_modes(struct hl_compare_options *o)
{
    if (o->modes == NULL)
        o->wanted = ~0u;
    for (const char *p = o->modes; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ",");
        int mode = mode_named(p, n);
        if (mode < 0) {
            hl_error("--modes: '%.*s' is none of sequential, threads, "
                     "processes, async",
                     (int)n, p);
            return HL_EXIT_USAGE;
        }
        o->wanted |= 1u << mode;
        p += n + (p[n] == ',');
    }
    return HL_EXIT_OK;
}

int hl_compare_options_check(struct hl_compare_options *o,
                             const struct hl_opt_strings *rest)
{
    const struct hl_source lists = {.inputs = &o->inputs};
    if (rest->count > 0 || o->inputs.count > 1) {
        hl_error("compare: takes one list, by -i FILE");
        return HL_EXIT_USAGE;
    }
    if (o->runs == 0)
        o->runs = 1;
    if (o->runs > RUNS_MAX) {
        hl_error("--runs: at most %d", RUNS_MAX);
        return HL_EXIT_USAGE;
    }
    const char *why =
        o->sweep_list != NULL ? hl_sweep_parse(&o->sweep, o->sweep_list) : NULL;
    if (why != NULL) {
        hl_error("--sweep: '%s' %s", o->sweep_list, why);
        return HL_EXIT_USAGE;
    }
    int status = read_modes(o);
    return status != HL_EXIT_OK ? status : hl_source_check(&lists);
}
