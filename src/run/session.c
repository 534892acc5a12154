/* The public calls: opens a session, feeds its run, and closes it. */
#include "run/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/leftovers.h"
#include "journal/part_journal.h"
#include "modes/traits.h"
#include "run/follow.h"
#include "run/known_file.h"
#include "run/options.h"
#include "run/turn.h"
#include "trace/open_trace.h"
#include "transfer/proxy.h"
#include "util/part_file.h"
#include "util/strings.h"
#include "util/time_units.h"

static uint64_t time_of_day_us(void)
{
    uv_timeval64_t now = {0};
    (void)uv_gettimeofday(&now); /* it fails for NULL alone */
    return (uint64_t)now.tv_sec * HL_US_PER_S + (uint64_t)now.tv_usec;
}

static int open_trace(struct haul_session *s, uint64_t now)
{
    const struct hl_mode_traits *traits = hl_mode_traits(s->options.mode);
    const struct hl_trace_workers workers = {.word = traits->worker,
                                             .block = traits->blocks,
                                             .on_loop = traits->on_loop};
    const struct hl_trace_begin begin = {
        .zero_ns = now,
        .began_us = s->run.results.counts.began_us,
    };
    return hl_trace_open(&s->trace, &s->options, &workers, &begin);
}

/* Names in options.resolve need no lookup. */
static enum hl_lookup_state lookup(void *arg, const char *origin)
{
    const struct hl_run *run = arg;
    if (!hl_lookups_is_name(origin) ||
        hl_options_resolves(run->options, strstr(origin, "://") + 3))
        return HL_LOOKUP_NEEDLESS;
    return HL_LOOKUP_WANTED;
}

static int look_up(void *arg, struct hl_host *host)
{
    const struct hl_run *run = arg;
    return hl_lookups_begin(run->lookups, host);
}

static void forget(void *arg, struct hl_host *host)
{
    (void)arg;
    hl_lookups_forget(host);
}

static int open_schedule(struct hl_run *run, int dir_fd)
{
    const struct haul_options *o = run->options;
    /* A proxy looks names up itself. */
    bool own = !hl_proxy_is_possible(o);
    const struct hl_file_budget files = hl_mode_files(o);
    const struct hl_schedule_options options = {
        .jobs = o->jobs,
        .start_ns = o->start_interval_ns,
        .host_start_ns = o->host_start_interval_ns,
        .host_rest = o->host_rest,
        .idle_max = hl_file_budget_connections(&files) * files.loops,
        .hosts = {.max_per_host = o->max_per_host,
                  .adapt = !o->no_adapt,
                  .give_up = o->host_give_up,
                  .retry_delay_ms = o->retry_delay_ms,
                  .trace = run->trace,
                  .lookup = own ? lookup : NULL,
                  .look_up = look_up,
                  .forget = forget,
                  .arg = run},
    };
    int r = hl_schedule_init(&run->schedule, &options, dir_fd);
    run->delayed.spill = run->schedule.spill;
    run->repeats.spill = run->schedule.spill;
    return r;
}

/* Frees all that does not stand on the loop. */
static void release(struct haul_session *s)
{
    struct hl_run *run = &s->run;
    struct haul_trace_stats trace;
    hl_journal_close(s->journal);
    hl_delayed_release(&run->delayed);
    hl_schedule_release(&run->schedule);
    hl_intake_free(run->intake);
    hl_cookie_lines_free(run->cookies);
    hl_repeats_release(&run->repeats);
    hl_trace_close(s->trace, &trace);
    if (s->options.trace_end != NULL)
        *s->options.trace_end = trace;
    hl_resources_close(&s->resources);
    hl_options_release(&s->options);
    free(s);
}

/* With options.retry_failed, the rules of the run before decide whether an
 * answer is the file, unless this run has rules of its own. */
static int keep_rules(struct haul_options *o,
                      const struct hl_journal_rules *before)
{
    bool failed = false;
    if (!o->retry_failed)
        return 0;
    if (o->accept_type == NULL)
        o->accept_type = hl_string_copy(before->accept_type, &failed);
    if (o->max_filesize == 0)
        o->max_filesize = before->max_filesize;
    o->block_private = o->block_private || before->block_private;
    return failed ? UV_ENOMEM : 0;
}

/* Removes the temporary file of a run that was killed. */
static int remove_leftover(void *root, const char *name, const char *token)
{
    return hl_part_file_remove(root, name, token);
}

static int settle(void *journal)
{
    return hl_journal_settle(journal);
}

static int begin_journal(struct haul_session *s)
{
    struct haul_options *o = &s->options;
    int r = keep_rules(o, hl_journal_rules(s->journal));
    if (r == 0)
        r = hl_journal_each_leftover(s->journal, remove_leftover,
                                     s->resources.shared.root);
    if (r < 0)
        return r;
    const struct hl_journal_rules rules = {
        .accept_type = o->accept_type,
        .max_filesize = o->max_filesize,
        .block_private = o->block_private,
    };
    return hl_journal_begin(s->journal, &rules);
}

static int open_journal(struct haul_session *s)
{
    struct hl_shared *shared = &s->resources.shared;
    bool in_memory = shared->dir_fd < 0;
    int r = in_memory ? hl_journal_memory(&s->journal)
            : s->options.shared
                ? hl_journal_open_attempt(&s->journal, shared->dir_fd)
                : hl_journal_open(&s->journal, shared->dir_fd);
    if (r < 0)
        return r;
    shared->settle = settle;
    shared->settle_arg = s->journal;
    if (in_memory)
        return 0;
    shared->lock_fd = hl_journal_lock_fd(s->journal);
    shared->token = hl_journal_token(s->journal);
    s->run.results.counts.journal_damage = *hl_journal_damage(s->journal);
    return begin_journal(s);
}

static void end_run(void *arg, int code)
{
    struct hl_run *run = arg;
    hl_cancel_fail(&run->cancel, code);
}

/* Tells the parts of the run what they borrow. */
static void set_up(struct haul_session *s, uv_loop_t *loop)
{
    struct hl_run *run = &s->run;
    const struct haul_options *o = &s->options;
    run->options = o;
    run->trace = s->trace;
    if (hl_mode_traits(o->mode)->on_loop && hl_mode_traits(o->mode)->blocks) {
        s->resources.shared.alive = s->busy;
        s->resources.shared.alive_arg = s->arg;
    }
    run->resources = &s->resources;
    run->window.trace = s->trace;
    run->window.slots = run->window.most = o->jobs;
    run->repeats.journal = s->journal;
    run->repeats.shared = &s->resources.shared;
    run->repeats.failed = end_run;
    run->repeats.arg = run;
    run->results.trace = s->trace;
    run->results.has_no_files = o->output_fd > 0;
    run->checks = (struct hl_checks){
        .loop = loop,
        .root = s->resources.shared.root,
        .stop = &run->cancel.stop,
        .trace = s->trace,
        .looked = hl_known_file_looked,
        .arg = run,
    };
    run->records = (struct hl_records){
        .journal = s->journal,
        .options = o,
        .trace = s->trace,
        .write_first =
            hl_mode_traits(o->mode)->in_processes || hl_sends_once(o),
        .failed = end_run,
        .arg = run,
    };
    run->owner = (struct hl_mode_owner){
        .loop = loop,
        .shared = &s->resources.shared,
        .take = hl_run_take,
        .finish = hl_run_finish,
        .part_begun = hl_run_part_begun,
    };
}

/* Opens all that does not stand on the loop, and at last the mode. */
static int open_all(struct haul_session *s, uv_loop_t *loop)
{
    struct hl_run *run = &s->run;
    uint64_t now = uv_hrtime();
    run->results.counts.started_us = now / HL_NS_PER_US;
    run->results.counts.began_us = time_of_day_us();
    int r = hl_resources_open(&s->resources, &s->options);
    s->resources.shared.stop = &run->cancel.stop;
    if (r == 0)
        r = hl_cookie_lines_new(&run->cookies, s->options.cookie_lines);
    if (r == 0)
        r = open_journal(s);
    if (r == 0)
        r = open_trace(s, now);
    s->resources.shared.trace = s->trace;
    set_up(s, loop);
    if (r == 0)
        r = open_schedule(run, s->resources.shared.dir_fd);
    if (r == 0)
        r = hl_intake_new(&run->intake, &s->resources, s->journal,
                          &run->repeats);
    if (r == 0)
        r = run->mode->open(&run->mode_state, &run->owner);
    s->options.data = NULL; /* the resources have a copy */
    return r;
}

static void on_gauges(void *arg, struct hl_gauges *out)
{
    struct haul_stats stats;
    haul_session_stats(arg, &stats);
    out->queue = stats.waiting;
    out->bytes = stats.bytes;
}

static void watch_loop(struct haul_session *s, uv_loop_t *loop)
{
    const struct hl_loop_watch_setup setup = {
        .loop = loop,
        .trace = s->trace,
        .stats = s->options.loop_stats,
        .lag = s->options.loop_lag,
        .gauges = on_gauges,
        .arg = s,
    };
    /* Without its watch a run shows no turns, and is otherwise the same. */
    if (hl_loop_watch_open(&s->watch, &setup) < 0)
        s->watch = NULL;
}

/* The last part that stood on the loop is gone. */
static void on_closed(void *arg)
{
    struct haul_session *s = arg;
    if (s->closed != NULL)
        s->closed(s, s->arg);
    release(s);
}

/* To be called when no request is alive. */
static void close_all(struct haul_session *s)
{
    struct hl_run *run = &s->run;
    struct hl_closing *closing = &s->closing;
    closing->open = 4; /* records, cancel, waker and the mode */
    closing->open += s->watch != NULL;
    closing->open += run->auto_jobs.is_on;
    closing->open += run->lookups != NULL;
    hl_records_close(&run->records, hl_closing_one, closing);
    hl_cancel_close(&run->cancel, hl_closing_one, closing);
    hl_wakeup_close(&run->waker, hl_closing_one, closing);
    if (run->auto_jobs.is_on)
        hl_auto_jobs_close(&run->auto_jobs, hl_closing_one, closing);
    if (s->watch != NULL)
        hl_loop_watch_close(s->watch, hl_closing_one, closing);
    if (run->lookups != NULL)
        hl_lookups_close(run->lookups, hl_closing_one, closing);
    run->mode->close(run->mode_state, hl_closing_one, closing);
}

/* A turn of the run has ended. */
static void on_turned(void *arg)
{
    struct haul_session *s = arg;
    struct hl_run *run = &s->run;
    if (run->results.alive > 0)
        return;
    if (run->requests.ended && !s->is_drained) {
        s->is_drained = true;
        hl_wakeup_at(&run->waker, UINT64_MAX); /* nothing waits for a time */
        hl_lookups_forget_all(run->lookups);
        hl_records_end(&run->records);
        if (s->drained != NULL)
            s->drained(s, s->arg);
    }
    if (s->close_wanted)
        close_all(s);
}

/* Opens what stands on the loop beside the mode. */
static int open_handles(struct haul_session *s, uv_loop_t *loop)
{
    struct hl_run *run = &s->run;
    const struct hl_lookups_limits limits = {
        .jobs = s->options.dns_jobs,
        .timeout_ms = s->options.connect_timeout_ms,
    };
    int r = hl_cancel_open(&run->cancel, loop, s->trace, hl_run_stop, run);
    if (r < 0) {
        s->closing.open = 1;
        run->mode->close(run->mode_state, hl_closing_one, &s->closing);
        return r;
    }
    hl_records_open(&run->records, loop);
    hl_wakeup_init(&run->waker, loop, s->trace, hl_run_turn, run);
    r = hl_lookups_open(&run->lookups, loop, &limits, hl_run_looked_up, run);
    if (r < 0)
        close_all(s);
    return r;
}

static void wake(void *arg)
{
    struct hl_run *run = arg;
    hl_wakeup_soon(&run->waker);
}

static void open_auto_jobs(struct haul_session *s, uv_loop_t *loop)
{
    struct hl_run *run = &s->run;
    const struct hl_auto_jobs_setup setup = {
        .trace = s->trace,
        .window = &run->window,
        .schedule = &run->schedule,
        .incoming = &s->resources.incoming,
        .connections = &s->resources.connections,
        .more = wake,
        .arg = run,
    };
    if (s->options.auto_jobs)
        hl_auto_jobs_open(&run->auto_jobs, loop, &setup);
}

static void set_callbacks(struct haul_session *s,
                          const struct haul_callbacks *callbacks)
{
    s->drained = callbacks->drained;
    s->arg = callbacks->arg;
    s->run.results.give = callbacks->result;
    s->run.results.retry = callbacks->retry;
    s->run.results.arg = callbacks->arg;
    s->run.requests.pull = callbacks->pull;
    s->run.requests.arg = callbacks->arg;
    s->busy = callbacks->busy;
    s->run.turned = on_turned;
    s->run.arg = s;
}

static uint64_t random_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0 || seed == 0)
        seed = uv_hrtime() | 1;
    return seed;
}

int haul_session_new(struct haul_session **out, uv_loop_t *loop,
                     const struct haul_options *options,
                     const struct haul_callbacks *callbacks)
{
    *out = NULL;
    if (callbacks->result == NULL)
        return HAUL_EINVAL;
    struct haul_session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return UV_ENOMEM;
    int r = hl_options_resolve(&s->options, options);
    if (r < 0) {
        free(s);
        return r;
    }
    set_callbacks(s, callbacks);
    s->closing = (struct hl_closing){.closed = on_closed, .arg = s};
    hl_cancel_init(&s->run.cancel, s->options.cancel_grace_ms);
    s->run.mode = hl_mode_calls(&s->options);
    s->run.random = random_seed();
    r = open_all(s, loop);
    if (r < 0) {
        release(s);
        return r;
    }
    r = open_handles(s, loop);
    if (r < 0)
        return r;
    watch_loop(s, loop);
    open_auto_jobs(s, loop);
    *out = s;
    hl_wakeup_soon(&s->run.waker);
    return 0;
}

int haul_session_push(struct haul_session *session,
                      const struct haul_request *request)
{
    struct hl_run *run = &session->run;
    if (run->requests.ended)
        return UV_ECANCELED;
    int r = hl_requests_push(&run->requests, request);
    if (r < 0)
        return r;
    run->results.alive++;
    hl_wakeup_soon(&run->waker);
    return 0;
}

void haul_session_end(struct haul_session *session)
{
    session->run.requests.ended = true;
    hl_wakeup_soon(&session->run.waker);
}

void haul_session_wake(struct haul_session *session)
{
    hl_wakeup_soon(&session->run.waker);
}

void haul_session_cancel(struct haul_session *session)
{
    hl_cancel_raise(&session->run.cancel);
}

void haul_session_stats(const struct haul_session *session,
                        struct haul_stats *out)
{
    const struct hl_run *run = &session->run;
    *out = run->results.counts;
    hl_window_stats(&run->window, out);
    const struct hl_incoming *in = &session->resources.incoming;
    out->bytes = atomic_load(&in->received);
    out->sized = (uint32_t)atomic_load(&in->files);
    out->sized_bytes = atomic_load(&in->length);
    out->sized_there = atomic_load(&in->there);
    out->repeats = hl_repeats_count(&run->repeats);
    out->waiting = run->results.alive - out->in_flight;
    out->hosts = run->schedule.hosts.count;
    out->urls = run->schedule.urls;
    for (unsigned i = 0; i < HAUL_HELD_COUNT; i++)
        out->held_us[i] = run->schedule.hosts.holds.ns[i] / HL_NS_PER_US;
    for (unsigned i = 0; i < HL_HOST_HELDS; i++)
        out->hosts_held[i] = run->schedule.hosts.held[i];
    out->hosts_held[HAUL_HELD_BY_PAUSE] = run->schedule.hosts.asked_to_wait;
}

uint64_t haul_session_recorded(const struct haul_session *session)
{
    return hl_journal_count_done(session->journal);
}

int haul_session_error(const struct haul_session *session)
{
    return session->run.cancel.error;
}

void haul_session_close(struct haul_session *session, haul_session_fn closed)
{
    struct hl_run *run = &session->run;
    session->closed = closed;
    session->close_wanted = true;
    run->requests.ended = true;
    if (run->results.alive > 0) {
        hl_stop_raise(&run->cancel.stop);
        hl_stop_raise(&run->cancel.stop);
    }
    /* The caller may be a callback of the session's, from inside the mode: all
     * is closed at the end of the next turn. */
    hl_wakeup_soon(&run->waker);
}
