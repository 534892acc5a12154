#include "cli/diagnosis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/diagnosis_words.h"
#include "cli/run_defaults.h"
#include "cli/run_options.h"

#include "modes/traits.h"

/* The share of the run's time from which something counts as what slowed the
 * run down. */
static const double held_share = 0.25;
static const double busy_share = 0.7;
static const double rate_share = 0.85;
static const double host_share = 0.6;
static const double local_share = 0.5;
static const double still_share = 0.5;
static const double full_share = 0.33;
static const double alone_share = 0.4;
/* A run that is shorter than this is too short to be made faster. */
static const double told_s = 0.2;
/* A run that is shorter than this spends its processor time on its start. */
static const double start_up_s = 1;

typedef const struct hl_diagnosis diagnosis;
typedef const struct hl_diagnosis_figures figures;

void hl_diagnosis_add(struct hl_diagnosis *d, const struct haul_result *result)
{
    if (hl_transfer_us(&result->times) == 0)
        return;
    d->attempted++;
    d->answered |= result->http_status != 0;
    d->hashed |= result->sha256 != NULL;
    d->resumed |= result->resumed_from > 0;
    if (result->attempts > 1)
        d->retries += result->attempts - 1;
}

static uint64_t by_time(const struct haul_host_stats *host)
{
    return hl_transfer_us(&host->spent);
}

static uint64_t by_alone(const struct haul_host_stats *host)
{
    return host->alone_us;
}

static uint64_t by_cap(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_CAP];
}

static uint64_t by_busy(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_BUSY];
}

static uint64_t by_pause(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_PAUSE];
}

static uint64_t by_rate(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_RATE];
}

static uint64_t by_lookup(const struct haul_host_stats *host)
{
    return host->spent.dns;
}

static uint64_t by_silence(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_SILENCE];
}

void hl_diagnosis_read(struct hl_diagnosis *d,
                       const struct haul_session *session,
                       const struct haul_options *run)
{
    static uint64_t (*const weights[HL_TOPS])(
        const struct haul_host_stats *) = {
        [HL_TOP_BY_TIME] = by_time,     [HL_TOP_ALONE] = by_alone,
        [HL_TOP_BY_CAP] = by_cap,       [HL_TOP_BY_BUSY] = by_busy,
        [HL_TOP_BY_PAUSE] = by_pause,   [HL_TOP_BY_RATE] = by_rate,
        [HL_TOP_BY_LOOKUP] = by_lookup, [HL_TOP_BY_SILENCE] = by_silence,
    };
    for (int i = 0; i < HL_TOPS; i++) {
        struct hl_diagnosis_host *top = &d->top[i];
        if (haul_session_hosts(session, weights[i], &top->stats, 1) == 0)
            continue;
        hl_host_name(top->name, top->stats.origin);
        if (i == HL_TOP_BY_TIME)
            haul_proxy_of(d->proxy, sizeof(d->proxy), run, top->stats.origin);
        top->stats.origin = NULL;
    }
}

/* Is the larger part of the time this? */
static bool is_most(uint64_t part, uint64_t whole)
{
    return whole > 0 && (double)part > local_share * (double)whole;
}

/* What the run itself does with a file, however fast the network is. */
static uint64_t local_us(const struct haul_times *t)
{
    return t->ready + t->work + t->file;
}

/* "-x 6", "-x 6 over 64 parts at once" */
static void put_x(figures *f, struct hl_buf *out)
{
    bool is_shared = f->share.host_tasks > 1;
    hl_buf_printf(out, "-x %" PRIu32,
                  is_shared ? f->share.per_host : hl_run_per_host(f->run));
    hl_put_over(out, f->share.host_tasks);
}

static bool put_outage(diagnosis *d, figures *f, struct hl_buf *out)
{
    (void)d;
    hl_buf_text(out, "no host answered");
    hl_put_held(out, f, HAUL_HELD_BY_OUTAGE);
    hl_buf_text(out, "; --max-outage S is how long a run waits for that");
    return true;
}

static bool put_pause(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_PAUSE];
    hl_buf_printf(out,
                  "%s answered %ld and asked to wait (Retry-After: %" PRIu64
                  " s), which held the run back",
                  host->name, host->stats.busy_status, host->stats.asked_s);
    hl_put_held(out, f, HAUL_HELD_BY_PAUSE);
    hl_buf_text(out, "; --rate-per-host or a smaller -x asks less of it");
    return true;
}

static bool put_busy(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_BUSY];
    hl_buf_printf(out, "%s answered %ld, so that fewer requests than ",
                  host->name, host->stats.busy_status);
    put_x(f, out);
    hl_buf_text(out, " were in flight to it");
    hl_put_held(out, f, HAUL_HELD_BY_BUSY);
    hl_buf_text(out, "; --no-adapt keeps to -x");
    return true;
}

static bool put_start_rate(diagnosis *d, figures *f, struct hl_buf *out)
{
    (void)d;
    hl_buf_text(out, "--rate ");
    hl_put_rate(out, f->run->start_interval_ns, f->share.tasks);
    hl_buf_text(out, " held it back");
    hl_put_held(out, f, HAUL_HELD_BY_START);
    return true;
}

static bool put_host_rate(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_RATE];
    hl_put_share(out, f, host);
    hl_buf_text(out, "; --rate-per-host ");
    hl_put_rate(out, f->run->host_start_interval_ns, f->share.host_tasks);
    hl_buf_text(out, " held it back");
    hl_put_held(out, f, HAUL_HELD_BY_RATE);
    return true;
}

static bool put_silence(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_SILENCE];
    hl_put_share(out, f, host);
    hl_buf_text(out, " and could not be reached, which held the run back");
    hl_put_held(out, f, HAUL_HELD_BY_SILENCE);
    hl_buf_text(out, "; a smaller --retry gives its URLs up sooner");
    return true;
}

static void put_lookups(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_LOOKUP];
    uint32_t jobs = hl_run_lookups(f->run);
    if (host->name[0] != '\0') {
        hl_buf_printf(out, " (%s: ", host->name);
        hl_put_duration(out, (double)host->stats.spent.dns / 1e6);
        hl_buf_text(out, ")");
    }
    if (f->stats->hosts > jobs)
        hl_buf_printf(out, "; --dns-jobs %u asks for more at a time", 4 * jobs);
    else
        hl_buf_text(out, "; a faster name server (/etc/resolv.conf) or "
                         "--resolve lifts that");
}

static bool put_lookup(diagnosis *d, figures *f, struct hl_buf *out)
{
    hl_buf_text(out, "looking up host names held it back");
    hl_put_held(out, f, HAUL_HELD_BY_LOOKUP);
    put_lookups(d, f, out);
    return true;
}

/* "127.0.0.7 has 215 of 600 URLs; ". Where many hosts have about as many URLs,
 * none is named but a slow one. */
static void put_capped(figures *f, const struct hl_diagnosis_host *host,
                       struct hl_buf *out)
{
    uint64_t hosts = f->stats->hosts;
    bool is_slow = f->proxy == NULL && hl_is_slow(f, &host->stats);
    if (f->proxy != NULL)
        hl_buf_printf(out, "all went through the proxy %s; ", f->proxy);
    if (is_slow)
        hl_put_pace(out, f, host);
    if (!is_slow && hosts > 1 && host->stats.urls * hosts < 2 * f->stats->urls)
        hl_buf_printf(out, "%" PRIu64 " hosts have about as many URLs", hosts);
    else
        hl_put_share(out, f, host);
    hl_buf_text(out, "; ");
}

/* More at a time would help only where the host is waited for: not where its
 * bytes are, or the disk, or the processor. */
static bool put_cap(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_CAP];
    const struct haul_times *t = &host->stats.spent;
    uint64_t all = hl_transfer_us(t);
    if (is_most(t->body + local_us(t), all))
        return false;
    put_capped(f, host, out);
    if (is_most(t->tls, all))
        hl_buf_text(out, "most of the time was TLS handshakes; ");
    put_x(f, out);
    if (f->run->host_rest > 0)
        hl_buf_text(out, ", with rests to keep to the share of the part,");
    hl_buf_text(out, " held it back");
    hl_put_held(out, f, HAUL_HELD_BY_CAP);
    if (f->share.host_tasks > 1)
        hl_buf_text(out,
                    "; --concurrent-shards N says that fewer run at once, plan "
                    "--shard-by host gives each host to one part");
    else if (host->stats.is_private)
        hl_buf_text(out, "; -x 0 lifts that");
    return true;
}

typedef bool (*put_fn)(diagnosis *d, figures *f, struct hl_buf *out);

/* What kept requests waiting longest, if for long enough to be told. */
static enum haul_held held_by(figures *f)
{
    unsigned most = HAUL_HELD_NOT;
    for (unsigned why = HAUL_HELD_NOT + 1; why < HAUL_HELD_COUNT; why++)
        if (f->stats->held_us[why] > f->stats->held_us[most])
            most = why;
    double held = (double)f->stats->held_us[most] / 1e6;
    return held < held_share * f->seconds || held < 0.1 ? HAUL_HELD_NOT
                                                        : (enum haul_held)most;
}

/* What no processor, disk or network could have changed. */
static bool put_asked(diagnosis *d, figures *f, struct hl_buf *out)
{
    static const put_fn puts[HAUL_HELD_COUNT] = {
        [HAUL_HELD_BY_OUTAGE] = put_outage,
        [HAUL_HELD_BY_PAUSE] = put_pause,
        [HAUL_HELD_BY_RATE] = put_host_rate,
        [HAUL_HELD_BY_START] = put_start_rate,
    };
    put_fn put = puts[held_by(f)];
    return put != NULL && put(d, f, out);
}

static bool put_waited(diagnosis *d, figures *f, struct hl_buf *out)
{
    static const put_fn puts[HAUL_HELD_COUNT] = {
        [HAUL_HELD_BY_CAP] = put_cap,
        [HAUL_HELD_BY_BUSY] = put_busy,
        [HAUL_HELD_BY_LOOKUP] = put_lookup,
        [HAUL_HELD_BY_SILENCE] = put_silence,
    };
    put_fn put = puts[held_by(f)];
    return put != NULL && put(d, f, out);
}

static bool put_bytes(figures *f, struct hl_buf *out)
{
    double bytes = (double)f->stats->bytes / f->seconds;
    double asked = (double)f->run->limit_rate;
    if (asked == 0 || bytes <= rate_share * asked)
        return false;
    hl_buf_text(out, "--limit-rate");
    hl_put_over(out, f->share.tasks);
    hl_buf_printf(out, " held it back: it had %.0f %% of what that allows",
                  hl_percent(bytes, asked));
    return true;
}

/* A loop has one processor at most. */
static const char *lift_of_loop(figures *f)
{
    bool has_one = f->run->loops <= 1;
    if (f->cores > 1 && has_one && f->loops <= 1 &&
        hl_mode_traits(f->run->mode)->several_loops)
        return "another loop (--loops 2) may help";
    if (!has_one && f->run->loops < f->cores)
        return "more --loops have more processors do it";
    return "more at a time (-j) will not help";
}

static void put_busy_loop(figures *f, double share, struct hl_buf *out)
{
    const struct haul_loop_stats *loop = f->loop;
    char which[40] = "the loop";
    const char *lift = lift_of_loop(f);
    bool several = f->loops > 1 && f->cores > 1;
    if (several)
        snprintf(which, sizeof(which), "loop %u", loop->loop);
    if (several && loop->loop == 0 && f->run->loops > 1) {
        snprintf(which, sizeof(which), "the loop that the others work for");
        lift = "more at a time (-j) will not help";
    } else if (several && loop->loop == 0) {
        snprintf(which, sizeof(which), "the first loop");
    }
    hl_buf_printf(out, "%s was busy for %.0f %% of the time, longest in %s; %s",
                  which, share, loop->longest, lift);
}

/* Processors that the mode can have busy: a worker has one at most. */
static unsigned usable(figures *f)
{
    uint32_t workers = hl_run_jobs(f->run);
    bool has_workers = hl_mode_traits(f->run->mode)->blocks;
    return has_workers && workers < f->cores ? workers : f->cores;
}

static void put_busy_processors(figures *f, double share, struct hl_buf *out)
{
    unsigned used = usable(f);
    char which[64] = "the processors were";
    char lift[64] = "more at a time (-j) will not help";
    if (f->cores == 1)
        snprintf(which, sizeof(which), "the processor was");
    else if (used < f->cores)
        snprintf(which, sizeof(which), "%u of %u processors %s", used, f->cores,
                 used == 1 ? "was" : "were");
    if (used < f->cores && hl_mode_traits(f->run->mode)->one_at_a_time)
        snprintf(lift, sizeof(lift), "-m threads has more of them do it");
    else if (used < f->cores)
        snprintf(lift, sizeof(lift), "-j %u has all of them do it", f->cores);
    hl_buf_printf(out, "%s busy for %.0f %% of the time; %s", which, share,
                  lift);
}

static bool put_processor(figures *f, struct hl_buf *out)
{
    const struct haul_loop_stats *loop = f->loop;
    double busy = (double)(loop->watched_us - loop->idle_us);
    double all = (double)loop->watched_us;
    double cpu = f->cpu_seconds / f->seconds / usable(f);
    bool on_loop = !hl_mode_traits(f->run->mode)->blocks && all > 0;
    if (f->seconds < start_up_s)
        return false;
    if (f->run->cpu_work_us > 0 && (on_loop ? busy / all : cpu) > busy_share)
        hl_buf_text(out, "--cpu-work held it back: ");
    if (on_loop && busy > busy_share * all)
        put_busy_loop(f, hl_percent(busy, all), out);
    else if (cpu > busy_share)
        put_busy_processors(f, hl_percent(cpu, 1), out);
    else
        return false;
    return true;
}

static bool put_still(diagnosis *d, figures *f, struct hl_buf *out)
{
    double still = (double)f->stats->still_us / 1e6;
    if (still < still_share * f->seconds)
        return false;
    hl_buf_printf(out, "nothing was in flight for %.0f %% of the time: ",
                  hl_percent(still, f->seconds));
    if (d->retries == 0)
        hl_buf_text(out, "none was ready to start");
    else
        hl_buf_printf(out, "%" PRIu64 " %s had to wait (--retry-delay)",
                      d->retries, d->retries == 1 ? "retry" : "retries");
    return true;
}

/* Does -x allow no more at a time than -j does? */
static bool is_capped(figures *f)
{
    uint64_t hosts = f->stats->hosts > 0 ? f->stats->hosts : 1;
    return f->run->max_per_host != HAUL_NONE &&
           hosts * hl_run_per_host(f->run) <= hl_run_jobs(f->run);
}

/* Says why no more transfers waited at the same time, or how more could. */
static void put_more(diagnosis *d, figures *f, struct hl_buf *out)
{
    uint32_t jobs = hl_run_jobs(f->run);
    uint32_t most = f->stats->most_in_flight;
    bool is_full = (double)f->stats->full_us / 1e6 > full_share * f->seconds;
    if (most >= d->attempted && !f->stats->cancelled)
        hl_buf_text(out, "all were in flight at once");
    else if (hl_mode_traits(f->run->mode)->one_at_a_time)
        hl_buf_text(out, "-m async waits for many at a time");
    else if (is_full && f->run->auto_jobs &&
             f->stats->slots < f->stats->slots_most)
        hl_buf_text(out, "-j auto allowed no more at a time");
    else if (is_full && f->files_limit > 0)
        hl_buf_printf(out, "the limit of %" PRIu64 " open files held it back",
                      f->files_limit);
    else if (is_full)
        hl_buf_printf(out, "-j %u%s waits for more at a time", 2 * jobs,
                      is_capped(f) ? " with a larger -x" : "");
    else
        hl_buf_printf(out, "at most %u %s in flight at once", most,
                      most == 1 ? "was" : "were");
}

/* The last host that had URLs left, where it is a slow one. */
static bool put_alone(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_ALONE];
    double alone = (double)host->stats.alone_us / 1e6;
    if (alone < alone_share * f->seconds || !hl_is_slow(f, &host->stats) ||
        is_most(local_us(&f->stats->spent), hl_transfer_us(&f->stats->spent)))
        return false;
    hl_put_pace(out, f, host);
    hl_buf_text(out, "for ");
    hl_put_duration(out, alone);
    hl_buf_printf(out, ", %.0f %% of the time, it alone was waited for; ",
                  hl_percent(alone, f->seconds));
    if ((double)f->stats->full_us / 1e6 > full_share * f->seconds)
        put_more(d, f, out);
    else
        hl_buf_printf(out, "%s gives up what takes longer",
                      f->run->max_time_ms > 0 ? "a smaller --max-time"
                                              : "--max-time S");
    return true;
}

/* A part of the transfers' time, and what would make it smaller; NULL: more at
 * a time. */
struct part {
    const char *what;
    const char *with; /* before the name of the one host that it was with */
    const char *proxy;
    uint64_t us;
    const char *lift;
    bool is_lookups;
    bool is_body;
    bool is_disk;
};

static struct part file_part(diagnosis *d, figures *f)
{
    const struct haul_options *run = f->run;
    struct part part = {.us = f->stats->spent.file, .is_disk = true};
    if (d->hashed) {
        part.what = "storing and hashing files";
        part.lift = run->fsync ? "--fsync is part of it"
                               : "the hashing or the disk sets the pace";
    } else {
        part.what = d->resumed
                        ? "storing files and reading the resumed ones again"
                        : "storing files";
        part.lift = run->fsync ? "it is --fsync that waits for the disk"
                               : "the disk sets the pace";
    }
    return part;
}

/* "waiting for h". The host is named that has most of the time. */
static void put_what(diagnosis *d, figures *f, const struct part *part,
                     struct hl_buf *out)
{
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_TIME];
    double own = (double)hl_transfer_us(&host->stats.spent);
    double all = (double)hl_transfer_us(&f->stats->spent);
    if (part->proxy != NULL && f->proxy != NULL)
        hl_buf_printf(out, "%s %s", part->proxy, f->proxy);
    else if (part->with != NULL && own > host_share * all)
        hl_buf_printf(out, "%s %s", part->with, host->name);
    else
        hl_buf_text(out, part->what);
}

static void put_lift(diagnosis *d, figures *f, const struct part *part,
                     struct hl_buf *out)
{
    bool is_remote = part->with != NULL || part->proxy != NULL;
    if (part->is_lookups) {
        put_lookups(d, f, out);
        return;
    }
    hl_buf_text(out, "; ");
    if (part->lift != NULL)
        hl_buf_text(out, part->lift);
    else
        put_more(d, f, out);
    if (is_remote && f->proxy != NULL)
        hl_buf_text(out, "; --noproxy HOST goes there without the proxy");
    if (part->is_body && held_by(f) == HAUL_HELD_BY_CAP)
        hl_buf_text(out, "; if the server limits each connection, a larger -x "
                         "helps");
    if (part->is_disk)
        hl_buf_printf(out, " (-d %s)", f->run->dir != NULL ? f->run->dir : ".");
}

/* The largest part of the transfers' time. */
static void put_phase(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct haul_times *t = &f->stats->spent;
    const struct hl_diagnosis_host *host = &d->top[HL_TOP_BY_TIME];
    const struct part parts[] = {
        {.what = "waiting for the servers",
         .with = "waiting for",
         .proxy = "waiting for what is behind the proxy",
         .us = t->wait},
        {.what = "looking up host names", .us = t->dns, .is_lookups = true},
        {.what = "setting up connections",
         .with = "connecting to",
         .proxy = "connecting to the proxy",
         .us = t->connect},
        {.what = "TLS handshakes",
         .with = "TLS handshakes with",
         .proxy = "TLS handshakes through the proxy",
         .us = t->tls},
        {.what = "receiving",
         .with = "receiving from",
         .proxy = "receiving through the proxy",
         .us = t->body,
         .is_body = true,
         .lift = "the line or the server sets the pace"},
        {.what = "waiting for haul, which was busy with other files",
         .us = t->ready,
         .lift = f->run->cpu_work_us > 0 ? "--cpu-work holds them up"
                                         : lift_of_loop(f)},
        {.what = "working on files",
         .us = t->work,
         .lift = "--cpu-work asks for that"},
        file_part(d, f),
    };
    const struct part *most = &parts[0];
    double all = (double)hl_transfer_us(t);
    for (size_t i = 1; i < sizeof(parts) / sizeof(*parts); i++)
        if (parts[i].us > most->us)
            most = &parts[i];
    if (most->with != NULL && f->proxy == NULL &&
        (double)hl_transfer_us(&host->stats.spent) > host_share * all &&
        hl_is_slow(f, &host->stats))
        hl_put_pace(out, f, host);
    hl_buf_printf(out, "%.0f %% of the transfers' time was ",
                  hl_percent((double)most->us, all));
    put_what(d, f, most, out);
    put_lift(d, f, most, out);
}

static bool put_local(diagnosis *d, figures *f, struct hl_buf *out)
{
    const struct haul_times *t = &f->stats->spent;
    if (!is_most(local_us(t), hl_transfer_us(t)))
        return false;
    put_phase(d, f, out);
    return true;
}

static void put(diagnosis *d, figures *f, struct hl_buf *out)
{
    if (d->attempted == 0 || f->seconds < told_s)
        return;
    if (!put_bytes(f, out) && !put_asked(d, f, out) && !put_processor(f, out) &&
        !put_local(d, f, out) && !put_waited(d, f, out) &&
        !put_alone(d, f, out) && !put_still(d, f, out) && d->answered)
        put_phase(d, f, out);
}

void hl_diagnosis_put(const struct hl_diagnosis *d,
                      const struct hl_diagnosis_figures *f, char *out,
                      size_t size)
{
    struct hl_buf line = {0};
    put(d, f, &line);
    snprintf(out, size, "%s",
             line.failed || line.data == NULL ? "" : line.data);
    hl_buf_release(&line);
}
