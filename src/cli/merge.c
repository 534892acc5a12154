/*
 * haul merge: what all parts of a plan have come to. It reads the list once
 * more, looks each line up in the journals of its part, and tells which parts
 * are missing. It may be used while parts are under way: nothing is locked and
 * nothing written. Memory is the journals' tables; of their files, only so many
 * are open as the system allows.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/help.h"
#include "cli/manifest.h"
#include "cli/part_journals.h"
#include "cli/part_state.h"
#include "cli/pinned.h"
#include "cli/print_message.h"
#include "cli/recorded_outcome.h"
#include "cli/report.h"
#include "cli/report_target.h"
#include "cli/run_directory.h"
#include "cli/shell_word.h"
#include "journal/on_disk.h"
#include "policy/cause.h"

enum { NAME_SIZE = 4096 + 16 };

struct merge_options {
    struct hl_source_options list;
    struct hl_run_options run; /* those that are pinned */
    const char *report;
    bool verify;
    bool verbose;
};

struct part {
    bool is_done;
    bool must_reopen;    /* it is done, but what it had is not there any more */
    bool lacks_journals; /* so a line without a record may have been fetched */
    uint64_t passing;    /* failures that may not be there the next time */
};

struct merge {
    const struct merge_options *options;
    const char *run;
    int run_fd;
    struct hl_beneath *root; /* the files below run_fd */
    struct hl_manifest manifest;
    struct part *parts;
    struct hl_part_journals journals;
    struct hl_source source;
    struct hl_run_directory_strings strings; /* of the line at hand */
    char name[NAME_SIZE];                    /* of its file, below run */
    char message[HL_RECORDED_MESSAGE_SIZE];
    struct hl_report report;
    struct hl_failures failures;
    struct haul_stats stats;
};

#define MERGE(member) offsetof(struct merge_options, member)

static const struct hl_opt merge_rows[] = {
    HL_OPT_ROW("input-file", 'i', "FILE", STRINGS, MERGE(list.inputs),
               "the list, where it is not where the plan says; may be given "
               "more than once"),
    HL_OPT_ROW("verify", 0, NULL, FLAG, MERGE(verify),
               "read every file and compare it with its hash"),
    HL_OPT_ROW("verbose", 'v', NULL, FLAG, MERGE(verbose),
               "print every failure, not only the first 20"),
    HL_OPT_ROW("report", 0, "FILE", TEXT, MERGE(report),
               "write a row for each line of the list to FILE: JSON lines, or "
               "a table if FILE ends in .csv; packed if it ends in .gz"),
    HL_OPT_KEEP_ROW(MERGE(list.keep)),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

/* Reads DONE, where there is one. */
static int read_done(struct merge *m, uint32_t index,
                     const struct hl_part_state *state)
{
    struct part *part = &m->parts[index];
    struct hl_part_done done = {.plan = m->manifest.id, .part = index};
    const char *why = NULL;
    if (!hl_part_state_is_done(state))
        return 0;
    int r = hl_part_state_verify(state, &done, &why);
    part->is_done = r == 0;
    part->must_reopen = why != NULL;
    part->lacks_journals = why != NULL;
    if (why != NULL)
        hl_error("part %" PRIu32 ": %s", index, why);
    return r == UV_ENOENT ? 0 : r; /* a task has opened it again just now */
}

static int open_part(struct merge *m, uint32_t index)
{
    char dir[PATH_MAX];
    struct hl_part_state state = {.dir_fd = -1, .haul_fd = -1};
    int r = hl_part_dir(dir, m->run, index);
    if (r == 0)
        r = hl_part_state_open(&state, dir, false);
    if (r == 0 && state.haul_fd >= 0)
        r = read_done(m, index, &state);
    /* After DONE, so that the journals have all that it counts. */
    if (r == 0 && state.haul_fd >= 0)
        r = hl_part_journals_read(&m->journals, index, state.dir_fd);
    hl_part_state_release(&state);
    return r < 0 ? hl_fail(dir, r) : HL_EXIT_OK;
}

/* What a line has come to. */
static void tell(struct merge *m, const struct haul_result *result,
                 const struct hl_source_row *row)
{
    m->stats.requests++;
    m->stats.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        m->stats.errors[result->error]++;
    if (result->outcome == HAUL_OUTCOME_OK)
        m->stats.bytes += result->bytes;
    hl_failures_at(&m->failures, row);
    hl_failures_note(&m->failures, result);
    hl_report_result(&m->report, result);
}

static void fail(struct haul_result *result, enum haul_error error,
                 const char *why)
{
    result->outcome = HAUL_OUTCOME_FAILED;
    result->error = error;
    result->message = why;
}

/* Reads the file that is there. */
static void verify(struct merge *m, const struct hl_journal_entry *entry,
                   struct haul_result *result)
{
    int verified = hl_on_disk_verify(m->root, entry->name, &entry->file);
    if (verified < 0)
        fail(result, HAUL_ERR_IO, haul_strerror(verified));
    else if (verified != HL_VERIFIED_RIGHT && verified != HL_VERIFIED_NO_HASH)
        fail(result, HAUL_ERR_CHECKSUM, "the file is not what haul wrote");
}

/* The URL has been met; entry is a copy whose name may be changed. */
static void judge(struct merge *m, uint32_t part,
                  struct hl_journal_entry *entry, struct haul_result *result)
{
    if (entry->name != NULL) {
        (void)snprintf(m->name, sizeof(m->name), "%05" PRIu32 "/%s", part,
                       entry->name);
        entry->name = m->name;
    }
    (void)hl_recorded_outcome(m->root, entry, true, result, m->message);
    /* Nobody has to do with this machine's files: the file is wrong. */
    if (result->outcome == HAUL_OUTCOME_FAILED &&
        result->error == HAUL_ERR_IO && entry->state == HL_JOURNAL_DONE)
        result->error = HAUL_ERR_CHECKSUM;
    if (m->options->verify && result->outcome == HAUL_OUTCOME_OK)
        verify(m, entry, result);
}

/* A line that no journal knows: in a part that is done, and whose journals are
 * all there, it could not be asked for, as its name cannot be a file's. */
static void judge_unknown(const struct part *part, struct haul_result *result)
{
    if (part->is_done && !part->lacks_journals)
        fail(result, HAUL_ERR_NAME, "no usable URL or file name");
}

/* Is the line one that no run has asked for, as an earlier one has its URL? */
static bool repeats(const struct merge *m,
                    const struct hl_run_directory_line *line)
{
    return line->first > 0 && !m->options->run.run.no_dedupe;
}

/* What the journals of the part say of the line. *out is as
 * hl_journal_find() leaves it, and all zero where nobody has begun the part. */
static int look_up(struct merge *m, uint32_t part, const struct hl_url *url,
                   struct hl_run_directory_line *line,
                   struct hl_journal_entry *out)
{
    struct hl_journal *journal;
    int r = hl_part_journals_use(&m->journals, part, &journal);
    if (r < 0 || journal == NULL)
        return r;
    r = hl_run_directory_key(line, &m->strings, journal, url);
    if (r == 0 && repeats(m, line))
        r = hl_run_directory_first_key(&line->key, &m->strings, line);
    return r == 0 ? hl_journal_find(journal, &line->key, out) : r;
}

/* What follows for the part from what one of its lines has come to. */
static void note_in_part(struct part *part, enum hl_journal_state recorded,
                         const struct haul_result *result)
{
    bool has_failed = result->outcome == HAUL_OUTCOME_FAILED;
    bool is_lost = result->outcome == HAUL_OUTCOME_LEFT ||
                   (has_failed && recorded == HL_JOURNAL_DONE);
    part->must_reopen |= part->is_done && is_lost;
    part->passing +=
        has_failed && recorded == HL_JOURNAL_FAILED &&
        hl_cause_of(result->error, result->http_status) == HL_CAUSE_PASSING;
}

/* Finds out what a line with a URL has come to, and tells it. */
static int find(struct merge *m, const struct hl_url *url,
                struct hl_run_directory_line *line, struct haul_result *result)
{
    uint32_t index = hl_part_of(&m->manifest.partition, url);
    struct part *part = &m->parts[index];
    struct hl_journal_entry entry = {0};
    int r = look_up(m, index, url, line, &entry);
    if (r < 0)
        return r;
    if (repeats(m, line))
        result->dup_of = line->first;
    if (entry.state == HL_JOURNAL_NONE)
        judge_unknown(part, result);
    else
        judge(m, index, &entry, result);
    if (result->dup_of > 0 && result->outcome == HAUL_OUTCOME_OK) {
        result->outcome = HAUL_OUTCOME_SKIPPED;
        result->message = "the list has this URL already";
    }
    note_in_part(part, entry.state, result);
    tell(m, result, line->row);
    hl_journal_entry_release(&entry);
    return 0;
}

static int on_row(void *arg, const struct hl_source_row *row)
{
    struct merge *m = arg;
    const struct haul_request *request = &row->request;
    const char *bad = request->bad;
    struct hl_url url;
    struct hl_run_directory_line line = {.row = row, .request = request};
    struct haul_result result = {
        .line = request->line,
        .id = request->id,
        .note = request->note,
        .url = request->url,
        .outcome = HAUL_OUTCOME_LEFT,
    };
    int r = bad == NULL ? hl_url_parse(&url, request->url, &bad) : 0;
    if (r == UV_ENOMEM)
        return r;
    if (bad != NULL) {
        fail(&result, HAUL_ERR_NAME, bad);
        tell(m, &result, row);
        return 0;
    }
    r = find(m, &url, &line, &result);
    hl_url_release(&url);
    return r;
}

static bool is_missing(const struct part *part)
{
    return !part->is_done;
}

static bool must_reopen(const struct part *part)
{
    return part->is_done && part->must_reopen;
}

/* The parts that are not done ask again without an option. */
static bool has_passing(const struct part *part)
{
    return part->is_done && part->passing > 0;
}

/* Adds "--array=1,3,7-9", the parts that are so. @return how many. */
static uint32_t put_array(struct hl_buf *out, const struct merge *m,
                          bool (*is_so)(const struct part *part))
{
    uint32_t parts = m->manifest.partition.parts;
    uint32_t count = 0;
    for (uint32_t i = 0; i < parts; i++) {
        uint32_t first = i;
        if (!is_so(&m->parts[i]))
            continue;
        while (i + 1 < parts && is_so(&m->parts[i + 1]))
            i++;
        hl_buf_printf(out, "%s%" PRIu32, count == 0 ? "--array=" : ",", first);
        if (i > first)
            hl_buf_printf(out, "-%" PRIu32, i);
        count += i - first + 1;
    }
    return count;
}

static void say_parts(const struct merge *m,
                      bool (*is_so)(const struct part *part), const char *what)
{
    struct hl_buf array = {0};
    uint32_t count = put_array(&array, m, is_so);
    if (count > 0 && !array.failed)
        hl_tell("%" PRIu32 " of %" PRIu32 " parts %s: %s", count,
                m->manifest.partition.parts, what, array.data);
    hl_buf_release(&array);
}

/* What another attempt may help. */
static void say_passing(const struct merge *m)
{
    struct hl_buf line = {0};
    struct hl_buf word = {0};
    uint64_t count = 0;
    for (uint32_t i = 0; i < m->manifest.partition.parts; i++)
        if (has_passing(&m->parts[i]))
            count += m->parts[i].passing;
    hl_put_count(&line, count,
                 count == 1 ? "URL failed for a cause"
                            : "URLs failed for causes");
    hl_buf_text(&line, " that may pass, in parts ");
    if (put_array(&line, m, has_passing) > 0 && !line.failed)
        hl_tell("%s: get --plan %s --retry-failed asks again", line.data,
                hl_shell_path(&word, m->run));
    hl_buf_release(&word);
    hl_buf_release(&line);
}

static void say_counts(const struct merge *m)
{
    char bytes[HL_BYTES_SIZE];
    struct hl_buf line = {0};
    hl_put_count(&line, m->stats.outcomes[HAUL_OUTCOME_OK], "ok, ");
    hl_put_count(&line, m->stats.outcomes[HAUL_OUTCOME_FAILED], "failed");
    hl_failures_counts(&line, &m->failures, &m->stats);
    hl_put_more(&line, m->stats.outcomes[HAUL_OUTCOME_SKIPPED],
                haul_outcome_word(HAUL_OUTCOME_SKIPPED));
    hl_put_more(&line, m->stats.outcomes[HAUL_OUTCOME_LEFT],
                haul_outcome_word(HAUL_OUTCOME_LEFT));
    hl_bytes_text(bytes, (double)m->stats.bytes);
    if (!line.failed)
        hl_tell("%s, %s: %s", line.data, bytes, m->run);
    hl_buf_release(&line);
}

/* Prints what was found. @return the exit status; where several hold, the first
 * of a run's order. */
static int sum_up(struct merge *m)
{
    const struct hl_report_summary summary = {
        .stats = &m->stats,
        .left = (int64_t)m->stats.outcomes[HAUL_OUTCOME_LEFT],
    };
    bool is_complete = m->stats.outcomes[HAUL_OUTCOME_LEFT] == 0;
    bool has_stdout =
        m->options->report != NULL && strcmp(m->options->report, "-") == 0;
    int r = hl_report_close(&m->report, &summary);
    if (r < 0)
        return hl_fail(m->options->report, r);
    if (!has_stdout) {
        say_counts(m);
        say_parts(m, is_missing, "are not done");
        say_parts(m, must_reopen,
                  "have lost files, and need get --retry-failed");
        say_passing(m);
    }
    if (m->stats.errors[HAUL_ERR_IO] > 0)
        return HL_EXIT_IO;
    for (uint32_t i = 0; i < m->manifest.partition.parts; i++)
        is_complete &= !is_missing(&m->parts[i]) && !must_reopen(&m->parts[i]);
    if (!is_complete)
        return HL_EXIT_INTERRUPTED;
    return m->stats.outcomes[HAUL_OUTCOME_FAILED] > 0 ? HL_EXIT_FAILED
                                                      : HL_EXIT_OK;
}

static int open_files(struct merge *m)
{
    static const struct hl_beneath_options beneath;
    m->run_fd = open(m->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = m->run_fd < 0 ? -errno : 0;
    if (r == 0)
        r = hl_beneath_new(&m->root, m->run_fd, &beneath);
    return r < 0 ? hl_fail(m->run, r) : HL_EXIT_OK;
}

static int open_parts(struct merge *m)
{
    uint32_t parts = m->manifest.partition.parts;
    int status = hl_part_journals_init(&m->journals, m->run, parts);
    m->parts = calloc(parts, sizeof(*m->parts));
    if (m->parts == NULL)
        return hl_fail("merge", UV_ENOMEM);
    for (uint32_t i = 0; status == HL_EXIT_OK && i < parts; i++)
        status = open_part(m, i);
    return status;
}

static int read_list(struct merge *m)
{
    const struct merge_options *o = m->options;
    size_t count = m->manifest.list_count;
    m->source.sha256 = calloc(count, sizeof(*m->source.sha256));
    if (m->source.sha256 == NULL)
        return hl_fail("merge", UV_ENOMEM);
    int status = hl_source_check(&m->source);
    int r = status == HL_EXIT_OK ? hl_report_open(&m->report, o->report) : 0;
    if (r < 0)
        return hl_fail(o->report, r);
    m->report.from_journal = true;
    m->report.kept = m->source.kept;
    if (status == HL_EXIT_OK)
        r = hl_source_each(&m->source, on_row, m);
    if (r < 0)
        return hl_fail(m->run, r);
    if (status == HL_EXIT_OK)
        status = hl_source_status(&m->source);
    return status == HL_EXIT_OK
               ? hl_manifest_compare(&m->manifest, &o->list.inputs,
                                     m->source.sha256)
               : status;
}

static int merge(struct merge_options *o, const char *run)
{
    static const struct hl_opt_strings no_urls;
    struct hl_opt_parsed pinned = {0};
    struct hl_kept_columns kept = {
        .asked = o->list.keep,
        .is_member = hl_report_has,
        .is_csv = o->report != NULL && hl_report_name_of(o->report).is_csv,
    };
    struct merge m = {.options = o,
                      .run = run,
                      .run_fd = -1,
                      .failures = {.all = o->verbose}};
    int status = hl_manifest_read(&m.manifest, run);
    if (status == HL_EXIT_OK)
        status = hl_pinned_apply(m.manifest.options, run, &o->list, &o->run,
                                 &pinned);
    if (status == HL_EXIT_OK)
        status = hl_manifest_take_lists(&m.manifest, &o->list.inputs);
    m.source = (struct hl_source){
        .urls = &no_urls,
        .inputs = &o->list.inputs,
        .list_options = hl_source_list_options(&o->list, o->run.run.output),
        .kept = &kept,
        .limit = UINT64_MAX,
    };
    m.source.list_options.hashes = true;
    if (status == HL_EXIT_OK)
        status = hl_report_target_check(o->report, &o->list.inputs, run);
    if (status == HL_EXIT_OK)
        status = open_files(&m);
    if (status == HL_EXIT_OK)
        status = open_parts(&m);
    if (status == HL_EXIT_OK)
        status = read_list(&m);
    if (status == HL_EXIT_OK)
        status = sum_up(&m);
    hl_report_abandon(&m.report); /* one that is not closed yet */
    hl_source_release(&m.source);
    free(m.source.sha256);
    hl_part_journals_release(&m.journals);
    free(m.parts);
    hl_run_directory_strings_release(&m.strings);
    hl_kept_columns_release(&kept);
    hl_beneath_free(m.root);
    if (m.run_fd >= 0)
        close(m.run_fd);
    hl_manifest_release(&m.manifest);
    hl_opt_parsed_release(&pinned);
    return status;
}

static int check(const struct merge_options *o,
                 const struct hl_opt_strings *dirs)
{
    if (dirs->count != 1) {
        hl_error("merge: give the directory of the plan, as in haul merge RUN");
        return HL_EXIT_USAGE;
    }
    if (o->list.keep != NULL && o->report == NULL) {
        hl_error("--keep-cols: goes with --report");
        return HL_EXIT_USAGE;
    }
    return HL_EXIT_OK;
}

int hl_cmd_merge(int argc, char **argv)
{
    struct merge_options o = {0};
    const struct hl_opt_table tables[] = {{"Options", merge_rows, &o}, {0}};
    const struct hl_opt_command command = {
        .name = "merge",
        .usage = "haul merge [OPTIONS] RUN: what all parts of a plan have come "
                 "to, and which are missing",
        .tables = tables,
        .operand = "RUN"};
    struct hl_opt_parsed parsed;
    int status;
    /* A reader that has had enough ends us, as it does any filter. */
    signal(SIGPIPE, SIG_DFL);
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = check(&o, &parsed.rest);
        if (status == HL_EXIT_OK)
            status = merge(&o, parsed.rest.items[0]);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.list.inputs);
    hl_run_options_release(&o.run);
    return status;
}
