#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/progress_words.h"
#include "cli/run_defaults.h"
#include "cli/shell_word.h"
#include "cli/usage.h"
#include "util/buf.h"
#include "util/parse.h"
#include "util/text.h"

const char *hl_allowance_parse(struct hl_allowance *out, const char *text)
{
    static const char *const bad =
        "is neither a number nor a percentage such as 0.5%";
    size_t length = strlen(text);
    *out = (struct hl_allowance){.text = text};
    if (length == 0 || text[length - 1] != '%')
        return hl_parse_count(text, UINT64_MAX, &out->count) < 0 ? bad : NULL;
    char *end;
    out->percent = strtod(text, &end);
    bool digits = text[strspn(text, "0123456789.")] == '%';
    bool fits = out->percent >= 0 && out->percent <= 100;
    return digits && end == text + length - 1 && length > 1 && fits ? NULL
                                                                    : bad;
}

bool hl_allowance_holds(const struct hl_allowance *allowed, uint64_t failed,
                        uint64_t lines)
{
    return failed <= allowed->count ||
           (double)failed <= (double)lines * allowed->percent / 100;
}

static uint64_t failed(const struct hl_summary *sum)
{
    return sum->stats.outcomes[HAUL_OUTCOME_FAILED];
}

static bool is_allowed(const struct hl_summary *sum)
{
    return hl_allowance_holds(sum->allowed, failed(sum) + sum->refused,
                              sum->stats.requests + sum->refused);
}

/* The list was not read to its end. */
static void put_left_at_least(struct hl_buf *out, const struct hl_summary *sum)
{
    char count[HL_TEXT_COUNT_SIZE];
    uint64_t left = sum->stats.outcomes[HAUL_OUTCOME_LEFT];
    uint64_t total = left + sum->unread;
    hl_text_count(count, sum->unread_is_estimated
                             ? hl_rounded_total(total, left, 0)
                             : total);
    if (sum->unread > 0)
        hl_buf_printf(out, ", %s%s left",
                      sum->unread_is_estimated ? "about " : "", count);
    else if (left > 0)
        hl_buf_printf(out, ", %s and the unread rest of the list left", count);
    else
        hl_buf_text(out, ", the unread rest of the list left");
}

static void put_counts(struct hl_buf *out, const struct hl_summary *sum)
{
    char count[HL_TEXT_COUNT_SIZE];
    hl_text_count(count, sum->stats.outcomes[HAUL_OUTCOME_OK]);
    hl_buf_printf(out, "%s ok", count);
    hl_text_count(count, sum->stats.already_done);
    if (sum->stats.already_done > 0)
        hl_buf_printf(out, " (%s %s there)", count,
                      sum->stats.already_done == 1 ? "was" : "were");
    hl_put_more(out, sum->stats.outcomes[HAUL_OUTCOME_UNCHANGED],
                haul_outcome_word(HAUL_OUTCOME_UNCHANGED));
    hl_put_more(out, sum->stats.outcomes[HAUL_OUTCOME_ADOPTED],
                haul_outcome_word(HAUL_OUTCOME_ADOPTED));
    hl_text_count(count, failed(sum));
    hl_buf_printf(out, ", %s failed", count);
    hl_failures_causes(out, &sum->failures, &sum->stats);
    hl_put_more(out, sum->stats.outcomes[HAUL_OUTCOME_SKIPPED],
                haul_outcome_word(HAUL_OUTCOME_SKIPPED));
    /* A run that was stopped may not have read its list to the end. */
    if (sum->list_ended)
        hl_put_more(out, sum->stats.outcomes[HAUL_OUTCOME_LEFT],
                    haul_outcome_word(HAUL_OUTCOME_LEFT));
    else
        put_left_at_least(out, sum);
}

/* Says how many files only looked changed. */
static void say_rehashed(const struct hl_summary *sum)
{
    char count[HL_TEXT_COUNT_SIZE];
    if (sum->stats.rehashed == 0)
        return;
    hl_text_count(count, sum->stats.rehashed);
    hl_say("%s %s touched, moved or copied since haul wrote %s; their content "
           "is the same",
           count, sum->stats.rehashed == 1 ? "file was" : "files were",
           sum->stats.rehashed == 1 ? "it" : "them");
}

/* A name that was asked for in vain. */
static void say_kept_names(const struct hl_summary *sum)
{
    char count[HL_TEXT_COUNT_SIZE];
    bool is_one = sum->stats.kept_names == 1;
    if (sum->stats.kept_names == 0)
        return;
    hl_text_count(count, sum->stats.kept_names);
    hl_say("%s %s the %s from an earlier run here: -o and names in a list are "
           "for new URLs; for other names use another directory",
           count, is_one ? "file keeps" : "files keep",
           is_one ? "name" : "names");
}

static void put_option(struct hl_buf *out, const char *option,
                       const char *value)
{
    if (value == NULL)
        return;
    hl_buf_printf(out, " %s ", option);
    hl_put_shell_word(out, value);
}

static bool has_bad_lines(const struct hl_summary *sum)
{
    return sum->stats.errors[HAUL_ERR_NAME] > 0;
}

/* The journal has neither bad lines nor those that no run has begun: only with
 * the list can status tell of them. */
static bool needs_list(const struct hl_summary *sum)
{
    return sum->list != NULL && sum->list->inputs.count > 0 &&
           (has_bad_lines(sum) || !sum->list_ended ||
            sum->stats.outcomes[HAUL_OUTCOME_LEFT] > 0);
}

/* Adds the options by which status reads the same lists and names bad lines. */
static void put_list(struct hl_buf *out, const struct hl_summary *sum)
{
    const struct hl_source_options *list = sum->list;
    if (has_bad_lines(sum))
        hl_buf_text(out, " -v");
    for (size_t i = 0; i < list->inputs.count; i++)
        put_option(out, "-i", list->inputs.items[i]);
    put_option(out, "--input-format", hl_source_format(list));
    put_option(out, "--url-col", list->url_column);
    put_option(out, "--name-col", list->name_column);
    put_option(out, "--id-col", list->id_column);
}

/* A quiet run prints this as an error: it prints only where something is wrong.
 */
static void tell(const struct hl_summary *sum, const char *text)
{
    if (sum->quiet)
        hl_error("%s", text);
    else
        hl_say("%s", text);
}

/* Says the counts, and where the files are, or the command that lists what
 * failed. */
static void say_counts(const struct hl_summary *sum)
{
    struct hl_buf line = {0};
    struct hl_buf word = {0};
    char bytes[HL_BYTES_SIZE];
    bool streamed = sum->options->run.output_fd > 0;
    bool asks = failed(sum) > 0 && !streamed; /* what haul status tells */
    const char *dir = streamed                        ? "standard output"
                      : sum->options->run.dir != NULL ? sum->options->run.dir
                                                      : ".";
    hl_bytes_text(bytes, (double)sum->stats.bytes);
    put_counts(&line, sum);
    hl_buf_printf(&line, ", %s in %.2f s: %s", bytes, sum->seconds,
                  asks ? "haul status " : "");
    hl_buf_text(&line, asks ? hl_shell_path(&word, dir) : dir);
    /* Standard input cannot be read again. */
    bool is_gone = asks && needs_list(sum) && hl_source_reads_stdin(sum->list);
    if (asks && needs_list(sum) && !is_gone)
        put_list(&line, sum);
    if (!line.failed)
        tell(sum, line.data);
    if (is_gone && has_bad_lines(sum))
        tell(sum, "status does not know the bad lines of standard input; "
                  "--report FILE has them");
    hl_buf_release(&word);
    hl_buf_release(&line);
}

static void say_allowed(const struct hl_summary *sum)
{
    char line[64];
    if (sum->allowed->text == NULL || failed(sum) + sum->refused == 0)
        return;
    snprintf(line, sizeof(line), "that is %s --allow-failed %s",
             is_allowed(sum) ? "within" : "more than", sum->allowed->text);
    tell(sum, line);
}

/* Stopped by a signal or an outage, with work left; or a worker stands still
 * with it. */
static bool is_interrupted(const struct hl_summary *sum)
{
    return sum->error == HAUL_EOUTAGE ||
           sum->stats.outcomes[HAUL_OUTCOME_LEFT] > 0 ||
           (sum->stats.cancelled && !sum->list_ended);
}

/* What has ended the run early is printed where it happens, but for signals and
 * workers. */
static void say_interrupted(const struct hl_summary *sum)
{
    bool streamed = sum->options->run.output_fd > 0;
    if (!is_interrupted(sum) || sum->error != 0)
        return;
    if (streamed && sum->signalled)
        tell(sum, "interrupted");
    else if (sum->signalled)
        tell(sum, "interrupted: the same command goes on where this one "
                  "stopped");
    else if (!streamed)
        tell(sum, "not all was done: the same command goes on where this one "
                  "stopped");
}

void hl_summary_say(const struct hl_summary *sum)
{
    say_interrupted(sum);
    if (sum->quiet && hl_summary_exit_status(sum) == HL_EXIT_OK)
        return;
    say_counts(sum);
    say_allowed(sum);
    if (sum->quiet)
        return;
    hl_changes_say(&sum->changes);
    say_rehashed(sum);
    say_kept_names(sum);
    if (sum->options->run.insecure)
        hl_say("certificates were not checked (-k)");
}

static void say_auto_jobs(const struct hl_summary *sum)
{
    const struct haul_stats *stats = &sum->stats;
    /* More may have been allowed than the list or -x had use for. */
    uint32_t used = stats->slots < stats->most_in_flight
                        ? stats->slots
                        : stats->most_in_flight;
    hl_say("-j auto came to %u at a time%s", used,
           stats->slots_most < hl_run_jobs(&sum->options->run)
               ? ": for more there were too few open files or ports, or too "
                 "little memory"
               : "");
}

void hl_summary_find_bottleneck(struct hl_summary *sum)
{
    const char *proxy = sum->diagnosis.proxy;
    const struct hl_diagnosis_figures figures = {
        .run = &sum->options->run,
        .stats = &sum->stats,
        .loop = &sum->loops.busiest,
        .loops = sum->loops.count,
        .seconds = sum->seconds,
        .cpu_seconds = hl_usage_read().cpu_seconds,
        .cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
        .files_limit = sum->options->files_limit,
        .share = sum->options->share,
        .proxy = proxy[0] != '\0' ? proxy : NULL,
    };
    hl_diagnosis_put(&sum->diagnosis, &figures, sum->held_back,
                     sizeof(sum->held_back));
}

void hl_summary_say_bottleneck(const struct hl_summary *sum)
{
    const struct haul_options *run = &sum->options->run;
    if (sum->quiet)
        return;
    uint32_t jobs = hl_run_jobs(run);
    if (sum->stats.slots_most < jobs && !run->auto_jobs)
        hl_say("there were too few open files or ports, or too little memory: "
               "-j %u was lowered to %u",
               jobs, sum->stats.slots_most);
    if (run->auto_jobs && sum->stats.most_in_flight > 0)
        say_auto_jobs(sum);
    if (sum->held_back[0] != '\0')
        hl_say("%s", sum->held_back);
}

/* Where several hold, the first of 1, 9, 3, 7 and 8. */
int hl_summary_exit_status(const struct hl_summary *sum)
{
    const struct haul_stats *s = &sum->stats;
    int error = sum->error == HAUL_EOUTAGE ? 0 : sum->error;
    if (error == UV_ENOMEM)
        return HL_EXIT_OTHER;
    if (error == UV_ENOSPC || s->errors[HAUL_ERR_DISK_FULL] > 0)
        return HL_EXIT_DISK_FULL;
    if (error < 0 || sum->local_error < 0 || s->errors[HAUL_ERR_IO] > 0)
        return HL_EXIT_IO;
    if (is_interrupted(sum))
        return HL_EXIT_INTERRUPTED;
    return is_allowed(sum) ? HL_EXIT_OK : HL_EXIT_FAILED;
}
