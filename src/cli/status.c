/*
 * haul status: what a directory's journal says of all runs together. It may
 * be used during a run: nothing is locked and nothing written. Memory is the
 * journal's table, whatever is listed.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/print_message.h"
#include "cli/report.h"
#include "cli/request_source.h"
#include "cli/run_directory.h"
#include "journal/find.h"
#include "journal/on_disk.h"
#include "policy/cause.h"
#include "util/checksum.h"
#include "util/text.h"
#include "util/url.h"

/* With fewer, files that cannot be opened would count as missing. */
static const struct hl_needs needs = {.files = 12};

static const char *const list_words[] = {"ok", "failed", "left", "all", NULL};

/* In the order of list_words; none without --list. */
enum list { LIST_OK, LIST_FAILED, LIST_LEFT, LIST_ALL, LIST_NONE };

struct status_options {
    struct hl_run_directory_options lookup;
    int list; /* enum list */
    bool json;
};

#define STATUS(member) offsetof(struct status_options, member)

static const struct hl_opt status_rows[] = {
    HL_OPT_ROW("list", 0, "WHICH", CHOICE, STATUS(list),
               "print URLs, fit for -i: ok, failed, left (needs -i) or all",
               .words = list_words),
    HL_OPT_ROW(
        "json", 0, NULL, FLAG, STATUS(json),
        "print one JSON object for each URL, as a report has, then a summary"),
    HL_LOOKUP_DIRLINKS_ROW(STATUS(lookup.keep_dirlinks)),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

struct status {
    const struct status_options *options;
    struct hl_run_directory lookup;
    struct hl_report report; /* rows for --json, to standard output */
    struct hl_buf url;       /* of the row at hand */
    struct hl_failures failures;
    struct haul_stats stats;
    uint64_t parts;
    uint64_t part_bytes;
    uint64_t unlisted; /* URLs that a plain list cannot name */
    int error;         /* a URL could not be printed: why */
};

static bool is_listed(const struct status *s, enum haul_outcome outcome)
{
    switch ((enum list)s->options->list) {
    case LIST_NONE:
        return s->options->json;
    case LIST_OK:
        return outcome == HAUL_OUTCOME_OK;
    case LIST_FAILED:
        return outcome == HAUL_OUTCOME_FAILED;
    case LIST_LEFT:
        return outcome == HAUL_OUTCOME_LEFT;
    case LIST_ALL:
        return true;
    }
    return false;
}

/* Prints text, a URL; in its normal form where text could steer a terminal: a
 * list means the same URL by both. */
static int list(const char *text)
{
    struct hl_url url;
    const char *why;
    const char *at = text;
    while (*at != '\0' && hl_text_shown_length(at) > 0)
        at += hl_text_shown_length(at);
    if (*at == '\0') {
        puts(text);
        return 0;
    }
    int r = hl_url_parse(&url, text, &why);
    if (r < 0)
        return r;
    puts(url.text);
    hl_url_release(&url);
    return 0;
}

/* Counts a result, and prints it where --list or --json asks for it. fit: a
 * list of nothing but URLs can have it. */
static void tell(struct status *s, const struct haul_result *result, bool fit)
{
    s->stats.requests++;
    s->stats.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        s->stats.errors[result->error]++;
    hl_failures_note(&s->failures, result);
    if (!is_listed(s, result->outcome))
        return;
    if (s->options->json)
        hl_report_result(&s->report, result);
    else if (fit && list(result->url) == UV_ENOMEM)
        s->error = UV_ENOMEM;
    else if (!fit)
        s->unlisted++;
}

static void say(const struct status *s)
{
    char bytes[HL_BYTES_SIZE];
    struct hl_buf line = {0};
    hl_put_count(&line, s->stats.outcomes[HAUL_OUTCOME_OK], "ok, ");
    hl_put_count(&line, s->stats.outcomes[HAUL_OUTCOME_FAILED], "failed");
    hl_failures_causes(&line, &s->failures, &s->stats);
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

/* Prints the counts, or the summary of the rows. @return 0, UV_ENOMEM where a
 * URL is missing from what was printed, or what writing to standard output came
 * to. */
static int finish(struct status *s)
{
    const struct hl_report_summary summary = {
        .stats = &s->stats,
        .left = (int64_t)s->stats.outcomes[HAUL_OUTCOME_LEFT],
    };
    if (s->unlisted > 0)
        hl_error("%" PRIu64
                 " more URLs are not printed: their lines were bad, or "
                 "had headers, a user or a checksum, which a list of URLs "
                 "cannot have",
                 s->unlisted);
    if (s->options->json)
        return hl_report_close(&s->report, &summary);
    if (s->error < 0)
        return s->error;
    if (s->options->list == LIST_NONE)
        say(s);
    return fflush(stdout) != 0 || ferror(stdout) ? -errno : 0;
}

/* Would a run without options find the URL done? */
static bool is_done(const struct status *s,
                    const struct hl_journal_entry *entry)
{
    static const struct haul_options none;
    const struct hl_known known = hl_on_disk_known(entry, &none, NULL);
    return hl_on_disk_decide(s->lookup.root, &known, &none).todo ==
           HL_TODO_DONE;
}

static void note_part(struct status *s, const struct hl_journal_entry *entry,
                      struct haul_result *result)
{
    if (!hl_on_disk_part_size(s->lookup.root, entry, &result->bytes))
        return;
    s->parts++;
    s->part_bytes += result->bytes;
}

/* What a URL has come to, as a run would report it. */
static void judge(struct status *s, const struct hl_journal_entry *entry,
                  struct haul_result *result)
{
    result->file = entry->name;
    if (entry->state == HL_JOURNAL_FAILED) {
        result->outcome = HAUL_OUTCOME_FAILED;
        result->error = hl_cause_error(entry->failure.error);
        result->http_status = entry->failure.http_status;
        result->attempts = entry->failure.attempts;
    } else if (is_done(s, entry)) {
        result->outcome = HAUL_OUTCOME_OK;
        result->bytes = entry->file.stamp.size;
        result->sha256 = hl_digests_sha256(entry->file.digests);
        s->stats.bytes += result->bytes;
    } else {
        result->outcome = HAUL_OUTCOME_LEFT;
        note_part(s, entry, result);
    }
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
    tell(s, &result, result.url[0] != '\0' && !needs_its_list(entry));
    return 0;
}

static void tell_bad(struct status *s, const struct haul_request *request,
                     const char *why)
{
    const struct haul_result result = {
        .line = request->line,
        .id = request->id,
        .url = request->url,
        .outcome = HAUL_OUTCOME_FAILED,
        .error = HAUL_ERR_NAME,
        .message = why,
    };
    tell(s, &result, false);
}

static int find(struct status *s, const struct hl_run_directory_line *line)
{
    const struct haul_request *request = line->request;
    struct hl_journal_entry entry;
    struct haul_result result = {
        .line = request->line,
        .id = request->id,
        .url = request->url,
        .outcome = HAUL_OUTCOME_LEFT,
    };
    int r = hl_journal_find(s->lookup.journal, &line->key, &entry);
    if (r < 0)
        return r;
    if (entry.state != HL_JOURNAL_NONE)
        judge(s, &entry, &result);
    tell(s, &result, request->headers == NULL && !line->has_user);
    hl_journal_entry_release(&entry);
    return 0;
}

/* Prints a line that repeats another, with the number of that line. */
static void tell_repeated(struct status *s,
                          const struct hl_run_directory_line *line)
{
    const struct haul_result result = {
        .line = line->request->line,
        .id = line->request->id,
        .url = line->request->url,
        .outcome = HAUL_OUTCOME_SKIPPED,
        .dup_of = line->first,
    };
    tell(s, &result, false);
}

static int on_line(void *arg, const struct hl_run_directory_line *line)
{
    struct status *s = arg;
    if (line == NULL)
        return 0;
    if (line->bad == NULL && line->first == 0)
        return find(s, line);
    if (line->bad != NULL)
        tell_bad(s, line->request, line->bad);
    else
        tell_repeated(s, line);
    return 0;
}

/* The exit status; where several hold, the first of a run's order. */
static int exit_status(const struct status *s)
{
    int status = hl_source_status(&s->lookup.source);
    if (status != HL_EXIT_OK)
        return status;
    if (s->stats.outcomes[HAUL_OUTCOME_LEFT] > 0)
        return HL_EXIT_INTERRUPTED;
    return s->stats.outcomes[HAUL_OUTCOME_FAILED] > 0 ? HL_EXIT_FAILED
                                                      : HL_EXIT_OK;
}

static int tell_all(struct status *s)
{
    int r = hl_run_directory_each(&s->lookup, on_line, on_entry, s);
    if (r < 0)
        return hl_fail(s->lookup.dir, r);
    r = finish(s);
    return r < 0 ? hl_fail("standard output", r) : exit_status(s);
}

static int check(const struct status_options *o)
{
    if (o->list != LIST_LEFT || o->lookup.source.inputs.count > 0)
        return hl_limits_check(&needs);
    hl_error("--list left: needs the list (-i LIST): the journal does not know "
             "URLs that no run has begun");
    return HL_EXIT_USAGE;
}

static int status_of(const struct status_options *options,
                     const struct hl_opt_strings *dirs)
{
    struct status s = {
        .options = options,
        .report = {.file = options->json ? stdout : NULL},
        .failures = {.silent = true},
    };
    int status =
        hl_run_directory_open(&s.lookup, "status", dirs, &options->lookup);
    if (status == HL_EXIT_OK)
        status = tell_all(&s);
    hl_run_directory_release(&s.lookup);
    hl_buf_release(&s.url);
    hl_buf_release(&s.report.buf);
    hl_buf_release(&s.report.text);
    return status;
}

int hl_cmd_status(int argc, char **argv)
{
    struct status_options o = {.list = LIST_NONE};
    const struct hl_opt_table tables[] = {
        {"What", status_rows, &o},
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
        if (status == HL_EXIT_OK)
            status = status_of(&o, &parsed.rest);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.lookup.source.inputs);
    return status;
}
