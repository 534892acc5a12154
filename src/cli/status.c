/*
 * haul status: what a directory's journal says of all runs together. It may
 * be used during a run: nothing is locked and nothing written. Memory is the
 * journal's table, whatever is listed.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/amounts.h"
#include "cli/cause_option.h"
#include "cli/commands.h"
#include "cli/extra_files.h"
#include "cli/failures.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/print_message.h"
#include "cli/recorded_outcome.h"
#include "cli/report.h"
#include "cli/report_target.h"
#include "cli/request_source.h"
#include "cli/run_directory.h"
#include "cli/url_lines.h"
#include "journal/find.h"
#include "journal/on_disk.h"
#include "policy/cause.h"
#include "util/checksum.h"

/* With fewer, files that cannot be opened would count as missing. */
static const struct hl_needs needs = {.files = 12};

static const char *const list_words[] = {"ok",  "failed", "left",
                                         "all", "extra",  NULL};

/* In the order of list_words; none without --list. */
enum list { LIST_OK, LIST_FAILED, LIST_LEFT, LIST_ALL, LIST_EXTRA, LIST_NONE };

struct status_options {
    struct hl_run_directory_options lookup;
    int list; /* enum list */
    const char *causes;
    bool json;
    const char *report;
    bool verbose;
    bool null;
};

#define STATUS(member) offsetof(struct status_options, member)

static const struct hl_opt status_rows[] = {
    HL_OPT_ROW("list", 0, "WHICH", CHOICE, STATUS(list),
               "print the URLs that are ok, failed, left or all, fit for -i; "
               "or with extra the files whose URLs the list no longer has. "
               "left and extra need -i",
               .words = list_words),
    HL_OPT_CAUSE_ROW(STATUS(causes),
                     "only the URLs that failed for one of these causes: HTTP "
                     "statuses, 4xx, 5xx, error names, as in 404,5xx,dns"),
    HL_OPT_ROW("verbose", 'v', NULL, FLAG, STATUS(verbose),
               "with --list: print a comment with cause, line and id before "
               "each URL; without --list: print every failure"),
    HL_OPT_ROW("null", '0', NULL, FLAG, STATUS(null),
               "end each URL or file of --list with a NUL character, for "
               "xargs -0"),
    HL_OPT_ROW("json", 0, NULL, FLAG, STATUS(json),
               "print a row for each URL as a JSON object, then a summary"),
    HL_OPT_ROW("report", 0, "FILE", TEXT, STATUS(report),
               "write a row for each URL over all runs to FILE: JSON lines, "
               "or a table if FILE ends in .csv; packed if it ends in .gz"),
    HL_OPT_KEEP_ROW(STATUS(lookup.source.keep)),
    HL_LOOKUP_DIRLINKS_ROW(STATUS(lookup.keep_dirlinks)),
    HL_LOOKUP_METHOD_ROW(STATUS(lookup.method)),
    HL_LOOKUP_DATA_ROW(STATUS(lookup.data)),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

struct status {
    const struct status_options *options;
    struct hl_run_directory lookup;
    struct hl_report report;                /* rows for --json and --report */
    struct hl_buf url;                      /* of the row at hand */
    char message[HL_RECORDED_MESSAGE_SIZE]; /* why it failed */
    struct hl_failures failures;
    struct haul_stats stats;
    uint64_t parts;
    uint64_t part_bytes;
    uint64_t had_more;   /* lines that a plain list cannot hold */
    uint64_t had_no_url; /* bad lines */
    int error;           /* a URL could not be printed: why */
};

static bool has_outcome(const struct status *s, enum haul_outcome outcome)
{
    switch ((enum list)s->options->list) {
    case LIST_OK:
        return outcome == HAUL_OUTCOME_OK;
    case LIST_FAILED:
        return outcome == HAUL_OUTCOME_FAILED;
    case LIST_LEFT:
        return outcome == HAUL_OUTCOME_LEFT;
    default:
        return true;
    }
}

/* Do --list and --cause ask for it? */
static bool is_listed(const struct status *s, const struct haul_result *result)
{
    const char *causes = s->options->causes;
    return has_outcome(s, result->outcome) &&
           (causes == NULL ||
            hl_cause_is_listed(causes, result->http_status,
                               haul_error_word(result->error)));
}

/* What is said of a line: NULL, a URL that the journal has. */
static void print(struct status *s, const struct haul_result *result,
                  const struct hl_source_row *row)
{
    const struct hl_url_lines lines = {
        .comments = s->options->verbose,
        .null = s->options->null,
        .names_lists = s->lookup.source.inputs->count > 1,
    };
    if (hl_url_lines_print(&lines, result, row) == UV_ENOMEM)
        s->error = UV_ENOMEM;
}

/* Counts a result, and prints it where it is asked for. fit: a list of nothing
 * but URLs can have it. */
static void tell(struct status *s, const struct haul_result *result,
                 const struct hl_source_row *row, bool fit)
{
    s->stats.requests++;
    s->stats.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        s->stats.errors[result->error]++;
    if (row != NULL)
        hl_failures_at(&s->failures, row);
    hl_failures_note(&s->failures, result);
    if (!is_listed(s, result))
        return;
    hl_report_result(&s->report, result);
    if (s->options->list == LIST_NONE || s->options->json || result->dup_of > 0)
        return;
    if (fit)
        print(s, result, row);
    else if (row != NULL && row->request.bad != NULL)
        s->had_no_url++;
    else
        s->had_more++;
}

static void say(const struct status *s)
{
    char bytes[HL_BYTES_SIZE];
    struct hl_buf line = {0};
    hl_put_count(&line, s->stats.outcomes[HAUL_OUTCOME_OK], "ok, ");
    hl_put_count(&line, s->stats.outcomes[HAUL_OUTCOME_FAILED], "failed");
    hl_failures_causes(&line, &s->failures, &s->stats);
    hl_put_more(&line, s->stats.outcomes[HAUL_OUTCOME_SKIPPED],
                haul_outcome_word(HAUL_OUTCOME_SKIPPED));
    hl_put_more(&line, s->stats.outcomes[HAUL_OUTCOME_LEFT], "left");
    if (s->parts > 0) {
        hl_buf_text(&line, " (");
        hl_put_count(&line, s->parts, s->parts == 1 ? "part" : "parts");
        hl_buf_printf(&line, ", %s)",
                      hl_bytes_text(bytes, (double)s->part_bytes));
    }
    hl_bytes_text(bytes, (double)s->stats.bytes);
    if (!line.failed)
        hl_tell("%s, %s: %s", line.data, bytes, s->lookup.dir);
    hl_buf_release(&line);
}

static void say_unprinted(const struct status *s)
{
    if (s->had_more > 0)
        hl_error("%" PRIu64 " more %s not printed: in the list %s headers, a "
                 "user or a checksum, which a list of URLs cannot hold",
                 s->had_more, s->had_more == 1 ? "URL is" : "URLs are",
                 s->had_more == 1 ? "it had" : "they had");
    if (s->had_no_url > 0)
        hl_error("%" PRIu64 " bad %s no URL that can be printed; without "
                 "--list, -v names %s",
                 s->had_no_url, s->had_no_url == 1 ? "line has" : "lines have",
                 s->had_no_url == 1 ? "it" : "them");
}

static bool is_standard_output(const struct status_options *o)
{
    return o->json || (o->report != NULL && strcmp(o->report, "-") == 0);
}

/* Prints what is left to print, and closes the report. @return the exit status.
 */
static int finish(struct status *s)
{
    const struct status_options *o = s->options;
    const struct hl_report_summary summary = {
        .stats = &s->stats,
        .left = (int64_t)s->stats.outcomes[HAUL_OUTCOME_LEFT],
    };
    bool has_stdout = is_standard_output(o);
    if (!o->json)
        say_unprinted(s);
    int r = hl_report_close(&s->report, &summary);
    if (r < 0)
        return hl_fail(has_stdout ? "standard output" : o->report, r);
    if (o->list == LIST_NONE && !has_stdout)
        say(s);
    r = fflush(stdout) != 0 || ferror(stdout) ? -errno : s->error;
    return r < 0 ? hl_fail("standard output", r) : HL_EXIT_OK;
}

/* What a URL has come to, as a run would report it. */
static void judge(struct status *s, const struct hl_journal_entry *entry,
                  struct haul_result *result)
{
    if (!hl_recorded_outcome(s->lookup.root, entry, s->lookup.is_part, result,
                             s->message))
        return;
    s->parts++;
    s->part_bytes += result->bytes;
}

/* Had its line in the list more than the URL? */
static bool needs_its_list(const struct hl_journal_entry *entry)
{
    static const char letters[] = {HL_OWN_HEADERS, HL_OWN_USER, HL_OWN_CHECKSUM,
                                   '\0'};
    return hl_journal_has_headers(entry) ||
           (entry->failure.own != NULL &&
            strpbrk(entry->failure.own, letters) != NULL);
}

static void add_bytes(struct status *s, const struct haul_result *result)
{
    if (result->outcome == HAUL_OUTCOME_OK)
        s->stats.bytes += result->bytes;
}

/* Without a list, called for each URL of the journal. */
static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct status *s = arg;
    struct haul_result result = {0};
    hl_journal_key_url(&s->url, entry->url != NULL ? entry->url : "");
    if (s->url.failed)
        return UV_ENOMEM;
    result.url = s->url.data;
    judge(s, entry, &result);
    add_bytes(s, &result);
    tell(s, &result, NULL, result.url[0] != '\0' && !needs_its_list(entry));
    return 0;
}

static struct haul_result result_of(const struct hl_run_directory_line *line)
{
    return (struct haul_result){
        .line = line->request->line,
        .id = line->request->id,
        .note = line->request->note,
        .url = line->request->url,
        .outcome = HAUL_OUTCOME_LEFT,
        .dup_of = line->first,
    };
}

static void tell_bad(struct status *s, const struct hl_run_directory_line *line)
{
    struct haul_result result = result_of(line);
    struct hl_source_row row = *line->row;
    row.request.bad = line->bad;
    result.outcome = HAUL_OUTCOME_FAILED;
    result.error = HAUL_ERR_NAME;
    result.message = line->bad;
    tell(s, &result, &row, false);
}

/* Why the name that the list gives can be no file's; or NULL. */
static const char *name_objection(const struct haul_request *request)
{
    static const struct haul_options by_list;
    char name[PATH_MAX];
    const char *why = NULL;
    if (request->output == NULL || haul_file_name(name, sizeof(name), &by_list,
                                                  request, &why) != HAUL_EINVAL)
        return NULL;
    return why;
}

/* A line that the journal does not know: no run has begun it, or it is bad. */
static void tell_unknown(struct status *s,
                         const struct hl_run_directory_line *line)
{
    const struct haul_request *request = line->request;
    const struct haul_result result = result_of(line);
    struct hl_run_directory_line bad = *line;
    bad.bad = name_objection(request);
    if (bad.bad != NULL)
        tell_bad(s, &bad);
    else
        tell(s, &result, line->row,
             request->headers == NULL && !line->has_user);
}

static int find(struct status *s, const struct hl_run_directory_line *line)
{
    struct hl_journal_entry entry;
    struct haul_result result = result_of(line);
    int r = hl_journal_find(s->lookup.journal, &line->key, &entry);
    if (r < 0)
        return r;
    if (entry.state == HL_JOURNAL_NONE) {
        tell_unknown(s, line);
    } else {
        judge(s, &entry, &result);
        add_bytes(s, &result);
        tell(s, &result, line->row,
             line->request->headers == NULL && !line->has_user);
    }
    hl_journal_entry_release(&entry);
    return 0;
}

/* A line that repeats another has come to the same, as in a run: the file that
 * is there counts once. */
static int find_repeated(struct status *s,
                         const struct hl_run_directory_line *line)
{
    struct hl_journal_entry entry = {0};
    struct haul_result result = result_of(line);
    struct hl_key key;
    int r = hl_run_directory_first_key(&key, &s->lookup.strings, line);
    if (r == 0)
        r = hl_journal_find(s->lookup.journal, &key, &entry);
    if (r < 0)
        return r;
    if (entry.state != HL_JOURNAL_NONE)
        judge(s, &entry, &result);
    if (result.outcome == HAUL_OUTCOME_OK) {
        result.outcome = HAUL_OUTCOME_SKIPPED;
        result.message = "the list has this URL already";
    }
    tell(s, &result, line->row, false);
    hl_journal_entry_release(&entry);
    return 0;
}

static int on_line(void *arg, const struct hl_run_directory_line *line)
{
    struct status *s = arg;
    if (line == NULL)
        return 0;
    if (line->bad == NULL)
        return line->first == 0 ? find(s, line) : find_repeated(s, line);
    tell_bad(s, line);
    return 0;
}

/* The exit status; where several hold, the first of a run's order. */
static int exit_status(const struct status *s)
{
    int status = hl_source_status(&s->lookup.source);
    if (status != HL_EXIT_OK)
        return status;
    if (s->stats.errors[HAUL_ERR_DISK_FULL] > 0)
        return HL_EXIT_DISK_FULL;
    if (s->stats.errors[HAUL_ERR_IO] > 0)
        return HL_EXIT_IO;
    if (s->stats.outcomes[HAUL_OUTCOME_LEFT] > 0)
        return HL_EXIT_INTERRUPTED;
    return s->stats.outcomes[HAUL_OUTCOME_FAILED] > 0 ? HL_EXIT_FAILED
                                                      : HL_EXIT_OK;
}

static int tell_all(struct status *s)
{
    const struct status_options *o = s->options;
    if (o->list == LIST_EXTRA)
        return hl_extra_files_print(&s->lookup, o->null ? '\0' : '\n');
    int status =
        hl_report_target_check(o->report, &o->lookup.source.inputs, NULL);
    if (status != HL_EXIT_OK)
        return status;
    int r = hl_report_open(&s->report, o->json ? "-" : o->report);
    s->report.from_journal = true;
    s->report.kept = o->lookup.kept;
    s->report.keep_dirlinks = o->lookup.keep_dirlinks;
    if (r < 0)
        return hl_fail(o->json ? "standard output" : o->report, r);
    r = hl_run_directory_each(&s->lookup, on_line, on_entry, s);
    status = finish(s);
    if (r < 0)
        return hl_fail(s->lookup.dir, r);
    return status == HL_EXIT_OK ? exit_status(s) : status;
}

/* @return what is wrong with these options together; or NULL. */
static const char *objection(const struct status_options *o)
{
    bool has_list = o->lookup.source.inputs.count > 0;
    bool has_rows = o->json || o->report != NULL;
    if (o->list == LIST_LEFT && !has_list)
        return "--list left: needs the list (-i LIST): the journal does not "
               "know URLs that no run has begun";
    if (o->list == LIST_EXTRA && !has_list)
        return "--list extra: needs the list (-i LIST): what it does not have "
               "is extra";
    if (o->list == LIST_EXTRA && (has_rows || o->verbose))
        return "--list extra: prints files, and goes with no --json, --report "
               "or -v";
    if (o->json && o->report != NULL)
        return "--json: is the same as --report -; give one report";
    if (o->causes != NULL && o->list != LIST_FAILED && o->list != LIST_NONE)
        return "--cause: goes with --list failed";
    if (o->list != LIST_NONE && !o->json && is_standard_output(o))
        return "--report -: standard output has the list; --json has the rows "
               "that --list names";
    if (o->lookup.source.keep != NULL && !(has_rows && has_list))
        return "--keep-cols: goes with -i and --report or --json";
    if (o->null && (o->list == LIST_NONE || o->json))
        return "-0: goes with --list";
    if (o->null && o->verbose)
        return "-0: has no comments; leave out -v";
    return NULL;
}

static int check(struct status_options *o)
{
    /* Only what failed has a cause. */
    if (o->causes != NULL && o->list == LIST_NONE && !o->json &&
        o->report == NULL)
        o->list = LIST_FAILED;
    const char *why = objection(o);
    if (why == NULL)
        return hl_limits_check(&needs);
    hl_error("%s", why);
    return HL_EXIT_USAGE;
}

static int status_of(const struct status_options *options,
                     const struct hl_opt_strings *dirs)
{
    struct status s = {
        .options = options,
        .failures = {.all = true,
                     .silent = !options->verbose || options->list != LIST_NONE},
    };
    int status = hl_run_directory_open(&s.lookup, HL_DAMAGE_TO_STATUS, dirs,
                                       &options->lookup);
    if (status == HL_EXIT_OK)
        status = tell_all(&s);
    hl_run_directory_release(&s.lookup);
    hl_buf_release(&s.url);
    return status;
}

int hl_cmd_status(int argc, char **argv)
{
    struct hl_kept_columns kept = {.is_member = hl_report_has};
    struct status_options o = {.list = LIST_NONE, .lookup.kept = &kept};
    const struct hl_opt_table tables[] = {
        {"Options", status_rows, &o},
        {"The list", hl_source_rows, &o.lookup.source},
        {0}};
    const struct hl_opt_command command = {
        .name = "status",
        .usage = "haul status [OPTIONS] DIR: what the runs in DIR have done",
        .tables = tables,
        .operand = "DIR"};
    struct hl_opt_parsed parsed;
    int status;
    /* A reader that has had enough ends us, as it does any filter. */
    signal(SIGPIPE, SIG_DFL);
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = check(&o);
        kept.asked = o.lookup.source.keep;
        kept.is_csv = o.report != NULL && hl_report_name_of(o.report).is_csv;
        if (status == HL_EXIT_OK)
            status = status_of(&o, &parsed.rest);
    }
    hl_kept_columns_release(&kept);
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.lookup.source.inputs);
    hl_opt_strings_release(&o.lookup.data);
    return status;
}
