/* haul get: fetches a list of URLs. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/dry_run.h"
#include "cli/failures.h"
#include "cli/get_options.h"
#include "cli/help.h"
#include "cli/journal_damage.h"
#include "cli/loop_figures.h"
#include "cli/notices.h"
#include "cli/planned_part.h"
#include "cli/print_message.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/report_hosts.h"
#include "cli/report_target.h"
#include "cli/request_source.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/to_stdout.h"
#include "cli/uv_start.h"
#include "util/container_of.h"

enum { GRACE_MS = 5000 /* for transfers in flight after the first signal */ };

/* A run of this command, on get_files()'s stack. */
struct get {
    const struct hl_get_options *options;
    uv_loop_t loop;
    struct haul_session *session;
    struct hl_source source;
    struct hl_checksums *checksums; /* or NULL */
    struct hl_kept_columns kept;
    struct hl_report report;
    struct hl_progress progress;
    struct hl_local local;
    struct hl_planned_part *part; /* or NULL */
    uv_async_t notice;            /* a signal has come */
    bool is_stop_told;            /* the first one was */
    uv_poll_t input;              /* of a list that has no line yet */
    bool input_open;
    bool is_unread; /* nobody reads standard output any more */
    bool is_full;   /* or it has no room for the body */
    struct hl_notices notices;
    uint64_t begun_ns;
    struct haul_trace_stats trace_stats;
    struct hl_report_hosts hosts; /* read where there is a report */
    struct hl_summary summary;
};

/* Does the one body go to standard output? */
static bool is_streamed(const struct get *get)
{
    return get->options->run.run.output_fd > 0;
}

static void on_result(void *arg, const struct haul_result *result)
{
    struct get *get = arg;
    hl_report_result(&get->report, result);
    if (get->part != NULL)
        hl_planned_part_note(get->part, result);
    hl_changes_note(&get->summary.changes, result);
    hl_diagnosis_add(&get->summary.diagnosis, result);
    get->is_unread = is_streamed(get) && hl_to_stdout_is_unread(result);
    get->is_full = is_streamed(get) && hl_to_stdout_is_full(result);
    if (!get->is_unread && !get->is_full)
        hl_failures_note(&get->summary.failures, result);
    if (!get->is_unread && is_streamed(get))
        hl_to_stdout_note(result);
    if (result->aside != NULL)
        hl_error("%s was changed since haul wrote it: it is now called %s, and "
                 "%s was fetched again",
                 result->file, result->aside, result->file);
    hl_progress_count(&get->progress, result);
    hl_notices_tick(&get->notices);
    hl_progress_tick(&get->progress);
}

static void on_retry(void *arg, const struct haul_retry *retry)
{
    (void)arg;
    hl_failures_retry(retry);
}

/* The list can be read on, and the handle be used again. */
static void on_uv_input_closed(uv_handle_t *handle)
{
    struct get *get = container_of(handle, struct get, input);
    if (!get->input_open)
        return;
    get->input_open = false;
    haul_session_wake(get->session);
}

static void on_uv_input(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    uv_poll_stop(poll);
    uv_close((uv_handle_t *)poll, on_uv_input_closed);
}

/* Waits for more of a list that is still being written. The handle is new
 * each time, as the next list has another descriptor. */
static void wait_for_input(struct get *get)
{
    if (get->input_open)
        return;
    if (uv_poll_init(&get->loop, &get->input, hl_source_fd(&get->source)) < 0)
        return;
    get->input_open = true;
    uv_poll_start(&get->input, UV_READABLE | UV_DISCONNECT, on_uv_input);
}

static enum haul_pull on_pull(void *arg, struct haul_request *request)
{
    struct get *get = arg;
    struct hl_source_row row;
    /* To read now could close the descriptor that is waited for. */
    if (get->input_open)
        return HAUL_PULL_LATER;
    switch (hl_source_next(&get->source, &row)) {
    case HL_SOURCE_ROW:
        *request = row.request;
        hl_failures_at(&get->summary.failures, &row);
        return HAUL_PULL_REQUEST;
    case HL_SOURCE_BUSY:
        haul_session_wake(get->session);
        return HAUL_PULL_LATER;
    case HL_SOURCE_LATER:
        wait_for_input(get);
        return HAUL_PULL_LATER;
    case HL_SOURCE_END:
        get->summary.list_ended = true;
        return HAUL_PULL_END;
    }
    return HAUL_PULL_END;
}

/* Stops waiting for more of the list. */
static void stop_input(struct get *get)
{
    if (!get->input_open)
        return;
    get->input_open = false;
    if (!uv_is_closing((uv_handle_t *)&get->input))
        uv_close((uv_handle_t *)&get->input, NULL);
}

/* Says, after the first signal, what the run still waits for. */
static void tell_stop(struct get *get)
{
    struct haul_stats stats;
    if (hl_signals_count() != 1 || get->is_stop_told)
        return;
    get->is_stop_told = true;
    haul_session_stats(get->session, &stats);
    if (stats.in_flight == 0)
        hl_say("stopping: no transfer is in flight");
    else
        hl_say("stopping: %u %s %u s to finish; %s stops at once",
               stats.in_flight,
               stats.in_flight == 1 ? "transfer has" : "transfers have",
               GRACE_MS / 1000,
               isatty(STDIN_FILENO) ? "a second Ctrl-C" : "a second signal");
}

static void on_uv_notice(uv_async_t *notice)
{
    struct get *get = container_of(notice, struct get, notice);
    if (hl_signals_terminal_changed())
        hl_progress_redraw(&get->progress);
    if (hl_signals_state_wanted()) {
        hl_progress_clear(&get->progress);
        haul_session_dump(get->session, stderr);
    }
    if (hl_signals_count() == 0)
        return;
    stop_input(get);
    tell_stop(get);
}

/* A transfer blocks the loop. */
static void on_busy(void *arg)
{
    struct get *get = arg;
    tell_stop(get);
    hl_progress_tick(&get->progress);
}

static const char *dir_of(const struct hl_get_options *options)
{
    return options->run.run.dir != NULL ? options->run.run.dir : ".";
}

/* Where the loop or a handle of it cannot be had. @return the exit status. */
static int refuse_to_start(int code)
{
    hl_error("cannot start: %s", haul_strerror(code));
    return HL_EXIT_OTHER;
}

/* Opens the handle that the signal handlers wake the loop with. */
static int open_notice(struct get *get)
{
    int r = uv_async_init(&get->loop, &get->notice, on_uv_notice);
    if (r < 0)
        return refuse_to_start(r);
    uv_unref((uv_handle_t *)&get->notice);
    return HL_EXIT_OK;
}

static int status_of_opening(int code)
{
    switch (code) {
    case HAUL_EINVAL:
    case HAUL_ENESTED:
        return HL_EXIT_USAGE;
    case HAUL_EBUSY:
        return HL_EXIT_BUSY;
    case UV_ENOSPC:
    case -EDQUOT:
        return HL_EXIT_DISK_FULL;
    case UV_ENOMEM:
        return HL_EXIT_OTHER;
    default:
        return HL_EXIT_IO;
    }
}

static int open_session(struct get *get)
{
    struct haul_options run = get->options->run.run;
    const struct haul_callbacks callbacks = {
        .pull = on_pull,
        .result = on_result,
        .retry = get->options->verbose ? on_retry : NULL,
        .busy = on_busy,
        .arg = get,
    };
    run.cancel_grace_ms = GRACE_MS;
    run.trace_end = &get->trace_stats;
    int r = haul_session_new(&get->session, &get->loop, &run, &callbacks);
    if (r == 0)
        return 0;
    uv_close((uv_handle_t *)&get->notice, NULL);
    hl_dir_error(dir_of(get->options), r);
    uv_run(&get->loop, UV_RUN_DEFAULT);
    return status_of_opening(r);
}

static void run_loop(struct get *get)
{
    const struct hl_progress_run shown = {
        .loop = &get->loop,
        .session = get->session,
        .source = &get->source,
        .failures = &get->summary.failures,
        .grace_ms = GRACE_MS,
    };
    hl_progress_open(&get->progress,
                     (enum hl_progress_kind)get->options->progress, &shown);
    hl_notices_open(&get->notices, &get->loop, get->session,
                    &get->options->run.run, get->options->quiet);
    hl_signals_open(get->session, &get->notice);
    uv_run(&get->loop, UV_RUN_DEFAULT);
    get->summary.signalled = hl_signals_count() > 0;
    hl_signals_close();
    get->summary.seconds = (double)(uv_hrtime() - get->begun_ns) / 1e9;
    hl_progress_close(&get->progress);
    hl_notices_close(&get->notices);
    stop_input(get);
    uv_close((uv_handle_t *)&get->notice, NULL);
    haul_session_stats(get->session, &get->summary.stats);
    hl_diagnosis_read(&get->summary.diagnosis, get->session,
                      &get->options->run.run);
    if (get->options->report != NULL)
        hl_report_hosts_read(&get->hosts, get->session);
    hl_loops_read(&get->summary.loops, get->session);
    get->summary.error = haul_session_error(get->session);
    /* The last events are on standard error before the summary is. */
    haul_session_close(get->session, NULL);
    uv_run(&get->loop, UV_RUN_DEFAULT);
}

/* The report of a run that holds the directory already is not touched: by now
 * the directory is this run's. */
static int open_report(struct get *get)
{
    const struct hl_get_options *o = get->options;
    int r = hl_report_open(&get->report, o->report);
    get->report.keep_dirlinks = o->run.run.keep_dirlinks;
    get->report.kept = &get->kept;
    if (r == 0)
        return HL_EXIT_OK;
    hl_error("%s: %s", o->report, haul_strerror(r));
    haul_session_close(get->session, NULL);
    uv_close((uv_handle_t *)&get->notice, NULL);
    uv_run(&get->loop, UV_RUN_DEFAULT);
    return HL_EXIT_IO;
}

static void say_damage(const struct get *get)
{
    struct haul_stats stats;
    haul_session_stats(get->session, &stats);
    hl_journal_damage_say(dir_of(get->options), &stats.journal_damage,
                          get->part != NULL ? HL_DAMAGE_TO_PART
                                            : HL_DAMAGE_TO_RUN);
}

/* Closes the report. An error of it, or of the trace, is the run's. */
static void close_report(struct get *get)
{
    struct hl_summary *sum = &get->summary;
    const struct hl_report_summary last = {
        .stats = &sum->stats,
        .loops = &sum->loops,
        .seconds = sum->seconds,
        .left = sum->list_ended
                    ? (int64_t)sum->stats.outcomes[HAUL_OUTCOME_LEFT]
                    : -1,
        .hosts = &get->hosts,
        .mode = haul_mode_name(get->options->run.run.mode),
        .held_back = sum->held_back,
    };
    int r = hl_report_close(&get->report, &last);
    if (r < 0 && r != UV_EPIPE)
        hl_error("%s: %s", get->options->report, haul_strerror(r));
    if (r >= 0)
        r = get->trace_stats.error;
    if (r < 0)
        sum->local_error = r;
}

static int finish(struct get *get)
{
    struct hl_summary *sum = &get->summary;
    struct hl_source_progress list;
    hl_source_progress(&get->source, &list);
    if (list.total > list.rows)
        sum->unread = list.total - list.rows;
    sum->unread_is_estimated = list.estimated;
    sum->refused = hl_retry_list_refused(get->source.failed);
    sum->local_error = get->source.error;
    hl_summary_find_bottleneck(sum);
    close_report(get);
    if (get->is_unread)
        return HL_EXIT_IO;
    if (get->is_full)
        return HL_EXIT_DISK_FULL;
    hl_retry_list_say(get->source.failed);
    hl_summary_say(sum);
    /* Checksums without a URL may be those of other parts. */
    if (sum->list_ended && get->part == NULL)
        hl_checksums_say(get->checksums);
    hl_figures_tell(&get->options->run, &sum->loops, &get->trace_stats);
    hl_summary_say_bottleneck(sum);
    int status = hl_summary_exit_status(sum);
    bool is_fair = status == HL_EXIT_OK || status == HL_EXIT_FAILED;
    if (is_fair && get->source.is_unusable)
        return HL_EXIT_USAGE;
    return get->part != NULL ? hl_planned_part_end(get->part, sum, status)
                             : status;
}

static int dry_run(struct get *get)
{
    const struct hl_dry_run_options options = {
        .run = &get->options->run.run,
        .allowed = &get->options->allowed,
        .failures = &get->summary.failures,
        .source = &get->source,
    };
    int status = hl_dry_run(&options);
    hl_retry_list_say(get->source.failed);
    hl_checksums_say(get->checksums);
    return status;
}

static int run(struct get *get, const struct hl_opt_strings *urls)
{
    const struct hl_get_options *o = get->options;
    get->begun_ns = uv_hrtime();
    get->kept = (struct hl_kept_columns){
        .asked = o->list.keep,
        .is_member = hl_report_has,
        .is_csv = o->report != NULL && hl_report_name_of(o->report).is_csv,
    };
    get->source = (struct hl_source){
        .urls = urls,
        .inputs = &o->list.inputs,
        .list_options = hl_source_list_options(&o->list, o->run.run.output),
        .kept = &get->kept,
        .local = o->local ? &get->local : NULL,
        .checksums = get->checksums,
        .run = &o->run.run,
        .limit = o->local && o->local_count > 0 ? o->local_count : UINT64_MAX,
    };
    if (get->part != NULL)
        hl_planned_part_set_source(get->part, &get->source);
    int status = hl_source_check(&get->source);
    if (status == 0)
        status =
            hl_report_target_check(o->report, &o->list.inputs, o->part.plan);
    if (status == 0 && o->without_list)
        status =
            hl_retry_list_open(&get->source.failed, dir_of(o), &o->run.run);
    if (status != 0)
        return status;
    if (o->dry_run)
        return dry_run(get);
    hl_source_measure(&get->source);
    status = open_notice(get);
    if (status == 0)
        status = open_session(get);
    if (status == 0)
        status = open_report(get);
    if (status != 0)
        return status;
    say_damage(get);
    run_loop(get);
    return finish(get);
}

static int start_local(struct get *get)
{
    struct hl_origin_options origin = get->options->origin;
    const char *dir = get->options->run.run.dir;
    origin.port = hl_local_port_of(dir != NULL ? dir : ".");
    int r = hl_local_start(&get->local, &origin);
    if (r == 0)
        return 0;
    hl_error("--local: the built-in server cannot start: %s", haul_strerror(r));
    return HL_EXIT_OTHER;
}

/* Fetches with a loop that is open, and closes it. */
static int fetch(struct get *get, const struct hl_opt_strings *urls)
{
    int status = hl_checksums_open(&get->checksums, &get->options->checksums);
    if (status == 0)
        status = run(get, urls);
    hl_checksums_close(get->checksums);
    hl_source_release(&get->source);
    hl_kept_columns_release(&get->kept);
    hl_loops_release(&get->summary.loops);
    hl_retry_list_close(get->source.failed);
    uv_run(&get->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&get->loop) < 0)
        status = HL_EXIT_OTHER;
    return status;
}

static int get_files(const struct hl_get_options *options,
                     const struct hl_opt_strings *urls,
                     struct hl_planned_part *part)
{
    struct get get = {
        .options = options,
        .part = options->part.plan != NULL ? part : NULL,
        .summary = {
            .options = &options->run,
            .allowed = &options->allowed,
            /* Of a part, status needs no list: it would miss the lines of the
             * other parts. */
            .list = options->part.plan == NULL ? &options->list : NULL,
            .changes = {.names = options->verbose},
            .quiet = options->quiet,
            .failures = {.all = options->verbose,
                         .silent =
                             options->quiet && options->allowed.text != NULL,
                         .keep_dirlinks = options->run.run.keep_dirlinks},
        }};
    if (options->local && start_local(&get) != 0)
        return HL_EXIT_OTHER;
    int r = hl_loop_init(&get.loop);
    if (r == 0)
        hl_pool_start(&get.loop);
    int status = r < 0 ? refuse_to_start(r) : fetch(&get, urls);
    hl_local_stop(&get.local);
    return status;
}

int hl_cmd_get(int argc, char **argv)
{
    struct hl_get_options o = {.origin.latency_ns = HL_LOCAL_LATENCY_NS};
    const struct hl_opt_table tables[] = {
        {"The list", hl_source_rows, &o.list},
        {"The files", hl_file_rows, &o.run},
        {"Later runs", hl_rerun_rows, &o.run},
        {"A part of a plan", hl_part_rows, &o.part},
        {"What is printed", hl_get_rows, &o},
        {"Transfers", hl_transfer_rows, &o.run},
        {"Retries and time limits", hl_retry_rows, &o.run},
        {"Limits for hosts", hl_polite_rows, &o.run},
        {"The request", hl_request_rows, &o.run},
        {"The connection", hl_connection_rows, &o.run},
        {"Checksums", hl_checksums_rows, &o.checksums},
        {"Watching it work", hl_watch_rows, &o.run},
        {"Without a network", hl_get_local_rows, &o},
        {"The built-in server, with --local", hl_local_rows, &o.origin},
        {"The config file", hl_config_rows, &o.config},
        {NULL, hl_foreign_rows, &o},
        {0},
    };
    const struct hl_opt_command command = {
        .name = "get",
        .usage = "haul [get] [OPTIONS] [URL...]: fetch a list of URLs",
        .tables = tables,
        .is_long = true,
        .operand = "URL",
        .note = "A TIME is a number with us, ms, s, m or h, as 1.5s; a number "
                "alone is seconds. BYTES may end in K, M, G or T (1024)."};
    struct hl_opt_parsed parsed;
    struct hl_config config;
    struct hl_planned_part part = {.state = {.dir_fd = -1, .haul_fd = -1}};
    int status = hl_config_parse(tables, argc, argv, &parsed, &config);
    if (status == 0 && hl_help_shown(&command, &parsed, &status)) {
        /* Nothing else is done. */
    } else if (status == 0 && o.config.print) {
        hl_config_print(tables, &config, &parsed);
    } else if (status == 0) {
        status = hl_planned_part_open(&part, &o, &parsed);
        if (status == 0 && !part.is_done)
            status = hl_get_options_check(&o, &parsed);
        if (status == 0 && !part.is_done)
            status = get_files(&o, &parsed.rest, &part);
    }
    hl_planned_part_release(&part);
    hl_opt_parsed_release(&parsed);
    hl_config_release(&config);
    hl_opt_strings_release(&o.list.inputs);
    hl_run_options_release(&o.run);
    return status;
}
