#include "cli/get_options.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/prepare.h"
#include "cli/print_message.h"
#include "cli/progress.h"
#include "cli/request_body.h"
#include "cli/to_stdout.h"
#include "list/input.h"
#include "transfer/job.h"
#include "util/buf.h"
#include "util/io.h"

enum {
    LOCAL_URLS = 100,
    LOCAL_FILES = 2, /* pipes to the embedded origin */
    LOCAL_TASKS = 3, /* its process, which has two threads more */
    /* A list that is shorter is closed once it was read. */
    LIST_KEPT_OPEN = 16 * 1024,
    /* Of a longer list the lines are not counted. */
    LIST_COUNTED = 1024,
};

#define GET(member) offsetof(struct hl_get_options, member)

static const char *set_allowed(void *base, const char *value)
{
    struct hl_get_options *options = base;
    return hl_allowance_parse(&options->allowed, value);
}

const struct hl_opt hl_get_rows[] = {
    HL_OPT_ROW("progress", 0, "KIND", CHOICE, GET(progress),
               "show progress as a bar, as lines, as json, or none; auto "
               "(default) is a bar on a terminal, else lines",
               .words = hl_progress_words),
    HL_OPT_ROW("quiet", 'q', NULL, FLAG, GET(quiet), "print errors only"),
    HL_OPT_ROW("verbose", 'v', NULL, FLAG, GET(verbose),
               "print every failure, not only the first 20, and every retry"),
    HL_OPT_ROW("dry-run", 0, NULL, FLAG, GET(dry_run),
               "read the list and say what a run would do; contact no server "
               "and write no file",
               .brief = "say what a run would do; contact no server"),
    HL_OPT_ROW("allow-failed", 0, "N|P%", CALL, 0,
               "exit with 0 although up to N URLs, or P percent of the list, "
               "failed (default: 0)",
               .call = set_allowed),
    HL_OPT_ROW("report", 0, "FILE", TEXT, GET(report),
               "write a row for each URL to FILE, then a summary, as JSON "
               "lines; as a table if FILE ends in .csv; packed if it ends in "
               ".gz; - is standard output",
               .brief = "write a row for each URL (JSON lines, or .csv)"),
    HL_OPT_KEEP_ROW(GET(list.keep)),
    HL_OPT_ROW("help", 'h', NULL, HELP, 0,
               "show this help; -h shows the options used most",
               .by_hand = true),
    {.name = NULL},
};

const struct hl_opt hl_get_local_rows[] = {
    HL_OPT_ROW("local", 0, NULL, FLAG, GET(local),
               "use no network: fetch the paths of the URLs from the "
               "built-in server"),
    HL_OPT_ROW("number", 'n', "N", COUNT, GET(local_count),
               "with --local: fetch the first N URLs; without a list, make N "
               "URLs (default: 100)"),
    {.name = NULL},
};

/* A file of that name is meant as a list. */
void hl_get_options_no_url(const char *word)
{
    bool is_list = access(word, F_OK) == 0;
    hl_error("'%s' is neither a command nor a URL (it has no ://); %s%s", word,
             is_list ? "a list is -i " : "did you mean https://", word);
}

static int check_names(const struct hl_opt_strings *urls)
{
    if (urls->count == 0 || strstr(urls->items[0], "://") != NULL)
        return 0;
    hl_get_options_no_url(urls->items[0]);
    return HL_EXIT_USAGE;
}

static bool stays_open(const char *list)
{
    struct stat st;
    return stat(list, &st) < 0 || !S_ISREG(st.st_mode) ||
           st.st_size >= LIST_KEPT_OPEN;
}

/* That are open while the run is, and which are not the run's. */
static uint32_t files_beside(const struct hl_get_options *o)
{
    uint32_t files = o->local ? LOCAL_FILES : 0;
    bool list = false;
    for (size_t i = 0; i < o->list.inputs.count; i++)
        list |= stays_open(o->list.inputs.items[i]);
    return files + (o->report != NULL) + list;
}

/* A terminal that shows a body or a report has no progress among its lines. */
static void choose_progress(struct hl_get_options *o)
{
    enum hl_progress_kind kind = hl_progress_choose(
        (enum hl_progress_kind)o->progress, o->run.run.trace != 0);
    bool prints = o->run.run.output_fd > 0 ||
                  (o->report != NULL && strcmp(o->report, "-") == 0);
    if (o->quiet || (prints && isatty(STDOUT_FILENO)))
        kind = HL_PROGRESS_NONE;
    o->progress = (int)kind;
    o->run.run.loop_lag = o->report != NULL || hl_progress_is_live(kind);
}

/* What does not go with a request that is sent once. */
static int check_once(const struct hl_get_options *o)
{
    const struct haul_options *run = &o->run.run;
    bool once = o->run.data.count > 0 || hl_sends_once(run);
    if (hl_request_body_is_stdin(&o->run.data) &&
        hl_source_reads_stdin(&o->list)) {
        hl_error("--data @-: standard input has the list (-i -)");
        return HL_EXIT_USAGE;
    }
    if (once && run->update) {
        hl_error("-N: asks again about files that are there, but a request "
                 "with -X or --data is sent once; --restart sends it again");
        return HL_EXIT_USAGE;
    }
    return HL_EXIT_OK;
}

/* The lines of a short list; 0 where they are not known. A packed list may have
 * any number. */
static uint32_t lines_of(const char *list)
{
    struct hl_buf text = {0};
    struct stat st;
    uint32_t lines = 0;
    if (stat(list, &st) < 0 || !S_ISREG(st.st_mode) ||
        st.st_size > LIST_COUNTED || hl_input_is_gz_name(list))
        return 0;
    if (hl_read_file(&text, list, LIST_COUNTED) == 0 &&
        text.used <= LIST_COUNTED)
        for (const char *at = text.data; *at != '\0'; lines++)
            at += strcspn(at, "\n") + (strchr(at, '\n') != NULL);
    hl_buf_release(&text);
    return lines;
}

/* See struct hl_run_options. */
static uint32_t requests_most(const struct hl_get_options *o,
                              const struct hl_opt_strings *urls)
{
    size_t count = urls->count;
    if (o->local || o->without_list)
        return o->local_count;
    for (size_t i = 0; i < o->list.inputs.count; i++) {
        uint32_t lines = lines_of(o->list.inputs.items[i]);
        if (lines == 0)
            return 0;
        count += lines;
    }
    return count < UINT32_MAX ? (uint32_t)count : 0;
}

int hl_get_options_check(struct hl_get_options *o,
                         const struct hl_opt_parsed *parsed)
{
    const struct hl_opt_strings *urls = &parsed->rest;
    if (o->quiet)
        hl_message_quiet();
    bool listed = urls->count > 0 || o->list.inputs.count > 0;
    o->without_list = !listed && !o->local && o->run.run.retry_failed;
    if (!listed && !o->local && !o->without_list) {
        hl_error("nothing to fetch: give URLs, a list (-i FILE), "
                 "--retry-failed or --local");
        return HL_EXIT_USAGE;
    }
    if (o->list.keep != NULL &&
        (o->report == NULL || urls->count > 0 || o->list.inputs.count == 0)) {
        hl_error("--keep-cols: needs --report and a list (-i FILE), and no "
                 "URLs on the command line");
        return HL_EXIT_USAGE;
    }
    if (o->run.run.retry_causes != NULL && !o->run.run.retry_failed) {
        hl_error("--cause: needs --retry-failed");
        return HL_EXIT_USAGE;
    }
    if (o->local_count > 0 && !o->local) {
        hl_error("-n: needs --local");
        return HL_EXIT_USAGE;
    }
    if (!o->local && !hl_local_is_default(&o->origin)) {
        hl_error("--latency, --jitter, --bandwidth, --fault, --fault-times and "
                 "--seed need --local");
        return HL_EXIT_USAGE;
    }
    if (o->local && o->local_count == 0 && !listed)
        o->local_count = LOCAL_URLS;
    /* The origin is on this machine, whatever the environment says. */
    if (o->local)
        o->run.run.proxy = "";
    if (o->dry_run)
        o->run.run.trace_file = NULL;
    o->run.requests_most = requests_most(o, urls);
    o->run.files_beside = files_beside(o);
    o->run.tasks_beside = o->local ? LOCAL_TASKS : 0;
    int status = check_names(urls);
    if (status == 0)
        status = hl_to_stdout_check(&o->run.run, parsed, o->report,
                                    o->list.inputs.count > 0);
    choose_progress(o);
    if (status == 0)
        status = hl_checksums_check(&o->checksums, urls, &o->list.inputs);
    if (status == 0)
        status = check_once(o);
    return status != 0 ? status : hl_run_prepare(&o->run);
}
