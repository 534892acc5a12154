#include "compare/measure_row.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/own_program.h"
#include "cli/prepare.h"
#include "cli/print_message.h"
#include "cli/request_source.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "cli/uv_start.h"
#include "haul/debug.h"
#include "modes/traits.h"

enum { RESULT_FD = STDOUT_FILENO, OUTAGE_S = 5 };

/* The options of the hidden command --compare-row. */
struct row_options {
    struct hl_run_options run;
    struct hl_opt_strings inputs;
    uint32_t port;
    uint32_t limit;
    bool trace_all;
};

#define ROW(member) offsetof(struct row_options, member)

static const struct hl_opt row_rows[] = {
    HL_OPT_ROW("mode", 0, "M", CHOICE, ROW(run.run.mode), NULL,
               .words = hl_mode_words),
    HL_OPT_ROW("jobs", 0, "N", COUNT, ROW(run.run.jobs), NULL),
    HL_OPT_ROW("dir", 0, "DIR", TEXT, ROW(run.run.dir), NULL),
    HL_OPT_ROW("list", 0, "FILE", STRINGS, ROW(inputs), NULL),
    HL_OPT_ROW("port", 0, "N", COUNT, ROW(port), NULL),
    HL_OPT_ROW("limit", 0, "N", COUNT, ROW(limit), NULL, .zero = UINT32_MAX),
    HL_OPT_ROW("cpu-work", 0, "T", US, ROW(run.run.cpu_work_us), NULL),
    HL_OPT_ROW("trace", 0, "FILE", TEXT, ROW(run.run.trace_file), NULL),
    HL_OPT_ROW("trace-all", 0, NULL, FLAG, ROW(trace_all), NULL),
    HL_OPT_ROW("on-pool", 0, NULL, FLAG, ROW(run.run.cpu_work_on_pool), NULL),
    {.name = NULL},
};

/* A run that is measured. */
struct row_run {
    uv_loop_t loop;
    struct hl_source source;
    struct hl_measure measure;
    bool traced;
    bool blocks; /* each transfer has a thread of its own */
    uint64_t begun_ns;
};

static void add_process(struct hl_measure *measure, long pid)
{
    char path[64];
    char line[256];
    uint64_t value;
    snprintf(path, sizeof(path), "/proc/%ld/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    measure->processes++;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "VmHWM: %" SCNu64, &value) == 1)
            measure->peak_rss_bytes += value * 1024;
        else if (sscanf(line, "Threads: %" SCNu64, &value) == 1)
            measure->threads += value;
    }
    fclose(file);
}

/* Memory, threads and processes of this process and its children, now. */
static void measure_processes(struct hl_measure *measure)
{
    char path[64];
    long child;
    long self = getpid();
    add_process(measure, self);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", self);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fscanf(file, "%ld", &child) == 1)
        add_process(measure, child);
    fclose(file);
}

static enum haul_pull on_pull(void *arg, struct haul_request *request)
{
    struct row_run *run = arg;
    struct hl_source_row row;
    if (hl_source_next(&run->source, &row) != HL_SOURCE_ROW)
        return HAUL_PULL_END;
    *request = row.request;
    return HAUL_PULL_REQUEST;
}

static void on_result(void *arg, const struct haul_result *result)
{
    struct row_run *run = arg;
    struct hl_measure *m = &run->measure;
    const struct haul_times *t = &result->times;
    if (result->outcome == HAUL_OUTCOME_OK) {
        m->files++;
    } else if (result->outcome != HAUL_OUTCOME_SKIPPED) {
        m->failed++;
        m->errors[result->error]++;
    }
    m->again += result->attempts > 1;
    m->bytes += result->bytes;
    m->waiting_s += (double)(t->dns + t->connect + t->tls + t->wait) / 1e6;
    m->body_s += (double)t->body / 1e6;
    m->ready_s += (double)t->ready / 1e6;
    m->work_s += (double)t->work / 1e6;
    m->total_s += (double)(t->total - t->queued) / 1e6;
}

/* Measures now, as the worker processes end when the session is closed. */
static void on_drained(struct haul_session *session, void *arg)
{
    struct row_run *run = arg;
    struct hl_measure *m = &run->measure;
    struct haul_stats stats;
    m->seconds = (double)(uv_hrtime() - run->begun_ns) / 1e9;
    measure_processes(m);
    /* The thread that writes the timeline is not the mode's. */
    m->threads -= run->traced;
    haul_session_stats(session, &stats);
    m->in_flight = stats.most_in_flight;
    m->still_s = (double)stats.still_us / 1e6;
    m->fetching = run->blocks || m->in_flight == 0 ? m->in_flight : 1;
}

static void measure_loop(struct row_run *run,
                         const struct haul_session *session)
{
    struct haul_loop_stats loop;
    haul_session_loop_stats(session, &loop);
    run->measure.lag_p50_ms = (double)loop.lag_p50_us / 1000;
    run->measure.lag_p99_ms = (double)loop.lag_p99_us / 1000;
    run->measure.lag_max_ms = (double)loop.lag_max_us / 1000;
}

static int run_row(struct row_run *run, const struct haul_options *options)
{
    struct haul_session *session;
    const struct haul_callbacks callbacks = {
        .pull = on_pull,
        .result = on_result,
        .drained = on_drained,
        .arg = run,
    };
    run->blocks = hl_mode_traits(options->mode)->blocks;
    run->begun_ns = uv_hrtime();
    int r = haul_session_new(&session, &run->loop, options, &callbacks);
    if (r == 0) {
        hl_signals_open(session, NULL);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        hl_signals_close();
        measure_loop(run, session);
        /* Set where the list could not be read to its end, and said so. */
        r = run->source.error;
        haul_session_close(session, NULL);
    } else {
        hl_error("compare: %s: %s", haul_mode_name(options->mode),
                 haul_strerror(r));
    }
    uv_run(&run->loop, UV_RUN_DEFAULT);
    return r;
}

static int measure_row(struct row_options *o)
{
    static struct row_run run;
    const struct hl_opt_strings no_urls = {0};
    const struct hl_local local = {.port = (uint16_t)o->port};
    run.source = (struct hl_source){
        .urls = &no_urls,
        .inputs = &o->inputs,
        .local = &local,
        .limit = o->limit < UINT32_MAX ? o->limit : UINT64_MAX,
    };
    o->run.run.proxy = "";
    o->run.run.max_per_host = HAUL_NONE;
    /* An origin that does not answer for so long has ended. */
    o->run.run.max_outage_s = OUTAGE_S;
    o->run.run.loop_lag = true;
    o->run.run.trace_file_mask =
        o->trace_all
            ? HAUL_TRACE_ALL
            : HAUL_TRACE_LOOP | HAUL_TRACE_SCHEDULE | HAUL_TRACE_WORKER;
    run.traced = o->run.run.trace_file != NULL;
    int status = hl_run_prepare(&o->run);
    if (status != 0)
        return status;
    int r = hl_loop_init(&run.loop);
    if (r < 0) {
        hl_error("compare: cannot start: %s", haul_strerror(r));
        return HL_EXIT_OTHER;
    }
    hl_pool_start(&run.loop);
    run.measure.cpu_before_s = hl_usage_read().cpu_seconds;
    r = run_row(&run, &o->run.run);
    hl_source_release(&run.source);
    uv_loop_close(&run.loop);
    const struct hl_usage usage = hl_usage_read();
    run.measure.cpu_seconds = usage.cpu_seconds;
    run.measure.ctx_switches = usage.ctx_switches;
    if (r < 0)
        return HL_EXIT_OTHER;
    ssize_t n = write(RESULT_FD, &run.measure, sizeof(run.measure));
    return n == (ssize_t)sizeof(run.measure) ? HL_EXIT_OK : HL_EXIT_OTHER;
}

int hl_cmd_compare_row(int argc, char **argv)
{
    struct row_options o = {.limit = UINT32_MAX};
    const struct hl_opt_table tables[] = {{"Row", row_rows, &o}, {0}};
    struct hl_opt_parsed parsed;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int status = hl_opt_parse(tables, argc, argv, &parsed);
    if (status == 0)
        status = measure_row(&o);
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.inputs);
    hl_run_options_release(&o.run);
    return status;
}

static int start(const struct hl_row *row, const struct hl_row_order *order,
                 int result_fd, pid_t *pid)
{
    struct hl_self_arguments a = {.count = 0};
    hl_self_add(&a, "--compare-row");
    hl_self_add(&a, "--mode=%s", haul_mode_name(row->mode));
    hl_self_add(&a, "--jobs=%u", row->workers);
    hl_self_add(&a, "--port=%u", order->local->port);
    hl_self_add(&a, "--dir=%s", order->dir);
    hl_self_add(&a, "--cpu-work=%uus", row->cpu_work_us);
    if (order->limit < UINT32_MAX)
        hl_self_add(&a, "--limit=%" PRIu64, order->limit);
    if (order->list != NULL)
        hl_self_add(&a, "--list=%s", order->list);
    if (order->trace != NULL)
        hl_self_add(&a, "--trace=%s", order->trace);
    if (order->trace_all)
        hl_self_add(&a, "--trace-all");
    if (row->on_pool)
        hl_self_add(&a, "--on-pool");
    return hl_self_start(pid, &a,
                         &(struct hl_self_options){.in = -1, .out = result_fd});
}

static int read_measure(int fd, struct hl_measure *out)
{
    size_t done = 0;
    while (done < sizeof(*out)) {
        ssize_t n = read(fd, (char *)out + done, sizeof(*out) - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return UV_EOF;
        done += (size_t)n;
    }
    return 0;
}

/* The process of the row that runs; 0: none runs. */
static volatile sig_atomic_t measuring;
static volatile sig_atomic_t is_stopped;

void hl_row_process_stop(void)
{
    is_stopped = 1;
    if (measuring > 0)
        kill(measuring, SIGKILL);
}

int hl_row_process_run(const struct hl_row *row,
                       const struct hl_row_order *order, struct hl_measure *out)
{
    int result[2];
    pid_t pid;
    int status = 0;
    if (pipe2(result, O_CLOEXEC) < 0)
        return -errno;
    int r = start(row, order, result[1], &pid);
    close(result[1]);
    if (r == 0) {
        measuring = pid;
        if (is_stopped)
            hl_row_process_stop();
        r = read_measure(result[0], out);
        measuring = 0; /* once it is waited for, its number may be another's */
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    close(result[0]);
    return r;
}
