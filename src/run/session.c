/* The public API: opens a run, feeds it, and closes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#include <utlist.h>

#include "haul/debug.h"
#include "journal/file.h"
#include "journal/journal.h"
#include "run/cleanup.h"
#include "run/options.h"
#include "run/run.h"
#include "trace/loop_watch.h"
#include "trace/open.h"
#include "transfer/proxy.h"
#include "util/container_of.h"
#include "util/mkdirs.h"
#include "util/strings.h"

enum {
    NS_PER_MS = 1000000,
};

static const uint64_t sync_every_ns = UINT64_C(60000000000);

static int open_dir(struct haul_session *s)
{
    const char *dir = s->options.dir;
    int r = hl_mkdirs(dir);
    if (r < 0)
        return r;
    s->shared.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->shared.dir_fd < 0)
        return -errno;
    if (faccessat(s->shared.dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
        return -errno;
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = s->options.keep_dirlinks,
        .others = hl_file_budget_beside_dirs(&s->shared.files),
    };
    return hl_beneath_new(&s->shared.root, s->shared.dir_fd, &beneath);
}

/* The bucket lies in memory that worker processes map too. */
static int open_rate(struct haul_session *s)
{
    if (s->options.limit_rate == 0)
        return 0;
    int fd = memfd_create("haul-rate", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    s->shared.rate_fd = fd;
    if (ftruncate(fd, sizeof(struct hl_bucket)) < 0)
        return -errno;
    void *memory = mmap(NULL, sizeof(struct hl_bucket), PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    s->shared.rate = memory;
    hl_bucket_init(s->shared.rate, s->options.limit_rate);
    return 0;
}

static int open_trace(struct haul_session *s, uint64_t now)
{
    const struct hl_mode_traits *traits = hl_mode_traits(s->options.mode);
    const struct hl_trace_workers workers = {.word = traits->worker,
                                             .block = traits->blocks,
                                             .on_loop = traits->on_loop};
    return hl_trace_open(&s->trace, &s->options, &workers, now);
}

/* A proxy looks names up by itself, and --resolve has done it already. */
static enum hl_lookup_state lookup(void *arg, const char *origin)
{
    const struct haul_session *s = arg;
    if (!hl_dns_is_name(origin) ||
        hl_options_resolves(&s->options, strstr(origin, "://") + 3))
        return HL_LOOKUP_NEEDLESS;
    return HL_LOOKUP_WANTED;
}

static int look_up(void *arg, struct hl_host *host)
{
    struct haul_session *s = arg;
    return hl_dns_look_up(s->dns, host);
}

static void forget(void *arg, struct hl_host *host)
{
    (void)arg;
    hl_dns_forget(host);
}

static int open_schedule(struct haul_session *s)
{
    const struct haul_options *o = &s->options;
    bool own = !hl_proxy_is_possible(o);
    const struct hl_schedule_options options = {
        .jobs = o->jobs,
        .start_ns = o->start_interval_ns,
        .host_start_ns = o->host_start_interval_ns,
        .hosts = {.max_per_host = o->max_per_host,
                  .adapt = !o->no_adapt,
                  .give_up = o->host_give_up,
                  .retry_delay_ms = o->retry_delay_ms,
                  .trace = s->trace,
                  .lookup = own ? lookup : NULL,
                  .look_up = look_up,
                  .forget = forget,
                  .arg = s},
    };
    int r = hl_schedule_init(&s->schedule, &options, s->shared.dir_fd);
    s->delayed.spill = s->schedule.spill;
    s->repeats.spill = s->schedule.spill;
    return r;
}

static void on_uv_flush(uv_timer_t *timer)
{
    struct haul_session *s = container_of(timer, struct haul_session, flush);
    HL_IN_CALLBACK(s->trace, HL_CB_FLUSH);
    uint64_t now = uv_hrtime();
    hl_run_post(s);
    /* Without a mark now there is one in a minute. */
    if (now - s->last_sync >= sync_every_ns) {
        s->last_sync = now;
        (void)hl_journal_sync(s->journal, s->loop);
    } else {
        (void)hl_journal_write_later(s->journal, s->loop);
    }
    hl_run_arm_flush(s);
}

void hl_run_arm_flush(struct haul_session *s)
{
    uint64_t now = uv_hrtime();
    uint64_t due = s->last_sync + sync_every_ns;
    uint64_t wait_ms = due > now ? (due - now) / NS_PER_MS + 1 : HL_FLUSH_MS;
    if (s->closing || uv_is_active((uv_handle_t *)&s->flush))
        return;
    if (hl_journal_is_unwritten(s->journal))
        wait_ms = HL_FLUSH_MS;
    else if (!hl_journal_wants_sync(s->journal))
        return;
    uv_update_time(s->loop);
    uv_timer_start(&s->flush, on_uv_flush, wait_ms, 0);
}

/* Does not keep the loop alive. */
static void open_handles(struct haul_session *s)
{
    uv_timer_init(s->loop, &s->flush);
    uv_unref((uv_handle_t *)&s->flush);
    hl_waker_init(&s->waker, s->loop, s->trace, hl_run_turn, s);
    s->open_handles = 3;
}

/* What needs no loop to be undone. */
static void release(struct haul_session *s)
{
    struct haul_trace_stats trace;
    hl_journal_close(s->journal);
    hl_delayed_release(&s->delayed);
    hl_schedule_release(&s->schedule);
    hl_intake_free(s->arrival);
    hl_repeats_release(&s->repeats);
    hl_trace_close(s->trace, &trace);
    if (s->options.trace_end != NULL)
        *s->options.trace_end = trace;
    if (s->shared.rate != NULL)
        munmap(s->shared.rate, sizeof(*s->shared.rate));
    if (s->shared.rate_fd >= 0)
        close(s->shared.rate_fd);
    hl_beneath_free(s->shared.root);
    if (s->shared.dir_fd >= 0)
        close(s->shared.dir_fd);
    hl_options_release(&s->options);
    free(s);
}

/* With --retry-failed, the rules of the run before decide whether an answer is
 * the file, unless this run is given its own. */
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

static int open_journal(struct haul_session *s)
{
    struct haul_options *o = &s->options;
    int r = hl_journal_open(&s->journal, s->shared.dir_fd);
    if (r < 0)
        return r;
    s->shared.lock_fd = hl_journal_lock_fd(s->journal);
    s->shared.token = hl_journal_token(s->journal);
    r = keep_rules(o, hl_journal_rules(s->journal));
    if (r == 0)
        r = hl_litter_sweep(s->journal, s->shared.root);
    if (r == 0)
        r = hl_journal_begin(s->journal, &(struct hl_journal_rules){
                                             .accept_type = o->accept_type,
                                             .max_filesize = o->max_filesize,
                                             .block_private = o->block_private,
                                         });
    return r;
}

/* Tells the parts of the run what they borrow. */
static void open_parts(struct haul_session *s)
{
    s->window.trace = s->trace;
    s->window.slots = s->options.jobs;
    s->repeats.journal = s->journal;
    s->repeats.shared = &s->shared;
    s->checks = (struct hl_checks){
        .loop = s->loop,
        .root = s->shared.root,
        .stop = &s->cancel.stop,
        .trace = s->trace,
        .looked = hl_known_file_looked,
        .arg = s,
    };
}

static int open_all(struct haul_session *s)
{
    uint64_t now = uv_hrtime();
    s->stats.started_us = now / 1000;
    s->last_flush = s->last_sync = now;
    bool has_dir = s->options.output_fd == 0;
    int r = has_dir ? open_dir(s) : 0;
    s->dir_is_new = r == 0 && (!has_dir || hl_file_none(s->shared.dir_fd));
    if (r == 0)
        r = has_dir ? open_journal(s) : hl_journal_memory(&s->journal);
    if (r == 0)
        r = open_rate(s);
    if (r == 0)
        r = open_trace(s, now);
    s->shared.trace = s->trace;
    open_parts(s);
    if (r == 0)
        r = open_schedule(s);
    if (r == 0)
        r = s->mode->open(&s->mode_state, &s->owner);
    return r;
}

static void on_mode_closed(void *arg)
{
    release(arg);
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
    s->loop = loop;
    s->callbacks = *callbacks;
    s->mode = hl_mode_calls(&s->options);
    s->shared = (struct hl_shared){.options = &s->options,
                                   .stop = &s->cancel.stop,
                                   .received = &s->received,
                                   .short_ns = &s->short_ns,
                                   .settle = hl_run_settle,
                                   .settle_arg = s,
                                   .files = hl_mode_files(&s->options),
                                   .dir_fd = -1,
                                   .rate_fd = -1,
                                   .lock_fd = -1};
    s->owner = (struct hl_mode_owner){.loop = loop,
                                      .shared = &s->shared,
                                      .take = hl_run_take,
                                      .finish = hl_run_finish,
                                      .part_begun = hl_run_part_begun};
    hl_cancel_init(&s->cancel, s->options.cancel_grace_ms);
    s->requests.pull = callbacks->pull;
    s->requests.arg = callbacks->arg;
    if (getrandom(&s->random, sizeof(s->random), GRND_NONBLOCK) < 0 ||
        s->random == 0)
        s->random = uv_hrtime() | 1;
    r = open_all(s);
    if (r < 0) {
        release(s);
        return r;
    }
    r = hl_cancel_open(&s->cancel, loop, s->trace, hl_run_stop, s);
    if (r < 0) {
        s->mode->close(s->mode_state, on_mode_closed, s);
        return r;
    }
    open_handles(s);
    const struct hl_dns_limits limits = {
        .jobs = s->options.dns_jobs,
        .timeout_ms = s->options.connect_timeout_ms,
    };
    r = hl_dns_open(&s->dns, loop, &limits, hl_run_looked_up, s);
    if (r < 0) {
        hl_run_close(s);
        return r;
    }
    hl_run_watch(s);
    *out = s;
    hl_waker_soon(&s->waker);
    return 0;
}

int haul_session_push(struct haul_session *session,
                      const struct haul_request *request)
{
    if (session->requests.ended)
        return UV_ECANCELED;
    int r = hl_requests_push(&session->requests, request);
    if (r < 0)
        return r;
    session->alive++;
    hl_waker_soon(&session->waker);
    return 0;
}

void haul_session_end(struct haul_session *session)
{
    session->requests.ended = true;
    hl_waker_soon(&session->waker);
}

void haul_session_wake(struct haul_session *session)
{
    hl_waker_soon(&session->waker);
}

void haul_session_cancel(struct haul_session *session)
{
    hl_cancel_raise(&session->cancel);
}

void haul_session_stats(const struct haul_session *session,
                        struct haul_stats *out)
{
    *out = session->stats;
    hl_window_stats(&session->window, out);
    out->bytes = atomic_load(&session->received);
    out->waiting = session->alive - session->window.in_flight;
    out->hosts = session->schedule.hosts.count;
}

int haul_session_error(const struct haul_session *session)
{
    return session->cancel.error;
}

/* The last of the session's handles, the loop watch and the mode are gone. */
static void part_closed(struct haul_session *s)
{
    if (--s->open_handles > 0)
        return;
    if (s->closed != NULL)
        s->closed(s, s->callbacks.arg);
    release(s);
}

static void on_part_closed(void *arg)
{
    part_closed(arg);
}

static void on_uv_flush_closed(uv_handle_t *handle)
{
    part_closed(container_of(handle, struct haul_session, flush));
}

/* No task is left: nothing will call the session any more but closings. */
void hl_run_close(struct haul_session *s)
{
    s->closing = true;
    s->open_handles++; /* the mode */
    s->open_handles += s->watch != NULL;
    s->open_handles += s->dns != NULL;
    hl_run_end_journal(s);
    hl_run_flush(s);
    hl_cancel_close(&s->cancel, on_part_closed, s);
    hl_waker_close(&s->waker, on_part_closed, s);
    uv_close((uv_handle_t *)&s->flush, on_uv_flush_closed);
    if (s->watch != NULL)
        hl_loop_watch_close(s->watch, on_part_closed, s);
    if (s->dns != NULL)
        hl_dns_close(s->dns, on_part_closed, s);
    s->mode->close(s->mode_state, on_part_closed, s);
}

void haul_session_close(struct haul_session *session, haul_session_fn closed)
{
    session->closed = closed;
    session->close_wanted = true;
    if (session->alive == 0) {
        hl_run_close(session);
        return;
    }
    hl_stop_raise(&session->cancel.stop);
    hl_stop_raise(&session->cancel.stop);
    hl_waker_soon(&session->waker);
}
